"""Crossing by a gate: nothing is queued, accounts hold, the word of nonces has been written before.

One gate locks and releases, another mints and burns; the other end of both is elsewhere. The rows
`gate_out` and `gate_in` are the dearer of their two ways.
"""

from collections.abc import Iterator
from dataclasses import astuple
from typing import Final

from rows import Row

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.bindings.governance import Governance
from pargrade.bindings.structs import Attestation, RouteTerms, Transfer
from pargrade.bindings.test_token import TestToken
from pargrade.chain.contract import Contract
from pargrade.deployment.council import STOPS
from pargrade.deployment.roles import Role
from pargrade.devnet.anvil import devnet_keys
from pargrade.gate.transfer import Amount, Crossing, End, Route
from receipts.stage import EVERYTHING, Stage

LIMITS: Final = {"gate_out": 65_000, "gate_in": 90_000}
PEERS: Final = {
    "gate_out": {"CCTP burn": 92_600, "Across deposit": 65_900, "xERC20 bridge burn": 49_100},
    "gate_in": {"CCTP receive (2)": 121_000, "Across fill": 90_900, "xERC20 bridge mint": 49_900},
}
"""In brackets: signatures. xERC20 trusts its caller: it checks no attestation."""

KEYS: Final = devnet_keys()
ATTESTERS: Final = KEYS[5:10]
COUNCIL: Final = KEYS[12].address
SIGNERS: Final = 3
CAPACITY: Final = 10**24
CROSSINGS: Final = 4
OUTWARD: Final = 123_456_789 * 10**12
BACK: Final = 23_456_789 * 10**12
ELSEWHERE: Final = End(84_532, KEYS[10].address, KEYS[11].address, 18)


class Crossings:
    """Transfers by one gate, out and in."""

    def __init__(self, stage: Stage, gate: BridgeGate, here: End, route: Route) -> None:
        self.stage, self.gate, self.here, self.route = stage, gate, here, route
        ends = (route.home, route.remote)
        self.terms = RouteTerms(*(field for e in ends for field in astuple(e)))
        stage.gas(gate.add_route(self.terms, CAPACITY, COUNCIL))
        self.arrived = 1 << 40

    def out(self, base: int) -> int:
        """Gas of sending."""
        return self.stage.gas(self.gate.send(self.terms, base, base, self.stage.me, False))

    def into(self, base: int) -> int:
        """Gas of delivering, attested by the first attesters."""
        self.arrived += 1
        me, amount = self.stage.me, Amount.from_base(base, 18, self.route.decimals)
        digest = Crossing(self.route.id, self.arrived, me, me, amount).digest(self.here, 1)
        signed = b"".join(key.sign(digest).compact for key in ATTESTERS[:SIGNERS])
        transfer = Transfer(self.route.id, self.arrived, me, me, amount.pack())
        attestation = Attestation(1, (1 << SIGNERS) - 1, signed)
        return self.stage.gas(self.gate.deliver(self.terms, transfer, attestation))


def rows(stage: Stage) -> Iterator[Row]:
    """After some crossings each way: more goes there than comes back, so no balance is emptied."""
    locking, minting = _gate(stage), _gate(stage)
    token = TestToken(stage.chain, stage.place(TestToken.deploy("Compute", "CPU", 18)))
    creation = BridgedToken.deploy(minting.address, "Bridged Compute", "bCPU", 18)
    bridged = BridgedToken(stage.chain, stage.place(creation))
    for call in (token.mint(stage.me, 10**24), token.approve(locking.address, EVERYTHING)):
        stage.gas(call)

    home, remote = _end(stage, locking, token), _end(stage, minting, bridged)
    lock = Crossings(stage, locking, home, Route(home, ELSEWHERE))
    mint = Crossings(stage, minting, remote, Route(ELSEWHERE, remote))
    for _ in range(CROSSINGS):
        ways = {"gate_lock": lock.out(OUTWARD), "gate_mint": mint.into(OUTWARD)}
        ways |= {"gate_burn": mint.out(BACK), "gate_release": lock.into(BACK)}
    figures = {
        "gate_out": max(ways["gate_lock"], ways["gate_burn"]),
        "gate_in": max(ways["gate_mint"], ways["gate_release"]),
    }
    for name, figure in figures.items():
        yield Row(name, figure, LIMITS[name], "gas", quoted=PEERS[name])


def _gate(stage: Stage) -> BridgeGate:
    """A new gate with its attesters; the admin adds routes to it himself."""
    gate = BridgeGate(stage.chain, stage.place(BridgeGate.deploy(stage.governance)))
    stage.gas(gate.set_attesters(SIGNERS, tuple(key.address for key in ATTESTERS)))
    governance = Governance(stage.chain, stage.governance)
    stops = tuple(gate.SELECTORS[name] for name in STOPS)
    stage.gas(governance.set_target_function_role(gate.address, stops, Role.COUNCIL))
    stage.gas(governance.grant_role(Role.COUNCIL, COUNCIL, 0))
    return gate


def _end(stage: Stage, gate: BridgeGate, token: Contract) -> End:
    """A gate here as the end of a route."""
    return End(stage.chain.chain_id, gate.address, token.address, 18)

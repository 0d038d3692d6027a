"""Gas of crossing, from receipts on a chain of our own: `scripts/bench gate [--json]`.

Every figure is a whole transaction in the steady state: accounts hold, allowances stand, the word
of nonces has been written before. Nothing is queued. One gate locks and releases, another mints and
burns; the other end of both is elsewhere. A row is the dearer of its two ways.
"""

import sys
from dataclasses import astuple
from typing import Any, Final

from rows import Row, report

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.bindings.governance import Governance
from pargrade.bindings.structs import Attestation, RouteTerms, Transfer
from pargrade.bindings.test_token import TestToken
from pargrade.chain.call import Call
from pargrade.chain.contract import Contract
from pargrade.chain.devnet import Devnet, devnet_keys
from pargrade.chain.hashing import Address
from pargrade.chain.wallet import Wallet
from pargrade.crossing import Amount, Crossing, End, Route

LIMITS: Final = {"gate_out": 65_000, "gate_in": 90_000}
PEERS: Final = {
    "gate_out": {"CCTP burn": 92_600, "Across deposit": 65_900, "xERC20 bridge burn": 49_100},
    "gate_in": {"CCTP receive (2)": 121_000, "Across fill": 90_900, "xERC20 bridge mint": 49_900},
}
"""Receipts of their own code in the same state; in brackets: signatures. xERC20 trusts its caller:
it checks no attestation.
"""

KEYS: Final = devnet_keys()
ATTESTERS: Final = KEYS[5:10]
SIGNERS: Final = 3
CAPACITY: Final = 10**24
CROSSINGS: Final = 4
GENESIS: Final = 1_772_323_200
OUTWARD: Final = 123_456_789 * 10**12
BACK: Final = 23_456_789 * 10**12
ELSEWHERE: Final = End(84_532, KEYS[10].address, KEYS[11].address, 18)


class Bench:
    """Two gates, the attesters of both, and one sender."""

    def __init__(self, devnet: Devnet) -> None:
        self.chain = devnet.chain
        self.wallet = Wallet(self.chain, KEYS[0])
        self.me = self.wallet.address
        self.authority = self.place(Governance.deploy(self.me))

    def place(self, creation: Call[None]) -> Address:
        """Creates a contract; where."""
        return self.wallet.send(creation).contract

    def gas(self, call: Call[Any]) -> int:
        """Gas of a transaction, from its receipt."""
        return self.wallet.send(call).gas_used

    def gate(self) -> BridgeGate:
        """A new gate with its attesters."""
        gate = BridgeGate(self.chain, self.place(BridgeGate.deploy(self.authority)))
        self.gas(gate.set_attesters(SIGNERS, tuple(key.address for key in ATTESTERS)))
        return gate

    def end(self, gate: BridgeGate, token: Contract) -> End:
        """A gate here as the end of a route."""
        return End(self.chain.chain_id, gate.address, token.address, 18)


class Crossings:
    """Transfers by one gate, out and in."""

    def __init__(self, bench: Bench, gate: BridgeGate, here: End, route: Route) -> None:
        self.bench, self.gate, self.here, self.route = bench, gate, here, route
        ends = (route.home, route.remote)
        self.terms = RouteTerms(*(field for e in ends for field in astuple(e)))
        bench.gas(gate.add_route(self.terms, CAPACITY, CAPACITY))
        self.arrived = 1 << 40

    def out(self, base: int) -> int:
        """Gas of sending."""
        return self.bench.gas(self.gate.send(self.terms, base, base, self.bench.me, False))

    def into(self, base: int) -> int:
        """Gas of delivering, attested by the first attesters."""
        self.arrived += 1
        me, amount = self.bench.me, Amount.from_base(base, 18, self.route.decimals)
        digest = Crossing(self.route.id, self.arrived, me, me, amount).digest(self.here, 1)
        signed = b"".join(key.sign(digest).compact for key in ATTESTERS[:SIGNERS])
        transfer = Transfer(self.route.id, self.arrived, me, me, amount.pack())
        attestation = Attestation(1, (1 << SIGNERS) - 1, signed)
        return self.bench.gas(self.gate.deliver(self.terms, transfer, attestation))


def measure(bench: Bench) -> list[Row]:
    """Sends back and forth and returns the rows."""
    locking, minting = bench.gate(), bench.gate()
    token = TestToken(bench.chain, bench.place(TestToken.deploy("Compute", "CPU", 18)))
    creation = BridgedToken.deploy(minting.address, "Bridged Compute", "bCPU", 18)
    bridged = BridgedToken(bench.chain, bench.place(creation))
    for call in (token.mint(bench.me, 10**24), token.approve(locking.address, 2**256 - 1)):
        bench.gas(call)

    home, remote = bench.end(locking, token), bench.end(minting, bridged)
    lock = Crossings(bench, locking, home, Route(home, ELSEWHERE))
    mint = Crossings(bench, minting, remote, Route(ELSEWHERE, remote))
    for _ in range(CROSSINGS):
        # More goes there than comes back, so that no balance is ever new or emptied.
        locked, minted = lock.out(OUTWARD), mint.into(OUTWARD)
        burned, released = mint.out(BACK), lock.into(BACK)
    figures = {"gate_out": max(locked, burned), "gate_in": max(minted, released)}
    ways = f"lock {locked:,}, burn {burned:,}, mint {minted:,}, release {released:,}"
    print(ways, file=sys.stderr)
    return [
        Row(name, figure, LIMITS[name], "gas", peers=PEERS[name])
        for name, figure in figures.items()
    ]


def main() -> int:
    """Exit code 1 when a limit is missed."""
    with Devnet(genesis=GENESIS) as devnet:
        rows = measure(Bench(devnet))
    return report(rows, as_json="--json" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

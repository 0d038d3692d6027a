"""SpotIndexV2 on a chain as a member's ledger has it, and what machines agree on to land there."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from oracle.member.index_ledger import IndexLedger
from oracle.member.ledger import LedgerState
from oracle.protocol.machine.machine import Machine
from oracle.protocol.machine.outputs import Transmit
from oracle.protocol.machine.promises import Promises
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.report.valuation import Figure
from oracle.protocol.transmission.landing import Landing
from oracle.protocol.wire.content import digest_of
from oracle.protocol.wire.signatory import KeySignatory
from oracle.protocol_store.committee_text import StoredCommittee
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.bindings.structs import SignedReport
from pargrade.chain.call import Call
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.fees import FeePolicy
from pargrade.chain.keys import Key
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.plan import Plan, Reporters
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from pargrade.spot_index.quorum import IndexVersion
from tests.support.committee_rounds import run_round

KEYS = devnet_keys()[2:7]
NAMES = ("SCU / USD", "H100 / USD")
VALUE8 = 250_000_000


def deployed(
    chain: Chain, names: tuple[str, ...], signatures: int = 3, keys: Sequence[Key] = KEYS
) -> SpotIndexV2:
    """An index whose reporters these are; its admin is the first development key."""
    addresses = tuple(key.address for key in keys)
    version = IndexVersion.COMMON_REPORT
    reporters = Reporters(addresses, signatures, bytes(31) + b"\7", version)
    plan = Plan(reporters=reporters, curators=(), guardians=(), indices=names)
    deployment = deploy(Wallet(chain, devnet_keys()[0]), plan)
    return SpotIndexV2(chain, deployment.address("SpotIndex"))


def opened(
    devnet: Devnet, index: SpotIndexV2, names: tuple[str, ...], folder: Path
) -> closing[IndexLedger]:
    """The ledger of a member that was configured with these names."""
    folder.mkdir(exist_ok=True)
    endpoints = Endpoints((devnet.url,), devnet.chain.chain_id, 10.0)
    where = IndexOnChain(index.address, names, 0)
    return closing(IndexLedger(endpoints, where, KEYS[0], FeePolicy(), folder))


def landing_of(stored: StoredCommittee, slot: int, *values8: int) -> Landing:
    """What the machines of all members agree on for a slot, with all signatures that were in."""
    figures = tuple(Figure(each, 1_000, 7) for each in values8 or (VALUE8,))
    machines = [
        Machine(
            stored.committee,
            position,
            KeySignatory(key_of(member), stored.members),
            lambda lines, slot: figures,
            Promises(),
        )
        for position, member in enumerate(stored.members)
    ]
    seen = run_round(machines, float(slot))
    landings = [each.landing for _, each in seen if isinstance(each, Transmit)]
    return max(landings, key=lambda each: len(each.certificate.votes))


def land(chain: DevChain, ledger: IndexLedger, slot: int) -> LedgerState:
    """Lets the present committee have a round at a slot. Returns the state after it."""
    chain.advance(slot)
    state = ledger.read()
    ledger.land(landing_of(state.stored, slot), state.last_slot)
    return ledger.read()


def key_of(member: str) -> Key:
    """The development key of an address."""
    return next(key for key in devnet_keys() if key.address == member)


def double_report(
    index: SpotIndexV2, stored: StoredCommittee, position: int, slot: int
) -> Call[None]:
    """The proof that a member signed two reports for a slot."""
    committee = stored.committee
    figure = Figure(VALUE8, 1_000, 7)
    reports = [
        CommonReport(slot, committee.flags, (figure,) * committee.indices, bytes(31) + bytes([n]))
        for n in range(2)
    ]
    signed = [_signed(report, stored, position) for report in reports]
    return index.prove_double_report(stored.members[position], committee.epoch, slot, *signed)


def _signed(report: CommonReport, stored: StoredCommittee, position: int) -> SignedReport:
    key = key_of(stored.members[position])
    signature = key.sign(digest_of(report, stored.committee)).compact
    return SignedReport(
        flags=report.flags,
        values=tuple(each.value8 for each in report.figures),
        confidences=tuple(each.confidence8 for each in report.figures),
        providers=tuple(each.providers for each in report.figures),
        method_hash=stored.committee.method_hash,
        input_root=report.input_root,
        r=signature[:32],
        y_parity_and_s=signature[32:],
    )

"""Two messages of one key for one slot: checked, and made into what the chain takes as a proof."""

from collections.abc import Callable
from typing import Any, Final

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.machine.outputs import TwoContents
from oracle.protocol.message.envelope import MOST_MESSAGE, MessageKind, read_envelope
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.wire.content import Content, Signed
from oracle.protocol_store.committee_text import StoredCommittee
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.bindings.structs import SignedBatch, SignedReport
from pargrade.chain.call import Call
from pargrade.spot_index.equivocation import NoEquivocation

ONCE: Final = (MessageKind.BATCH, MessageKind.PROPOSAL, MessageKind.PREPARE, MessageKind.REPORT)
"""Of these an honest key signs one per slot."""

MOST_BYTES: Final = max(MOST_MESSAGE.values())
_EPOCH: Final = slice(1, 5)


def epoch_of(raw: bytes) -> int:
    """The epoch that a message says it is of. Raises NoEquivocation for what is too short."""
    if len(raw) < _EPOCH.stop:
        raise NoEquivocation(f"{len(raw)} bytes are no message of the protocol")
    return int.from_bytes(raw[_EPOCH])


def find_contradiction(a: bytes, b: bytes, stored: StoredCommittee) -> TwoContents:
    """The proof in two messages. Raises NoEquivocation, UnreadableMessage."""
    first, other = (read_envelope(raw, stored.committee) for raw in (a, b))
    kind, ours, theirs = first.kind, first.signed, other.signed
    if kind not in ONCE:
        raise NoEquivocation(f"a key may sign more than one {kind.name} for a slot")
    if other.kind is not kind:
        raise NoEquivocation(f"a {kind.name} and a {other.kind.name} contradict nothing")
    for name, mine, other_one in (
        ("slot", ours.content.slot, theirs.content.slot),
        ("position", ours.position, theirs.position),
    ):
        if mine != other_one:
            raise NoEquivocation(f"{name} differs: {mine} and {other_one}")
    if ours.digest == theirs.digest:
        raise NoEquivocation(f"both say the same for slot {ours.content.slot}")
    for signed in (ours, theirs):
        if not stored.verifier.verify(signed.position, signed.digest, signed.signature):
            raise NoEquivocation(f"not signed by {stored.members[signed.position]}")
    return TwoContents(kind, ours, theirs)


def proving_call(
    proof: TwoContents, stored: StoredCommittee, index: SpotIndexV2
) -> Call[None] | None:
    """The call that jails the key; None for PROPOSALs and PREPAREs: the chain judges neither."""
    committee, slot = stored.committee, proof.a.content.slot
    reporter, epoch = stored.members[proof.a.position], committee.epoch
    if proof.kind is MessageKind.BATCH:
        batches = _pair(proof, _signed_batch)
        return index.prove_double_batch(reporter, epoch, slot, *batches)
    if proof.kind is MessageKind.REPORT:
        reports = _pair(proof, lambda signed: _signed_report(signed, committee.method_hash))
        return index.prove_double_report(reporter, epoch, slot, *reports)
    return None


def _pair(proof: TwoContents, made: Callable[[Signed[Content]], Any]) -> tuple[Any, Any]:
    return made(proof.a), made(proof.b)


def _signed_batch(signed: Signed[Content]) -> SignedBatch:
    assert isinstance(signed.content, Manifest)
    return SignedBatch(signed.content.root, signed.signature[:32], signed.signature[32:])


def _signed_report(signed: Signed[Content], method_hash: bytes) -> SignedReport:
    report = signed.content
    assert isinstance(report, CommonReport)
    return SignedReport(
        flags=report.flags,
        values=tuple(each.value8 for each in report.figures),
        confidences=tuple(each.confidence8 for each in report.figures),
        providers=tuple(each.providers for each in report.figures),
        method_hash=method_hash,
        input_root=report.input_root,
        r=signed.signature[:32],
        y_parity_and_s=signed.signature[32:],
    )

"""Whatever nodes send each other, as bytes and read again.

0      1       5      10         11
| kind | epoch | slot | position | signature (64) | content | attached |

What is attached is not signed by the sender: a batch's sections name themselves by content, a
PREPARE carries the leader's signed proposal, a REPORT the PREPAREs that allowed it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from oracle.protocol.batch.extent import MOST_BODY
from oracle.protocol.batch.manifest import MOST_PROVIDERS, Manifest, read_manifest
from oracle.protocol.batch.section import MOST_BYTES as MOST_SECTION
from oracle.protocol.committee.bounds import MOST_NODES
from oracle.protocol.committee.committee import Committee
from oracle.protocol.have.have_list import HaveList, read_have_list
from oracle.protocol.message.calls import DeviationCall, Want, read_deviation_call, read_want
from oracle.protocol.prepare.prepare_vote import PrepareVote, read_prepare_vote
from oracle.protocol.prepare.votes import Vote
from oracle.protocol.proposal.input_proposal import InputProposal, read_input_proposal
from oracle.protocol.report.common_report import CommonReport, read_common_report
from oracle.protocol.wire.content import Content, Signed, digest_of
from oracle.protocol.wire.reader import Reader, UnreadableMessage
from oracle.protocol.wire.signatory import SIGNATURE

HEADER: Final = 11 + SIGNATURE


class MessageKind(IntEnum):
    """What a message is."""

    CALL = 1
    BATCH = 2
    HAVE = 3
    PROPOSAL = 4
    PREPARE = 5
    REPORT = 6
    WANT = 7


MOST_MESSAGE: Final = {
    MessageKind.CALL: HEADER,
    MessageKind.BATCH: 2 * MOST_BODY,
    MessageKind.HAVE: HEADER + 2_048,
    MessageKind.PROPOSAL: HEADER + 2_048,
    MessageKind.PREPARE: 2 * HEADER + 2_048,
    MessageKind.REPORT: HEADER + 4_096,
    MessageKind.WANT: HEADER + 64,
}
"""Bytes of the longest message of a kind; a longer one is refused before it is read."""

_READERS: Final[dict[MessageKind, Callable[[Reader, int], Any]]] = {
    MessageKind.CALL: read_deviation_call,
    MessageKind.BATCH: read_manifest,
    MessageKind.HAVE: read_have_list,
    MessageKind.PROPOSAL: read_input_proposal,
    MessageKind.PREPARE: read_prepare_vote,
    MessageKind.REPORT: read_common_report,
    MessageKind.WANT: read_want,
}
KIND_OF: Final[dict[type, MessageKind]] = {
    DeviationCall: MessageKind.CALL,
    Manifest: MessageKind.BATCH,
    HaveList: MessageKind.HAVE,
    InputProposal: MessageKind.PROPOSAL,
    PrepareVote: MessageKind.PREPARE,
    CommonReport: MessageKind.REPORT,
    Want: MessageKind.WANT,
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message."""

    epoch: int
    signed: Signed[Content]
    sections: tuple[bytes, ...] = ()
    """With a batch: bodies that the receiver may not have."""
    proposal: Signed[InputProposal] | None = None
    """With a PREPARE: what it is for."""
    certificate: tuple[Vote, ...] = ()
    """With a REPORT: the PREPAREs over its digest."""

    @property
    def kind(self) -> MessageKind:
        """What it is."""
        return KIND_OF[type(self.signed.content)]

    def pack(self) -> bytes:
        """The bytes that travel."""
        parts = [self.kind.to_bytes(1), _packed(self.epoch, self.signed)]
        if self.kind is MessageKind.BATCH:
            parts.append(len(self.sections).to_bytes(2))
            for section in self.sections:
                parts += [len(section).to_bytes(4), section]
        elif self.proposal is not None:
            parts.append(_packed(self.epoch, self.proposal))
        elif self.kind is MessageKind.REPORT:
            parts.append(len(self.certificate).to_bytes(1))
            parts += [position.to_bytes(1) + raw for position, raw in self.certificate]
        return b"".join(parts)


def read_envelope(raw: bytes, committee: Committee) -> Envelope:
    """The message in another node's bytes; signatures are not checked. Raises UnreadableMessage."""
    if not raw or raw[0] not in _READERS:
        raise UnreadableMessage("message", "of no known kind")
    kind = MessageKind(raw[0])
    if len(raw) > MOST_MESSAGE[kind]:
        raise UnreadableMessage(kind.name, f"{len(raw)} bytes, {MOST_MESSAGE[kind]} at most")
    reader = Reader(kind.name, raw)
    reader.take(1)
    epoch, signed = _read_signed(reader, kind, committee)
    envelope = Envelope(
        epoch,
        signed,
        sections=_read_sections(reader) if kind is MessageKind.BATCH else (),
        proposal=_read_proposal(reader, signed, committee) if kind is MessageKind.PREPARE else None,
        certificate=_read_votes(reader) if kind is MessageKind.REPORT else (),
    )
    reader.finish()
    return envelope


def _packed(epoch: int, signed: Signed[Any]) -> bytes:
    content = signed.content
    head = epoch.to_bytes(4) + content.slot.to_bytes(5) + signed.position.to_bytes(1)
    packed: bytes = head + signed.signature + content.pack()
    return packed


def _read_signed(
    reader: Reader, kind: MessageKind, committee: Committee
) -> tuple[int, Signed[Any]]:
    epoch, slot, position = reader.uint(4), reader.uint(5), reader.uint(1, MOST_NODES)
    signature = reader.take(SIGNATURE)
    if epoch != committee.epoch:
        raise reader.refuse(f"epoch {epoch}, not {committee.epoch}")
    if position >= committee.bounds.nodes:
        raise reader.refuse(f"position {position} is not in the committee")
    content = _READERS[kind](reader, slot)
    return epoch, Signed(content, position, signature, digest_of(content, committee))


def _read_sections(reader: Reader) -> tuple[bytes, ...]:
    count = reader.uint(2, MOST_PROVIDERS + 1)
    return tuple(reader.sized(4, MOST_SECTION) for _ in range(count))


def _read_proposal(
    reader: Reader, vote: Signed[Any], committee: Committee
) -> Signed[InputProposal]:
    _, signed = _read_signed(reader, MessageKind.PROPOSAL, committee)
    if signed.content.slot != vote.content.slot:
        raise reader.refuse("a proposal of another slot")
    return signed


def _read_votes(reader: Reader) -> tuple[Vote, ...]:
    found: list[Vote] = []
    for _ in range(reader.uint(1, MOST_NODES + 1)):
        position = reader.uint(1, MOST_NODES)
        if found and position <= found[-1].position:
            raise reader.refuse("voters do not ascend")
        found.append(Vote(position, reader.take(SIGNATURE)))
    return tuple(found)

"""An input set as nodes hand it out: its signed lists in one answer, each section by its name."""

from typing import Final

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.section import MOST_BYTES, section_name
from oracle.protocol.committee.committee import Committee
from oracle.protocol.message.envelope import MessageKind
from oracle.protocol.message.signed_message import pack_message, read_message
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.input_set import InputSet
from oracle.protocol.wire.content import Content, Signed
from oracle.protocol.wire.reader import Reader, UnreadableMessage
from oracle.transport.bundle import MOST_BUNDLE_BYTES, pack_bundle, read_bundle

SETS_PATH: Final = "/protocol/input-sets/"
SECTIONS_PATH: Final = "/protocol/sections/"

_LENGTH: Final = 4

SetHead = tuple[Signed[InputProposal], tuple[Signed[Manifest], ...]]
"""The proposal and the signed lists that it takes, by position."""


def pack_set_head(found: InputSet) -> bytes:
    """The proposal and the lists as their messages, without sections."""
    contents: tuple[Signed[Content], ...] = (found.proposal, *found.batches)
    return pack_bundle(pack_message(found.epoch, signed) for signed in contents)


def pack_set(found: InputSet) -> bytes:
    """An input set with its sections: between two processes of one node."""
    parts = [pack_set_head(found), *found.sections.values()]
    return b"".join(len(part).to_bytes(_LENGTH) + part for part in parts)


def read_set(raw: bytes, committee: Committee) -> InputSet:
    """What `pack_set` gave; nothing is verified. Raises UnreadableMessage."""
    reader = Reader("input set", raw)
    head = reader.sized(_LENGTH, MOST_BUNDLE_BYTES)
    left, sections = len(raw) - _LENGTH - len(head), {}
    while left:
        body = reader.sized(_LENGTH, MOST_BYTES)
        sections[section_name(body)] = body
        left -= _LENGTH + len(body)
    proposal, batches = read_set_head(head, committee)
    return InputSet(committee.epoch, proposal, batches, sections)


def read_set_head(body: bytes, committee: Committee) -> SetHead:
    """What `pack_set_head` gave; nothing is verified. Raises UnreadableMessage."""
    messages = read_bundle(body)
    if not messages:
        raise UnreadableMessage("input set", "without a proposal")
    proposal = read_message(messages[0], MessageKind.PROPOSAL, committee)
    return proposal, tuple(read_message(raw, MessageKind.BATCH, committee) for raw in messages[1:])

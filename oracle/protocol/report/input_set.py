"""An input set with everything in it: the proposal, the signed batches it takes, their sections."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oracle.protocol.batch.extent import find_excess
from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.roots import Root
from oracle.protocol.batch.section import read_section, section_name
from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.committee.committee import Committee
from oracle.protocol.prepare.votes import Vote
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.attested import Lines, price_lines
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.wire.content import Signed
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import SignatureVerifier

_WHAT = "input set"


@dataclass(frozen=True, slots=True)
class InputSet:
    """What a report is made of, whole."""

    epoch: int
    proposal: Signed[InputProposal]
    batches: tuple[Signed[Manifest], ...]
    """By position."""
    sections: Mapping[bytes, bytes]
    """By name: those that the batches list, and no others."""

    @property
    def slot(self) -> int:
        """Unix seconds."""
        return self.proposal.content.slot

    @property
    def root(self) -> bytes:
        """What the report names it by: 32 bytes."""
        return self.proposal.content.input_root

    def lines(self, committee: Committee) -> Lines:
        """The price of every line in it."""
        shelf = Shelf()
        manifests = []
        for batch in self.batches:
            names = dict.fromkeys(entry.section for entry in batch.content.entries)
            shelf.put(batch.position, batch.content, (self.sections[name] for name in names))
            manifests.append(batch.content)
        return price_lines(manifests, shelf, committee.bounds)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A report and the votes that made it the one of its slot."""

    report: CommonReport
    digest: bytes
    """EIP-712 digest of the report, 32 bytes: what REPORTs sign."""
    prepares: tuple[Vote, ...]
    """PREPAREs for the digest, by position."""
    reports: tuple[Vote, ...]
    """REPORTs over the digest, by position; s or more."""


def require_whole(found: InputSet, committee: Committee, members: SignatureVerifier) -> None:
    """Raises UnreadableMessage unless all is there, in bounds, and signed by whom it names."""
    proposal = found.proposal
    signed_roots = tuple(Root(each.position, each.content.root) for each in found.batches)
    if signed_roots != proposal.content.inputs:
        raise UnreadableMessage(_WHAT, "other batches than the proposal takes")
    contents: tuple[Signed[Any], ...] = (proposal, *found.batches)
    for signed in contents:
        if signed.content.slot != found.slot:
            raise UnreadableMessage(_WHAT, f"a content of slot {signed.content.slot}")
        if signed.position >= committee.bounds.nodes or not members.verify(
            signed.position, signed.digest, signed.signature
        ):
            raise UnreadableMessage(_WHAT, f"not signed by position {signed.position}")
    named = {entry.section for each in found.batches for entry in each.content.entries}
    if named != found.sections.keys():
        raise UnreadableMessage(_WHAT, "other sections than its batches list")
    for name, raw in found.sections.items():
        if section_name(raw) != name:
            raise UnreadableMessage(_WHAT, "a section of another name")
        read_section(raw)
    for batch in found.batches:
        if excess := find_excess(batch.content, found.sections):
            raise UnreadableMessage(_WHAT, f"in the batch of position {batch.position} {excess}")

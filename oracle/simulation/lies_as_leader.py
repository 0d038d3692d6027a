"""Strategies of a node whose turn it is to propose: batches left out, chosen, or of two faces."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.section import section_name
from oracle.protocol.message.envelope import Envelope, MessageKind, read_envelope
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.wire.content import Content
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.simulation.liar import Liar, Parcel


class _LeaderEdits(Liar, ABC):
    """Changes its proposals, also where its PREPARE carries them."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """The proposal as this node is to see it."""
        content = envelope.signed.content
        if isinstance(content, InputProposal):
            changed = self.signed(self.propose(content, to))
            return [Parcel(to, changed.pack())]
        proposal = envelope.proposal
        if proposal is not None and proposal.position == self.position:
            return []
        return [Parcel(to, envelope.pack())]

    @abstractmethod
    def propose(self, proposal: InputProposal, to: int) -> InputProposal:
        """What it proposes to one node."""


class OmitHonest(_LeaderEdits):
    """Leaves an honest node's batch out."""

    def propose(self, proposal: InputProposal, to: int) -> InputProposal:
        """Without the first honest one."""
        victim = self.honest[0]
        inputs = tuple(each for each in proposal.inputs if each.position != victim)
        return InputProposal(proposal.slot, inputs)


class ChosenQuorum(_LeaderEdits):
    """Takes 2f+1 batches, its coalition's first."""

    def propose(self, proposal: InputProposal, to: int) -> InputProposal:
        """The coalition and as few others as count."""
        ordered = sorted(proposal.inputs, key=lambda each: each.position not in self.coalition)
        chosen = ordered[: self.committee.bounds.least_batches]
        return InputProposal(proposal.slot, tuple(sorted(chosen)))


class SplitProposal(Liar):
    """Two batches of its own, a proposal with each; then votes and signs for both."""

    heard: Sequence[Content] = ()
    second = b""
    """Root of the batch that one half got."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """To one half the second batch and the proposal with it."""
        content = envelope.signed.content
        if envelope.signed.position != self.position or not self.is_in_half(to):
            return [Parcel(to, envelope.pack())]
        if isinstance(content, Manifest):
            other = Manifest(content.slot, content.entries[1:])
            self.second = other.root
            names = {entry.section for entry in other.entries}
            kept = tuple(raw for raw in envelope.sections if section_name(raw) in names)
            return [Parcel(to, replace(self.signed(other), sections=kept).pack())]
        if isinstance(content, InputProposal):
            inputs = tuple(
                each._replace(root=self.second) if each.position == self.position else each
                for each in content.inputs
            )
            return [Parcel(to, self.signed(InputProposal(content.slot, inputs)).pack())]
        return [] if envelope.kind is MessageKind.PREPARE else [Parcel(to, envelope.pack())]

    def hear(self, raw: bytes, now: float) -> None:
        """Notes what honest nodes vote for."""
        if raw[:1] not in (MessageKind.PREPARE.to_bytes(1), MessageKind.REPORT.to_bytes(1)):
            return
        with suppress(UnreadableMessage):
            content = read_envelope(raw, self.committee).signed.content
            self.heard = [*self.heard[-20:], content]

    def tick(self, now: float) -> Iterable[Parcel]:
        """The same votes under its own name."""
        slot = self.committee.slot_at(now)
        current = [content for content in self.heard if content.slot == slot]
        self.heard = []
        for content in current:
            raw = self.signed(content).pack()
            yield from (Parcel(to, raw) for to in self.nodes)

"""Strategies that sign what is not so, or show different nodes different things."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from oracle.protocol.batch.manifest import ListedSection, Manifest
from oracle.protocol.batch.section import LinePrice, pack_section, read_section, section_name
from oracle.protocol.batch.table import Fetched, Table
from oracle.protocol.have.have_list import HaveList
from oracle.protocol.message.envelope import Envelope, MessageKind, read_envelope
from oracle.protocol.prepare.prepare_vote import PrepareVote
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.wire.content import Content
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.simulation.liar import Liar, Parcel


def _scaled(section: bytes, numerator: int, denominator: int) -> bytes:
    return pack_section(
        LinePrice(line, max(1, price8 * numerator // denominator), stated)
        for line, price8, stated in read_section(section)
    )


class LieHigh(Liar):
    """Every price is three times what it is."""

    def table(self, table: Table, now: float) -> Table:
        """All lists, scaled."""
        return {
            name: replace(each, section=_scaled(each.section, 3, 1)) for name, each in table.items()
        }


class OldPriceNewStamp(Liar):
    """The first list it ever saw, stamped now."""

    def table(self, table: Table, now: float) -> Table:
        """Old sections with new stamps."""
        self.first: dict[str, Fetched] = {**table, **getattr(self, "first", {})}
        stamp = self.committee.slot_at(now)
        return {name: replace(each, fetched_at=stamp) for name, each in self.first.items()}


class StaleBatch(Liar):
    """The first table it ever had, at every slot."""

    def table(self, table: Table, now: float) -> Table:
        """What it saw first."""
        self.first: dict[str, Fetched] = {**table, **getattr(self, "first", {})}
        return self.first


class Toggle(Liar):
    """Of a venue with two prices the one that helps, now the one, now the other."""

    def table(self, table: Table, now: float) -> Table:
        """Prices up in even slots, down in odd ones."""
        odd = self.committee.slot_at(now) // self.committee.grid_s % 2
        scale = (9, 10) if odd else (11, 10)
        return {
            name: replace(each, section=_scaled(each.section, *scale))
            for name, each in table.items()
        }


class _Edits(Liar):
    """Changes the content of one kind of message, for one half of the nodes."""

    kind: MessageKind

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """One content for the one half, another for the other."""
        if envelope.kind is self.kind and self.is_in_half(to):
            changed = self.edit(envelope)
            return [] if changed is None else [Parcel(to, changed.pack())]
        return [Parcel(to, envelope.pack())]

    def edit(self, envelope: Envelope) -> Envelope | None:
        """The other face; None sends nothing."""
        raise NotImplementedError


class SplitBatch(_Edits):
    """Two batches for one slot."""

    kind = MessageKind.BATCH

    def edit(self, envelope: Envelope) -> Envelope | None:
        """A batch without its first provider."""
        content = envelope.signed.content
        assert isinstance(content, Manifest)
        entries = content.entries[1:]
        names = {entry.section for entry in entries}
        kept = tuple(raw for raw in envelope.sections if section_name(raw) in names)
        return replace(self.signed(Manifest(content.slot, entries)), sections=kept)


class FutureStamps(_Edits):
    """Stamps after the slot."""

    kind = MessageKind.BATCH

    def is_in_half(self, to: int) -> bool:
        """To everyone."""
        return True

    def edit(self, envelope: Envelope) -> Envelope | None:
        """All entries a minute ahead."""
        content = envelope.signed.content
        assert isinstance(content, Manifest)
        entries = tuple(
            ListedSection(e.provider, content.slot + 60, e.section) for e in content.entries
        )
        return replace(self.signed(Manifest(content.slot, entries)), sections=envelope.sections)


class ForgeBatch(_Edits):
    """Its batch in another node's name."""

    kind = MessageKind.BATCH

    def edit(self, envelope: Envelope) -> Envelope | None:
        """The same content under an honest position."""
        signed = replace(envelope.signed, position=self.honest[0])
        return replace(envelope, signed=signed)


class NoBodies(_Edits):
    """Batches whose sections nobody gets."""

    kind = MessageKind.BATCH

    def is_in_half(self, to: int) -> bool:
        """From everyone but the coalition."""
        return to not in self.coalition

    def edit(self, envelope: Envelope) -> Envelope | None:
        """The list alone, with sections nobody has."""
        content = envelope.signed.content
        assert isinstance(content, Manifest)
        salt = self.position.to_bytes(32)
        entries = tuple(ListedSection(e.provider, e.fetched_at, salt) for e in content.entries)
        return self.signed(Manifest(content.slot, entries))


class Secretive(Liar):
    """Its batch goes to one honest node, its claims to all but the leader."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """Batches to the coalition and one more, HAVEs to all but the next leaders."""
        if envelope.kind is MessageKind.BATCH and to not in (*self.coalition, self.honest[0]):
            return []
        if envelope.kind is MessageKind.HAVE and to in self._leaders(now):
            return []
        return [Parcel(to, envelope.pack())]

    def _leaders(self, now: float) -> set[int]:
        slot = self.committee.slot_at(now)
        lasts = range(slot - 20 * self.committee.grid_s, slot, self.committee.grid_s)
        found = [self.committee.leader(slot, last) for last in lasts]
        return set(found[:1])


class NoHave(Liar):
    """Never says what it holds."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """Everything but HAVEs."""
        return [] if envelope.kind is MessageKind.HAVE else [Parcel(to, envelope.pack())]


class FalseHave(Liar):
    """Claims the batches of its coalition alone, and serves none."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """HAVEs without a third of the honest nodes; no answer to a WANT."""
        content = envelope.signed.content
        if envelope.kind is MessageKind.BATCH and envelope.signed.position != self.position:
            return []
        if isinstance(content, HaveList):
            left_out = self.honest[: max(1, len(self.honest) // 3)]
            held = tuple(each for each in content.held if each.position not in left_out)
            return [Parcel(to, self.signed(HaveList(content.slot, held)).pack())]
        return [Parcel(to, envelope.pack())]


class VictimOmitted(Liar):
    """One honest node gets nothing, and is claimed by nobody of the coalition."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """Nothing to the victim, nothing of it."""
        victim, content = self.honest[0], envelope.signed.content
        if to == victim:
            return []
        if isinstance(content, HaveList):
            held = tuple(each for each in content.held if each.position != victim)
            return [Parcel(to, self.signed(HaveList(content.slot, held)).pack())]
        return [Parcel(to, envelope.pack())]


class Pairwise(Liar):
    """Talks to just so many that everything hangs in the balance."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """To its coalition and the first f+1 honest nodes."""
        few = self.honest[: self.committee.bounds.attesters]
        return [Parcel(to, envelope.pack())] if to in (*few, *self.coalition) else []


class _LeaderEdits(Liar):
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

    def propose(self, proposal: InputProposal, to: int) -> InputProposal:
        """What it proposes to one node."""
        raise NotImplementedError


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


class SplitPrepare(_Edits):
    """PREPAREs for a digest that nobody computed."""

    kind = MessageKind.PREPARE

    def edit(self, envelope: Envelope) -> Envelope | None:
        """Another digest."""
        content = envelope.signed.content
        vote = PrepareVote(content.slot, bytes(32))
        return replace(self.signed(vote), proposal=envelope.proposal)


class SplitReport(_Edits):
    """Signs another value, too."""

    kind = MessageKind.REPORT

    def edit(self, envelope: Envelope) -> Envelope | None:
        """Twice the value."""
        content = envelope.signed.content
        assert isinstance(content, CommonReport)
        figures = tuple(each._replace(value8=2 * each.value8) for each in content.figures)
        report = replace(content, figures=figures)
        return replace(self.signed(report), certificate=envelope.certificate)

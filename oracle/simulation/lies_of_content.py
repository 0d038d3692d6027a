"""Strategies that sign what is not so, or show different nodes different things."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from oracle.protocol.batch.manifest import ListedSection, Manifest
from oracle.protocol.batch.section import LinePrice, pack_section, read_section, section_name
from oracle.protocol.batch.table import Fetched, Table
from oracle.protocol.have.have_list import HaveList
from oracle.protocol.machine.pace import PACE
from oracle.protocol.message.envelope import Envelope, MessageKind
from oracle.protocol.prepare.prepare_vote import PrepareVote
from oracle.protocol.report.common_report import CommonReport
from oracle.simulation.liar import Liar, Parcel

_JUST_BEFORE_S: Final = 0.2
_OF_A_LEADER: Final = (MessageKind.PROPOSAL, MessageKind.PREPARE)


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


class _Edits(Liar, ABC):
    """Changes the content of one kind of message, for one half of the nodes."""

    kind: MessageKind

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """One content for the one half, another for the other."""
        if envelope.kind is self.kind and self.is_in_half(to):
            changed = self.edit(envelope)
            return [] if changed is None else [Parcel(to, changed.pack())]
        return [Parcel(to, envelope.pack())]

    @abstractmethod
    def edit(self, envelope: Envelope) -> Envelope | None:
        """The other face; None sends nothing."""


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
    """Its batch reaches one honest node as HAVEs go out; its claims, everyone but the leader.

    So the leader cannot know of a batch that the others count for f+1 nodes: liars and one more.
    """

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """Batches of the coalition late and to one, HAVEs without them to the leader."""
        content = envelope.signed.content
        if envelope.kind is MessageKind.BATCH and envelope.signed.position in self.coalition:
            return self._batch(to, envelope, now)
        if isinstance(content, HaveList) and self.is_leader(to, content.slot):
            held = tuple(each for each in content.held if each.position not in self.coalition)
            return [Parcel(to, self.signed(HaveList(content.slot, held)).pack())]
        if self.is_leader(self.position, content.slot) and envelope.kind in _OF_A_LEADER:
            return []
        return [Parcel(to, envelope.pack())]

    def _batch(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        if to in self.coalition:
            return [Parcel(to, envelope.pack())]
        if to != self.honest[-1] or envelope.signed.position != self.position:
            return []
        due_at = envelope.signed.content.slot + PACE.have_s - _JUST_BEFORE_S
        return [Parcel(to, envelope.pack(), max(due_at - now, 0.0))]


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

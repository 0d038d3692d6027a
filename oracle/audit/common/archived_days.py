"""The archived days of a member beside the chain: whether each is what its rounds ask for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from oracle.protocol.report.input_set import require_whole
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.day_sets import SlotRoot, day_root, part_name, read_rounds
from oracle.protocol_store.set_archive import SetArchive
from oracle.valuation.memory import AgreedRound
from pargrade.clock import midnight_of


@dataclass(frozen=True, slots=True)
class ArchivedDay:
    """One part of an archive."""

    midnight: int
    """The start of the UTC day, unix seconds."""
    part: str
    """Its folder."""
    rounds: int
    size: int
    """Bytes of its files."""
    root: bytes
    """Over the rounds that it says it has, 32 bytes."""
    chain_root: bytes
    """Over the day's rounds on chain."""
    missing: tuple[int, ...]
    """Slots whose sets it does not give back whole."""

    @property
    def is_sound(self) -> bool:
        """Whether it is the day that the chain recorded, and all of it is there."""
        is_named = self.part == part_name(self.midnight, self.root)
        return is_named and self.root == self.chain_root and not self.missing


def audit_days(
    archive: SetArchive,
    rounds: Iterable[AgreedRound],
    committee_of: Callable[[int], StoredCommittee],
) -> Iterator[ArchivedDay]:
    """Every part of an archive, newest day first, with all sets in it read and verified.

    `rounds` are those on chain; `committee_of` gives the committee of an epoch there.
    """
    by_day: defaultdict[int, list[AgreedRound]] = defaultdict(list)
    for each in rounds:
        by_day[midnight_of(each.slot)].append(each)
    for part in archive.parts():
        stated = read_rounds(part)
        midnight = midnight_of(stated[0][0]) if stated else 0
        on_chain = by_day[midnight]
        yield ArchivedDay(
            midnight=midnight,
            part=f"{part.parent.name}/{part.name}",
            rounds=len(stated),
            size=sum(file.stat().st_size for file in part.iterdir()),
            root=day_root(stated),
            chain_root=day_root((each.slot, each.root) for each in on_chain),
            missing=tuple(_missing(archive, part, stated, on_chain, committee_of)),
        )


def _missing(
    archive: SetArchive,
    part: Path,
    stated: Iterable[SlotRoot],
    rounds: Iterable[AgreedRound],
    committee_of: Callable[[int], StoredCommittee],
) -> Iterator[int]:
    epochs = {each.slot: each.epoch for each in rounds}
    for slot, root in stated:
        found = archive.read(part, slot)
        try:
            if found is None or found.root != root:
                raise UnreadableMessage("archived set", "not there, or another")
            stored = committee_of(epochs.get(slot, found.epoch))
            require_whole(found, stored.committee, stored.verifier)
        except UnreadableMessage:
            yield slot

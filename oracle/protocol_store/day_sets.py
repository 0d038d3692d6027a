"""The input sets of one UTC day's rounds, and the root over them that anyone has from the chain."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oracle.evidence import merkle
from oracle.evidence.part import FOLDER
from oracle.evidence.part_folder import parts_of
from oracle.protocol.report.input_set import InputSet
from oracle.protocol_store.committee_text import StoredCommittee
from pargrade.clock import day_name, midnight_of

ROUNDS: Final = "rounds.csv"
_MOST_ROUNDS_BYTES: Final = 1 << 20
"""Of `rounds.csv`: of a round a minute it has 0.1 MB."""

SlotRoot = tuple[int, bytes]
"""A round: slot in unix seconds, input root of 32 bytes."""


def day_root(rounds: Iterable[SlotRoot]) -> bytes:
    """The root of a day from slot and input root of its rounds: 32 bytes.

    Rounds may come in any order and more than once: the slots of a chain ascend. Of each the slot
    in 5 bytes and the input root make a leaf (oracle.evidence.merkle), which binds a set to its
    slot: nodes whose lists did not change make the same input root again.
    """
    return merkle.tree(merkle.leaf(slot.to_bytes(5) + root) for slot, root in sorted(set(rounds)))


def part_name(midnight: int, root: bytes) -> str:
    """The folder of a day in an archive, from its midnight (unix seconds) and its root."""
    return f"day={day_name(midnight)}/part-{root.hex()[:16]}"


def write_rounds(rounds: Iterable[SlotRoot], path: Path) -> None:
    """The leaves of a day's root as a table for people. Raises OSError."""
    lines = ["slot,input_root", *(f"{slot},{root.hex()}" for slot, root in rounds)]
    path.write_text("\n".join(lines) + "\n", "ascii")


def read_rounds(part: Path) -> list[SlotRoot]:
    """The rounds that a part says it has, by slot; none of a damaged one."""
    path = part / ROUNDS
    try:
        if path.stat().st_size > _MOST_ROUNDS_BYTES:
            return []
        rows = [line.split(",") for line in path.read_text("ascii").splitlines()[1:]]
        return [(int(slot), bytes.fromhex(root)) for slot, root in rows]
    except (OSError, ValueError):
        return []


def archive_of(folder: Path) -> Path:
    """The archive of the node whose data folder is given."""
    return folder / FOLDER


def is_archived(archive: Path, root: bytes, slot: int) -> bool:
    """Whether a part says that it has a set."""
    parts = parts_of(archive, day_name(midnight_of(slot)))
    return any((slot, root) in read_rounds(part) for part in parts)


@dataclass(frozen=True, slots=True)
class DaySets:
    """What a part of the archive is made of."""

    midnight: int
    """The start of the UTC day, unix seconds."""
    rounds: tuple[SlotRoot, ...]
    """By slot."""
    set_of: Callable[[SlotRoot], InputSet]
    """Gives the set of a round: all of a day's need not fit into memory."""
    committee_of: Callable[[int], StoredCommittee]
    """Of an epoch."""

    @property
    def root(self) -> bytes:
        """The root of the day: 32 bytes."""
        return day_root(self.rounds)

    @property
    def name(self) -> str:
        """The folder of the part."""
        return part_name(self.midnight, self.root)

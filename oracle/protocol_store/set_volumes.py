"""A day's input sets cut into volumes, each with whole sets and small enough to be read again.

Whoever reads an archive's file refuses a long one, which a stranger may have made. What a day has
is up to its members: one liar may bring new lists of half a megabyte in every slot.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from oracle.protocol.batch.section import count_lines
from oracle.protocol.message.signed_message import pack_message
from oracle.protocol.report.input_set import InputSet

LINE_WEIGHT: Final = 64 + 8 + 8 + 3 * 4
"""Bytes in Parquet of a line besides its own and what is stated of it: the name of its list, place,
price, and the lengths of what has one."""


@dataclass(slots=True)
class Volume:
    """Consecutive sets of a day."""

    sets: list[InputSet] = field(default_factory=list)
    sections: dict[bytes, bytes] = field(default_factory=dict)
    """All lists of the sets, by name."""
    weight: int = 0
    """Of the lists."""
    batch_weight: int = 0

    def takes(self, found: InputSet, most: int) -> bool:
        """Adds a set, unless it would be too much; the first one is never."""
        lists = sum(
            len(body) + count_lines(body) * LINE_WEIGHT
            for name, body in found.sections.items()
            if name not in self.sections
        )
        batches = sum(LINE_WEIGHT + len(pack_message(found.epoch, each)) for each in found.batches)
        is_much = self.weight + lists > most or self.batch_weight + batches > most
        if self.sets and is_much:
            return False
        self.sets.append(found)
        self.sections |= found.sections
        self.weight += lists
        self.batch_weight += batches
        return True


def cut_volumes(sets: Iterable[InputSet], most_file_bytes: int) -> Iterator[Volume]:
    """The volumes of sets, in order, one in memory at a time. The same sets give the same ones.

    Three quarters of the most are filled: Parquet packs what can be packed, and adds less than that
    to what cannot. The largest set there can be is 41 MB of lists.
    """
    most = most_file_bytes * 3 // 4
    volume = Volume()
    for each in sets:
        if not volume.takes(each, most):
            yield volume
            volume = Volume()
            volume.takes(each, most)
    if volume.sets:
        yield volume

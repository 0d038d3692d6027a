"""Quotes and their verdicts as lines of the evidence, kept from one fixing to the next."""

from collections.abc import Sequence
from typing import Final

from oracle.evidence import merkle
from oracle.quotes.quote import Quote
from pargrade.canonical import canonical_json

_LEAST_ROOM: Final = 2_048
"""Of some 240 lines in a fixing of the sample: with more room as many are found again, and a node's
memory grows for a month instead of a week."""


def verdict_line(quote: Quote, verdict: str) -> bytes:
    """One quote and its verdict, as the line in the evidence."""
    return canonical_json({"quote": quote.to_json(), "verdict": verdict})


class KeptLines:
    """Lines of fixings and their Merkle leaves, as most quotes are in several fixings.

    Two generations with room for the largest fixing each, so that all lines of one fixing are there
    for the next, however many they are: a cache of the least recently used finds none of them once
    a fixing has more lines than it has room.
    """

    def __init__(self, least_room: int = _LEAST_ROOM) -> None:
        self._room = least_room
        self._young: dict[tuple[Quote, str], tuple[bytes, bytes]] = {}
        self._old: dict[tuple[Quote, str], tuple[bytes, bytes]] = {}

    def of(self, verdicts: Sequence[tuple[Quote, str]]) -> list[tuple[bytes, bytes]]:
        """The line and the leaf of each verdict."""
        self._room = max(self._room, len(verdicts))
        return [self._find(each) for each in verdicts]

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def _find(self, verdict: tuple[Quote, str]) -> tuple[bytes, bytes]:
        found = self._young.get(verdict)
        if found is not None:
            return found
        found = self._old.get(verdict)
        if found is None:
            line = verdict_line(*verdict)
            found = line, merkle.leaf(line)
        if len(self._young) >= self._room:
            self._old, self._young = self._young, {}
        self._young[verdict] = found
        return found

"""Collects what a reader finds: usages, refused rows and notes, each duplicate row once."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from bridge.hedge.readers.usage import Flaw, Refused, RefusedRow, Usage, Workload

Row = TypeVar("Row")


class Collector:
    """The reading of one source, row by row."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.usages: list[Usage] = []
        self.refused: list[RefusedRow] = []
        self._notes: Counter[str] = Counter()
        self._seen: set[Hashable] = set()

    def read_row(self, place: str, row: Row, reader: Callable[[Row], Iterable[Usage]]) -> None:
        """What one row gives, or its refusal. A row is used whole or not at all."""
        try:
            found = tuple(reader(row))
        except Refused as refused:
            self.refused.append(RefusedRow(place, refused.reason, refused.evidence))
        else:
            self.usages += found

    def require_new(self, key: Hashable, evidence: str) -> None:
        """Refuse a row that was there before. Raises Refused."""
        if key in self._seen:
            raise Refused(Flaw.DUPLICATE, evidence)
        self._seen.add(key)

    def note(self, text: str, rows: int = 1) -> None:
        """Something true of the source that no row says; equal notes are counted."""
        self._notes[text] += rows

    def reading(self) -> Workload:
        """Everything that was collected."""
        notes = tuple(
            text if count == 1 else f"{text} ({count:,} rows)"
            for text, count in self._notes.items()
        )
        return Workload(self.form, tuple(self.usages), tuple(self.refused), notes)

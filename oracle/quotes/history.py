"""The quotes a node has seen, by time."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oracle.quotes.columns import Columns, Ints
from oracle.quotes.quote import Quote


@dataclass(frozen=True, eq=False)
class History:
    """Quotes in canonical order: the order they came in leaves no trace."""

    columns: Columns

    @classmethod
    def of(cls, quotes: Columns | Iterable[Quote]) -> "History":
        """The history of these quotes; equal quotes are all kept, and counted."""
        columns = quotes if isinstance(quotes, Columns) else Columns.of(quotes)
        return cls(columns.in_order())

    @cached_property
    def quotes(self) -> tuple[Quote, ...]:
        """Every quote, for reading one by one."""
        return tuple(self.columns.quotes())

    @property
    def times(self) -> Ints:
        """When each quote was observed, unix seconds, ascending."""
        return self.columns.observed_at

    def extended(self, quotes: Iterable[Quote]) -> "History":
        """This history with more quotes in it."""
        return History.of((*self.quotes, *quotes))

    def position(self, instant: int) -> int:
        """How many quotes were observed at or before an instant, in unix seconds."""
        return int(np.searchsorted(self.times, instant, side="right"))

    def between(self, after: int, until: int) -> slice:
        """Rows of quotes observed later than `after` and not later than `until`, unix seconds."""
        return slice(self.position(after), self.position(until))

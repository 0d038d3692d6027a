"""The quotes a node has seen, by time."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from oracle.quote import Quote, by_order


@dataclass(frozen=True, slots=True)
class History:
    """Quotes in canonical order: the order they came in leaves no trace."""

    quotes: tuple[Quote, ...]
    times: tuple[int, ...]

    @classmethod
    def of(cls, quotes: Iterable[Quote]) -> "History":
        """The history of these quotes; equal quotes are all kept, and counted."""
        ordered = tuple(sorted(quotes, key=by_order))
        return cls(ordered, tuple(quote.observed_at for quote in ordered))

    def extended(self, quotes: Iterable[Quote]) -> "History":
        """This history with more quotes in it."""
        return History.of((*self.quotes, *quotes))

    def position(self, instant: int) -> int:
        """How many quotes were observed at or before an instant, in unix seconds."""
        return bisect_right(self.times, instant)

    def between(self, after: int, until: int) -> tuple[Quote, ...]:
        """Quotes observed later than `after` and not later than `until`, in unix seconds."""
        return self.quotes[self.position(after) : self.position(until)]

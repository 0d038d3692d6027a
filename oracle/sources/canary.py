"""Canaries: whether an answer still has the shape and the scale of the last good one.

A mapping refuses what it cannot read. What it reads wrongly is worse: cents that were dollars, a
price per month that was per hour, a name in a field that held another. So the fields that a feed
reads are remembered with what they held, and so are the prices. Pure: values in, values out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from oracle.quotes.quote import Quote
from oracle.sources.feed import Feed
from oracle.sources.number import JsonNumber
from oracle.sources.payload import Page, UnreadableRow, value_at
from pargrade.canonical import canonical_json, read_json

_MISSING: Final = "missing"
_NULL: Final = "null"
_MOST_ROWS: Final = 2_000
"""Rows of an answer that are looked at: a shape shows in the first of them."""

SCALE: Final = 3
"""A list on which more than half of the known prices moved by more than this factor, all in one
direction, has another unit: no market moves so between two fetches."""


@dataclass(frozen=True, slots=True)
class Canary:
    """What the fields held that a feed reads, and what the offers cost."""

    fields: Mapping[str, frozenset[str]]
    """By path: kinds of value, of `number`, `text`, `flag`, `list`, `object`, `null`, `missing`."""
    prices8: Mapping[str, int]
    """By offer: USD per GPU-hour, 8 decimals."""

    @classmethod
    def of(cls, pages: Iterable[Page], feed: Feed, quotes: Iterable[Quote]) -> "Canary":
        """The canary of an answer and of the quotes in it."""
        return cls(_fields(pages, feed), {_offer(quote): quote.price8 for quote in quotes})

    def drift_from(self, known: "Canary") -> tuple[str, ...]:
        """How this answer differs from one that is known to be good; empty when it does not."""
        changed = [
            f"{path} held {_kinds(before)} and holds {_kinds(self.fields.get(path, frozenset()))}"
            for path, before in sorted(known.fields.items())
            if before - _ABSENT and not before & self.fields.get(path, frozenset()) - _ABSENT
        ]
        return (*changed, *self._scale_from(known))

    def to_json(self) -> str:
        """The canary as canonical JSON; prices are strings of base units."""
        fields = {path: sorted(kinds) for path, kinds in self.fields.items()}
        prices = {offer: str(price8) for offer, price8 in self.prices8.items()}
        return canonical_json({"fields": fields, "prices8": prices}).decode()

    @classmethod
    def from_json(cls, text: str) -> "Canary":
        """The canary of a canonical form. Raises ValueError or KeyError for another shape."""
        values = read_json(text)
        fields = {str(path): frozenset(kinds) for path, kinds in values["fields"].items()}
        return cls(fields, {str(k): int(v) for k, v in values["prices8"].items()})

    def _scale_from(self, known: "Canary") -> tuple[str, ...]:
        both = [offer for offer in self.prices8 if known.prices8.get(offer, 0) > 0]
        pairs = [(known.prices8[offer], self.prices8[offer]) for offer in both]
        up = sum(now > SCALE * before for before, now in pairs)
        down = sum(SCALE * now < before for before, now in pairs)
        for moved, way in ((up, "rose"), (down, "fell")):
            if 2 * moved > len(pairs):
                return (f"{moved} of {len(pairs)} prices {way} by more than a factor of {SCALE}",)
        return ()


_ABSENT: Final = frozenset({_MISSING, _NULL})


def _fields(pages: Iterable[Page], feed: Feed) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    paths, left = feed.paths, _MOST_ROWS
    for page in pages:
        for row in page.rows[:left]:
            if isinstance(row, UnreadableRow):
                continue
            for path in paths:
                found[path].add(_kind_at(row, path))
        left -= len(page.rows)
        if left <= 0:
            break
    return {path: frozenset(kinds) for path, kinds in found.items()}


def _kind_at(row: Any, path: str) -> str:
    try:
        value = value_at(row, path)
    except KeyError:
        return _MISSING
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | JsonNumber):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"


def _kinds(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(kinds)) or "nothing"


def _offer(quote: Quote) -> str:
    parts = (quote.provider, quote.gpu_model, quote.variant, str(quote.gpu_memory_gb))
    return "/".join((*parts, str(quote.gpu_count), quote.tier.value, quote.region))

"""Whether an answer's prices are in dollars: the currency that stands beside a price decides."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from oracle.sources.cells import shown
from oracle.sources.errors import SourceMalformed
from oracle.sources.feed import Feed
from oracle.sources.payload import Page, has, value_at

_DOLLARS: Final = frozenset({"usd", "us$", "$", "us dollar", "us dollars", "dollar", "dollars"})
_CURRENCY: Final = re.compile(r"(?<!con)currency|denom", re.IGNORECASE)


class _Stated(NamedTuple):
    """A currency that an answer names."""

    key: str
    currency: str


def require_dollars(page: Page, feed: Feed, source: str) -> None:
    """Refuse an answer with a price in another currency. Raises SourceMalformed.

    What is named in an object on the way to a price is that price's currency; blocks beside the
    way are other prices, in whatever currency. A price with none on its way may be meant by any
    that the answer names, so all of them have to be dollars.
    """
    container = feed.rows.removesuffix("*").rstrip(".")
    shared = list(_on_the_way(page.document, f"{container}.*" if container else "*"))
    for row in page.rows:
        for ask in feed.asks:
            if not has(row, ask.path):
                continue
            stated = [*shared, *_on_the_way(row, ask.path)]
            _require(stated or [*_named(page.document, page.rows), *_named(row)], source)


def _require(stated: list[_Stated], source: str) -> None:
    for key, currency in stated:
        if currency.strip().lower() not in _DOLLARS:
            reason = f"{key} is {shown(currency)!r}, not USD"
            raise SourceMalformed(source, "the whole answer", reason)


def _on_the_way(value: Any, path: str) -> Iterator[_Stated]:
    """Currencies named in the objects that a path leads through."""
    steps = path.split(".")
    for depth in range(len(steps)):
        try:
            found = value_at(value, ".".join(steps[:depth]))
        except KeyError:
            return
        if isinstance(found, Mapping):
            yield from _own(found)


def _own(found: Mapping[str, Any]) -> Iterator[_Stated]:
    for key, stated in found.items():
        if isinstance(stated, str) and _CURRENCY.search(key):
            yield _Stated(key, stated)


def _named(value: Any, but: Any = None) -> Iterator[_Stated]:
    """Currencies named anywhere in a value, but not in one part of it."""
    if isinstance(value, Mapping):
        yield from _own(value)
    parts = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping | list):
        for part in parts:
            if part is not but:
                yield from _named(part, but)

"""Quotes as lists that nodes attest, and attested lines as quotes again.

A list is what one source said of one provider at one visit, named `provider/source`. Of a quote,
price, flags and count of offers are attested; what names it is its line. Its time is the list's.
"""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from oracle.protocol.batch.manifest import MOST_NAME, MOST_PROVIDERS
from oracle.protocol.batch.section import (
    MOST_LINE,
    MOST_LINES,
    MOST_STATED,
    LinePrice,
    pack_section,
)
from oracle.protocol.batch.table import Fetched, Table
from oracle.protocol.report.attested import LineName, Lines
from oracle.protocol.report.line_price import LineValue
from oracle.quotes.history import History
from oracle.quotes.quote import STORABLE, Quote
from pargrade.canonical import canonical_json, read_json
from pargrade.errors import PargradeError

VISIT_S: Final = 600
"""Quotes of a list that are so much older than its newest one are of an earlier visit, seconds."""

_NAMED: Final = (
    *("gpu_model", "variant", "gpu_memory_gb", "gpu_count", "tier", "region"),
    *("cadence", "firmness", "terms"),
)


def table_of(history: History, since: int, until: int, shift_s: int = 0) -> Table:
    """The newest list of every provider and source seen in (since, until], unix seconds.

    A list that shows a line no more has withdrawn it. Of a line that was seen more than once the
    newest quotes count, of these the lowest. `shift_s` is added to all times: recorded quotes that
    stand for those of today. What no peer would read is left out.
    """
    columns = history.columns.take(history.between(since, until))
    provider, source = columns.provider, columns.source
    pair = provider.codes.astype(np.int64) * len(source.words) + source.codes
    newest = np.full(len(provider.words) * len(source.words), -STORABLE, np.int64)
    np.maximum.at(newest, pair, columns.observed_at)
    rows = np.flatnonzero(columns.observed_at > newest[pair] - VISIT_S)
    lists: dict[str, list[Quote]] = {}
    for quote in columns.quotes(rows):
        lists.setdefault(f"{quote.provider}/{quote.source}", []).append(quote)
    found: dict[str, Fetched] = {}
    for name in sorted(lists)[:MOST_PROVIDERS]:
        prices = _newest_prices(lists[name])
        if prices and len(name) <= MOST_NAME and name.isascii() and name.isprintable():
            fetched_at = max(quote.observed_at for quote in lists[name]) + shift_s
            found[name] = Fetched(fetched_at, pack_section(sorted(prices)[:MOST_LINES]))
    return found


def quotes_of(lines: Lines) -> list[Quote]:
    """The quotes that agreed lines stand for. A line that is none of a quote is left out."""
    found = (_quote_of(name, value) for name, value in lines.items())
    return [quote for quote in found if quote is not None]


def _newest_prices(quotes: Iterable[Quote]) -> list[LinePrice]:
    """Every price of a line that was seen last: visits may come faster than VISIT_S."""
    seen_at: dict[bytes, int] = {}
    found: dict[bytes, list[LinePrice]] = {}
    for quote in quotes:
        price = _price_of(quote)
        if price is None or quote.observed_at < seen_at.get(price.line, -STORABLE):
            continue
        if quote.observed_at > seen_at.get(price.line, -STORABLE):
            seen_at[price.line], found[price.line] = quote.observed_at, []
        found[price.line].append(price)
    return [price for prices in found.values() for price in prices]


def _price_of(quote: Quote) -> LinePrice | None:
    values = quote.to_json()
    line = canonical_json([values[name] for name in _NAMED])
    stated = canonical_json([quote.n_offers, *quote.flags])
    fits = len(line) <= MOST_LINE and len(stated) <= MOST_STATED and 0 < quote.price8 < STORABLE
    return LinePrice(line, quote.price8, stated) if fits else None


def _quote_of(name: LineName, value: LineValue) -> Quote | None:
    """The quote, or None for bytes that `_price_of` does not make: a liar's."""
    provider, _, source = name.provider.partition("/")
    try:
        named, stated = _list(name.line), _list(value.stated)
        fields = dict(zip(_NAMED, named, strict=True))
        n_offers, *flags = stated
        quote = Quote.from_json(
            {
                **fields,
                "observed_at": value.fetched_at,
                "provider": provider,
                "source": source,
                "price8": str(value.price8),
                "n_offers": n_offers,
                "flags": flags,
            }
        )
    except (PargradeError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
    again = _price_of(quote)
    if again is None or (again.line, again.stated) != (name.line, value.stated):
        return None
    return quote if provider and source else None


def _list(raw: bytes) -> list[Any]:
    found = read_json(raw)
    if not isinstance(found, list):
        raise ValueError("no list")
    return found


def join(quotes: Iterable[Quote]) -> list[Quote]:
    """Of equal quotes one: a list that did not change is agreed on at many midnights."""
    return list(dict.fromkeys(quotes))

"""Quotes as lists that nodes attest, and attested lines as quotes again.

A list is what one source said of one provider at one visit, named `provider/source`. Of a quote,
price, flags and count of offers are attested; what names it is its line. Its time is the list's.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from oracle.protocol.batch.manifest import MOST_NAME
from oracle.protocol.batch.section import (
    MOST_LINE,
    MOST_STATED,
    LinePrice,
    cut_section,
)
from oracle.protocol.batch.table import Fetched, Table, fit_table
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


class ReadLists(NamedTuple):
    """A node's newest lists, as its peers take them."""

    table: Table
    left_out: Mapping[str, str]
    """By list, what of it no peer would read, and why."""


def read_lists(
    history: History, since: int, until: int, shift_s: int = 0, watch: Collection[str] = ()
) -> ReadLists:
    """The newest list of every provider and source seen in (since, until], unix seconds.

    A list that shows a line no more has withdrawn it. Of a line that was seen more than once the
    newest quotes count, of these the lowest. `shift_s` is added to all times: recorded quotes that
    stand for those of today. `watch` names the providers to be read, all when empty.

    A venue may write what no peer would read: of a list that is too long the first lines count,
    and where all together are too long the longest lists go. So do all nodes with the same lists.
    """
    found: dict[str, Fetched] = {}
    left_out: dict[str, str] = {}
    for name, quotes in sorted(_newest_visits(history, since, until, watch).items()):
        if not is_list_name(name):
            left_out[name] = f"a name of other than {MOST_NAME} printable ASCII characters"
            continue
        seen = [(each.observed_at, price) for each in quotes if (price := _price_of(each))]
        section = cut_section(_newest_prices(seen))
        lost = section.left_out + len(quotes) - len(seen)
        if lost:
            left_out[name] = f"{lost} of {len(quotes)} quotes: it is too long, or they are"
        if seen:
            fetched_at = max(quote.observed_at for quote in quotes) + shift_s
            found[name] = Fetched(fetched_at, section.raw)
    fitting = fit_table(found)
    left_out |= dict.fromkeys(fitting.left_out, "all of it: with it the lists would be too long")
    return ReadLists(fitting.table, left_out)


def table_of(history: History, since: int, until: int, shift_s: int = 0) -> Table:
    """The lists of `read_lists` alone."""
    return read_lists(history, since, until, shift_s).table


def list_name(provider: str, source: str) -> str:
    """What the list of a provider that a source gives is called."""
    return f"{provider}/{source}"


def lists_in(history: History) -> frozenset[str]:
    """The names of all lists that quotes are of."""
    provider, source = history.columns.provider, history.columns.source
    pairs = np.unique(provider.codes.astype(np.int64) * len(source.words) + source.codes)
    return frozenset(
        list_name(provider.words[pair // len(source.words)], source.words[pair % len(source.words)])
        for pair in pairs.tolist()
    )


def is_list_name(name: str) -> bool:
    """Whether peers would read a list of this name."""
    return len(name) <= MOST_NAME and name.isascii() and name.isprintable()


def provider_of(name: str) -> str:
    """Whose list a name is of."""
    return name.partition("/")[0]


def quotes_of(lines: Lines) -> list[Quote]:
    """The quotes that agreed lines stand for. A line that is none of a quote is left out."""
    found = (_quote_of(name, value) for name, value in lines.items())
    return [quote for quote in found if quote is not None]


def _newest_visits(
    history: History, since: int, until: int, watch: Collection[str]
) -> Mapping[str, list[Quote]]:
    columns = history.columns.take(history.between(since, until))
    provider, source = columns.provider, columns.source
    pair = provider.codes.astype(np.int64) * len(source.words) + source.codes
    newest = np.full(len(provider.words) * len(source.words), -STORABLE, np.int64)
    np.maximum.at(newest, pair, columns.observed_at)
    rows = np.flatnonzero(columns.observed_at > newest[pair] - VISIT_S)
    found: dict[str, list[Quote]] = {}
    for quote in columns.quotes(rows):
        if not watch or quote.provider in watch:
            found.setdefault(list_name(quote.provider, quote.source), []).append(quote)
    return found


def _newest_prices(seen: Iterable[tuple[int, LinePrice]]) -> list[LinePrice]:
    """Every price of a line that was seen last: visits may come faster than VISIT_S."""
    seen_at: dict[bytes, int] = {}
    found: dict[bytes, list[LinePrice]] = {}
    for observed_at, price in seen:
        before = seen_at.get(price.line, -STORABLE)
        if observed_at > before:
            seen_at[price.line], found[price.line] = observed_at, []
        if observed_at >= before:
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

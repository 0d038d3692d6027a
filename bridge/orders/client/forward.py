"""The forward band of each month: what is bid, asked, called and quoted for it. Pure.

A band and no curve: nothing is interpolated, and a month that nobody prices has none. All prices
are USD per SCU with 8 decimals.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pargrade.clock import DAY_S
from pargrade.errors import PargradeError
from pargrade.units import BadAmount, Price, TooPrecise

_MOST_BYTES: Final = 1 << 20
_MOST_MONTHS: Final = 120
_MONTH_S: Final = 365 * DAY_S // 12
_COLUMNS: Final = ("provider", "months", "usd_per_scu")


class BadTermQuotes(PargradeError):
    """A file of term quotes with something in it that is none."""

    hint = "Columns provider, months and usd_per_scu; months 1 to 120, prices above zero."

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path}: {why}")


@dataclass(frozen=True, slots=True)
class TermQuote:
    """What a provider asks for an SCU to who commits for so many months from now."""

    provider: str
    months: int
    price: int


@dataclass(frozen=True, slots=True)
class SeriesPrices:
    """What a relay has of a series; 0 where there is none."""

    name: str
    start: int
    """Unix seconds of its window."""
    expiry: int
    bid: int
    ask: int
    mark: int
    source: str
    """Of the mark: CALL, BOOK, INDEX, LAST or NONE."""


@dataclass(frozen=True, slots=True)
class BandPoint:
    """One series with the lowest and highest of what prices it; 0 and 0 for nothing."""

    prices: SeriesPrices
    low: int
    high: int
    sources: tuple[str, ...]
    """What the band is made of: bid, ask, call, and providers of term quotes."""

    def to_json(self) -> dict[str, Any]:
        """Decimal text for prices; null for none."""
        found = self.prices
        named = {"bid": found.bid, "ask": found.ask, "mark": found.mark}
        named |= {"low": self.low, "high": self.high}
        return {
            "series": found.name,
            "start": found.start,
            "expiry": found.expiry,
            **{name: str(price) if price else None for name, price in named.items()},
            "mark_source": found.source,
            "sources": list(self.sources),
        }


def forward_band(
    series: Iterable[SeriesPrices], quotes: Sequence[TermQuote], now: int
) -> list[BandPoint]:
    """A point for each series, by the start of its window; `now` is Unix seconds.

    A mark counts where a call made it: one that fell back to the book or the index repeats those.
    A term quote counts for a series whose whole window its term covers.
    """
    found = []
    for each in sorted(series, key=lambda found: (found.start, found.name)):
        made_of = [("bid", each.bid), ("ask", each.ask)]
        made_of += [("call", each.mark)] if each.source == "CALL" else []
        made_of += [
            (quote.provider, quote.price)
            for quote in quotes
            if now + quote.months * _MONTH_S >= each.expiry
        ]
        priced = [(name, price) for name, price in made_of if price]
        prices = [price for _, price in priced] or [0]
        names = tuple(dict.fromkeys(name for name, _ in priced))
        found.append(BandPoint(each, min(prices), max(prices), names))
    return found


def read_term_quotes(path: Path) -> list[TermQuote]:
    """Term quotes of a CSV file. Raises BadTermQuotes."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise BadTermQuotes(path, f"more than {_MOST_BYTES} bytes")
        rows = list(csv.reader(raw.decode("utf-8-sig").splitlines(), strict=True))
    except OSError as failure:
        raise BadTermQuotes(path, failure.strerror or "unreadable") from None
    except (UnicodeDecodeError, csv.Error):
        raise BadTermQuotes(path, "it is no CSV file in UTF-8") from None
    if not rows or tuple(rows[0]) != _COLUMNS:
        raise BadTermQuotes(path, f"its columns are not {', '.join(_COLUMNS)}")
    return [_term_quote(path, number, row) for number, row in enumerate(rows[1:], 2)]


def _term_quote(path: Path, number: int, row: list[str]) -> TermQuote:
    if len(row) == len(_COLUMNS):
        provider, months, price = row
        is_term = months.isascii() and months.isdigit() and 1 <= int(months[:4]) <= _MOST_MONTHS
        try:
            found = int(Price.parse(price))
        except (BadAmount, TooPrecise):
            found = 0
        if provider and is_term and len(months) < len("1000") and found > 0:
            return TermQuote(provider[:100], int(months), found)
    raise BadTermQuotes(path, f"line {number} is no term quote")

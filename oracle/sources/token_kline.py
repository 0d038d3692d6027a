"""Bars of token prices ("klines") as exchanges answer them and as recordings keep them.

One parser for three shapes that say the same: Bybit's `result.list`, Binance's list of lists, and
the rows of either as CSV under a header. All start with the opening time in milliseconds, then
open, high, low and close. The last bar of a payload may still have been open when it was recorded,
so it is never used.
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from oracle.quotes.token_quote import TokenQuote
from oracle.sources.errors import SourceDown, SourceMalformed
from oracle.sources.number import LONGEST, JsonNumber, scaled
from oracle.sources.venue import Terms, UnknownVenue
from pargrade.canonical import require_shallow
from pargrade.clock import DAY_S
from pargrade.data.files import DATA
from pargrade.units import Price, Rounding

TOKEN_VENUES: Final = DATA / "token-venues.toml"

_NAME: Final = re.compile(
    r"(?P<venue>[a-z]+)_kline_(?P<pair>[A-Z0-9]+)_(?P<count>[1-9][0-9]*)(?P<unit>[mhd])(?=[_.])"
)
_SECONDS: Final = {"m": 60, "h": 3_600, "d": DAY_S}
_COLUMNS: Final = ("timestamp", "open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class TokenVenue:
    """An exchange, and in what its prices are."""

    slug: str
    name: str
    instrument: str
    quote: str
    """Taken as worth 1 USD."""
    terms: Terms


def load_token_venues(path: Path = TOKEN_VENUES) -> Mapping[str, TokenVenue]:
    """The exchanges in a TOML file, by slug."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["venue"]
    venues = (TokenVenue(**{**row, "terms": Terms(row["terms"])}) for row in rows)
    return {venue.slug: venue for venue in venues}


def load_klines(path: Path, venues: Mapping[str, TokenVenue]) -> tuple[TokenQuote, ...]:
    """The closed bars of a recorded payload named VENUE_kline_PAIR_INTERVAL.

    Raises SourceDown when the file cannot be read, SourceMalformed, UnknownVenue.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise SourceDown(path.name, error.strerror or str(error)) from error
    return parse_klines(path.name, body, venues)


def parse_klines(
    name: str, body: bytes, venues: Mapping[str, TokenVenue]
) -> tuple[TokenQuote, ...]:
    """The closed bars of a payload, oldest first; see load_klines. One bad bar spoils them all."""
    named = _NAME.match(name)
    if named is None:
        raise SourceMalformed(name, "its name", "not VENUE_kline_PAIR_INTERVAL, such as 1d or 4h")
    if named["venue"] not in venues:
        raise UnknownVenue(named["venue"])
    venue = venues[named["venue"]]
    token = named["pair"].removesuffix(venue.quote)
    if token in ("", named["pair"]):
        raise SourceMalformed(name, "its name", f"{named['pair']} is no pair in {venue.quote}")
    length_s = int(named["count"]) * _SECONDS[named["unit"]]
    try:
        text = body.decode("utf-8-sig")
        bars = _json_rows(text, named["pair"]) if text[:1] in "[{" else _csv_rows(text)
        quotes = sorted(_quote(bar, token, venue, length_s) for bar in bars)
    except (LookupError, TypeError, ValueError, ArithmeticError, csv.Error) as error:
        reason = f"{type(error).__name__} {error}"
        raise SourceMalformed(name, "its bars", reason) from error
    times = [quote.closed_at for quote in quotes]
    if len(set(times)) != len(times):
        raise SourceMalformed(name, "its bars", "two bars of one time")
    return tuple(quotes[:-1])


def _json_rows(text: str, pair: str) -> Sequence[Sequence[Any]]:
    require_shallow(text)
    # Prices stay text: as floats they would lose the digits the exchange sent.
    document = json.loads(text, parse_float=JsonNumber)
    if isinstance(document, dict):
        if document["retCode"] != 0:
            raise ValueError(f"the exchange refused: {document['retMsg']}")
        if document["result"]["symbol"] != pair:
            raise ValueError(f"bars of {document['result']['symbol']}")
        document = document["result"]["list"]
    if not isinstance(document, list) or not all(isinstance(bar, list) for bar in document):
        raise TypeError("not a list of bars")
    return document


def _csv_rows(text: str) -> Sequence[Sequence[Any]]:
    rows = csv.DictReader(io.StringIO(text))
    if missing := set(_COLUMNS) - set(rows.fieldnames or ()):
        raise ValueError(f"no column {', '.join(sorted(missing))}")
    return [[row[column] for column in _COLUMNS] for row in rows]


def _quote(bar: Sequence[Any], token: str, venue: TokenVenue, length_s: int) -> TokenQuote:
    opened_ms, _, high, low, close, *_ = bar
    opened_s, odd_ms = divmod(int(opened_ms), 1_000)
    if odd_ms or opened_s % length_s:
        raise ValueError(f"a bar that opens at {opened_ms}")
    return TokenQuote(
        closed_at=opened_s + length_s,
        venue=venue.slug,
        token=token,
        close8=_price8(close),
        low8=_price8(low),
        high8=_price8(high),
        terms=venue.terms,
    )


def _price8(stated: Any) -> int:
    if isinstance(stated, bool) or not isinstance(stated, int | str):
        raise TypeError(f"{str(stated)[:LONGEST]} is no price")
    return scaled(str(stated), Price.DECIMALS, Rounding.HALF_EVEN)

"""What the fields of a venue's row say.

A field that is missing or says nothing we know raises one of UNREADABLE, and the row is refused. A
row that is no offer raises Skip.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from oracle.sources.feed import Ask, FeedText, Keep
from oracle.sources.number import EXACT, BadNumber, JsonNumber, scaled
from oracle.sources.payload import value_at
from pargrade.clock import DAY_S
from pargrade.units import Rounding, divide

UNREADABLE: Final = (KeyError, TypeError, ValueError)
"""What a field raises that cannot be read; see reason_of."""

_LONGEST_NAME: Final = 100
_MOST_PRICE8: Final = 10**17
"""A thousand million dollars: what no recording has to hold."""
_MOST_COUNT: Final = 10**6


class Skip(Exception):
    """A row that is no offer to us, and why."""


def reason_of(error: Exception) -> str:
    """Why a row cannot be read."""
    reason = f"there is no {error.args[0]}" if isinstance(error, KeyError) else str(error)
    return shown(reason, most=200)


def require_kept(row: Mapping[str, Any], keep: Keep, *, tabular: bool) -> None:
    """Refuse a row that a condition leaves out. Raises Skip."""
    try:
        found = value_at(row, keep.path)
    except KeyError:
        if not keep.may_lack:
            raise
        raise Skip(keep.reason) from None
    if keep.filled:
        if not isinstance(found, list):
            raise TypeError(f"{keep.path} is not a list")
        kept = bool(found)
    elif keep.present or keep.absent:
        kept = (found not in (None, "")) is keep.present
    elif keep.some:
        if not isinstance(found, list):
            raise TypeError(f"{keep.path} is not a list")
        kept = any(value_at(each, keep.some) is True for each in found)
    elif keep.above is not None:
        kept = count_of(found, keep.path, tabular=tabular) > keep.above
    elif keep.lacks:
        kept = keep.lacks not in plain(found)
    else:
        kept = plain(found) in keep.among
    if not kept:
        raise Skip(keep.reason)


def price8_of(row: Mapping[str, Any], ask: Ask, gpu_count: int) -> int:
    """USD for one GPU-hour, 8 decimals, half-even: digits past the eighth are a float's noise."""
    raw = _amount(value_at(row, ask.path), ask.path)
    if raw == 0 and ask.nothing_at_zero:
        raise Skip("no price: the venue writes zero for nothing on offer")
    parts = ask.per_usd
    if ask.per_instance:
        if gpu_count == 0:
            raise Skip("an instance without a number of GPUs")
        parts *= gpu_count
    if ask.fee_percent:
        hundred = 100 * 10**EXACT
        fee = _amount(value_at(row, ask.fee_percent), ask.fee_percent)
        if not 0 <= fee <= hundred:
            raise ValueError(f"{ask.fee_percent} is no part of a hundred")
        raw *= hundred + fee
        parts *= hundred
    raw, parts = raw * ask.hours[1], parts * ask.hours[0]
    price8 = divide(raw, parts * 10 ** (EXACT - 8), Rounding.HALF_EVEN)
    if abs(price8) >= _MOST_PRICE8:
        raise Skip("a price beyond a thousand million dollars")
    return price8


def _amount(stated: Any, path: str) -> int:
    """A number with EXACT decimals: none that we read has more."""
    if isinstance(stated, bool) or not isinstance(stated, int | str):
        raise TypeError(f"{path} is {shown(stated)}, not a number")
    try:
        return scaled(str(stated), EXACT)
    except BadNumber as error:
        raise ValueError(f"{path}: {shown(str(error))}") from error


def count_of(stated: Any, path: str, *, tabular: bool) -> int:
    """A number of things, which a table states as text."""
    if tabular and isinstance(stated, str) and re.fullmatch("[0-9]{1,7}", stated):
        stated = int(stated)
    if isinstance(stated, JsonNumber):
        with suppress(BadNumber):
            stated = scaled(stated, 0)
    if not isinstance(stated, int) or isinstance(stated, bool) or not 0 <= stated <= _MOST_COUNT:
        raise TypeError(f"{path} is {shown(stated)}, not a count")
    return stated


def time_of(stated: Any, path: str) -> int:
    """Unix seconds of an ISO 8601 time or day, in UTC unless it says otherwise."""
    moment = datetime.fromisoformat(plain(stated))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # Integer arithmetic: datetime.timestamp() is a float.
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    seconds = since.days * DAY_S + since.seconds
    if seconds < 0:
        raise ValueError(f"{path} is before there were such prices")
    return seconds


def memory_of(stated: Any, unit: str) -> int:
    """GB per GPU, rounded up: drivers report a little less than what is built in."""
    if stated in (None, ""):
        return 0
    per_gb = 1024 if unit == "MiB" else 1
    memory = divide(_amount(stated, "memory"), per_gb * 10**EXACT, Rounding.CEIL)
    if not 0 <= memory <= _MOST_COUNT:
        raise ValueError(f"{shown(stated)} is no memory")
    return memory


def word_of(row: Mapping[str, Any], text: FeedText) -> str:
    """The word for a quote, by what the feed says values mean."""
    if not text.path:
        return text.const
    text_found = plain(value_at(row, text.path))
    if text.after:
        text_found = text_found.rpartition(text.after)[2]
    for word, meaning in (text.words or {}).items():
        if word in text_found:
            return meaning
    if text.map is not None and text_found in text.map:
        return text.map[text_found]
    if text.otherwise is not None:
        return text_found if text.otherwise == "*" else text.otherwise
    if text.map is None and text.words is None:
        return text_found
    raise ValueError(f"{text.path} is {shown(text_found)}, which has no meaning here")


def plain(value: Any) -> str:
    """A field as text, as it stands."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int):
        raise TypeError(f"{shown(value)} is not text")
    return str(value)


def name_of(text: str) -> str:
    """A name that a recording can hold on one line."""
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise Skip("a name that cannot be written down")
    return text.strip()


def shown(value: Any, most: int = 60) -> str:
    """A field as a message may hold it."""
    text = value if isinstance(value, str) else "null" if value is None else repr(value)
    # What a venue writes may end on somebody's terminal.
    return "".join(letter if letter.isprintable() else "?" for letter in text[:most])

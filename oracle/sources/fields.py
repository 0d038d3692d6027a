"""The fields of a recording: what each text says, None where it says nothing we know."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oracle.quotes.columns import Coded, Ints
from oracle.quotes.quote import Tier
from oracle.sources.number import BadNumber, scaled
from oracle.sources.table import Texts
from pargrade.clock import DAY_S

_TIME: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")
_COUNT: Final = re.compile("[0-9]{1,9}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_PRICE8: Final = 10**17
"""A thousand million dollars, either sign."""
_TIERS: Final[Mapping[str, Tier]] = {tier.value: tier for tier in Tier}


def instant(text: str) -> int:
    """Unix seconds of an ISO 8601 time in UTC, such as 2026-03-01T21:00:04Z. Raises ValueError."""
    if _TIME.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no time in UTC")
    # Integer arithmetic: datetime.timestamp() is a float.
    since = datetime.fromisoformat(text) - _EPOCH
    return since.days * DAY_S + since.seconds


def instant_text(seconds: int) -> str:
    """The time of unix seconds in ISO 8601; see instant."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _time(text: str) -> int | None:
    try:
        return instant(text)
    except ValueError:
        return None


def _count(text: str) -> int | None:
    return int(text) if _COUNT.fullmatch(text) else None


def _price8(text: str) -> int | None:
    """USD with 8 decimals, exactly: a digit beyond the eighth is refused, not rounded."""
    try:
        price8 = scaled(text, 8)
    except BadNumber:
        return None
    return price8 if abs(price8) < _MOST_PRICE8 else None


def _flags(text: str) -> tuple[str, ...]:
    return tuple(sorted(filter(None, text.split("|"))))


class FieldReader(NamedTuple):
    """How the texts of a column are read."""

    read: Callable[[str], Any]
    """What a text that is not empty says."""
    empty: Any
    """What an empty text says."""
    expected: str
    """What the column should hold, in words."""


_WORD: Final = FieldReader(str, None, "a name")
_TEXT: Final = FieldReader(str, "", "a text")
_PRICE: Final = FieldReader(_price8, None, "a price in USD with at most 8 decimals")
_COUNTED: Final = FieldReader(_count, 0, "a count")

READERS: Final[Mapping[str, FieldReader]] = {
    "observed_at": FieldReader(_time, None, "a time such as 2026-03-01T21:00:04Z"),
    "provider": FieldReader(str, None, "a venue of the venue table"),
    "gpu_model": _WORD,
    "variant": _TEXT,
    "gpu_memory_gb": _COUNTED,
    "gpu_count": _COUNTED,
    "price_usd_per_gpu_hour": _PRICE,
    "price_min": _PRICE,
    "price_max": _PRICE._replace(empty=0),
    "lease_type": FieldReader(_TIERS.get, None, " or ".join(_TIERS)),
    "term_months": _COUNTED,
    "region": _TEXT,
    "n_offers": _COUNTED._replace(empty=1),
    "source": _WORD,
    "flags": FieldReader(_flags, (), "flags"),
}
"""By column of a recording. Which providers there are, only the venue table can say."""


@dataclass(frozen=True, slots=True)
class RecordedField:
    """A column of a recording, and what each of its texts says."""

    column: str
    texts: Texts
    readings: Sequence[Any]
    """One for each word of the fields."""
    expected: str

    @classmethod
    def of(cls, column: str, texts: Texts, reader: FieldReader) -> "RecordedField":
        """A column whose texts are read once each."""
        words = texts.fields.words
        readings = [reader.read(text) if text else reader.empty for text in words]
        return cls(column, texts, readings, reader.expected)

    def flawed(self) -> NDArray[np.bool_]:
        """Rows whose text says nothing we know."""
        flaws = np.array([reading is None for reading in self.readings], np.bool_)
        return flaws[self.texts.fields.codes][self.texts.members]

    def flaw(self, row: int) -> str:
        """What is wrong in a row; empty when nothing is."""
        code = self.texts.fields.codes[self.texts.members[row]]
        if self.readings[code] is not None:
            return ""
        return f"{self.column} is {self.texts.fields.words[code][:60]!r}, not {self.expected}"

    def coded(self, rows: slice | Ints) -> Coded:
        """What some rows say, none of which is flawed; every word occurs."""
        codes = self.texts.fields.codes[self.texts.members[rows]]
        used = np.flatnonzero(np.bincount(codes, minlength=len(self.readings))).tolist()
        words = tuple(sorted({self.readings[code] for code in used}))
        places = {word: place for place, word in enumerate(words)}
        becomes = np.zeros(len(self.readings), np.int32)
        becomes[used] = [places[self.readings[code]] for code in used]
        return Coded(becomes[codes], words)

    def integers(self, rows: slice | Ints) -> Ints:
        """The integers in some rows, none of which is flawed."""
        readings = [0 if reading is None else reading for reading in self.readings]
        return np.array(readings, np.int64)[self.texts.fields.codes][self.texts.members[rows]]

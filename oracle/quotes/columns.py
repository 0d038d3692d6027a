"""Quotes as columns: arrays of integers and small vocabularies instead of a million objects.

A column of integers that differ from row to row is an int64 array. Every other column is a code per
row and the words the codes stand for. Which code a word has is an accident of how the columns were
made: it is compared for equality only, and every order is that of the words.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from oracle.quotes.quote import STORABLE, Line, Quote

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

PLAIN: Final = ("observed_at", "price8", "n_offers")
"""The fields of a quote that are kept as they are; all others are coded."""

FIELDS: Final = tuple(field.name for field in fields(Quote))


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of few different values."""

    codes: Codes
    words: tuple[Any, ...]
    """The value of each code; distinct, in any order, and not all need occur."""

    def __post_init__(self) -> None:
        if len(set(self.words)) != len(self.words):
            raise ValueError("a word of a column has two codes")
        if self.codes.size and not 0 <= self.codes.min() <= self.codes.max() < len(self.words):
            raise ValueError("a code of a column stands for no word")

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Coded":
        """The column of these values."""
        words = tuple(sorted(set(values)))
        code = {word: place for place, word in enumerate(words)}
        return cls(np.fromiter(map(code.__getitem__, values), np.int32, len(values)), words)

    def each(self, function: Callable[[Any], Any], dtype: type = np.bool_) -> NDArray[Any]:
        """An answer for every row, asked once per word."""
        return np.array([function(word) for word in self.words], dtype)[self.codes]

    def take(self, rows: "slice | Ints") -> "Coded":
        """The column of some rows, over the same words."""
        part = object.__new__(Coded)  # what was checked of all rows holds of some
        object.__setattr__(part, "codes", self.codes[rows])
        object.__setattr__(part, "words", self.words)
        return part

    def only(self, rows: Ints) -> "Coded":
        """The column of some rows, over those words that they hold."""
        codes = self.codes[rows]
        used = np.flatnonzero(np.bincount(codes, minlength=len(self.words)))
        if len(used) == len(self.words):
            return self.take(rows)
        becomes = np.zeros(len(self.words), np.int32)
        becomes[used] = np.arange(len(used))
        return Coded(becomes[codes], tuple(self.words[code] for code in used.tolist()))

    def joined(self, other: "Coded") -> "Coded":
        """These rows and then those of another, over the words of both."""
        words = tuple(dict.fromkeys((*self.words, *other.words)))
        places = {word: place for place, word in enumerate(words)}
        theirs = other.each(places.__getitem__, np.int32)
        return Coded(np.concatenate((self.codes, theirs)), words)

    def mapped(self, function: Callable[[Any], Any]) -> "Coded":
        """The column of what each word becomes, which may be the same for several."""
        becomes = [function(word) for word in self.words]
        whole = Coded.of(becomes)
        return Coded(whole.codes[self.codes], whole.words)

    def plain(self) -> Ints:
        """The integers themselves."""
        return self.each(int, np.int64)

    def ranks(self) -> Codes:
        """For every row the place of its word among the words in ascending order."""
        ascending = sorted(range(len(self.words)), key=self.words.__getitem__)
        places = np.empty(len(self.words), np.int32)
        places[ascending] = np.arange(len(self.words), dtype=np.int32)
        return places[self.codes]

    def values(self, rows: "slice | Ints") -> list[Any]:
        """The words of some rows."""
        return [self.words[code] for code in self.codes[rows].tolist()]


@dataclass(frozen=True, eq=False)
class Columns:
    """Quotes, one per row, field by field as in Quote; prices are int64 of 8 decimals.

    A source may state any price, and evidence shows it as it was. One of 2^62 and more, 46 billion
    USD, is kept aside in `giants`, and in its row stands 2^62 and its place among them (negative
    for a negative one): in the right order, and outside of every band.
    """

    observed_at: Ints
    provider: Coded
    gpu_model: Coded
    variant: Coded
    gpu_memory_gb: Coded
    gpu_count: Coded
    price8: Ints
    tier: Coded
    region: Coded
    source: Coded
    cadence: Coded
    firmness: Coded
    terms: Coded
    n_offers: Ints
    flags: Coded
    giants: tuple[int, ...] = ()
    """Prices without their sign that do not fit, distinct and in ascending order."""
    ordered: bool = False
    """Whether the rows are known to be in the canonical order of quotes."""

    def __len__(self) -> int:
        return len(self.observed_at)

    @classmethod
    def of(cls, quotes: Iterable[Quote]) -> "Columns":
        """The columns of quotes, in their order."""
        rows = list(quotes)
        columns: dict[str, Any] = {}
        giants: tuple[int, ...] = ()
        for name in FIELDS:
            values = list(map(attrgetter(name), rows))
            if name == "price8":
                values, giants = without_giants(values)
            columns[name] = np.array(values, np.int64) if name in PLAIN else Coded.of(values)
        return cls(**columns, giants=giants)

    @cached_property
    def nbytes(self) -> int:
        """Bytes of the arrays; the words are few."""
        columns = (getattr(self, name) for name in FIELDS)
        return sum(c.codes.nbytes if isinstance(c, Coded) else c.nbytes for c in columns)

    def take(self, rows: slice | Ints, *, ordered: bool = False) -> "Columns":
        """Some rows. A slice shares memory and keeps the order it has; `ordered` vouches for it."""
        columns: dict[str, Any] = {}
        for name in FIELDS:
            column = getattr(self, name)
            columns[name] = column.take(rows) if isinstance(column, Coded) else column[rows]
        still = isinstance(rows, slice) and self.ordered
        return Columns(**columns, giants=self.giants, ordered=ordered or still)

    def joined(self, other: "Columns") -> "Columns":
        """These rows and then those of another."""
        columns: dict[str, Any] = {}
        giants = tuple(sorted({*self.giants, *other.giants}))
        for name in FIELDS:
            ours, theirs = getattr(self, name), getattr(other, name)
            if isinstance(ours, Coded):
                columns[name] = ours.joined(theirs)
            elif name == "price8" and giants:
                parts = (self._placed(giants), other._placed(giants))
                columns[name] = np.concatenate(parts)
            else:
                columns[name] = np.concatenate((ours, theirs))
        return Columns(**columns, giants=giants)

    def order(self, last: NDArray[Any] | None = None) -> Ints:
        """Rows in the canonical order of quotes; equal quotes by `last`, then as they stand."""
        columns = (getattr(self, name) for name in FIELDS)
        keys = packed([c.ranks() if isinstance(c, Coded) else c for c in columns])
        return np.lexsort([*([] if last is None else [last]), *reversed(keys)])

    def in_order(self) -> "Columns":
        """The same quotes in canonical order."""
        return self if self.ordered else self.take(self.order(), ordered=True)

    def quotes(self, rows: slice | Ints = slice(None)) -> list[Quote]:
        """The quotes of some rows."""
        columns = {name: getattr(self, name) for name in FIELDS}
        values = {
            name: column.values(rows) if isinstance(column, Coded) else column[rows].tolist()
            for name, column in columns.items()
        }
        if self.giants:
            values["price8"] = [self._price8(stored) for stored in values["price8"]]
        return [Quote(*row) for row in zip(*values.values(), strict=True)]

    def _placed(self, giants: tuple[int, ...]) -> Ints:
        """The prices as they are stored beside other giants."""
        if not self.giants:
            return self.price8
        stored = self.price8.copy()
        for row in np.flatnonzero(abs(stored) >= STORABLE).tolist():
            price8 = self._price8(int(stored[row]))
            place = STORABLE + giants.index(abs(price8))
            stored[row] = place if price8 > 0 else -place
        return stored

    def _price8(self, stored: int) -> int:
        if abs(stored) < STORABLE:
            return stored
        price8 = self.giants[abs(stored) - STORABLE]
        return price8 if stored > 0 else -price8

    def lines(self, rows: Ints, hardware: Sequence[str]) -> tuple[Line, ...]:
        """The lines of some rows, whose hardware has these names."""
        named = (self.provider, self.gpu_count, self.region)
        providers, counts, regions = (column.values(rows) for column in named)
        return tuple(map(Line, providers, hardware, counts, regions))


def packed(keys: Sequence[NDArray[np.integer]]) -> list[Ints]:
    """Fewer keys with the same order, the first of which counts most: a sort takes each in turn.

    Keys become one as long as 62 bits hold all that they may be together.
    """
    found: list[Ints] = []
    room = STORABLE
    for key in keys:
        least, most = (int(key.min()), int(key.max())) if key.size else (0, 0)
        size = most - least + 1
        if room * size < STORABLE:
            found[-1] = found[-1] * size + (key - least)
            room *= size
        else:
            found.append((key - least if size < STORABLE else key).astype(np.int64))
            room = size
    return found


def without_giants(prices: Sequence[int]) -> tuple[list[int], tuple[int, ...]]:
    """Prices as they are stored, and those kept aside; see Columns."""
    giants = tuple(sorted({abs(price8) for price8 in prices if abs(price8) >= STORABLE}))
    if not giants:
        return list(prices), ()
    places = {price8: STORABLE + place for place, price8 in enumerate(giants)}
    places |= {-price8: -place for price8, place in places.items()}
    return [places.get(price8, price8) for price8 in prices], giants

"""Checks of each quote alone, without its age or other quotes.

The result depends on the method and the panel alone, so it is computed once for a whole history.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.quotes.columns import Coded, Codes, Columns, Ints
from oracle.quotes.quote import STORABLE, Line
from oracle.sources.venue import Terms

Verdicts = NDArray[np.uint8]
"""Per quote: 0 is accepted, n is the n-th reason of `Reason`, PENDING is not decided yet."""

PENDING: Final = 255
LARGEST: Final = 2**63 - 1


class Reason(StrEnum):
    """Why a quote does not count. Of several reasons the first in this order is given.

    `judge` decides those of a quote alone, its masks in this order, `oracle.index.screen` the rest.
    """

    RESTRICTED_TERMS = "RESTRICTED_TERMS"
    FUTURE = "FUTURE"
    STALE = "STALE"
    ZERO_OR_NEGATIVE = "ZERO_OR_NEGATIVE"
    UNKNOWN_HARDWARE = "UNKNOWN_HARDWARE"
    WRONG_TIER = "WRONG_TIER"
    NOT_ON_PANEL = "NOT_ON_PANEL"
    PLACEHOLDER = "PLACEHOLDER"
    OUT_OF_BAND = "OUT_OF_BAND"
    DUPLICATE_SOURCE = "DUPLICATE_SOURCE"
    SUPERSEDED = "SUPERSEDED"
    OUTLIER = "OUTLIER"


ACCEPTED: Final = "ACCEPTED"
VERDICTS: Final[tuple[str, ...]] = (ACCEPTED, *Reason)
CODE: Final = {verdict: code for code, verdict in enumerate(VERDICTS)}


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of some quotes, numbered from 0; the numbers are valid within this object."""

    names: tuple[Line, ...]
    hardware: Ints
    """Per line, its position in the method."""
    pair: Ints
    """Per line, a number that lines of one provider and hardware share."""

    @classmethod
    def of(
        cls, columns: Columns, hardware: Ints, rows: Ints, method: Method
    ) -> tuple["Lines", Codes]:
        """The lines of some rows, and per quote the number of its line; -1 for other rows."""
        kinds = len(method.hardware)
        provider, count, region = columns.provider, columns.gpu_count, columns.region
        numbers, total = _number_combinations(
            *((column.codes[rows], len(column.words)) for column in (provider, region, count)),
            (hardware[rows], kinds),
        )
        line = np.full(len(columns), -1, np.int32)
        line[rows] = numbers
        some = np.empty(total, np.int64)
        some[numbers] = rows  # any row of a line: they are equal in every column read below
        kind = hardware[some]
        names = columns.lines(some, [method.hardware[place].name for place in kind.tolist()])
        return cls(names, kind, provider.codes[some].astype(np.int64) * kinds + kind), line


@dataclass(frozen=True, eq=False)
class Judged:
    """Quotes with the first fault of each, and the lines of quotes without a fault."""

    columns: Columns
    faults: Verdicts
    line: Codes
    """Per quote the number of its line; -1 where it has a fault."""
    lines: Lines

    def take(self, rows: slice) -> "Judged":
        """A range of the quotes, over the same lines."""
        return Judged(self.columns.take(rows), self.faults[rows], self.line[rows], self.lines)


def judge(columns: Columns, method: Method, panel: Panel) -> Judged:
    """The first fault of every quote, age not considered. Times stay as they are in `columns`."""
    columns = _read_regions(columns, method)
    hardware = hardware_of(columns, method)
    price8 = columns.price8
    low8, high8 = (
        np.array([min(getattr(each, end), STORABLE - 1) for each in method.hardware], np.int64)
        for end in ("low8", "high8")
    )
    masks = {
        Reason.RESTRICTED_TERMS: columns.terms.each(lambda terms: terms is Terms.RESTRICTED),
        Reason.ZERO_OR_NEGATIVE: price8 <= 0,
        Reason.UNKNOWN_HARDWARE: hardware < 0,
        Reason.WRONG_TIER: columns.tier.each(lambda tier: tier is not method.tier)
        | columns.firmness.each(lambda firmness: firmness not in method.firmness),
        Reason.NOT_ON_PANEL: columns.provider.each(lambda slug: slug not in panel.members),
        Reason.PLACEHOLDER: (price8 == method.placeholder_price8)
        | columns.flags.each(lambda flags: any(method.placeholder_flag in f for f in flags)),
        Reason.OUT_OF_BAND: (price8 < low8[hardware]) | (price8 > high8[hardware]),
    }
    faults = np.full(len(columns), PENDING, np.uint8)
    for reason in reversed(masks):  # the first reason overwrites later ones
        faults[masks[reason]] = CODE[reason]
    lines, line = Lines.of(columns, hardware, np.flatnonzero(faults == PENDING), method)
    return Judged(columns, faults, line, lines)


def _read_regions(columns: Columns, method: Method) -> Columns:
    """The quotes with a word that names no place read as no region, as another source leaves it
    empty. An offer has one line whichever of its sources shows it.
    """
    unplaced = () if method.window is None else method.window.unplaced_regions
    if not set(columns.region.words) & set(unplaced):
        return columns
    placed = columns.region.mapped(lambda word: "" if word in unplaced else word)
    return replace(columns, region=placed, ordered=False).in_order()


def hardware_of(columns: Columns, method: Method) -> Ints:
    """Per quote the position of its hardware in the method; -1 if the index does not read it."""
    spellings = {
        (each.model, variant, each.memory_gb): place
        for place, each in enumerate(method.hardware)
        for variant in each.variants
    }
    models, variants, memories = (sorted(set(part)) for part in zip(*spellings, strict=True))
    # Every axis has one more place, for words that the method does not know.
    table = np.full((len(models) + 1, len(variants) + 1, len(memories) + 1), -1, np.int64)
    for (model, variant, memory), place in spellings.items():
        table[models.index(model), variants.index(variant), memories.index(memory)] = place
    found: Ints = table[
        _codes_in(columns.gpu_model, models),
        _codes_in(columns.variant, variants),
        _codes_in(columns.gpu_memory_gb, memories),
    ]
    return found


def _codes_in(column: Coded, words: Sequence[Any]) -> NDArray[Any]:
    places = {word: place for place, word in enumerate(words)}
    return column.each(lambda word: places.get(word, len(words)), np.int64)


def _number_combinations(*columns: tuple[NDArray[Any], int]) -> tuple[Ints, int]:
    """Per row a number from 0 for its combination of codes, and how many combinations there are.

    Each column comes with the bound of its codes, under 2^31. The numbers are made dense again
    before they outgrow a table, so products stay under 2^62 for 2^30 rows.
    """
    numbers, bound = np.zeros(len(columns[0][0]), np.int64), 1
    for codes, size in columns:
        if bound * size > _largest_table(numbers):
            numbers, bound = _compact(numbers, bound)
        numbers, bound = numbers * size + codes, bound * size
    return _compact(numbers, bound)


def _compact(numbers: Ints, bound: int) -> tuple[Ints, int]:
    if bound > _largest_table(numbers):
        present, compact = np.unique(numbers, return_inverse=True)
        return compact, len(present)
    seen = np.zeros(bound, np.bool_)
    seen[numbers] = True
    return (np.cumsum(seen) - 1)[numbers], int(np.count_nonzero(seen))


def _largest_table(numbers: Ints) -> int:
    """The largest bound for which a table costs less than sorting."""
    return max(2**16, 2 * len(numbers))

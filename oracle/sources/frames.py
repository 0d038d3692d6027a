"""Between frames of Polars and columns of quotes: a history that is kept as Parquet."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from oracle.quotes.classes import Cadence, Firmness, Terms
from oracle.quotes.columns import FIELDS, PLAIN, Coded, Columns
from oracle.quotes.quote import STORABLE, Tier, Unstorable

_KINDS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "tier": Tier,
    "cadence": Cadence,
    "firmness": Firmness,
    "terms": Terms,
    "flags": lambda text: tuple(sorted(filter(None, text.split("|")))),
}


def stored_columns(frame: pl.DataFrame) -> Columns:
    """The quotes of a frame with the fields of Quote; see stored_frame.

    Raises ValueError for a missing value or an unknown word, Unstorable for an integer too large.
    """
    columns: dict[str, Any] = {}
    for name in FIELDS:
        series = frame[name]
        if series.null_count():
            raise ValueError(f"{name} is missing in a row")
        if name not in PLAIN:
            columns[name] = _coded(series, _KINDS.get(name, lambda word: word))
            continue
        for extreme in (series.min(), series.max()):
            if isinstance(extreme, int) and not -STORABLE < extreme < STORABLE:
                raise Unstorable(extreme)
        columns[name] = series.cast(pl.Int64).to_numpy()
    return Columns(**columns)


def stored_frame(columns: Columns) -> pl.DataFrame:
    """Quotes in canonical order with the fields of Quote; flags are joined by `|`.

    Raises Unstorable for a price beyond 62 bits.
    """
    if columns.giants:
        raise Unstorable(columns.giants[-1])
    ordered = columns.in_order()
    values: dict[str, pl.Series] = {}
    for name in FIELDS:
        column = getattr(ordered, name)
        if isinstance(column, Coded):
            words = ["|".join(w) if isinstance(w, tuple) else w for w in column.words]
            kind = pl.Int64 if words and isinstance(words[0], int) else pl.String
            values[name] = pl.Series(words, dtype=kind).gather(column.codes)
        else:
            values[name] = pl.Series(column)
    return pl.DataFrame(values)


def _coded(series: pl.Series, parse: Callable[[Any], Any] = lambda word: word) -> Coded:
    """A column of values that are parsed once each."""
    stated = series.unique().to_list()
    if not stated:
        return Coded(np.empty(0, np.int32), ())
    places = {value: place for place, value in enumerate(stated)}
    codes = series.replace_strict(places, return_dtype=pl.Int32)
    return Coded(codes.to_numpy(), tuple(stated)).mapped(parse)

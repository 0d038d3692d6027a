"""Between frames of Polars and columns of quotes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from oracle.quotes.classes import Firmness
from oracle.quotes.columns import FIELDS, PLAIN, Coded, Columns
from oracle.quotes.quote import STORABLE, Tier, Unstorable
from oracle.sources.errors import SourceMalformed
from oracle.sources.venue import Cadence, Classification, Terms, UnknownVenue, Venues

_KINDS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "tier": Tier,
    "cadence": Cadence,
    "firmness": Firmness,
    "terms": Terms,
    "flags": lambda text: tuple(sorted(filter(None, text.split("|")))),
}


def recorded_columns(frame: pl.DataFrame, name: str, venues: Venues) -> Columns:
    """The quotes of a recording's rows, typed by `recorded_frame`.

    Raises SourceMalformed, naming the line, for a provider that the venue table does not list.
    """
    pairs = frame.select("provider", "source").unique(maintain_order=True).with_row_index("code")
    classes = [_class(frame, name, pair, venues) for _, *pair in pairs.iter_rows()]
    codes = frame.join(pairs, on=["provider", "source"], how="left", maintain_order="left")["code"]
    pair = Coded(codes.cast(pl.Int32).to_numpy(), tuple(range(len(classes))))
    return Columns(
        observed_at=frame["observed_at"].to_numpy(),
        provider=_coded(frame["provider"]),
        gpu_model=_coded(frame["gpu_model"]),
        variant=_coded(frame["variant"]),
        gpu_memory_gb=_coded(frame["gpu_memory_gb"]),
        gpu_count=_coded(frame["gpu_count"]),
        # The lowest offer of the line, not the median over them: on 2026-03-07 the recording went
        # from listing every offer to listing the best one, and only the lowest means the same on
        # both sides of that day.
        price8=frame["price_min"].to_numpy(),
        tier=_coded(frame["lease_type"], Tier),
        region=_coded(frame["region"]),
        source=_coded(frame["source"]),
        cadence=pair.mapped(lambda code: classes[code].cadence),
        firmness=pair.mapped(lambda code: classes[code].firmness),
        terms=pair.mapped(lambda code: classes[code].terms),
        n_offers=frame["n_offers"].to_numpy(),
        flags=_coded(frame["flags"], _KINDS["flags"]),
    )


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


def _class(frame: pl.DataFrame, name: str, pair: Sequence[str], venues: Venues) -> Classification:
    try:
        return venues.classify(*pair)
    except UnknownVenue as error:
        first = frame.filter(provider=pair[0], source=pair[1])["line"].to_list()[0]
        raise SourceMalformed(name, f"line {first}", str(error)) from error


def _coded(series: pl.Series, parse: Callable[[Any], Any] = lambda word: word) -> Coded:
    """A column of values that are parsed once each."""
    stated = series.unique().to_list()
    if not stated:
        return Coded(np.empty(0, np.int32), ())
    places = {value: place for place, value in enumerate(stated)}
    codes = series.replace_strict(places, return_dtype=pl.Int32)
    return Coded(codes.to_numpy(), tuple(stated)).mapped(parse)

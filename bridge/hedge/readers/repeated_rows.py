"""Rows that are equal to an earlier one, found by hash and then compared."""

from collections.abc import Iterable

import numpy as np
import polars as pl

Hashes = np.ndarray
"""A hash of 64 bits for each row."""


def repeated_rows(frame: pl.LazyFrame) -> list[int]:
    """Numbers, from 1, of the rows equal to an earlier one; nested columns do not count."""
    schema = frame.collect_schema()
    flat = [name for name, kind in schema.items() if not kind.is_nested()]
    whole = frame.select(pl.struct(flat).alias("whole"))
    hashes = whole.select(pl.col("whole").hash()).collect(engine="streaming").to_series()
    suspects = suspected(hashes.to_numpy())
    if not suspects:
        return []
    found = whole.with_row_index("row", offset=1).filter(pl.col("row").is_in(list(suspects)))
    ordered = found.collect(engine="streaming").sort("row")
    return [int(row) for row in ordered.filter(~pl.col("whole").is_first_distinct())["row"]]


def suspected(hashes: Hashes) -> frozenset[int]:
    """Numbers, from 1, of all rows whose hash another row has, too."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    equal = ordered[1:] == ordered[:-1]
    same = np.zeros(len(hashes), dtype=bool)
    same[1:] |= equal
    same[:-1] |= equal
    return frozenset(int(position) + 1 for position in order[same])


def repeats_among(suspects: Iterable[tuple[int, bytes]]) -> list[int]:
    """Of numbered rows in their order, the numbers of those that were there before."""
    seen: set[bytes] = set()
    repeated = []
    for number, row in suspects:
        if row in seen:
            repeated.append(number)
        seen.add(row)
    return repeated

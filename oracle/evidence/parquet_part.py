"""Reading one Parquet file of an archive's part, which may come from a stranger: it is bounded."""

from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PanicException, PolarsError

from oracle.evidence.evidence import MOST_BYTES
from oracle.evidence.part_folder import require_small

MOST_ROWS: Final = 2_000_000
"""Most rows of a file that is read; a day of the full sample has 0.1 million."""

UNREADABLE: Final = (OSError, ValueError, PolarsError, PanicException)
"""What reading a damaged file raises."""


def rows_where(path: Path, condition: pl.Expr, most_bytes: int = MOST_BYTES) -> pl.DataFrame:
    """The rows of a file that meet a condition. Raises what UNREADABLE names."""
    require_small(path, most_bytes)
    rows = pl.scan_parquet(path, hive_partitioning=False)
    if rows.select(pl.len()).collect().item() > MOST_ROWS:
        raise ValueError(f"{path}: more than {MOST_ROWS} rows")
    return rows.filter(condition).collect()

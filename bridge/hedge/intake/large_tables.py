"""FOCUS tables of any size, through Polars."""

from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from bridge.hedge.intake.line_survey import survey_lines
from bridge.hedge.readers.csv_rows import decode_text, open_table
from bridge.hedge.readers.errors import Unreadable
from bridge.hedge.readers.focus import Damage, read_focus_frame
from bridge.hedge.readers.focus_columns import USED
from bridge.hedge.readers.usage import Workload


def read_focus_csv(path: Path) -> Workload | None:
    """The reading; None for a table with a row that is no line of the header's shape."""
    columns = open_table(_first_line(path)).columns
    try:
        frame = pl.scan_csv(path, infer_schema=False)
        last = frame.collect_schema().names()[-1]
        absent = frame.select(pl.col(last).is_null()).collect(engine="streaming").to_series()
        survey = survey_lines(path, len(columns), absent.to_numpy())
        if survey is None:
            return None
        cut_row = not _ends_with_line(path) and columns[-1] in USED
        last_row = len(absent) if cut_row else None
        damage = Damage(survey.repeated, survey.short, last_row, len(absent))
        return read_focus_frame(frame, damage)
    except PolarsError:
        return None  # A row is longer than the header, or quoted wrongly: the reference names it.


def read_parquet(path: Path) -> Workload:
    """The reading of a Parquet file. Raises Unreadable."""
    try:
        return read_focus_frame(pl.scan_parquet(path))
    except PolarsError as failure:
        why = (str(failure).splitlines() or [type(failure).__name__])[0]
        raise Unreadable(why) from None


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return decode_text(file.readline())


def _ends_with_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"

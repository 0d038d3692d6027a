"""Files of workloads, read by what is in them."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from bridge.hedge.intake.line_survey import survey_lines
from bridge.hedge.readers.csv_rows import decode_text, open_table
from bridge.hedge.readers.errors import Unreadable
from bridge.hedge.readers.focus import Damage, read_focus_frame
from bridge.hedge.readers.focus_columns import USED, is_focus
from bridge.hedge.readers.forms import Form, detect_form, read_text
from bridge.hedge.readers.prometheus import read_answers, read_scrapes
from bridge.hedge.readers.usage import Reading, merge_readings

_PARQUET: Final = b"PAR1"
_HEAD: Final = 1 << 16
_MOST_TEXT: Final = 1 << 30
"""Bytes of a text that is not read lazily."""


class UnreadableFile(Unreadable):
    """A file of which nothing was used."""

    def __init__(self, path: Path, cause: Unreadable) -> None:
        self.path = path
        self.cause = cause
        super().__init__(f"{path}: {cause}", cause.hint)


@dataclass(frozen=True, slots=True)
class How:
    """What the files do not say themselves."""

    form: Form | None = None
    starts_ns: int | None = None
    """The moment that a relative time of zero stands for."""
    at_ns: tuple[int, ...] = ()
    """Moments of scrapes, in the order of the files."""


def read_files(paths: Sequence[Path], how: How) -> Reading:
    """One reading of several files; scrapes, and answers, are read together, in time.

    Raises UnreadableFile, OSError.
    """
    times: list[int | None] = [*how.at_ns, *[None] * (len(paths) - len(how.at_ns))]
    series = _Series()
    readings: list[Reading] = []
    with paused_collection():
        for path, at_ns in zip(paths, times, strict=True):
            readings += _read_file(path, how, series, at_ns)
        with _named(paths[0]):
            readings += series.readings()
    return merge_readings(readings)


class _Series:
    """Files that belong together: what is counted lies between the samples of one and another."""

    def __init__(self) -> None:
        self.scrapes: list[tuple[str, int | None]] = []
        self.answers: list[str] = []

    def readings(self) -> Iterator[Reading]:
        """One reading of all scrapes, one of all answers."""
        if self.scrapes:
            yield read_scrapes(self.scrapes)
        if self.answers:
            yield read_answers(self.answers)


def _read_file(path: Path, how: How, series: "_Series", at_ns: int | None) -> list[Reading]:
    with _named(path):
        head = _head(path)
        if head.startswith(_PARQUET):
            return [_read_parquet(path)]
        if _is_focus_head(head) and how.form in (None, Form.FOCUS):
            return [_read_focus(path)]
        if path.stat().st_size > _MOST_TEXT:
            raise Unreadable("a text of more than 1 GiB", "Split the file.")
        text = decode_text(path.read_bytes())
        form = how.form or detect_form(text)
        if form is Form.METRICS:
            series.scrapes.append((text, at_ns))
            return []
        if form is Form.ANSWER:
            series.answers.append(text)
            return []
        return [read_text(text, form, at_ns=at_ns, starts_ns=how.starts_ns)]


def _read_focus(path: Path) -> Reading:
    """Lazily where every row is a line of the header's shape, row by row where one is not."""
    columns = open_table(_first_line(path)).columns
    try:
        frame = pl.scan_csv(path, infer_schema=False)
        last = frame.collect_schema().names()[-1]
        absent = frame.select(pl.col(last).is_null()).collect(engine="streaming").to_series()
        survey = survey_lines(path, len(columns), absent.to_numpy())
        if survey is not None:
            cut_row = not _ends_with_line(path) and columns[-1] in USED
            last_row = len(absent) if cut_row else None
            damage = Damage(survey.repeated, survey.short, last_row, len(absent))
            return read_focus_frame(frame, damage)
    except PolarsError:
        pass  # A row is longer than the header, or quoted wrongly: the reference names it.
    return read_text(decode_text(path.read_bytes()), Form.FOCUS, at_ns=None, starts_ns=None)


def _read_parquet(path: Path) -> Reading:
    try:
        return read_focus_frame(pl.scan_parquet(path))
    except PolarsError as failure:
        why = (str(failure).splitlines() or [type(failure).__name__])[0]
        raise Unreadable(why) from None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return decode_text(file.readline())


def _is_focus_head(head: bytes) -> bool:
    line = head.split(b"\n", 1)[0]
    try:
        return is_focus(open_table(decode_text(line + b"\n")).columns)
    except Unreadable:
        return False


def _ends_with_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except Unreadable as failure:
        if isinstance(failure, UnreadableFile):
            raise
        raise UnreadableFile(path, failure) from failure


@contextmanager
def paused_collection() -> Iterator[None]:
    """Cyclic garbage collection stands still: millions of rows without a cycle in them.

    It took half of the time that a hundred thousand series need.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

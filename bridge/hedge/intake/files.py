"""Files of workloads, read by what is in them."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Final

from bridge.hedge.intake.packed_files import unpacked
from bridge.hedge.readers.csv_rows import decode_text, open_table
from bridge.hedge.readers.errors import Unreadable
from bridge.hedge.readers.focus_columns import is_focus
from bridge.hedge.readers.forms import Form, detect_form, read_text
from bridge.hedge.readers.prometheus import read_answers, read_scrapes
from bridge.hedge.readers.usage import Workload, merge_readings
from pargrade.process.engine import HERE, Engine

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


def read_files(paths: Sequence[Path], how: How, engine: Engine = HERE) -> Workload:
    """One reading of several files; scrapes, and answers, are read together, in time.

    A file is a piece of work for the engine; every engine has the same result.

    Raises UnreadableFile, OSError, EngineDown.
    """
    times = [*how.at_ns, *[None] * (len(paths) - len(how.at_ns))]
    with paused_collection():
        found = engine.map(partial(_read_file, how), list(zip(paths, times, strict=True)))
        readings = [each for each in found if isinstance(each, Workload)]
        scrapes = [(each.text, each.at_ns) for each in found if isinstance(each, _Scrape)]
        answers = [each.text for each in found if isinstance(each, _Answer)]
        with _named(paths[0]):
            # What is counted lies between the samples of one file and another.
            readings += [read_scrapes(scrapes)] if scrapes else []
            readings += [read_answers(answers)] if answers else []
    return merge_readings(readings)


@dataclass(frozen=True, slots=True)
class _Scrape:
    text: str
    at_ns: int | None


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str


def _read_file(how: How, piece: tuple[Path, int | None]) -> Workload | _Scrape | _Answer:
    path, at_ns = piece
    with _named(path), unpacked(path) as plain, paused_collection():
        return _read_plain(plain, how, at_ns)


def _read_plain(path: Path, how: How, at_ns: int | None) -> Workload | _Scrape | _Answer:
    head = _head(path)
    if head.startswith(_PARQUET):
        found: Workload = _large_tables().read_parquet(path)
        return found
    if _is_focus_head(head) and how.form in (None, Form.FOCUS):
        return _read_focus(path)
    if path.stat().st_size > _MOST_TEXT:
        raise Unreadable("a text of more than 1 GiB", "Split the file.")
    text = decode_text(path.read_bytes())
    form = how.form or detect_form(text)
    if form is Form.METRICS:
        return _Scrape(text, at_ns)
    if form is Form.ANSWER:
        return _Answer(text)
    return read_text(text, form, at_ns=at_ns, starts_ns=how.starts_ns)


def _read_focus(path: Path) -> Workload:
    """Lazily where every row is a line of the header's shape, row by row where one is not."""
    found: Workload | None = _large_tables().read_focus_csv(path)
    if found is not None:
        return found
    return read_text(decode_text(path.read_bytes()), Form.FOCUS, at_ns=None, starts_ns=None)


def _large_tables() -> ModuleType:
    """Polars takes half a second to import, which nothing else here needs."""
    from bridge.hedge.intake import large_tables

    return large_tables


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _is_focus_head(head: bytes) -> bool:
    line = head.split(b"\n", 1)[0]
    try:
        return is_focus(open_table(decode_text(line + b"\n")).columns)
    except Unreadable:
        return False


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

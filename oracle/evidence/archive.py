"""The archive of evidence: Parquet, a folder for every UTC day.

    evidence/day=2026-03-04/part-5b0e…/observations.parquet   one row per evidence root
                                       links.parquet          one row per midnight and section
                                       quotes.parquet         one row per quote and section

A *part* is what was sealed in one go, and needs no other: it holds every section that its
observations name, each once under its own root, and in the key-value metadata of
`observations.parquet` the canonical texts of the method and of the factor table by their hashes. A
day usually is one part, and a day that the node did not run through has several. A part is written
under another name, synced and then renamed, so it is there whole or not at all; its name follows
from its roots, so writing it again is nothing new.

Polars keeps threads, which a fork does not take along: a process that was forked uses the archive
through oracle.archivist.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.exceptions import PanicException, PolarsError

from oracle.evidence.evidence import MOST_BYTES, Evidence
from oracle.evidence.part import Sealable
from oracle.evidence.rows import (
    LINE,
    LINK_COLUMNS,
    QUOTE_COLUMNS,
    link_line,
    link_row,
    quote_line,
    quote_row,
)
from pargrade.chain.hashing import keccak

MOST_ROWS: Final = 2_000_000
"""Rows of one file that are looked at; a day of the full sample has 0.1 million."""

_OBSERVATIONS, _LINKS, _QUOTES = (f"{name}.parquet" for name in ("observations", "links", "quotes"))
_ROOTS: Final = ("root", "links", "anchor", "quotes")
_KINDS: Final[Mapping[type, Any]] = {
    int: pl.Int64,
    str: pl.String,
    bool: pl.Boolean,
    list: pl.List(pl.String),
}


class Archive:
    """The parts in a folder. Reading never trusts them: what is found has the root, or is None."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def seal(self, day: Sealable) -> str:
        """Writes a part, unless it is there, and returns its name. Raises OSError."""
        final = self.folder / day.name
        if final.is_dir():
            return day.name
        fresh = final.with_name(f".new-{final.name}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        _observations(day).write_parquet(
            fresh / _OBSERVATIONS,
            metadata={"0x" + key.hex(): text.decode() for key, text in day.documents.items()},
        )
        _table(day.links, link_row, LINK_COLUMNS).write_parquet(fresh / _LINKS)
        _table(day.quotes, quote_row, QUOTE_COLUMNS).write_parquet(fresh / _QUOTES)
        for path in (*fresh.iterdir(), fresh):
            _sync(path)
        fresh.rename(final)
        # The names on the way to the part have to outlast a power cut as well.
        for parent in (final.parent, self.folder, self.folder.parent):
            _sync(parent)
        return day.name

    def find(self, root: bytes, part: str | None = None) -> Evidence | None:
        """The evidence with a root, in the part of that name or else in any; newest day first."""
        parts = [self.folder / part] if part else self.parts()
        return next((found for each in parts if (found := _read(each, root)) is not None), None)

    def documents(self, part: Path) -> dict[bytes, bytes]:
        """Method and factor texts of a part by hash; a text without its hash is left out."""
        try:
            _bounded(part / _OBSERVATIONS)
            stated = pl.read_parquet_metadata(part / _OBSERVATIONS)
        except (OSError, ValueError, PolarsError, PanicException):
            return {}
        texts = (text.encode() for key, text in stated.items() if key.startswith("0x"))
        by_hash = {keccak(text): text for text in texts}
        return {key: text for key, text in by_hash.items() if "0x" + key.hex() in stated}

    def parts(self) -> list[Path]:
        """Every part, newest day first."""
        return sorted(self.folder.glob("day=*/part-*"), reverse=True)


def _observations(day: Sealable) -> pl.DataFrame:
    rows = [
        {name: each[name].hex() for name in _ROOTS}
        | {"as_of": each["as_of"], "header": each["header"].decode()}
        for each in day.observations
    ]
    names = dict.fromkeys(_ROOTS, pl.String)
    return pl.DataFrame(rows, schema={**names, "as_of": pl.Int64, "header": pl.String})


def _table(
    sections: Mapping[bytes, tuple[bytes, ...]],
    row_of: Callable[[bytes], dict[str, Any]],
    columns: Mapping[str, type],
) -> pl.DataFrame:
    rows = [
        {"section": root.hex(), "place": place, **row_of(line)}
        for root, lines in sorted(sections.items())
        for place, line in enumerate(lines)
    ]
    kinds = {name: _KINDS[kind] for name, kind in columns.items()}
    return pl.DataFrame(
        rows, schema={"section": pl.String, "place": pl.Int64, **kinds, LINE: pl.String}
    )


def _read(part: Path, root: bytes) -> Evidence | None:
    """The evidence with a root in a part, or None when it is not there in one piece."""
    try:
        rows = _matching(part / _OBSERVATIONS, "root", root.hex())
        if len(rows) != 1:
            return None
        row = rows.row(0, named=True)
        links = _lines(part / _LINKS, row["links"], link_line)
        anchor = _lines(part / _QUOTES, row["anchor"], quote_line)
        quotes = _lines(part / _QUOTES, row["quotes"], quote_line)
        evidence = Evidence(row["header"].encode(), links, anchor, quotes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, PolarsError, PanicException):
        return None
    return evidence if evidence.root == root else None


def _lines(
    path: Path, section: str, line_of: Callable[[Mapping[str, Any]], bytes]
) -> tuple[bytes, ...]:
    """The lines of a section, up to a limit: a stranger's column may unpack a thousandfold."""
    lines: list[bytes] = []
    size = 0
    for row in _matching(path, "section", section).sort("place").iter_rows(named=True):
        lines.append(line_of(row))
        size += len(lines[-1])
        if size > MOST_BYTES:
            raise ValueError(f"{path}: more than {MOST_BYTES} bytes of lines")
    return tuple(lines)


def _matching(path: Path, column: str, wanted: str) -> pl.DataFrame:
    _bounded(path)
    rows = pl.scan_parquet(path, hive_partitioning=False)
    if rows.select(pl.len()).collect().item() > MOST_ROWS:
        raise ValueError(f"{path}: more than {MOST_ROWS} rows")
    return rows.filter(pl.col(column) == wanted).collect()


def _bounded(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path}: more than {MOST_BYTES} bytes")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

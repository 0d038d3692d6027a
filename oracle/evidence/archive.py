"""The archive of evidence: Parquet, a folder for every UTC day.

    evidence/day=2026-03-04/part-5b0e…/observations.parquet   one row per evidence root
                                       links.parquet          one row per midnight and section
                                       quotes.parquet         one row per quote and section

A *part* is written at once and needs no other part. It holds every section that its observations
name, each once under its own root. The key-value metadata of `observations.parquet` holds the
canonical texts of the method and of the factor table by their hashes. A day usually is one part; a
day on which the node was restarted may have several. A part is written under another name, synced
and then renamed, so it is complete or absent. Its name is made from its roots, so writing the same
part again changes nothing.

Polars has threads, which a fork does not copy. A forked process uses the archive through
oracle.node.archive_process.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from oracle.evidence.evidence import MOST_BYTES, Evidence
from oracle.evidence.parquet_part import UNREADABLE, rows_where
from oracle.evidence.part import PartContent
from oracle.evidence.part_folder import parts_of, require_small, write_part
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

_OBSERVATIONS, _LINKS, _QUOTES = (f"{name}.parquet" for name in ("observations", "links", "quotes"))
_ROOTS: Final = ("root", "links", "anchor", "quotes")
_KINDS: Final[Mapping[type, Any]] = {
    int: pl.Int64,
    str: pl.String,
    bool: pl.Boolean,
    list: pl.List(pl.String),
}


class Archive:
    """The parts in a folder. Reading checks them: evidence has the requested root, or is None."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def seal(self, day: PartContent) -> str:
        """Write a part, unless it exists, and return its name. Raises OSError."""
        texts = {"0x" + key.hex(): text.decode() for key, text in day.documents.items()}

        def fill(part: Path) -> None:
            _observations(day).write_parquet(part / _OBSERVATIONS, metadata=texts)
            links = _section_table(day.links, link_row, LINK_COLUMNS)
            links.write_parquet(part / _LINKS)
            quotes = _section_table(day.quotes, quote_row, QUOTE_COLUMNS)
            quotes.write_parquet(part / _QUOTES)

        write_part(self.folder, day.name, fill)
        return day.name

    def find(self, root: bytes, part: str | None = None) -> Evidence | None:
        """The evidence with a root, in the named part or in any, newest day first; or None."""
        parts = [self.folder / part] if part else self.parts()
        return next(
            (found for each in parts if (found := _read_evidence(each, root)) is not None), None
        )

    def documents(self, part: Path) -> dict[bytes, bytes]:
        """Method and factor texts of a part by hash; a text with a wrong hash is left out."""
        try:
            require_small(part / _OBSERVATIONS)
            stated = pl.read_parquet_metadata(part / _OBSERVATIONS)
        except UNREADABLE:
            return {}
        texts = (text.encode() for key, text in stated.items() if key.startswith("0x"))
        by_hash = {keccak(text): text for text in texts}
        return {key: text for key, text in by_hash.items() if "0x" + key.hex() in stated}

    def parts(self) -> list[Path]:
        """Every part, newest day first."""
        return parts_of(self.folder)


def _observations(day: PartContent) -> pl.DataFrame:
    rows = [
        {name: each[name].hex() for name in _ROOTS}
        | {"as_of": each["as_of"], "header": each["header"].decode()}
        for each in day.observations
    ]
    names = dict.fromkeys(_ROOTS, pl.String)
    return pl.DataFrame(rows, schema={**names, "as_of": pl.Int64, "header": pl.String})


def _section_table(
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


def _read_evidence(part: Path, root: bytes) -> Evidence | None:
    """The evidence with a root in a part, or None when it is missing or damaged."""
    try:
        rows = rows_where(part / _OBSERVATIONS, pl.col("root") == root.hex())
        if len(rows) != 1:
            return None
        row = rows.row(0, named=True)
        links = _section_lines(part / _LINKS, row["links"], link_line)
        anchor = _section_lines(part / _QUOTES, row["anchor"], quote_line)
        quotes = _section_lines(part / _QUOTES, row["quotes"], quote_line)
        evidence = Evidence(row["header"].encode(), links, anchor, quotes)
    except (*UNREADABLE, KeyError, TypeError, AttributeError):
        return None
    return evidence if evidence.root == root else None


def _section_lines(
    path: Path, section: str, line_of: Callable[[Mapping[str, Any]], bytes]
) -> tuple[bytes, ...]:
    """The lines of a section. Raises ValueError above a limit: a column may be packed to burst."""
    lines: list[bytes] = []
    size = 0
    for row in rows_where(path, pl.col("section") == section).sort("place").iter_rows(named=True):
        lines.append(line_of(row))
        size += len(lines[-1])
        if size > MOST_BYTES:
            raise ValueError(f"{path}: more than {MOST_BYTES} bytes of lines")
    return tuple(lines)

"""The evidence behind every signature, kept in sections that many slots share.

Of an evidence file only the header is new at most slots: the quotes in view change a few times a
day, the links at midnight. So each section is stored once, under its own root.
"""

import zlib
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Column, Connection, LargeBinary, MetaData, Table, insert, select

from oracle.determination import Determination
from oracle.evidence import Evidence

METADATA: Final = MetaData()

_EVIDENCE: Final = Table(
    "evidence",
    METADATA,
    Column("root", LargeBinary(32), primary_key=True),
    Column("header", LargeBinary, nullable=False),
    Column("links", LargeBinary(32), nullable=False),
    Column("anchor", LargeBinary(32), nullable=False),
    Column("quotes", LargeBinary(32), nullable=False),
)
_SECTION: Final = Table(
    "section",
    METADATA,
    Column("root", LargeBinary(32), primary_key=True),
    Column("lines", LargeBinary, nullable=False),
)

_NONE: Final = bytes(32)


class Archive:
    """Which sections are stored already, so that they are not written out again."""

    def __init__(self) -> None:
        self._stored: set[bytes] = set()

    def rows(self, determination: Determination) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The evidence row of a determination, and the section rows that may be new."""
        fixing, anchors = determination.fixing, determination.anchors
        last = anchors[-1] if anchors else None
        evidence = {
            "root": determination.root,
            "header": determination.header,
            "links": last.root if last else _NONE,
            "anchor": last.fixing.accepted_root if last else _NONE,
            "quotes": fixing.root,
        }
        parts: dict[bytes, Callable[[], tuple[bytes, ...]]] = {fixing.root: lambda: fixing.lines}
        if last is not None:
            parts[last.root] = lambda: tuple(anchor.line for anchor in anchors)
            parts[last.fixing.accepted_root] = lambda: last.fixing.accepted_lines
        sections = [
            {"root": root, "lines": zlib.compress(b"\n".join(lines()))}
            for root, lines in parts.items()
            if root not in self._stored
        ]
        return evidence, sections

    def store(
        self, connection: Connection, evidence: dict[str, Any], sections: list[dict[str, Any]]
    ) -> None:
        """Writes what `rows` gave, inside the caller's transaction."""
        if sections:
            connection.execute(insert(_SECTION).prefix_with("OR IGNORE"), sections)
        connection.execute(insert(_EVIDENCE).prefix_with("OR IGNORE"), evidence)

    def stored(self, sections: list[dict[str, Any]]) -> None:
        """To be told once the transaction is committed."""
        self._stored.update(section["root"] for section in sections)


def load(connection: Connection, root: bytes) -> Evidence | None:
    """The evidence with a root, put together again, or None when it is not there in one piece.

    A damaged archive is one that does not have the evidence: what it says is proved by the root.
    """
    row = connection.execute(select(_EVIDENCE).where(_EVIDENCE.c.root == root)).one_or_none()
    if row is None:
        return None
    wanted = select(_SECTION).where(_SECTION.c.root.in_((row.links, row.anchor, row.quotes)))
    sections = {each.root: each.lines for each in connection.execute(wanted)}
    try:
        links, anchor, quotes = (
            _lines(sections.get(part)) for part in (row.links, row.anchor, row.quotes)
        )
        evidence = Evidence(row.header, links, anchor, quotes)
        return evidence if evidence.root == root else None
    except (zlib.error, TypeError):
        return None


def _lines(packed: bytes | None) -> tuple[bytes, ...]:
    text = b"" if packed is None else zlib.decompress(packed)
    return tuple(text.split(b"\n")) if text else ()

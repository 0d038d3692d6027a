"""Evidence that is not archived yet, in the journal's own tables and transactions.

What a signature rests on has to be on disk together with the signature, which a file beside the
database cannot promise. So the journal takes it first, and a whole day of it is sealed into the
archive later (oracle.archive). Of an evidence file only the header is new at most slots: the quotes
in view change a few times a day, the links at midnight. So each section is kept once, by its root.
"""

import zlib
from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    delete,
    insert,
    select,
    union,
    union_all,
)

from oracle.evidence.evidence import Evidence
from oracle.evidence.merkle import EMPTY
from oracle.evidence.part import PartContent
from oracle.index.determination import Determination
from pargrade.clock import midnight_of

METADATA: Final = MetaData()

_UNSEALED: Final = Table(
    "unsealed",
    METADATA,
    Column("root", LargeBinary(32), primary_key=True),
    Column("as_of", Integer, nullable=False, index=True),
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
_DOCUMENT: Final = Table(
    "document",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("text", LargeBinary, nullable=False),
)

# Built once: to build a statement costs more than to run it, and these run at every slot.
_FIND_KEPT: Final = union_all(
    select(_SECTION.c.root).where(_SECTION.c.root.in_(bindparam("roots", expanding=True))),
    select(_DOCUMENT.c.hash).where(_DOCUMENT.c.hash.in_(bindparam("documents", expanding=True))),
)
_ADD_SECTION: Final = insert(_SECTION)
_ADD_DOCUMENT: Final = insert(_DOCUMENT)
_KEEP_UNSEALED: Final = insert(_UNSEALED).prefix_with("OR IGNORE")


def store(connection: Connection, determination: Determination) -> None:
    """Keeps the evidence of a determination, inside a transaction that already writes.

    That it writes matters: what sealing removes and what is new here cannot change in between.
    """
    fixing, anchors = determination.fixing, determination.anchors
    last = anchors[-1] if anchors else None
    row = {
        "root": determination.root,
        "as_of": determination.as_of,
        "header": determination.header,
        "links": last.root if last else EMPTY,
        "anchor": last.fixing.accepted_root if last else EMPTY,
        "quotes": fixing.root,
    }
    parts: dict[bytes, Callable[[], tuple[bytes, ...]]] = {fixing.root: lambda: fixing.lines}
    if last is not None:
        parts[last.root] = lambda: tuple(anchor.line for anchor in anchors)
        parts[last.fixing.accepted_root] = lambda: last.fixing.accepted_lines
    texts = determination.method.documents
    wanted = {"roots": list(parts), "documents": list(texts)}
    there = set(connection.execute(_FIND_KEPT, wanted).scalars())
    new = [
        {"root": root, "lines": zlib.compress(b"\n".join(lines()))}
        for root, lines in parts.items()
        if root not in there
    ]
    if new:
        connection.execute(_ADD_SECTION, new)
    documents = [
        {"hash": digest, "text": text} for digest, text in texts.items() if digest not in there
    ]
    if documents:
        connection.execute(_ADD_DOCUMENT, documents)
    connection.execute(_KEEP_UNSEALED, row)


def load(connection: Connection, root: bytes) -> Evidence | None:
    """The evidence with a root, put together again, or None when it is not there in one piece.

    Damaged evidence is evidence that is not there: what it says is proved by the root.
    """
    row = connection.execute(select(_UNSEALED).where(_UNSEALED.c.root == root)).one_or_none()
    if row is None:
        return None
    sections = _sections(connection, (row.links, row.anchor, row.quotes))
    try:
        evidence = Evidence(
            row.header, *(sections.get(part, ()) for part in (row.links, row.anchor, row.quotes))
        )
        return evidence if evidence.root == root else None
    except TypeError:
        return None


def days_before(connection: Connection, before: int) -> list[int]:
    """UTC midnights of the days with evidence as of an instant before `before`, unix seconds."""
    instants = connection.execute(select(_UNSEALED.c.as_of).where(_UNSEALED.c.as_of < before))
    return sorted({midnight_of(instant) for instant in instants.scalars()})


def sealable(connection: Connection, start: int, end: int) -> PartContent:
    """Everything as of [start, end), unix seconds, for the archive."""
    within = (_UNSEALED.c.as_of >= start) & (_UNSEALED.c.as_of < end)
    rows = connection.execute(select(_UNSEALED).where(within).order_by(_UNSEALED.c.as_of)).all()
    found = PartContent(midnight_of(start))
    for row in rows:
        found.observations.append(dict(row._mapping))
    linked = {row.links for row in rows}
    quoted = {part for row in rows for part in (row.anchor, row.quotes)}
    found.links.update(_sections(connection, linked))
    found.quotes.update(_sections(connection, quoted))
    documents = connection.execute(select(_DOCUMENT)).all()
    found.documents.update({document.hash: document.text for document in documents})
    return found


def discard(connection: Connection, roots: Iterable[bytes]) -> None:
    """Lets go of evidence that is sealed, and of the sections nothing else here needs."""
    for root in roots:
        connection.execute(delete(_UNSEALED).where(_UNSEALED.c.root == root))
    needed = union(*(select(_UNSEALED.c[part]) for part in ("links", "anchor", "quotes")))
    connection.execute(delete(_SECTION).where(_SECTION.c.root.not_in(needed)))


def _sections(connection: Connection, roots: Iterable[bytes]) -> dict[bytes, tuple[bytes, ...]]:
    """The lines of sections that are there and whole enough to be read."""
    found: dict[bytes, tuple[bytes, ...]] = {}
    for root in set(roots):
        packed = connection.execute(
            select(_SECTION.c.lines).where(_SECTION.c.root == root)
        ).scalar_one_or_none()
        try:
            text: Any = b"" if packed is None else zlib.decompress(packed)
        except zlib.error:
            continue
        if text:
            found[root] = tuple(text.split(b"\n"))
    return found

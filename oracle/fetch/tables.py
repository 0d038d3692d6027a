"""The tables of fetched quotes: rows are added and never changed, and leave for a file alone."""

from pathlib import Path
from typing import Final

from sqlalchemy import DDL, Column, Integer, MetaData, Table, Text, event

from pargrade.database import Schema

METADATA: Final = MetaData()

FETCHES: Final = Table(
    "fetches",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("venue", Text, nullable=False),
    Column("asked_at", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("quotes", Integer, nullable=False),
    Column("omitted", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("canary", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Every visit to a venue and every run that was missed; ids ascend in the order of writing."""

QUOTES: Final = Table(
    "quotes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("fetch", Integer, nullable=False, index=True),
    Column("quote", Text, nullable=False),
)
"""What a visit found; a quote as canonical JSON."""

COLD: Final = Table(
    "cold",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("quotes", Integer, nullable=False),
    Column("seen_from", Integer, nullable=False),
    Column("seen_until", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
)
"""Files with the quotes of visits that are no longer in `quotes`; see oracle.fetch.cold_store."""

_GUARDED: Final = (
    ("fetches", "UPDATE", ""),
    ("fetches", "DELETE", ""),
    ("quotes", "UPDATE", ""),
    (
        "quotes",
        "DELETE",
        "WHEN NOT EXISTS (SELECT 1 FROM cold WHERE OLD.fetch BETWEEN cold.first AND cold.last) ",
    ),
    ("cold", "UPDATE", ""),
    ("cold", "DELETE", ""),
)
_GUARDS: Final = tuple(
    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {unless}"
    f"BEGIN SELECT RAISE(ABORT, '{table} are only added to'); END"
    for table, verb, unless in _GUARDED
)

for _guard in _GUARDS:
    event.listen(METADATA, "after_create", DDL(_guard))  # type: ignore[no-untyped-call]

FETCHED: Final = Schema(
    name="quotes",
    tables=(METADATA,),
    scripts=Path(__file__).with_name("versions") / "quotes",
    head="quotes_2",
)

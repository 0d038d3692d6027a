"""The tables of fetched quotes: rows are added, and never changed or removed."""

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

_GUARDS: Final = tuple(
    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table} are only added to'); END"
    for table in ("fetches", "quotes")
    for verb in ("UPDATE", "DELETE")
)

for _guard in _GUARDS:
    event.listen(METADATA, "after_create", DDL(_guard))  # type: ignore[no-untyped-call]

FETCHED: Final = Schema(
    name="quotes",
    tables=(METADATA,),
    scripts=Path(__file__).with_name("versions") / "quotes",
    head="quotes_1",
)

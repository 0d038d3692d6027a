"""The journal's tables beside those of pending evidence, and the versions they went through."""

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from oracle.journal.pending_evidence import METADATA
from pargrade.database import Schema

SIGNED: Final = Table(
    "signed",
    METADATA,
    Column("domain", LargeBinary(32), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("observation", Text, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    Column("evidence_root", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)
"""What was signed for each slot."""

SETTING: Final = Table(
    "setting",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Whose journal it is, its floor, and its id."""

SEALED: Final = Table(
    "sealed",
    METADATA,
    Column("root", LargeBinary(32), primary_key=True),
    Column("part", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""In which part of the archive evidence is."""

JOURNAL: Final = Schema(
    name="journal",
    tables=(METADATA,),
    scripts=Path(__file__).with_name("versions"),
    head="journal_2",
    unversioned={
        "journal_1": frozenset({"signed", "setting"}),
        "journal_2": frozenset(METADATA.tables),
    },
)

"""The tables of promises and of input sets, and the versions they went through."""

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

from pargrade.database import Schema

_SCRIPTS: Final = Path(__file__).with_name("versions")

_PROMISES: Final = MetaData()

PROMISED: Final = Table(
    "promised",
    _PROMISES,
    Column("promise", String(16), primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)
"""Every promise. The key allows one per kind and slot, ever, whatever the epoch."""

NEWEST: Final = Table(
    "newest",
    _PROMISES,
    Column("promise", String(16), primary_key=True),
    Column("slot", Integer, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("raw", LargeBinary, nullable=False),
)
"""The newest promise of each kind with its message, which is sent again after a restart."""

SETTING: Final = Table(
    "setting",
    _PROMISES,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Whose journal it is, its floor, and its id."""

PROMISES: Final = Schema(
    name="promises",
    tables=(_PROMISES,),
    scripts=_SCRIPTS / "promises",
    head="promises_1",
)

_INPUTS: Final = MetaData()

COMMITTEE: Final = Table(
    "committee",
    _INPUTS,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("stated", Text, nullable=False),
)
"""What each epoch's signatures are bound to, as JSON."""

SECTION: Final = Table(
    "section",
    _INPUTS,
    Column("name", LargeBinary(32), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("slot", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Bodies by content. `slot` is a late one that used it, unix seconds: within a day of the last."""

BATCH: Final = Table(
    "batch",
    _INPUTS,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), primary_key=True),
    Column("message", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Signed lists as their messages without sections. Two of a node for a slot can be there: of two
proposals for it."""

PROPOSAL: Final = Table(
    "proposal",
    _INPUTS,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("message", LargeBinary, nullable=False),
    Index("ix_proposal_root", "root"),
    sqlite_with_rowid=False,
)
"""Input sets by slot and root, as the leader's message."""

AGREED: Final = Table(
    "agreed",
    _INPUTS,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("report", LargeBinary, nullable=False),
    Column("prepares", LargeBinary, nullable=False),
    Column("reports", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""The report of each slot that was agreed on, and its votes."""

CONTRADICTION: Final = Table(
    "contradiction",
    _INPUTS,
    Column("kind", Integer, primary_key=True, autoincrement=False),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("a", LargeBinary, nullable=False),
    Column("b", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Two contents of a kind that one key signed for a slot, as their messages: the first that were
seen."""

INPUTS: Final = Schema(
    name="inputs",
    tables=(_INPUTS,),
    scripts=_SCRIPTS / "inputs",
    head="inputs_1",
)

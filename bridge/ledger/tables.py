"""The tables behind the bridge. SQLite by default, PostgreSQL when several workers share them.

uint256 amounts are decimal text padded with zeros to 78 digits: neither engine has an exact number
that wide, and padded text sorts like the numbers.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

from pargrade.database import DIGITS

SCHEMA: Final = 1

metadata = MetaData()

origin = Table(
    "origin",
    metadata,
    Column("schema", Integer, primary_key=True, autoincrement=False),
    Column("chain_id", BigInteger, nullable=False),
    Column("market", String(42), nullable=False),
)
"""Which deployment the journal is of: one row, never changed."""

cursor = Table(
    "cursor",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("rollbacks", BigInteger, nullable=False),
)
"""The last block in the journal: one row, changed in the same transaction as the journal."""

tail = Table(
    "tail",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""Hashes of blocks the journal recently stopped at, to find a common ancestor in."""

agreement = Table(
    "agreement",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""The last block at which the ledger agreed with the contracts: at most one row."""

entry = Table(
    "entry",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("block_hash", LargeBinary(32), nullable=False),
    Column("tx_hash", LargeBinary(32), nullable=False),
    Column("contract", String(42), nullable=False),
    Column("event", String(40), nullable=False),
    Column("topics", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""The journal. Rows are only added, and taken away by a roll-back."""

movement = Table(
    "movement",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("asset", String(DIGITS), nullable=False),
    Column("source", String(42), nullable=False),
    Column("destination", String(42), nullable=False),
    Column("amount", String(DIGITS), nullable=False),
    Index("movement_asset", "asset"),
)
"""The journal's double entries in the open: amount leaves source for destination."""

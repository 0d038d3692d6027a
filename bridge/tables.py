"""The tables behind the bridge. SQLite by default, PostgreSQL when several workers share them.

uint256 amounts are decimal text padded with zeros to 78 digits: neither engine has an exact number
that wide, and padded text sorts like the numbers.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from pargrade.errors import PargradeError

SCHEMA: Final = 1
DIGITS: Final = 78
"""Of 2^256 - 1."""

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

intent = Table(
    "intent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sender", String(42), nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("act", Text, nullable=False),
    Column("contract", String(42), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("gas", BigInteger, nullable=False),
)
"""What is about to be sent, written before it is."""

attempt = Table(
    "attempt",
    metadata,
    Column("intent", Integer, ForeignKey("intent.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("tx_hash", LargeBinary(32), nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("max_fee", String(DIGITS), nullable=False),
    Column("tip", String(DIGITS), nullable=False),
)
"""The signed transactions of an intent: one nonce, rising fees."""

outcome = Table(
    "outcome",
    metadata,
    Column("intent", Integer, ForeignKey("intent.id"), primary_key=True),
    Column("verdict", String(12), nullable=False),
    Column("tx_hash", LargeBinary(32)),
    Column("block", BigInteger),
    Column("gas_used", BigInteger),
)
"""What became of an intent; an intent without one is open."""


class DatabaseDown(PargradeError):
    """The database could not be opened, read or written."""

    hint = "Check --database; PostgreSQL also needs the psycopg package."

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"database {url}: {reason}")


def open_database(url: str) -> Engine:
    """The engine for a SQLAlchemy URL, its tables there. Raises DatabaseDown."""
    try:
        target = make_url(url)
        if target.drivername == "postgresql":
            target = target.set(drivername="postgresql+psycopg")
        engine = create_engine(target)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _tune_sqlite)
        metadata.create_all(engine)
    except ArgumentError:
        raise DatabaseDown(url.split("@")[-1], "not a database URL") from None
    except (NoSuchModuleError, ImportError, SQLAlchemyError) as failure:
        raise DatabaseDown(target.render_as_string(), _reason(failure)) from failure
    return engine


def to_text(amount: int) -> str:
    """An unsigned amount as the tables keep it."""
    return f"{amount:0{DIGITS}d}"


def _tune_sqlite(connection: object, _record: object) -> None:
    # Write-ahead logging lets `status` read while the daemon writes; FULL survives power loss.
    for setting in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {setting}")  # type: ignore[attr-defined]  # a DBAPI connection


def _reason(failure: Exception) -> str:
    cause = getattr(failure, "orig", None) or failure
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__

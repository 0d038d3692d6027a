"""What a sender is about to do and what became of it: one row per intent, attempt and outcome."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from pargrade.database import DIGITS

metadata = MetaData()

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
"""What became of an intent; an intent without one is open. Deleted when its block is gone."""

inclusion = Table(
    "inclusion",
    metadata,
    Column("intent", Integer, ForeignKey("intent.id"), primary_key=True),
    Column("block", BigInteger, nullable=False),
    Column("block_hash", LargeBinary(32), nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("gas_price", String(DIGITS), nullable=False),
    Column("is_final", Boolean, nullable=False),
)
"""The block an outcome was seen in, until that block is final. An outcome without one is final:
those of databases from before this table, and those that no block shows."""

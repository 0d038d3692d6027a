"""Version 1: the journal of the ledger, and intents with their attempts and outcomes."""

import sqlalchemy as sa
from alembic import op

revision = "bridge_1"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    _make_ledger()
    _make_outbox()


def _make_ledger() -> None:
    op.create_table(
        "origin",
        sa.Column("schema", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("market", sa.String(42), nullable=False),
    )
    op.create_table(
        "cursor",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("rollbacks", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tail",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "entry",
        sa.Column("block", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("contract", sa.String(42), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("topics", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "movement",
        sa.Column("block", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("asset", sa.String(78), nullable=False),
        sa.Column("source", sa.String(42), nullable=False),
        sa.Column("destination", sa.String(42), nullable=False),
        sa.Column("amount", sa.String(78), nullable=False),
    )
    op.create_index("movement_asset", "movement", ["asset"])


def _make_outbox() -> None:
    op.create_table(
        "intent",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sender", sa.String(42), nullable=False),
        sa.Column("nonce", sa.BigInteger, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("contract", sa.String(42), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("gas", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "attempt",
        sa.Column("intent", sa.Integer, sa.ForeignKey("intent.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("max_fee", sa.String(78), nullable=False),
        sa.Column("tip", sa.String(78), nullable=False),
    )
    op.create_table(
        "outcome",
        sa.Column("intent", sa.Integer, sa.ForeignKey("intent.id"), primary_key=True),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32)),
        sa.Column("block", sa.BigInteger),
        sa.Column("gas_used", sa.BigInteger),
    )

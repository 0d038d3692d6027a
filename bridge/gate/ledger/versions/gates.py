"""Version 1: cursors, stops and entries of gates."""

import sqlalchemy as sa
from alembic import op

revision = "gate_1"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "gate_cursor",
        sa.Column("chain", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("gate", sa.String(42), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "gate_stop",
        sa.Column("chain", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("gate", sa.String(42), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "gate_entry",
        sa.Column("chain", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("gate", sa.String(42), primary_key=True, autoincrement=False),
        sa.Column("block", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("topics", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )

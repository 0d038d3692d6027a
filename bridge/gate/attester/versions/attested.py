"""Version 1: what was signed, and settings."""

import sqlalchemy as sa
from alembic import op

revision = "attestations_1"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "attested",
        sa.Column("route", sa.LargeBinary(32), primary_key=True),
        sa.Column("destination", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("nonce", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.Column("time", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )

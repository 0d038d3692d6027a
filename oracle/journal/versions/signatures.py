"""Version 1: what was signed, and settings."""

import sqlalchemy as sa
from alembic import op

revision = "journal_1"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "signed",
        sa.Column("domain", sa.LargeBinary(32), primary_key=True),
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("observation", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.Column("evidence_root", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )

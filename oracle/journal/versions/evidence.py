"""Version 2: evidence in shared sections, and where it was archived."""

import sqlalchemy as sa
from alembic import op

revision = "journal_2"
down_revision = "journal_1"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "unsealed",
        sa.Column("root", sa.LargeBinary(32), primary_key=True),
        sa.Column("as_of", sa.Integer, nullable=False),
        sa.Column("header", sa.LargeBinary, nullable=False),
        sa.Column("links", sa.LargeBinary(32), nullable=False),
        sa.Column("anchor", sa.LargeBinary(32), nullable=False),
        sa.Column("quotes", sa.LargeBinary(32), nullable=False),
    )
    op.create_index("ix_unsealed_as_of", "unsealed", ["as_of"])
    op.create_table(
        "section",
        sa.Column("root", sa.LargeBinary(32), primary_key=True),
        sa.Column("lines", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "document",
        sa.Column("hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("text", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "sealed",
        sa.Column("root", sa.LargeBinary(32), primary_key=True),
        sa.Column("part", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )

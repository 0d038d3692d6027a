"""Version 1: promises, the newest with their messages, and settings."""

import sqlalchemy as sa
from alembic import op

revision = "promises_1"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "promised",
        sa.Column("promise", sa.String(16), primary_key=True),
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "newest",
        sa.Column("promise", sa.String(16), primary_key=True),
        sa.Column("slot", sa.Integer, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )

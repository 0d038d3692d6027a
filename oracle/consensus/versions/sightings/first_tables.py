"""Version 1: signed observations that were seen, and days that are settled."""

import sqlalchemy as sa
from alembic import op

revision = "sightings_1"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "seen",
        sa.Column("domain", sa.LargeBinary(32), primary_key=True),
        sa.Column("reporter", sa.Text, primary_key=True),
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("signed", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "settled",
        sa.Column("domain", sa.LargeBinary(32), primary_key=True),
        sa.Column("reporter", sa.Text, primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )

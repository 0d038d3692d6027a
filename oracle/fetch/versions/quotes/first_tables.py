"""Version 1: visits to venues, and the quotes each of them found."""

import sqlalchemy as sa
from alembic import op

revision = "quotes_1"
down_revision = None


def upgrade() -> None:
    """Makes the tables, and what keeps their rows as they are."""
    op.create_table(
        "fetches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("asked_at", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("quotes", sa.Integer, nullable=False),
        sa.Column("omitted", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("canary", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "quotes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("fetch", sa.Integer, nullable=False, index=True),
        sa.Column("quote", sa.Text, nullable=False),
    )
    for table in ("fetches", "quotes"):
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are only added to'); END"
            )

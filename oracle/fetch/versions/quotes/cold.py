"""Version 2: months that are over are in files, which a table names; only their quotes may go."""

import sqlalchemy as sa
from alembic import op

revision = "quotes_2"
down_revision = "quotes_1"


def upgrade() -> None:
    """Makes the table, and lets rows go that are in a file."""
    op.create_table(
        "cold",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("quotes", sa.Integer, nullable=False),
        sa.Column("seen_from", sa.Integer, nullable=False),
        sa.Column("seen_until", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER cold_no_{verb.lower()} BEFORE {verb} ON cold "
            f"BEGIN SELECT RAISE(ABORT, 'cold are only added to'); END"
        )
    op.execute("DROP TRIGGER quotes_no_delete")
    op.execute(
        "CREATE TRIGGER quotes_no_delete BEFORE DELETE ON quotes WHEN NOT EXISTS "
        "(SELECT 1 FROM cold WHERE OLD.fetch BETWEEN cold.first AND cold.last) "
        "BEGIN SELECT RAISE(ABORT, 'quotes are only added to'); END"
    )

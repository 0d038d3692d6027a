"""Version 1: the entries of the log."""

import sqlalchemy as sa
from alembic import op

revision = "relay_1"
down_revision = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "log",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("subject", sa.LargeBinary(32)),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("outcome", sa.LargeBinary, nullable=False),
        sa.Column("head", sa.LargeBinary(32), nullable=False),
    )
    op.create_index("log_subject", "log", ["subject"])

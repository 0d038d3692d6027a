"""Version 1: what the transactions of a day cost."""

import sqlalchemy as sa
from alembic import op

revision = "fees_1"
down_revision = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "fee",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("wei", sa.String(78), nullable=False),
    )

"""Version 3: the last block at which the ledger agreed with the contracts."""

import sqlalchemy as sa
from alembic import op

revision = "bridge_3"
down_revision = "bridge_2"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )

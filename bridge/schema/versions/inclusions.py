"""Version 2: the block in which each outcome was seen. Older outcomes stay without, as final."""

import sqlalchemy as sa
from alembic import op

revision = "bridge_2"
down_revision = "bridge_1"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "inclusion",
        sa.Column("intent", sa.Integer, sa.ForeignKey("intent.id"), primary_key=True),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("gas_price", sa.String(78), nullable=False),
        sa.Column("is_final", sa.Boolean, nullable=False),
    )

"""Version 2: what a transaction that was not seen mined offered, by nonce."""

import sqlalchemy as sa
from alembic import op

revision = "fees_2"
down_revision = "fees_1"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "waiting",
        sa.Column("nonce", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("fee", sa.Integer, sa.ForeignKey("fee.id"), nullable=False),
        sa.Column("max_fee", sa.String(78), nullable=False),
        sa.Column("tip", sa.String(78), nullable=False),
    )

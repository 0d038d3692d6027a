"""Version 2: a ledger belongs to who was believed, and counts its roll-backs.

Nobody can tell who was believed about what is stored, so none of it is kept: a service reads its
gates anew, from the block in which they were deployed.
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "gate_2"
down_revision = "gate_1"

_KEY: Final[tuple[tuple[str, Any], ...]] = (
    ("chain", sa.BigInteger),
    ("gate", sa.String(42)),
    ("rule", sa.BigInteger),
)


def _key(*more: str) -> list[sa.Column[Any]]:
    columns = (*_KEY, *((name, sa.BigInteger) for name in more))
    return [sa.Column(name, kind, primary_key=True, autoincrement=False) for name, kind in columns]


def upgrade() -> None:
    """Makes the tables anew."""
    for name in ("gate_entry", "gate_stop", "gate_cursor"):
        op.drop_table(name)
    op.create_table(
        "gate_cursor",
        *_key(),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("rollbacks", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "gate_stop",
        *_key("number"),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "gate_entry",
        *_key("block"),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("topics", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )

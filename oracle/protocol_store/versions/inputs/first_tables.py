"""Version 1: committees, bodies, signed lists, proposals and agreed reports."""

import sqlalchemy as sa
from alembic import op

revision = "inputs_1"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "committee",
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("stated", sa.Text, nullable=False),
    )
    op.create_table(
        "section",
        sa.Column("name", sa.LargeBinary(32), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("slot", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "batch",
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(32), primary_key=True),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "proposal",
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(32), primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_proposal_root", "proposal", ["root"])
    op.create_table(
        "agreed",
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("report", sa.LargeBinary, nullable=False),
        sa.Column("prepares", sa.LargeBinary, nullable=False),
        sa.Column("reports", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "contradiction",
        sa.Column("kind", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("a", sa.LargeBinary, nullable=False),
        sa.Column("b", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )

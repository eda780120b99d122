"""What the clock showed, and whether it is believed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of the one clock."""
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("boot", sa.Text, nullable=False),
        sa.Column("booted_at", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text),
        sa.CheckConstraint("id = 1", name="one"),
    )

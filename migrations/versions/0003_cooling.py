"""How often an account has failed, and which platforms are left in peace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the accounts in place, and make the table of platforms."""
    op.execute("ALTER TABLE account ADD COLUMN failures INTEGER DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE account ADD COLUMN down_at BIGINT")
    op.create_table(
        "cooling",
        sa.Column("platform", sa.String(40), primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("accounts", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    )

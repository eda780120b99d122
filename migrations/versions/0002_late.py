"""What becomes of a late post, post by post."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the table in place: making it anew would cut off what refers to it."""
    op.execute(
        "ALTER TABLE delivery ADD COLUMN on_late VARCHAR(8) "
        "CONSTRAINT ck_delivery_on_late CHECK (on_late IN ('post', 'ask', 'skip'))"
    )
    op.execute("ALTER TABLE delivery ADD COLUMN deadline BIGINT")

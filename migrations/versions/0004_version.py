"""Every plan that was taken over, to look at and to come back to."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the table; the plans that are loaded become their first versions."""
    table = op.create_table(
        "version",
        sa.Column(
            "campaign",
            sa.String(40),
            sa.ForeignKey("campaign.key", name="fk_version_campaign"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("plan", _JSON, nullable=False),
        sa.Column("messages", _JSON, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("applied_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("campaign", "number", name="pk_version"),
    )
    bind = op.get_bind()
    loaded = bind.execute(sa.text("SELECT key, digest, plan, applied_at FROM campaign")).all()
    if loaded:
        op.bulk_insert(table, [_first(bind, row) for row in loaded])


def _first(bind: sa.Connection, row: Any) -> dict[str, Any]:
    query = "SELECT digest FROM delivery WHERE campaign = :key AND in_plan ORDER BY post, account"
    digests = bind.execute(sa.text(query), {"key": row.key}).scalars().all()
    plan = json.loads(row.plan) if isinstance(row.plan, str) else row.plan
    return {
        "campaign": row.key,
        "number": 1,
        "digest": row.digest,
        "plan": plan,
        "messages": list(digests),
        "by": "",
        "applied_at": row.applied_at,
    }

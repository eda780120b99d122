"""Several messages of a post on one account, and which of them is an answer to the one before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ONCE = "uq_delivery_campaign_post_account"
KEPT = (
    "id, campaign, post, account, platform, digest, in_plan, due_at, wall, zone, not_after, "
    "extended_to, next_at, state, held, fence, tries, looks, key, rkey, started_at, intent_at, "
    "handle, receipt_id, receipt_url, note, on_late, deadline"
)


def upgrade() -> None:
    """What there is becomes the first part of its post."""
    op.execute("ALTER TABLE posting_log ADD COLUMN part INTEGER DEFAULT 1 NOT NULL")
    if op.get_bind().dialect.name == "sqlite":
        make_anew()
    else:
        change_in_place()


def change_in_place() -> None:
    """Give the table its columns, and let a post have each part once."""
    op.execute("ALTER TABLE delivery ADD COLUMN part INTEGER DEFAULT 1 NOT NULL")
    op.execute("ALTER TABLE delivery ADD COLUMN follows BOOLEAN DEFAULT false NOT NULL")
    op.drop_constraint(ONCE, "delivery", type_="unique")
    op.create_unique_constraint(f"{ONCE}_part", "delivery", ["campaign", "post", "account", "part"])
    op.execute(
        "ALTER TABLE delivery ADD CONSTRAINT ck_delivery_part "
        "CHECK (part > 1 OR (part = 1 AND NOT follows))"
    )


def make_anew() -> None:
    """SQLite takes no constraint away from a table. What refers to it is made anew as well."""
    op.execute("DROP INDEX ix_delivery_state_next_at")
    op.execute("DROP INDEX uq_delivery_in_flight")
    op.execute("ALTER TABLE delivery RENAME TO delivery_before")
    op.execute("ALTER TABLE attempt RENAME TO attempt_before")
    make_deliveries()
    op.execute(f"INSERT INTO delivery ({KEPT}) SELECT {KEPT} FROM delivery_before")  # noqa: S608
    op.create_table(
        "attempt",
        sa.Column("delivery", sa.Integer, sa.ForeignKey("delivery.id"), primary_key=True),
        sa.Column("fence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO attempt SELECT * FROM attempt_before")
    op.execute("DROP TABLE attempt_before")
    op.execute("DROP TABLE delivery_before")
    op.create_index("ix_delivery_state_next_at", "delivery", ["state", "next_at"])
    op.create_index(
        "uq_delivery_in_flight",
        "delivery",
        ["account"],
        unique=True,
        sqlite_where=sa.text("state = 'sending'"),
    )


def make_deliveries() -> None:
    """The table as it is from now on."""
    states = "'scheduled', 'sending', 'unknown', 'published', 'held', 'failed', 'cancelled'"
    reasons = "'unclear', 'late', 'login', 'flood', 'approval'"
    late = sa.CheckConstraint("on_late IN ('post', 'ask', 'skip')", name="on_late")
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("campaign", sa.String(40), sa.ForeignKey("campaign.key"), nullable=False),
        sa.Column("post", sa.Text, nullable=False),
        sa.Column("account", sa.String(40), sa.ForeignKey("account.key"), nullable=False),
        sa.Column("platform", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), sa.ForeignKey("message.digest"), nullable=False),
        sa.Column("in_plan", sa.Boolean, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("wall", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("not_after", sa.BigInteger, nullable=False),
        sa.Column("extended_to", sa.BigInteger),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("held", sa.String(12)),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("rkey", sa.String(13), nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("intent_at", sa.BigInteger),
        sa.Column("handle", sa.JSON, nullable=False),
        sa.Column("receipt_id", sa.Text),
        sa.Column("receipt_url", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("on_late", sa.String(8), late),
        sa.Column("deadline", sa.BigInteger),
        sa.Column("part", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("follows", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.UniqueConstraint("campaign", "post", "account", "part"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("account", "rkey"),
        sa.CheckConstraint(f"state IN ({states})", name="state"),
        sa.CheckConstraint(f"held IS NULL OR held IN ({reasons})", name="held"),
        sa.CheckConstraint("(state = 'held') = (held IS NOT NULL)", name="held_for_a_reason"),
        sa.CheckConstraint("(state = 'published') = (receipt_id IS NOT NULL)", name="receipt"),
        sa.CheckConstraint("state <> 'sending' OR started_at IS NOT NULL", name="started"),
        sa.CheckConstraint("state <> 'unknown' OR intent_at IS NOT NULL", name="intended"),
        sa.CheckConstraint("fence >= 0 AND tries >= 0 AND looks >= 0", name="counted"),
        sa.CheckConstraint("part > 1 OR (part = 1 AND NOT follows)", name="part"),
    )

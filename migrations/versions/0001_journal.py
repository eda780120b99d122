"""The journal: campaigns, accounts, messages, deliveries and the posting log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
INSTANT = sa.BigInteger()  # microseconds since 1970 UTC


def upgrade() -> None:
    """Make every table."""
    make_contents()
    make_deliveries()
    make_log()
    if op.get_bind().dialect.name == "sqlite":
        refuse_changes_on_sqlite()
    else:
        refuse_changes_on_postgresql()


def make_contents() -> None:
    """What is planned, where it goes, and what exactly goes out."""
    op.create_table(
        "campaign",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("on_late", sa.String(8), nullable=False),
        sa.Column("approvals", sa.String(8), nullable=False),
        sa.Column("plan", JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("applied_at", INSTANT, nullable=False),
        sa.CheckConstraint("on_late IN ('post', 'ask', 'skip')", name="on_late"),
        sa.CheckConstraint("approvals IN ('none', 'member')", name="approvals"),
    )
    op.create_table(
        "account",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("platform", sa.String(40), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("secret", sa.Text),
        sa.Column("identity", JSON),
        sa.Column("next_allowed_at", INSTANT),
        sa.Column("connected_at", INSTANT),
        sa.CheckConstraint("state IN ('ok', 'login')", name="state"),
    )
    op.create_table(
        "picture",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
    )
    op.create_table(
        "message",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("body", JSON, nullable=False),
    )


def make_deliveries() -> None:
    """One message on one account, and the requests that left for it."""
    states = "'scheduled', 'sending', 'unknown', 'published', 'held', 'failed', 'cancelled'"
    reasons = "'unclear', 'late', 'login', 'flood', 'approval'"
    op.create_table(
        "delivery",
        sa.Column("id", ID, primary_key=True),
        sa.Column("campaign", sa.String(40), sa.ForeignKey("campaign.key"), nullable=False),
        sa.Column("post", sa.Text, nullable=False),
        sa.Column("account", sa.String(40), sa.ForeignKey("account.key"), nullable=False),
        sa.Column("platform", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), sa.ForeignKey("message.digest"), nullable=False),
        sa.Column("in_plan", sa.Boolean, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("wall", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("not_after", INSTANT, nullable=False),
        sa.Column("extended_to", INSTANT),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("held", sa.String(12)),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("rkey", sa.String(13), nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("intent_at", INSTANT),
        sa.Column("handle", JSON, nullable=False),
        sa.Column("receipt_id", sa.Text),
        sa.Column("receipt_url", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.UniqueConstraint("campaign", "post", "account"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("account", "rkey"),
        sa.CheckConstraint(f"state IN ({states})", name="state"),
        sa.CheckConstraint(f"held IS NULL OR held IN ({reasons})", name="held"),
        sa.CheckConstraint("(state = 'held') = (held IS NOT NULL)", name="held_for_a_reason"),
        sa.CheckConstraint("(state = 'published') = (receipt_id IS NOT NULL)", name="receipt"),
        sa.CheckConstraint("state <> 'sending' OR started_at IS NOT NULL", name="started"),
        sa.CheckConstraint("state <> 'unknown' OR intent_at IS NOT NULL", name="intended"),
        sa.CheckConstraint("fence >= 0 AND tries >= 0 AND looks >= 0", name="counted"),
    )
    op.create_index("ix_delivery_state_next_at", "delivery", ["state", "next_at"])
    op.create_index(
        "uq_delivery_in_flight",
        "delivery",
        ["account"],
        unique=True,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_table(
        "approval",
        sa.Column("id", ID, primary_key=True),
        sa.Column("campaign", sa.String(40), sa.ForeignKey("campaign.key"), nullable=False),
        sa.Column("post", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("how", sa.String(8), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("how IN ('phone', 'mail', 'meeting')", name="how"),
    )
    op.create_index("ix_approval_post", "approval", ["campaign", "post", "digest"])
    op.create_table(
        "attempt",
        sa.Column("delivery", ID, sa.ForeignKey("delivery.id"), primary_key=True),
        sa.Column("fence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )


def make_log() -> None:
    """What happened, and the one row that says stop."""
    op.create_table(
        "posting_log",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("campaign", sa.Text, nullable=False),
        sa.Column("post", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_posting_log_post", "posting_log", ["post"])
    op.create_table(
        "stop",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("id = 1", name="one"),
    )


def refuse_changes_on_sqlite() -> None:
    """Let the posting log be added to and nothing else."""
    op.execute(
        "CREATE TRIGGER posting_log_no_update BEFORE UPDATE ON posting_log "
        "BEGIN SELECT RAISE(ABORT, 'the posting log is only ever added to'); END"
    )
    op.execute(
        "CREATE TRIGGER posting_log_no_delete BEFORE DELETE ON posting_log "
        "BEGIN SELECT RAISE(ABORT, 'the posting log is only ever added to'); END"
    )
    op.execute(
        "CREATE TRIGGER posting_log_no_replace BEFORE INSERT ON posting_log "
        "WHEN EXISTS (SELECT 1 FROM posting_log WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'the posting log is only ever added to'); END"
    )


def refuse_changes_on_postgresql() -> None:
    """Let the posting log be added to and nothing else."""
    op.execute(
        "CREATE FUNCTION posting_log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the posting log is only ever added to' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER posting_log_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON posting_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION posting_log_refuse()"
    )

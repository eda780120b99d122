"""The tables. `migrations/` must always produce exactly these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    false,
    literal_column,
    text,
)
from sqlalchemy.types import TypeEngine

from integrado_poster.model import Approvals, Held, How, OnLate, State

REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
)  #: Every revision in `migrations/versions`, oldest first.
HEAD = REVISIONS[-1]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A moment as whole microseconds since 1970 UTC.

    SQLAlchemy's own DateTime silently drops the zone on SQLite; whole numbers are the same, and
    sort the same, on every database.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn an aware moment into a number; a naive one is a bug, so say so."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value.isoformat()}")
        return (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give it back aware, in UTC."""
        return None if value is None else EPOCH + value * _MICROSECOND


class Document(TypeDecorator[Any]):
    """JSON; on PostgreSQL in its binary form.

    That form is imported where it is needed: with it SQLAlchemy loads the whole dialect, which
    costs `status` a tenth of the time that it may take.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the form that the database keeps best."""
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB

            return dialect.type_descriptor(JSONB(none_as_null=True))
        return dialect.type_descriptor(JSON(none_as_null=True))


def _one_of(column: str, words: type[StrEnum]) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({listed})"


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_Id = BigInteger().with_variant(Integer(), "sqlite")

campaigns = Table(
    "campaign",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("on_late", String(8), nullable=False),
    Column("approvals", String(8), nullable=False),
    Column("plan", Document, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("applied_at", Instant, nullable=False),
    CheckConstraint(_one_of("on_late", OnLate), name="on_late"),
    CheckConstraint(_one_of("approvals", Approvals), name="approvals"),
)

versions = Table(
    "version",
    metadata,
    Column("campaign", ForeignKey("campaign.key"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("plan", Document, nullable=False),
    Column("messages", Document, nullable=False),  # digests, by post, account and part
    Column("by", Text, nullable=False),
    Column("applied_at", Instant, nullable=False),
)

accounts = Table(
    "account",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("platform", String(40), nullable=False),
    Column("state", String(8), nullable=False),
    Column("settings", Document, nullable=False),
    Column("secret", Text),  # what the vault made of it; never the secret itself
    Column("identity", Document),
    Column("next_allowed_at", Instant),
    Column("connected_at", Instant),
    Column("failures", Integer, nullable=False, server_default=text("0")),  # in a row
    Column("down_at", Instant),  # when its platform was last down for it
    CheckConstraint("state IN ('ok', 'login')", name="state"),
)

coolings = Table(
    "cooling",
    metadata,
    Column("platform", String(40), primary_key=True),
    Column("until", Instant, nullable=False),
    Column("accounts", Document, nullable=False),
)

pictures = Table(
    "picture",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
)

messages = Table(
    "message",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("body", Document, nullable=False),
)

deliveries = Table(
    "delivery",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("campaign", ForeignKey("campaign.key"), nullable=False),
    Column("post", Text, nullable=False),
    Column("account", ForeignKey("account.key"), nullable=False),
    Column("platform", String(40), nullable=False),
    Column("digest", ForeignKey("message.digest"), nullable=False),
    Column("in_plan", Boolean, nullable=False),  # whether the plan as last applied still has it
    Column("due_at", Instant, nullable=False),
    Column("wall", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("extended_to", Instant),  # a person's word: until then it may go out in spite of that
    Column("next_at", Instant, nullable=False),
    Column("state", String(12), nullable=False),
    Column("held", String(12)),
    Column("fence", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("key", String(36), nullable=False),
    Column("rkey", String(13), nullable=False),
    Column("started_at", Instant),
    Column("intent_at", Instant),
    Column("handle", Document, nullable=False),
    Column("receipt_id", Text),
    Column("receipt_url", Text),
    Column("note", Text, nullable=False),
    Column("on_late", String(8), CheckConstraint(_one_of("on_late", OnLate), name="on_late")),
    Column("deadline", Instant),  # after this it never goes out unasked
    Column("part", Integer, nullable=False, server_default=text("1")),
    Column("follows", Boolean, nullable=False, server_default=false()),  # an answer to part - 1
    UniqueConstraint("campaign", "post", "account", "part"),
    UniqueConstraint("key"),
    UniqueConstraint("account", "rkey"),
    CheckConstraint(_one_of("state", State), name="state"),
    CheckConstraint(f"held IS NULL OR {_one_of('held', Held)}", name="held"),
    CheckConstraint("(state = 'held') = (held IS NOT NULL)", name="held_for_a_reason"),
    CheckConstraint("(state = 'published') = (receipt_id IS NOT NULL)", name="receipt"),
    CheckConstraint("state <> 'sending' OR started_at IS NOT NULL", name="started"),
    CheckConstraint("state <> 'unknown' OR intent_at IS NOT NULL", name="intended"),
    CheckConstraint("fence >= 0 AND tries >= 0 AND looks >= 0", name="counted"),
    CheckConstraint("part > 1 OR (part = 1 AND NOT follows)", name="part"),
)

Index("ix_delivery_state_next_at", deliveries.c.state, deliveries.c.next_at)
_in_flight = text("state = 'sending'")
_one_in_flight = Index(
    "uq_delivery_in_flight", deliveries.c.account, unique=True, sqlite_where=_in_flight
)


@event.listens_for(deliveries, "before_create")
def _only_in_flight(_table: Table, connection: Connection, **_: object) -> None:
    """The same on PostgreSQL, whose dialect is loaded as soon as its name stands in an argument."""
    if connection.dialect.name == "postgresql":
        _one_in_flight.dialect_options["postgresql"]["where"] = _in_flight


def stands(table: FromClause, state: State) -> ColumnElement[bool]:
    """Whether a delivery is in a state, for what is asked all the time.

    Not as a parameter: which of SQLite's partial indexes fits would depend on it, and SQLite would
    plan the statement anew each time, which takes five times as long as running it.
    """
    here: ColumnElement[bool] = table.c.state == literal_column(f"'{state}'")
    return here


approvals = Table(
    "approval",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("campaign", ForeignKey("campaign.key"), nullable=False),
    Column("post", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("by", Text, nullable=False),
    Column("how", String(8), nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint(_one_of("how", How), name="how"),
)
Index("ix_approval_post", approvals.c.campaign, approvals.c.post, approvals.c.digest)

attempts = Table(
    "attempt",
    metadata,
    Column("delivery", ForeignKey("delivery.id"), primary_key=True),
    Column("fence", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("outcome", Text, nullable=False),
    Column("note", Text, nullable=False),
)

lines = Table(
    "posting_log",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("event", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("part", Integer, nullable=False, server_default=text("1")),
    sqlite_autoincrement=True,
)
Index("ix_posting_log_post", lines.c.post)

stops = Table(
    "stop",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("id = 1", name="one"),
)

clocks = Table(
    "clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("boot", Text, nullable=False),
    Column("booted_at", Instant, nullable=False),
    Column("why", Text),  # it is not believed
    CheckConstraint("id = 1", name="one"),
)

APPEND_ONLY_SQLITE = (
    "CREATE TRIGGER posting_log_no_update BEFORE UPDATE ON posting_log "
    "BEGIN SELECT RAISE(ABORT, 'the posting log is only ever added to'); END",
    "CREATE TRIGGER posting_log_no_delete BEFORE DELETE ON posting_log "
    "BEGIN SELECT RAISE(ABORT, 'the posting log is only ever added to'); END",
    # INSERT OR REPLACE deletes the old line without asking the trigger above.
    "CREATE TRIGGER posting_log_no_replace BEFORE INSERT ON posting_log "
    "WHEN EXISTS (SELECT 1 FROM posting_log WHERE id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'the posting log is only ever added to'); END",
)
APPEND_ONLY_POSTGRESQL = (
    "CREATE FUNCTION posting_log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the posting log is only ever added to' "
    "USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER posting_log_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON posting_log "
    "FOR EACH STATEMENT EXECUTE FUNCTION posting_log_refuse()",
)
for _dialect, _statements in (
    ("sqlite", APPEND_ONLY_SQLITE),
    ("postgresql", APPEND_ONLY_POSTGRESQL),
):
    for _statement in _statements:
        _ddl = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(lines, "after_create", _ddl)

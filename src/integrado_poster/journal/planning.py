"""A plan becomes deliveries, and a changed plan changes what may still change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, insert, select

from integrado_poster.errors import PlanChanged
from integrado_poster.journal.approving import Post, lapses
from integrado_poster.journal.contents import keep_campaign, keep_contents, record_key
from integrado_poster.journal.database import Store
from integrado_poster.journal.moves import UNTOUCHED_BY_US, line, move
from integrado_poster.journal.tables import (
    accounts,
    campaigns,
    deliveries,
    lines,
)
from integrado_poster.journal.versions import keep_version, loaded_campaign, with_online
from integrado_poster.model import Campaign, Held, Planned, State
from integrado_poster.speech import Sentence, on_the_wall

Pair = tuple[str, str]
"""A post and an account: what a delivery is called in a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What applying a plan does, by post and account. Every pair stands in exactly one of its lists."""

    added: tuple[Pair, ...] = ()
    changed: tuple[Pair, ...] = ()
    cancelled: tuple[Pair, ...] = ()
    unchanged: tuple[Pair, ...] = ()
    too_late: tuple[Pair, ...] = ()  #: The plan says something else, but it is online or may be.
    lapsed: tuple[str, ...] = ()  #: Posts with a yes that does not hold for what they say then.


class Planning(Store):
    """The part of the journal that takes plans."""

    def apply(
        self,
        campaign: Campaign,
        planned: Sequence[Planned],
        *,
        now: datetime,
        by: str = "",
        seen: str | None = None,
    ) -> Changes:
        """Make the deliveries what the plan says, all or nothing.

        Applying the same plan again writes nothing. What is being sent, is or may be online stays
        as it is; if the plan says otherwise, it is named in `too_late`, and a post of which nothing
        can be changed any more stays in the plan as it was. `seen` is the digest of the loaded plan
        that somebody has looked at; raises `PlanChanged` if it is another by now.
        """
        with self.write(alone=True) as connection:
            loaded = loaded_campaign(connection, campaign.key)
            if seen is not None and (loaded is None or loaded.digest != seen):
                raise PlanChanged(Sentence("plan.meanwhile"))
            draft = _draft(connection, campaign.key, planned)
            campaign = with_online(loaded, campaign, draft.online)
            changes = replace(draft.changes, lapsed=_lapsed(connection, campaign.key, draft))
            keep_campaign(connection, campaign, now)
            keep_contents(connection, [item.message for item in draft.new])
            keep_contents(connection, [item.message for _, item in draft.other])
            _add(connection, campaign.key, draft.new, now)
            for row, item in draft.other:
                _change(connection, row, item, now)
            for row in draft.gone:
                _cancel(connection, row, now)
            keep_version(connection, campaign, draft.digests, now, by)
        return changes

    def compare(self, campaign: Campaign, planned: Sequence[Planned]) -> Changes:
        """Say what `apply` would do, and write nothing."""
        with self.read() as connection:
            draft = _draft(connection, campaign.key, planned)
            return replace(draft.changes, lapsed=_lapsed(connection, campaign.key, draft))

    def campaign(self, key: str | None = None) -> Campaign | None:
        """Give the plan as it was applied last, or None; without a key the latest campaign."""
        query = select(campaigns.c.plan).order_by(campaigns.c.applied_at.desc(), campaigns.c.key)
        if key is not None:
            query = query.where(campaigns.c.key == key)
        with self.read() as connection:
            plan = connection.execute(query.limit(1)).scalar_one_or_none()
        return None if plan is None else Campaign.model_validate(plan)

    def home(self) -> tuple[str, str] | None:
        """The latest campaign's time zone and language, or None; without reading its whole plan."""
        query = select(campaigns.c.zone, campaigns.c.plan["language"].as_string())
        query = query.order_by(campaigns.c.applied_at.desc(), campaigns.c.key).limit(1)
        with self.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (row[0], row[1])


@dataclass(slots=True, kw_only=True)
class _Draft:
    new: list[Planned] = field(default_factory=list)
    other: list[tuple[Row[Any], Planned]] = field(default_factory=list)
    back: list[Pair] = field(default_factory=list)
    gone: list[Row[Any]] = field(default_factory=list)
    same: list[Pair] = field(default_factory=list)
    too_late: list[Pair] = field(default_factory=list)
    digests: dict[Pair, str] = field(default_factory=dict)  #: Of everything, as it will be.
    movable: set[str] = field(default_factory=set)  #: Posts of which something may change.

    @property
    def online(self) -> set[str]:
        """Posts that the plan would change and of which nothing may change any more."""
        return {post for post, _ in self.too_late} - self.movable

    @property
    def changes(self) -> Changes:
        back = set(self.back)
        other = [_pair(item) for _, item in self.other]
        return Changes(
            added=(*(_pair(item) for item in self.new), *self.back),
            changed=tuple(pair for pair in other if pair not in back),
            cancelled=tuple((row.post, row.account) for row in self.gone),
            unchanged=tuple(self.same),
            too_late=tuple(self.too_late),
        )


def _pair(item: Planned) -> Pair:
    return item.message.post, item.message.account


def _draft(connection: Connection, key: str, planned: Sequence[Planned]) -> _Draft:
    """Sort what the plan wants against what there is."""
    wanted = {_pair(item): item for item in planned}
    if len(wanted) != len(planned):
        raise ValueError("a post stands twice on the same account")
    draft = _Draft()
    query = select(deliveries).where(deliveries.c.campaign == key).order_by(deliveries.c.id)
    for row in connection.execute(query):
        item = wanted.pop((row.post, row.account), None)
        if _may_change(row):
            draft.movable |= {row.post} if item or row.in_plan else set()
            draft.digests |= {_pair(item): item.message.digest} if item else {}
        elif item or row.in_plan:
            draft.digests[row.post, row.account] = row.digest
        if item is None:
            _sort_missing(draft, row)
        else:
            _sort_known(draft, row, item)
    draft.new.extend(wanted.values())
    draft.movable |= {post for post, _ in wanted}
    draft.digests |= {pair: item.message.digest for pair, item in wanted.items()}
    return draft


def _lapsed(connection: Connection, key: str, draft: _Draft) -> tuple[str, ...]:
    """Posts with a yes to what they say now and none to what they will say."""
    said: dict[str, list[tuple[str, str]]] = {}
    for (post, account), digest in draft.digests.items():
        said.setdefault(post, []).append((account, digest))
    changes = draft.changes
    touched = dict.fromkeys(p for p, _ in (*changes.added, *changes.changed, *changes.cancelled))
    return tuple(
        post for post in touched if post in said and lapses(connection, Post(key, post), said[post])
    )


def _may_change(row: Row[Any]) -> bool:
    """The same as UNTOUCHED_BY_US, for a row in hand."""
    if row.state == State.HELD:
        return bool(row.held != Held.UNCLEAR)
    return row.state in {State.SCHEDULED, State.FAILED, State.CANCELLED}


def _sort_missing(draft: _Draft, row: Row[Any]) -> None:
    if not _may_change(row):
        draft.too_late.append((row.post, row.account))
    elif row.in_plan:
        draft.gone.append(row)


def _sort_known(draft: _Draft, row: Row[Any], item: Planned) -> None:
    pair = _pair(item)
    due = item.due
    late = (item.not_after, item.on_late, item.deadline)
    says = (item.message.digest, due.at, due.wall, due.zone, *late)
    was = (row.digest, row.due_at, row.wall, row.zone, row.not_after, row.on_late, row.deadline)
    same = says == was
    if not _may_change(row):
        (draft.same if same else draft.too_late).append(pair)
    elif same and row.in_plan:
        draft.same.append(pair)
    else:
        draft.other.append((row, item))
        if not row.in_plan:
            draft.back.append(pair)


def _add(connection: Connection, key: str, new: Sequence[Planned], now: datetime) -> None:
    if not new:
        return
    platforms = {item.message.account: item.message.platform for item in new}
    for account in connection.execute(select(accounts.c.key)).scalars():
        platforms.pop(account, None)
    if platforms:
        connection.execute(insert(accounts), [_account(*pair) for pair in platforms.items()])
    connection.execute(insert(deliveries), [_row(key, item) for item in new])
    connection.execute(
        insert(lines),
        [
            line(
                "planned",
                now=now,
                campaign=key,
                post=item.message.post,
                account=item.message.account,
                detail=on_the_wall(datetime.fromisoformat(item.due.wall)).note,
            )
            for item in new
        ],
    )


def _account(key: str, platform: str) -> dict[str, Any]:
    # Nobody has logged in there yet.
    return {"key": key, "platform": platform, "state": "login", "settings": {}}


def _row(key: str, item: Planned) -> dict[str, Any]:
    blank = {"state": State.SCHEDULED, "fence": 0, "tries": 0, "looks": 0, "handle": {}, "note": ""}
    return blank | {
        "campaign": key,
        "post": item.message.post,
        "account": item.message.account,
        "key": str(uuid4()),
        "rkey": record_key(item.due.at),
        **_says(item),
    }


def _says(item: Planned) -> dict[str, Any]:
    return {
        "platform": item.message.platform,
        "digest": item.message.digest,
        "in_plan": True,
        "due_at": item.due.at,
        "wall": item.due.wall,
        "zone": item.due.zone,
        "not_after": item.not_after,
        "on_late": item.on_late,
        "deadline": item.deadline,
        "next_at": item.due.at,
    }


def _change(connection: Connection, row: Row[Any], item: Planned, now: datetime) -> None:
    """Start over with what the plan says now. The platform keys stay what they were for ever."""
    move(
        connection,
        and_(deliveries.c.id == row.id, deliveries.c.fence == row.fence, UNTOUCHED_BY_US),
        "planned" if not row.in_plan else "changed",
        now=now,
        detail=on_the_wall(datetime.fromisoformat(item.due.wall)).note,
        state=State.SCHEDULED,
        held=None,
        extended_to=None,
        fence=row.fence + 1,
        tries=0,
        looks=0,
        handle={},  # uploads of the old words and pictures
        note="",
        **_says(item),
    )


def _cancel(connection: Connection, row: Row[Any], now: datetime) -> None:
    move(
        connection,
        and_(deliveries.c.id == row.id, deliveries.c.fence == row.fence, UNTOUCHED_BY_US),
        "cancelled",
        now=now,
        detail=Sentence("note.not-in-plan").note,
        state=State.CANCELLED,
        held=None,
        in_plan=False,
        fence=row.fence + 1,
        note="",
    )

"""A plan becomes deliveries, and a changed plan changes what may still change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, insert, select

from integrado_poster.errors import PlanChanged
from integrado_poster.journal.approving import Post, lapses
from integrado_poster.journal.chains import heads
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

A_SECOND = timedelta(seconds=1)

Pair = tuple[str, str]
"""A post and an account: what people call what goes out there, in however many parts."""

Place = tuple[str, str, int]
"""A post, an account and a part: what a delivery is called in a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What applying a plan does, by post and account.

    Every pair stands in exactly one of its lists, unless it has several parts that fare differently.
    """

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
        can be changed any more stays in the plan as it was. A chain that has begun is fixed as a whole.
        `seen` is the digest of the loaded plan that somebody has looked at; raises `PlanChanged` if it
        is another by now.
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
    back: list[Place] = field(default_factory=list)
    gone: list[Row[Any]] = field(default_factory=list)
    same: list[Place] = field(default_factory=list)
    too_late: list[Place] = field(default_factory=list)
    digests: dict[Place, str] = field(default_factory=dict)  #: Of everything, as it will be.
    movable: set[str] = field(default_factory=set)  #: Posts of which something may change.

    @property
    def online(self) -> set[str]:
        """Posts that the plan would change and of which nothing may change any more."""
        return {post for post, *_ in self.too_late} - self.movable

    @property
    def changes(self) -> Changes:
        back = set(self.back)
        other = [_place(item) for _, item in self.other]
        return Changes(
            added=_pairs([*(_place(item) for item in self.new), *self.back]),
            changed=_pairs(place for place in other if place not in back),
            cancelled=_pairs(_at(row) for row in self.gone),
            unchanged=_pairs(self.same),
            too_late=_pairs(self.too_late),
        )


def _place(item: Planned) -> Place:
    return item.message.post, item.message.account, item.message.part


def _at(row: Row[Any]) -> Place:
    return row.post, row.account, row.part


def _pairs(places: Iterable[Place]) -> tuple[Pair, ...]:
    return tuple(dict.fromkeys((post, account) for post, account, _ in places))


def _draft(connection: Connection, key: str, planned: Sequence[Planned]) -> _Draft:
    """Sort what the plan wants against what there is."""
    wanted = {_place(item): item for item in planned}
    if len(wanted) != len(planned):
        raise ValueError("a part of a post stands twice on the same account")
    draft = _Draft()
    query = select(deliveries).where(deliveries.c.campaign == key).order_by(deliveries.c.id)
    rows = connection.execute(query).all()
    chain = heads(row for row in rows if row.in_plan or not _may_change(row))
    begun = {chain[row.id] for row in rows if not _may_change(row)}
    closed = {_at(row) for row in rows if chain.get(row.id) in begun}
    for part in sorted(planned, key=lambda item: item.message.part):
        if _joins(part, closed):
            closed.add(_place(part))  # and whatever follows it
    stirred = {chain.get(row.id) for row in rows if _differs(row, wanted.get(_at(row)))}
    for row in rows:
        item = wanted.pop(_at(row), None)
        if _at(row) in closed:
            _sort_fixed(draft, row, item)
        else:
            _sort_open(draft, row, item, stirred=chain.get(row.id) in stirred)
    draft.too_late += [place for place in wanted if place in closed]
    new = {place: item for place, item in wanted.items() if place not in closed}
    draft.new.extend(new.values())
    draft.movable |= {post for post, *_ in new}
    draft.digests |= {place: item.message.digest for place, item in new.items()}
    return draft


def _joins(item: Planned, closed: set[Place]) -> bool:
    """Whether it would follow a part of a chain that is, or may be, online already."""
    post, account, part = _place(item)
    return item.message.follows and (post, account, part - 1) in closed


def _lapsed(connection: Connection, key: str, draft: _Draft) -> tuple[str, ...]:
    """Posts with a yes to what they say now and none to what they will say."""
    said: dict[str, list[tuple[str, str]]] = {}
    for (post, account, _), digest in draft.digests.items():
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


def _differs(row: Row[Any], item: Planned | None) -> bool:
    """Whether the plan says something else than what there is."""
    if item is None or not row.in_plan:
        return bool(item) or row.in_plan
    return _says_else(row, item)


def _says_else(row: Row[Any], item: Planned) -> bool:
    return any(getattr(row, name) != value for name, value in _says(item).items())


def _sort_fixed(draft: _Draft, row: Row[Any], item: Planned | None) -> None:
    """One that is or may be online, or whose chain is: it stays as it is."""
    if item or row.in_plan:
        draft.digests[_at(row)] = row.digest
    same = item is not None and not _says_else(row, item)
    (draft.same if same else draft.too_late).append(_at(row))


def _sort_open(draft: _Draft, row: Row[Any], item: Planned | None, *, stirred: bool) -> None:
    """One that may change. If its chain does (`stirred`), it has its turn again even if it was taken back."""
    draft.movable |= {row.post} if item or row.in_plan else set()
    if item is None:
        draft.gone += [row] if row.in_plan else []
        return
    draft.digests[_at(row)] = item.message.digest
    if not _differs(row, item) and not (stirred and row.state == State.CANCELLED):
        draft.same.append(_at(row))
        return
    draft.other.append((row, item))
    if not row.in_plan:
        draft.back.append(_at(row))


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
                part=item.message.part,
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
        "part": item.message.part,
        "in_plan": True,
        "next_at": item.due.at,
        "key": str(uuid4()),
        "rkey": record_key(item.due.at + (item.message.part - 1) * A_SECOND),  # parts sort, too
        **_says(item),
    }


def _says(item: Planned) -> dict[str, Any]:
    """What the plan says of a delivery."""
    return {
        "platform": item.message.platform,
        "follows": item.message.follows,
        "digest": item.message.digest,
        "due_at": item.due.at,
        "wall": item.due.wall,
        "zone": item.due.zone,
        "not_after": item.not_after,
        "on_late": item.on_late,
        "deadline": item.deadline,
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
        in_plan=True,
        next_at=item.due.at,
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

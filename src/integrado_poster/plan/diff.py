"""What is different between two campaigns, post by post and field by field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from integrado_poster.model import Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that is different. `post` is None for the campaign's own fields and its members."""

    post: str | None
    field: str  #: "date", "texts.x", "pictures.1.alt"; a whole new or vanished post is "".
    old: str | None  #: None: it was not there.
    new: str | None  #: None: it is there no more.


def compare(old: Campaign, new: Campaign) -> tuple[Change, ...]:
    """Every difference: the campaign's own fields, members by key, then the posts by number."""
    before, after = _posts(old), _posts(new)
    changes = list(_differences(None, _own(old), _own(new)))
    for post in {**before, **after}:
        if post not in before:
            changes.append(Change(post=post, field="", old=None, new=after[post]["text"]))
        elif post not in after:
            changes.append(Change(post=post, field="", old=before[post]["text"], new=None))
        else:
            changes += _differences(post, before[post], after[post])
    return tuple(changes)


def _posts(campaign: Campaign) -> dict[str, dict[str, str]]:
    return {post.id: dict(_fields(post)) for post in campaign.posts}


def _own(campaign: Campaign) -> dict[str, str]:
    fields = {
        name: value
        for name, value in _fields(campaign)
        if name.partition(".")[0] not in ("posts", "areas", "organisations", "accounts", "consents")
    }
    for table in ("areas", "organisations", "accounts", "consents"):
        for member in getattr(campaign, table):
            fields |= {f"{table}.{member.key}.{name}": value for name, value in _fields(member)}
    return fields


def _differences(
    post: str | None, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    for field in {**before, **after}:
        old, new = before.get(field), after.get(field)
        if old != new:
            yield Change(post=post, field=field, old=old, new=new)


def _fields(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field that is filled, with its path and its value as text."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _fields(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, Mapping):
        for name in sorted(value):
            yield from _fields(value[name], f"{path}.{name}")
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for number, item in enumerate(value, 1):
            yield from _fields(item, f"{path}.{number}")
    elif value not in (None, "", (), False):
        yield path, _text(value)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, StrEnum):
        return value.value
    return f"{value:%H:%M}" if isinstance(value, dt.time) else str(value)

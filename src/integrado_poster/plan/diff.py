"""What is different between campaigns, post by post, field by field and word by word."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel

from integrado_poster.model import Campaign
from integrado_poster.plan.moments import write_hours
from integrado_poster.plan.values import shown, word

_TABLES = ("areas", "organisations", "accounts", "consents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that is different. `post` is None for the campaign's own fields and its members."""

    post: str | None
    field: str  #: "date", "texts.x", "pictures.1.alt"; a whole new or vanished post is "".
    old: str | None  #: None: it was not there.
    new: str | None  #: None: it is there no more.


def compare(old: Campaign, new: Campaign) -> tuple[Change, ...]:
    """Every difference: the campaign's own fields, members by key, then the posts by number."""
    german = new.language.startswith("de")
    changes = list(_differences(None, _own(old, german), _own(new, german)))
    before = {post.id: post for post in old.posts}
    after = {post.id: post for post in new.posts}
    for number in {**before, **after}:
        was, will = before.get(number), after.get(number)
        if was is None or will is None:
            gone, came = (post.text if post else None for post in (was, will))
            changes.append(Change(post=number, field="", old=gone, new=came))
        elif was != will:
            changes += _differences(number, _written(was, german), _written(will, german))
    return tuple(changes)


def _written(values: BaseModel, german: bool) -> dict[str, str]:
    return {path: _text(value, german) for path, value in _fields(values)}


def _own(campaign: Campaign, german: bool) -> dict[str, str]:
    """The campaign's own fields, and those of the members of its tables by their keys."""
    fields: dict[str, str] = {}
    for name in type(campaign).model_fields:
        value = getattr(campaign, name)
        if name in _TABLES:
            for member in value:
                of_member = _written(member, german).items()
                fields |= {f"{name}.{member.key}.{path}": text for path, text in of_member}
        elif name != "posts":
            fields |= {path: _text(one, german) for path, one in _fields(value, name)}
    return fields


def _differences(
    post: str | None, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    for field in {**before, **after}:
        old, new = before.get(field), after.get(field)
        if old != new:
            yield Change(post=post, field=field, old=old, new=new)


def _fields(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every field that is filled, with its path and its value."""
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
        yield path, value


def _text(value: object, german: bool) -> str:
    """A value as a person would write it: "von Hand", "21.09.2027"."""
    if isinstance(value, tuple):
        return ", ".join(_text(item, german) for item in value)
    if isinstance(value, StrEnum):
        return word(value).de if german else word(value).en
    if isinstance(value, dt.timedelta):
        return write_hours(value)
    return value if isinstance(value, str) else shown(value)


# --- Three plans: what a file was exported from, what is loaded, and what the file says ---------


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A field that has been changed since the export, and of which the file does not know it."""

    post: str | None
    field: str
    then: str | None
    now: str | None
    file: str | None


def conflicts(base: Campaign, loaded: Campaign, new: Campaign) -> tuple[Conflict, ...]:
    """Where the loaded plan has changed since `base`, and the file says something else."""
    theirs = compare(base, loaded)
    undone = {(change.post, change.field): change for change in compare(loaded, new)}
    return tuple(
        Conflict(
            post=change.post,
            field=change.field,
            then=change.old,
            now=change.new,
            file=undone[change.post, change.field].new,
        )
        for change in theirs
        if (change.post, change.field) in undone
    )


# --- Two texts, word by word -----------------------------------------------------------------

_WORD = re.compile(r"\s+|[^\s]+")
_BLANKS = frozenset((" ", "\n", "\n\n"))
_MOST_WORDS = 4_000  #: Comparing takes the square of it; beyond, a text is shown as a whole.
_AROUND = 8  #: Words and blanks that are shown before and after a change.


class Piece(NamedTuple):
    """A part of a text; `sign` is "-" if it went, "+" if it came, and "" if it stays."""

    sign: str
    text: str


def pieces(old: str | None, new: str | None) -> tuple[Piece, ...]:
    """The difference of two texts in words, with a little of what stays around it."""
    before, after = _WORD.findall(old or ""), _WORD.findall(new or "")
    if {*before} & {*after} <= _BLANKS or len(before) + len(after) > _MOST_WORDS:
        return tuple(Piece(sign, text) for sign, text in (("-", old), ("+", new)) if text)
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    found: list[Piece] = []
    for number, (kind, a, b, c, d) in enumerate(codes):
        if kind == "equal":
            found.append(Piece("", _around(before[a:b], number > 0, number < len(codes) - 1)))
        else:
            found += [Piece("-", "".join(before[a:b]))] if b > a else []
            found += [Piece("+", "".join(after[c:d]))] if d > c else []
    return _shifted(found)


def marked(old: str | None, new: str | None) -> str:
    """The difference of two texts on one line: [-gone-][+come+]; "–" if there is none and nothing stands there."""
    parts = (
        f"[{one.sign}{one.text}{one.sign}]" if one.sign else one.text for one in pieces(old, new)
    )
    return " ".join("".join(parts).split()) or "–"


def _shifted(found: list[Piece]) -> tuple[Piece, ...]:
    """The same with the blank behind a word that came or went, and not before it: "Ein [-langer -]Tisch"."""
    for number in range(1, len(found) - 1):
        before, here, after = found[number - 1 : number + 2]
        if (
            here.sign
            and not before.sign
            and not after.sign
            and here.text[0] == after.text[0] == " "
        ):
            found[number - 1] = Piece("", f"{before.text} ")
            found[number] = Piece(here.sign, f"{here.text[1:]} ")
            found[number + 1] = Piece("", after.text[1:])
    return tuple(found)


def _around(words: list[str], after: bool, before: bool) -> str:
    """What stays, without its middle where that is long: `after` a change, `before` one, or both."""
    most = _AROUND * (after + before)
    if len(words) <= most + 3:
        return "".join(words)
    first = words[:_AROUND] if after else []
    last = words[-_AROUND:] if before else []
    return "".join([*first, " … " if first and last else "…", *last])

"""What a Facebook Page takes, and how it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrado_poster.stage.exchange import Answer, Ask, Json, Pairs, Refusal
from integrado_poster.stage.forms import File, Form, Unreadable, document, form
from integrado_poster.stage.numbers import number
from integrado_poster.stage.pictures import Held

PAGE = "104857600000001"
APP = "203000000000001"
NAME = "Bühne"
POST_FIELDS = frozenset(
    [
        "id",
        "message",
        "created_time",
        "updated_time",
        "is_published",
        "permalink_url",
        "scheduled_publish_time",
        "attachments",
        "shares",
        "reactions",
        "likes",
        "comments",
        "full_picture",
        "status_type",
        "from",
        "is_hidden",
        "story",
        "is_expired",
    ]
)
PHOTO_FIELDS = frozenset(
    [
        "id",
        "name",
        "alt_text",
        "alt_text_custom",
        "created_time",
        "link",
        "width",
        "height",
        "images",
        "page_story_id",
    ]
)
PAGE_FIELDS = frozenset(
    [
        "id",
        "name",
        "username",
        "link",
        "fan_count",
        "followers_count",
        "category",
        "tasks",
        "about",
        "verification_status",
        "is_published",
        "access_token",
    ]
)
_FIELD = re.compile(r"\s*(\w+)((?:\.\w+\([^()]*\))*)\s*")


@dataclass(slots=True, kw_only=True)
class Photo:
    """An uploaded photo; `post` is what it belongs to."""

    id: str
    held: Held
    at: datetime
    name: str
    alt: str
    post: str | None = None


@dataclass(slots=True, kw_only=True)
class Post:
    """A post or a draft of one; `shown` is since when it is public."""

    id: str
    created: datetime
    message: str
    link: str
    photos: tuple[Photo, ...]
    shown: datetime | None = None
    listed: datetime | None = None
    scheduled: int | None = None

    def public(self, now: datetime) -> bool:
        """Whether readers see it: published, or its hour has come."""
        return self.shown is not None or (
            self.scheduled is not None and self.scheduled <= now.timestamp()
        )


def refused(
    code: int,
    message: str,
    *,
    kind: str = "OAuthException",
    status: int = 400,
    subcode: int | None = None,
    transient: bool | None = None,
) -> Refusal:
    """A no in the shape of the Graph API."""
    error: Json = {"message": message, "type": kind, "code": code}
    if subcode is not None:
        error |= {
            "error_subcode": subcode,
            "error_user_title": "Nicht möglich",
            "error_user_msg": message,
        }
    if transient is not None:
        error["is_transient"] = transient
    error["fbtrace_id"] = "A" + format(number(60, code, message), "x")
    return Refusal(Answer.of({"error": error}, status))


def bad(message: str) -> Refusal:
    """Error 100."""
    return refused(100, f"(#100) {message}")


def missing(name: str, verb: str) -> Refusal:
    """The object does not exist, or not for us."""
    text = (
        f"Unsupported {verb} request. Object with ID '{name}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation"
    )
    return refused(100, text, kind="GraphMethodException", subcode=33)


# --- what comes in ------------------------------------------------------------------------


def sent(ask: Ask) -> tuple[dict[str, str], dict[str, File]]:
    """All parameters (query, form or JSON; lists by index joined to JSON) and files."""
    if ask.media_type == "application/json":
        try:
            given = document(ask)
        except Unreadable:
            raise bad("The body is not valid JSON") from None
        read = Form(fields=[(name, _plain(value)) for name, value in given.items()])
    else:
        try:
            read = form(ask)
        except Unreadable as why:
            raise bad(str(why)) from None
    return _joined([*ask.query, *read.fields]), read.files


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _joined(given: Pairs) -> dict[str, str]:
    fields: dict[str, str] = {}
    lists: dict[str, list[tuple[int, Any]]] = {}
    for name, value in given:
        match = re.fullmatch(r"(\w+)\[(\d+)\]", name)
        if match is None:
            fields[name] = value
        else:
            lists.setdefault(match[1], []).append((int(match[2]), decoded(value, match[1])))
    for name, items in lists.items():
        fields[name] = json.dumps([value for _, value in sorted(items, key=lambda item: item[0])])
    return fields


def decoded(value: str, name: str) -> Any:
    """A parameter that is written in JSON; raises `Refusal`."""
    try:
        return json.loads(value)
    except ValueError:
        raise bad(f"param {name} must be valid JSON.") from None


def only(given: Mapping[str, str], known: Collection[str]) -> None:
    """Refuse unknown parameters."""
    strange = set(given) - set(known) - {"access_token", "appsecret_proof", "locale", "format"}
    if strange:
        raise bad(f"Unexpected parameter: {', '.join(sorted(strange))}")


def flag(given: Mapping[str, str], name: str, default: bool) -> bool:
    """A boolean parameter; Python's "True" is none."""
    value = given.get(name)
    if value in (None, "true", "1"):
        return default if value is None else True
    if value in ("false", "0"):
        return False
    raise bad(f"Param {name} must be a boolean")


def whole(given: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number within bounds."""
    value = given.get(name, str(default))
    if not re.fullmatch(r"\d{1,12}", value) or not low <= int(value) <= high:
        raise bad(f"Param {name} must be an integer from {low} to {high}")
    return int(value)


def fields(text: str, known: Collection[str], node: str) -> list[tuple[str, str]]:
    """Field names with their modifiers, subfields left out; raises `Refusal` for unknown ones."""
    flat, depth = [], 0
    for letter in text:
        depth -= letter == "}"
        if depth == 0 and letter not in "{}":
            flat.append(letter)
        depth += letter == "{"
    # A comma inside .limit(1,2) does not occur; each modifier has one argument.
    names: list[tuple[str, str]] = []
    for part in "".join(flat).split(","):
        match = _FIELD.fullmatch(part)
        if match is None or depth:
            raise refused(2500, f"Syntax error at character 0: {text}")
        if match[1] not in known:
            raise bad(f"Tried accessing nonexisting field ({match[1]}) on node type ({node})")
        names.append((match[1], match[2]))
    return names


def revoked() -> Refusal:
    """The error of a token that was good once."""
    text = (
        "Error validating access token: The session has been invalidated because the user "
        "changed their password or Facebook has changed the session for security reasons."
    )
    return refused(190, text, subcode=460)

"""What Bluesky sends and takes: its refusals, its parameters, its JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from integrado_poster.stage import bluesky_ids as ids
from integrado_poster.stage.bluesky_record import COLLECTION
from integrado_poster.stage.exchange import Answer, Ask, Json, Refusal
from integrado_poster.stage.forms import Unreadable, document
from integrado_poster.stage.numbers import number


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record under its key; lists show it from `listed` on."""

    key: str
    cid: str
    value: Json
    at: datetime
    listed: datetime


def refused(status: int, error: str, message: str) -> Refusal:
    """A no in the shape of XRPC."""
    return Refusal(Answer.of({"error": error, "message": message}, status))


def invalid(message: str) -> Refusal:
    """A 400 InvalidRequest."""
    return refused(400, "InvalidRequest", message)


def uri(key: str) -> str:
    """The address of a record."""
    return f"at://{ids.DID}/{COLLECTION}/{key}"


def entry(record: Record) -> Json:
    """A record as the repository gives it."""
    return {"uri": uri(record.key), "cid": record.cid, "value": record.value}


def view(record: Record) -> Json:
    """A post as apps see it."""
    text = record.value["text"]
    return {
        "uri": uri(record.key),
        "cid": record.cid,
        "author": {"did": ids.DID, "handle": ids.HANDLE, "displayName": "Bühne"},
        "record": record.value,
        "replyCount": number(2, "replies", text),
        "repostCount": number(4, "reposts", text),
        "likeCount": number(5, "likes", text),
        "quoteCount": number(1, "quotes", text),
        "bookmarkCount": 0,
        "indexedAt": record.listed.isoformat().replace("+00:00", "Z"),
    }


def own(repo: object) -> None:
    """Refuse every repository but ours."""
    if repo not in (ids.DID, ids.HANDLE):
        raise invalid(f"Could not find repo: {repo}")


def taken(ask: Ask, needed: tuple[str, ...], more: tuple[str, ...]) -> Json:
    """The fields of a JSON body: all that are needed, none that is unknown; raises `Refusal`."""
    if ask.media_type != "application/json":
        raise invalid(f"Wrong request encoding (Content-Type): {ask.media_type}")
    try:
        given = document(ask)
    except Unreadable:
        raise invalid("Request body is not a JSON object") from None
    _complete(given, needed, more, "Input")
    for name in set(given) - {"record", "validate", "allowTakendown"}:
        if not isinstance(given[name], str) and (name, given[name]) != ("swapRecord", None):
            raise invalid(f"Input/{name} must be a string")
    return given


def params(ask: Ask, needed: tuple[str, ...], more: tuple[str, ...]) -> dict[str, str]:
    """The parameters of a query, checked in the same way."""
    given = dict(ask.query)
    _complete(given, needed, more, "Params")
    return given


def _complete(
    given: Mapping[str, object], needed: tuple[str, ...], more: tuple[str, ...], what: str
) -> None:
    for name in needed:
        if name not in given:
            raise invalid(f'{what} must have the property "{name}"')
    if strange := set(given) - set(needed) - set(more):
        raise invalid(f"{what} has unknown properties: {json.dumps(sorted(strange))}")


def trouble(ask: Ask, kind: str, wait: float) -> Answer:
    """Bluesky's own words for a fault."""
    words = {
        "refuse": (400, "InvalidRequest", "Invalid app.bsky.feed.post record"),
        "revoked": (400, "ExpiredToken", "Token has been revoked"),
        "slow-down": (429, "RateLimitExceeded", "Rate Limit Exceeded"),
        "down": (503, "NotEnoughResources", "Service Unavailable"),
        "upload-error": (502, "UpstreamFailure", "Upstream Failure"),
    }
    status, error, message = words.get(kind, (500, "InternalServerError", "Internal Server Error"))
    headers: tuple[tuple[str, str], ...] = ()
    if kind == "slow-down":
        reset = int(ask.now.timestamp() + wait)
        headers = (
            ("ratelimit-limit", "5000"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", str(reset)),
            ("ratelimit-policy", "5000;w=3600"),
        )
    return Answer.of({"error": error, "message": message}, status, *headers)

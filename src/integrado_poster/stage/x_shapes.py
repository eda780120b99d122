"""What X sends and takes: problems, credentials, parameters, JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrado_poster.stage.exchange import Answer, Ask, Json, Refusal
from integrado_poster.stage.forms import Unreadable, document
from integrado_poster.stage.numbers import number
from integrado_poster.stage.pictures import Held
from integrado_poster.stage.x_text import returned

EPOCH_MS = 1_288_834_974_657
USER = "1400000000000000001"
NAME = "buehne_stage"
_INVALID = "https://api.twitter.com/2/problems/invalid-request"
_TWEET_FIELDS = frozenset(
    [
        "attachments",
        "author_id",
        "context_annotations",
        "conversation_id",
        "created_at",
        "display_text_range",
        "edit_controls",
        "edit_history_tweet_ids",
        "entities",
        "geo",
        "id",
        "in_reply_to_user_id",
        "lang",
        "non_public_metrics",
        "note_tweet",
        "organic_metrics",
        "possibly_sensitive",
        "promoted_metrics",
        "public_metrics",
        "referenced_tweets",
        "reply_settings",
        "source",
        "text",
        "withheld",
    ]
)
_FIELDS: Mapping[str, frozenset[str]] = {
    "tweet.fields": _TWEET_FIELDS,
    "media.fields": frozenset(
        [
            "alt_text",
            "duration_ms",
            "height",
            "media_key",
            "preview_image_url",
            "public_metrics",
            "type",
            "url",
            "variants",
            "width",
        ]
    ),
    "user.fields": frozenset(
        [
            "created_at",
            "description",
            "id",
            "location",
            "name",
            "profile_image_url",
            "protected",
            "public_metrics",
            "url",
            "username",
            "verified",
        ]
    ),
    "expansions": frozenset(
        ["attachments.media_keys", "author_id", "referenced_tweets.id", "in_reply_to_user_id"]
    ),
    "exclude": frozenset({"replies", "retweets"}),
}
_POST_ADDRESS = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/\w+/status/(\d+)", re.IGNORECASE)
_NUMBERS = ("since_id", "until_id", "max_results", "pagination_token")
_NUMBER = re.compile(r"[0-9]{1,19}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


@dataclass(slots=True, kw_only=True)
class Medium:
    """An uploaded picture, good until `ends`."""

    id: str
    held: Held
    ends: datetime
    alt: str = ""
    tweet: str | None = None

    @property
    def key(self) -> str:
        """Its media key: 3 stands for a photo."""
        return f"3_{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tweet:
    """A post; lists show it from `listed` on."""

    id: str
    at: datetime
    listed: datetime
    text: str
    media: tuple[Medium, ...] = ()
    reply_to: str | None = None
    conversation: str | None = None  #: The first post of the chain that it is in.
    reply_settings: str = field(default="everyone")
    before: tuple[str, ...] = ()  #: Its ids before it was edited.


def problem(status: int, title: str, detail: str, kind: str = "about:blank") -> Refusal:
    """A no in X's shape."""
    return Refusal(
        Answer.of({"title": title, "detail": detail, "type": kind, "status": status}, status)
    )


def invalid(message: str, name: str = "", value: str = "") -> Refusal:
    """A 400 that names the parameter."""
    error = {"parameters": {name: [value]} if name else {}, "message": message}
    detail = "One or more parameters to your request was invalid."
    return Refusal(
        Answer.of(
            {"errors": [error], "title": "Invalid Request", "detail": detail, "type": _INVALID},
            400,
        )
    )


def unauthorized() -> Refusal:
    """A 401."""
    return problem(401, "Unauthorized", "Unauthorized")


# --- what comes in ------------------------------------------------------------------------


def body(ask: Ask, known: Mapping[str, type | tuple[type, ...]]) -> Json:
    """The fields of a JSON body, of these types and no others; raises `Refusal`."""
    if ask.media_type != "application/json":
        detail = f"Unsupported Media Type: {ask.media_type or 'none'}"
        raise problem(415, "Unsupported Media Type", detail)
    try:
        given = document(ask)
    except Unreadable:
        raise invalid("Requests with bodies must be valid JSON objects.") from None
    fields(given, known, "$")
    return given


def fields(given: Json, known: Mapping[str, type | tuple[type, ...]], where: str) -> None:
    """Refuse unknown fields and wrong types."""
    for name, value in given.items():
        if name not in known:
            raise invalid(
                f"{where}.{name}: is not defined in the schema and the schema does not allow "
                "additional properties"
            )
        if not isinstance(value, known[name]) or (
            isinstance(value, bool) and known[name] is not bool
        ):
            raise invalid(f"{where}.{name}: {type(value).__name__} found, another type expected")


def strings(value: Any, where: str, most: int) -> list[str]:
    """A list of one to so many strings; raises `Refusal`."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(f"{where}: an array of strings is expected")
    if not 1 <= len(value) <= most:
        raise invalid(f"{where}: there must be 1 to {most} items in the array")
    return value


def query(ask: Ask, known: Collection[str]) -> dict[str, str]:
    """The parameters of a query, these and no others, with valid fields; raises `Refusal`."""
    given = dict(ask.query)
    for name, value in given.items():
        if name not in known:
            raise invalid(f"The query parameter [{name}] is not one of {sorted(known)}", name)
        for part in value.split(",") if name in _FIELDS else ():
            if part not in _FIELDS[name]:
                raise invalid(f"The `{name}` query parameter value [{part}] is not valid", name)
        if name.endswith("_time") and not _is_moment(value):
            raise invalid(f"Invalid '{name}':'{value}'. Must be RFC3339", name, value)
        if name in _NUMBERS and not _NUMBER.fullmatch(value):
            raise invalid(f"The `{name}` query parameter value [{value}] is not valid", name)
    return given


def _is_moment(text: str) -> bool:
    try:
        return _MOMENT.fullmatch(text) is not None and datetime.fromisoformat(text) is not None
    except ValueError:
        return False


# --- what goes out ------------------------------------------------------------------------


def stamp(moment: datetime) -> str:
    """A moment as X writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def text_of(tweet: Tweet) -> tuple[str, Json]:
    """The post's text as the API gives it, with its entities."""
    base = f"https://x.com/{NAME}/status/{tweet.id}/photo"
    return returned(
        tweet.text,
        tuple((f"{base}/{place}", medium.key) for place, medium in enumerate(tweet.media, 1)),
    )


def tweet_json(tweet: Tweet, wanted: Collection[str]) -> Json:
    """A post with the fields that were asked for."""
    text, entities = text_of(tweet)
    referenced = _referenced(tweet)
    everything: Json = {
        "id": tweet.id,
        "text": text,
        "edit_history_tweet_ids": [*tweet.before, tweet.id],
        "author_id": USER,
        "conversation_id": tweet.conversation or tweet.id,
        "created_at": stamp(tweet.at),
        "entities": entities,
        "attachments": {"media_keys": [medium.key for medium in tweet.media]},
        "in_reply_to_user_id": USER if tweet.reply_to else None,
        "referenced_tweets": referenced,
        "lang": "de",
        "possibly_sensitive": False,
        "reply_settings": tweet.reply_settings,
        "public_metrics": _metrics(tweet.text),
    }
    absent = {
        name
        for name, there in (
            ("entities", entities),
            ("attachments", tweet.media),
            ("in_reply_to_user_id", tweet.reply_to),
            ("referenced_tweets", referenced),
        )
        if not there
    }
    shown = {"id", "text", "edit_history_tweet_ids", *wanted} - absent
    return {name: value for name, value in everything.items() if name in shown}


def _referenced(tweet: Tweet) -> list[Json]:
    """What it answers, and what it quotes: the last post whose address stands in it."""
    above = [{"type": "replied_to", "id": tweet.reply_to}] if tweet.reply_to else []
    quoted = _POST_ADDRESS.findall(tweet.text)[-1:]
    return [*above, *({"type": "quoted", "id": name} for name in quoted)]


def _metrics(text: str) -> Json:
    return {
        "retweet_count": number(4, "retweets", text),
        "reply_count": number(2, "replies", text),
        "like_count": number(5, "likes", text),
        "quote_count": number(1, "quotes", text),
        "bookmark_count": 0,
        "impression_count": 100 + number(9, "views", text),
    }


def medium_json(medium: Medium, wanted: Collection[str]) -> Json:
    """A picture with the fields that were asked for."""
    everything = {
        "media_key": medium.key,
        "type": "photo",
        "alt_text": medium.alt,
        "width": medium.held.width,
        "height": medium.held.height,
        "url": f"https://pbs.twimg.com/media/{medium.id}.jpg",
    }
    shown = {"media_key", "type", *wanted} - (set() if medium.alt else {"alt_text"})
    return {name: value for name, value in everything.items() if name in shown}


def user_json(wanted: Collection[str]) -> Json:
    """The account."""
    everything = {
        "id": USER,
        "name": "Bühne",
        "username": NAME,
        "created_at": "2021-01-01T00:00:00.000Z",
        "protected": False,
    }
    return {
        name: value
        for name, value in everything.items()
        if name in {"id", "name", "username", *wanted}
    }

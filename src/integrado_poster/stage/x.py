"""X's stand-in: media, alt texts, posts, and a filter against doubled words."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from integrado_poster.stage import x_keys, x_text
from integrado_poster.stage import x_shapes as shapes
from integrado_poster.stage.exchange import Answer, Ask, Json
from integrado_poster.stage.numbers import Ids
from integrado_poster.stage.shown import Shown
from integrado_poster.stage.theatre import Routes, Setting, route
from integrado_poster.stage.x_media import Media
from integrado_poster.stage.x_shapes import EPOCH_MS, Tweet, invalid, problem

DUPLICATE_WINDOW = timedelta(hours=12)
_TWEET: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "media": dict,
    "reply": dict,
    "reply_settings": str,
    "made_with_ai": bool,
    "paid_partnership": bool,
    "nullcast": bool,
}
_LIST = [
    "max_results",
    "start_time",
    "end_time",
    "since_id",
    "until_id",
    "pagination_token",
    "exclude",
    "tweet.fields",
    "media.fields",
    "user.fields",
    "expansions",
]
_LOOKUP = ("ids", "tweet.fields", "media.fields", "user.fields", "expansions")


class X:
    """The API v2 with one account."""

    name: ClassVar[str] = "x"
    title: ClassVar[str] = "X"

    def __init__(self, setting: Setting) -> None:
        self.lock = threading.RLock()
        self._setting = setting
        self._ids = Ids()
        self._media = Media(setting)
        self._said: dict[str, Tweet] = {}
        self._tweets: dict[str, Tweet] = {}
        self._nonces: set[str] = set()
        self._routes = Routes(
            [
                route("POST", "/2/media/upload", self._media.upload),
                route("POST", "/2/media/metadata", self._media.describe),
                route("POST", "/2/tweets", self._publish),
                route("GET", "/2/tweets", self._lookup),
                route("GET", "/2/tweets/{id}", self._lookup_one),
                route("DELETE", "/2/tweets/{id}", self._delete),
                route("GET", "/2/users/me", self._whoami),
                route("GET", "/2/users/{id}/tweets", self._list),
            ]
        )

    def credentials(self) -> dict[str, str]:
        """The four keys of OAuth 1.0a."""
        return dict(x_keys.KEYS)

    def answer(self, ask: Ask) -> Answer:
        """Do what is asked; raises `Refusal` or `Faulted`."""
        x_keys.check_signature(ask, self._setting.base, self._nonces)
        if self._setting.revoked():
            raise shapes.unauthorized()
        found = self._routes.find(ask)
        if found is None:
            raise problem(404, "Not Found", "Not Found")
        handler, parts = found
        return handler(ask, parts)

    def trouble(self, ask: Ask, kind: str) -> Answer:
        """X's own words for a fault."""
        if kind == "refuse":
            return invalid("This post breaks a rule of this platform.").answer
        words = {
            "revoked": (401, "Unauthorized", "Unauthorized"),
            "slow-down": (429, "Too Many Requests", "Too Many Requests"),
            "down": (503, "Service Unavailable", "Service Unavailable"),
            "upload-error": (503, "Service Unavailable", "Over capacity"),
        }
        status, title, detail = words.get(
            kind, (500, "Internal Server Error", "Something is broken.")
        )
        headers: tuple[tuple[str, str], ...] = ()
        if kind == "slow-down":
            reset = int(ask.now.timestamp() + self._setting.wait)
            headers = (
                ("x-rate-limit-limit", "100"),
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", str(reset)),
            )
        told = {"title": title, "detail": detail, "type": "about:blank", "status": status}
        return Answer.of(told, status, *headers)

    def timeline(self) -> list[Shown]:
        """What a visitor of the profile sees."""
        return [
            Shown(
                id=tweet.id,
                url=f"https://x.com/{shapes.NAME}/status/{tweet.id}",
                at=tweet.at,
                text=tweet.text,
                pictures=tuple(medium.held.shown(medium.alt) for medium in tweet.media),
                answers=tweet.reply_to,
            )
            for tweet in self._newest()
        ]

    def remove(self, post: str) -> None:
        """Take a post away, as a person does on the platform's own page."""
        del self._tweets[post]

    def edit(self, post: str, text: str) -> None:
        """Give a post other words, as a person does who pays X for it: it is another post then."""
        tweet, now = self._tweets.pop(post), self._setting.now()
        name = str(self._ids.snowflake(now, 22, EPOCH_MS, text))
        self._tweets[name] = replace(
            tweet, id=name, at=now, text=text, before=(*tweet.before, post)
        )

    def _newest(self) -> list[Tweet]:
        return sorted(self._tweets.values(), key=lambda tweet: int(tweet.id), reverse=True)

    # --- posts --------------------------------------------------------------------------

    def _publish(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = shapes.body(ask, _TWEET)
        text = self._words(given, ask)
        media = self._media.attached(given["media"], ask.now) if "media" in given else ()
        if not text and not media:
            raise invalid("$: one of text or media is required")
        reply_to = self._replied(given)
        if given.get("reply_settings", "following") not in (
            "following",
            "mentionedUsers",
            "subscribers",
            "verified",
        ):
            raise invalid("$.reply_settings: does not have a value in the enumeration")
        ask.meet("publish", text, [medium.held.sha256 for medium in media])
        tweet = Tweet(
            id=str(self._ids.snowflake(ask.now, 22, EPOCH_MS, text)),
            at=ask.now,
            listed=ask.meet.listed_from,
            text=text,
            media=media,
            reply_to=reply_to.id if reply_to else None,
            conversation=(reply_to.conversation or reply_to.id) if reply_to else None,
            reply_settings=given.get("reply_settings", "everyone"),
        )
        self._tweets[tweet.id] = tweet
        if text:
            self._said[text] = tweet
        for medium in media:
            medium.tweet = tweet.id
        created = {
            "id": tweet.id,
            "text": shapes.text_of(tweet)[0],
            "edit_history_post_ids": [tweet.id],
        }
        return Answer.of({"data": created}, 201)

    def _words(self, given: Json, ask: Ask) -> str:
        text = x_text.normal(given.get("text", ""))
        if x_text.forbidden(text):
            raise invalid("$.text: contains characters that are not allowed")
        if x_text.too_long(text):
            raise invalid("$.text: your post text is too long", "text", text)
        if x_text.cashtags(text) > 1:
            raise problem(403, "Forbidden", "A post may have one cashtag at most.")
        said = self._said.get(text)
        if said is not None and ask.now - said.at < DUPLICATE_WINDOW:
            ask.meet.again(said.id)
            detail = "You are not allowed to create a Tweet with duplicate content."
            raise problem(403, "Forbidden", detail)
        return text

    def _replied(self, given: Json) -> Tweet | None:
        if "reply" not in given:
            return None
        known = {"in_reply_to_tweet_id": str, "exclude_reply_user_ids": list}
        shapes.fields(given["reply"], known, "$.reply")
        name = str(given["reply"].get("in_reply_to_tweet_id", ""))
        if name not in self._tweets:
            detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
            raise problem(403, "Forbidden", detail)
        return self._tweets[name]

    def _delete(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        return Answer.of({"data": {"deleted": self._tweets.pop(parts["id"], None) is not None}})

    # --- reading ------------------------------------------------------------------------

    def _whoami(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = shapes.query(ask, ("user.fields", "tweet.fields", "expansions"))
        ask.meet("login", shapes.NAME)
        return Answer.of({"data": shapes.user_json(given.get("user.fields", "").split(","))})

    def _list(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = shapes.query(ask, _LIST)
        if parts["id"] != shapes.USER:
            raise invalid("The `id` query parameter value is not valid", "id", parts["id"])
        most = given.get("max_results", "10")
        if not 5 <= int(most) <= 100:
            raise invalid("The `max_results` query parameter value is not between 5 and 100")
        ask.meet("read", ask.target)
        tweets = [tweet for tweet in self._newest() if _within(tweet, given, ask.now)]
        start = int(given.get("pagination_token", "0"))
        page = tweets[start : start + int(most)]
        meta: Json = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
        if len(tweets) > start + len(page):
            meta["next_token"] = str(start + len(page))
        return Answer.of({**_shown(page, given), "meta": meta})

    def _lookup(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = shapes.query(ask, _LOOKUP)
        names = given.get("ids", "").split(",")
        if not 1 <= len(names) <= 100 or not all(
            re.fullmatch(r"[0-9]{1,19}", name) for name in names
        ):
            raise invalid("The `ids` query parameter value is not valid", "ids")
        ask.meet("read", ask.target)
        found = [self._tweets[name] for name in names if name in self._tweets]
        errors = [_missing(name) for name in names if name not in self._tweets]
        return Answer.of({**_shown(found, given), **({"errors": errors} if errors else {})})

    def _lookup_one(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = shapes.query(ask, _LOOKUP[1:])
        tweet = self._tweets.get(parts["id"])
        ask.meet("read", ask.target)
        if tweet is None:
            return Answer.of({"errors": [_missing(parts["id"])]})
        told = _shown([tweet], given)
        return Answer.of({**told, "data": told["data"][0]})


def _within(tweet: Tweet, given: Mapping[str, str], now: datetime) -> bool:
    return (
        tweet.listed <= now
        and tweet.at >= datetime.fromisoformat(given.get("start_time", "2010-11-06T00:00:00Z"))
        and tweet.at < datetime.fromisoformat(given.get("end_time", "9999-01-01T00:00:00Z"))
        and int(given.get("since_id", "0")) < int(tweet.id) < int(given.get("until_id", 2**63))
        and not ("replies" in given.get("exclude", "") and tweet.reply_to)
    )


def _shown(tweets: list[Tweet], given: Mapping[str, str]) -> Json:
    wanted = given.get("tweet.fields", "").split(",")
    told: Json = {"data": [shapes.tweet_json(tweet, wanted) for tweet in tweets]} if tweets else {}
    if "attachments.media_keys" in given.get("expansions", ""):
        named = given.get("media.fields", "").split(",")
        media = [shapes.medium_json(medium, named) for tweet in tweets for medium in tweet.media]
        told |= {"includes": {"media": media}} if media else {}
    return told


def _missing(name: str) -> Json:
    return {
        "value": name,
        "detail": f"Could not find tweet with ids: [{name}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": "ids",
        "resource_id": name,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }

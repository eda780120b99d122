"""X: upload the pictures and describe them, then one post. Every call costs, see docs."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Self

from pydantic import SecretStr
from pydantic.dataclasses import dataclass

from integrado_poster import measure
from integrado_poster.contract import Feed, Handle, Identity, Limits, Metrics, Price, Receipt, Ruler
from integrado_poster.errors import Rejected, TryLater
from integrado_poster.model import Message, Picture, Shape
from integrado_poster.speech import Sentence
from integrado_poster.wire.facts import filled
from integrado_poster.wire.line import Reply, garbled
from integrado_poster.wire.looking import earliest, gone, looking, moment, only, plain
from integrado_poster.wire.shapes import added, counted, each, inside, named
from integrado_poster.wire.tweets import Tweets, made

_SECONDS = 60.0  # for the whole of `commit`, whatever happens in it
_MOST_PAGES = 32  # X gives the newest 3 200 posts
_FIELDS = ["created_at", "text", "entities", "attachments", "referenced_tweets", "note_tweet"]
_NO_PARENT = re.compile(r"^404|reply to a tweet that is deleted|not visible to you", re.IGNORECASE)
_OLD_NAME = re.compile(r"\b(?:www\.)?twitter\.com/")
_SCHEME = re.compile(r"https?://(\S+?)/?(?=[\s.,;:!?)]|$)")


@dataclass(frozen=True, kw_only=True)
class X:
    """One account on X, through a developer app with "Read and write" (OAuth 1.0a)."""

    name: ClassVar[str] = "x"
    limits: ClassVar[Limits] = Limits(
        rulers=(Ruler(limit=280, measure=measure.weighted, unit="weighted"),),
        shape=Shape.LANDSCAPE,
        images=4,
        alt=1000,
        chains=True,
        image_bytes=5_000_000,
        feed=Feed(grid=7 / 4, link_card=True),
        price=Price(  # pay-per-use, August 2026
            post=Decimal("0.015"),
            linked=Decimal("0.200"),
            alt=Decimal("0.005"),
            has_link=measure.linked,
        ),
        settle=timedelta(minutes=2),  # a list on X proves nothing earlier
    )
    settings: ClassVar[tuple[str, ...]] = ("base_url",)
    secrets: ClassVar[tuple[str, ...]] = (
        "consumer_key",
        "consumer_secret",
        "access_token",
        "access_secret",
    )

    base_url: str = "https://api.x.com"
    consumer_key: SecretStr
    consumer_secret: SecretStr
    access_token: SecretStr
    access_secret: SecretStr

    @classmethod
    def of(cls, facts: Mapping[str, str]) -> Self:
        """The adapter for these settings and secrets; raises `SettingsError`."""
        return filled(cls, (*cls.settings, *cls.secrets), facts)

    def prepare(self, message: Message, handle: Handle) -> Handle:
        """Upload the next picture, or give the last one its words.

        X may have forgotten a picture of an earlier claim, and refuses to describe it then: it is
        uploaded again. A no to the words of one from this claim is one to the words.
        """
        for number, picture in enumerate(message.pictures):
            media, words, claim = f"media_{number}", f"alt_{number}", f"uploaded_{number}"
            if media not in handle:
                return {**handle, claim: handle["claim"], media: self._upload(picture)}
            if picture.alt and words not in handle:
                try:
                    self._describe(handle[media], picture.alt)
                except Rejected:
                    if handle.get(claim) == handle["claim"]:
                        raise
                    return {name: fact for name, fact in handle.items() if name != media}
                return {**handle, words: "given"}
        return handle

    def commit(self, message: Message, handle: Handle) -> Receipt:
        """Post it. X takes no language; it guesses one."""
        began = time.monotonic()
        try:
            return self._publish(message, handle, within=_SECONDS)
        except Rejected as no:
            if "parent" in handle and _NO_PARENT.search(str(no)):
                raise gone(handle["parent"], no.said) from None
            if not message.pictures or "media id" not in str(no).lower():
                raise
        # X forgets unused pictures after a day, and a post may have waited longer for a login.
        handle = {
            name: text for name, text in handle.items() if not name.startswith(("media_", "alt_"))
        }
        for _ in range(2 * len(message.pictures)):
            handle = self.prepare(message, handle)
        left = _SECONDS - (time.monotonic() - began)
        if left < _SECONDS / 3:
            raise TryLater(Sentence("wire.uploaded-again"))
        return self._publish(message, handle, within=left)

    def find(self, message: Message, handle: Handle) -> Receipt | None:
        """Look through our own posts since the delivery began. X bills each post that it shows."""
        wanted = _bare(plain(message.text))
        above = [handle["parent"]] if "parent" in handle else []
        with looking():
            listed = list(self._own(handle))
            found = [
                (moment(post["created_at"]), _receipt(post["id"]))
                for post in listed
                if _bare(_words(post)) == wanted
                and len(_media(post)) == len(message.pictures)
                and _answered(post) == above
            ]
        edited = [
            (moment(post["created_at"]), str(_receipt(post["id"]).url))
            for post in listed
            if len(post.get("edit_history_tweet_ids") or ()) > 1
        ]
        return only(found, handle, edited=edited)

    def whoami(self) -> Identity:
        """The account that the four keys open."""
        reply = self._tweets.ask(lambda client: client.get_me(user_auth=True))
        me = inside(reply.facts, "data")
        if not (id := named(me.get("id"))):
            raise garbled(reply)
        return Identity(id=id, name=f"@{me.get('username') or id}")

    def metrics(self, receipt: Receipt) -> Metrics:
        """Count what X shows to everyone; reposts and quotes are both shares."""
        reply = self._tweets.ask(
            lambda client: client.get_tweet(
                receipt.id, tweet_fields=["public_metrics"], user_auth=True
            )
        )
        counts = inside(reply.facts, "data", "public_metrics")
        return Metrics(
            likes=counted(counts.get("like_count")),
            shares=added(counts.get("retweet_count"), counts.get("quote_count")),
            replies=counted(counts.get("reply_count")),
            views=counted(counts.get("impression_count")),
        )

    @cached_property
    def _tweets(self) -> Tweets:
        return Tweets(
            self.base_url,
            consumer_key=self.consumer_key.get_secret_value(),
            consumer_secret=self.consumer_secret.get_secret_value(),
            access_token=self.access_token.get_secret_value(),
            access_secret=self.access_secret.get_secret_value(),
        )

    def _publish(self, message: Message, handle: Handle, *, within: float) -> Receipt:
        media = [handle[f"media_{number}"] for number in range(len(message.pictures))]
        reply = self._tweets.ask(
            lambda client: client.create_tweet(
                text=message.text,
                media_ids=media or None,
                in_reply_to_tweet_id=handle.get("parent"),
                user_auth=True,
            ),
            once=True,
            within=within,
        )
        return _receipt(made(reply, once=True))

    def _upload(self, picture: Picture) -> str:
        body = {"media": b64encode(picture.data).decode(), "media_category": "tweet_image"}
        return self._post("/2/media/upload", body)

    def _describe(self, media: str, alt: str) -> None:
        self._post("/2/media/metadata", {"id": media, "metadata": {"alt_text": {"text": alt}}})

    def _post(self, route: str, body: Mapping[str, Any]) -> str:
        """Send something about a picture, and give the picture's id; a yes without it is none."""
        # tweepy 4.17 has no method for these; its own media calls go to a host that is gone.
        reply = self._tweets.ask(
            lambda client: client.request("POST", route, json=body, user_auth=True)
        )
        return made(reply)

    def _own(self, handle: Handle) -> Iterator[Mapping[str, Any]]:
        """Our posts since shortly before the delivery began, all of them."""
        start, me, token = earliest(handle).strftime("%Y-%m-%dT%H:%M:%SZ"), self.whoami().id, ""
        for _ in range(_MOST_PAGES):
            more = {"pagination_token": token} if token else {}
            reply = self._page(me, start_time=start, **more)
            posts, meta = each(reply.facts.get("data")), inside(reply.facts, "meta")
            if meta.get("result_count") != len(posts):
                raise garbled(reply)
            for post in posts:
                if not named(post.get("id")):
                    raise garbled(reply)
                if moment(post.get("created_at")) >= earliest(handle):
                    yield {**post, "id": named(post["id"])}
            token = named(meta.get("next_token"))
            if not token:
                return
        raise TryLater(Sentence("look.endless"))

    def _page(self, me: str, **more: str) -> Reply:
        return self._tweets.ask(
            lambda client: client.get_users_tweets(
                me,
                max_results=100,
                exclude=["retweets"],
                tweet_fields=_FIELDS,
                user_auth=True,
                **more,
            )
        )


def _receipt(post: str) -> Receipt:
    return Receipt(id=post, url=f"https://x.com/i/web/status/{post}")


def _answered(post: Mapping[str, Any]) -> list[str]:
    """The post that a post answers. One whose address is in the words is quoted, and no matter here."""
    others = each(post.get("referenced_tweets"))
    return [named(other.get("id")) for other in others if other.get("type") == "replied_to"]


def _media(post: Mapping[str, Any]) -> list[Any]:
    keys = inside(post, "attachments").get("media_keys")
    return keys if isinstance(keys, list) else []


def _words(post: Mapping[str, Any]) -> str:
    """The words as we wrote them: without X's short links, escapes and the link to the pictures."""
    note = inside(post, "note_tweet")
    text = plain(str(note.get("text") or post.get("text") or ""), escaped=True)
    links = [inside(part, "entities").get("urls") for part in (note, post)]
    for link in (*each(links[0]), *each(links[1])):
        short, full = str(link.get("url") or ""), str(link.get("expanded_url") or "")
        if short:
            picture = "media_key" in link or f"/status/{post.get('id')}/photo/" in full
            text = text.replace(short, "" if picture else full)
    return plain(text)


def _bare(text: str) -> str:
    """Without what X changes in addresses: `Example.org` comes back as `http://example.org`."""
    return _OLD_NAME.sub("x.com/", _SCHEME.sub(r"\1", text.casefold()))

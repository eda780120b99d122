"""Mastodon: upload the pictures, then post a status that names them, under a key of our own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar, Self

from pydantic import SecretStr
from pydantic.dataclasses import dataclass

from integrado_poster import measure
from integrado_poster.contract import Feed, Handle, Identity, Limits, Metrics, Receipt, Ruler
from integrado_poster.errors import TryLater
from integrado_poster.model import Message, Picture, Shape
from integrado_poster.speech import Sentence
from integrado_poster.wire.facts import filled
from integrado_poster.wire.line import Line, Reply, garbled, problem
from integrado_poster.wire.looking import earliest, gone, looking, moment, only, plain
from integrado_poster.wire.shapes import counted, each, named

_PAGE = 40
_POLLS = 3  # a card is ready by then; only a busy server makes us come back
_MOST_PAGES = 50


@dataclass(frozen=True, kw_only=True)
class Mastodon:
    """One account on one Mastodon server; `base_url` is the server."""

    name: ClassVar[str] = "mastodon"
    limits: ClassVar[Limits] = Limits(
        rulers=(Ruler(limit=500, measure=measure.mastodon, unit="characters"),),
        shape=Shape.PORTRAIT,
        images=4,
        alt=1500,
        chains=True,
        image_bytes=16_000_000,
        feed=Feed(grid=3 / 2, link_card=True),  # its web page since 4.2
        settle=timedelta(seconds=10),
    )
    settings: ClassVar[tuple[str, ...]] = ("base_url",)
    secrets: ClassVar[tuple[str, ...]] = ("token",)

    base_url: str
    token: SecretStr

    @classmethod
    def of(cls, facts: Mapping[str, str]) -> Self:
        """The adapter for these settings and secrets; raises `SettingsError`."""
        return filled(cls, (*cls.settings, *cls.secrets), facts)

    def prepare(self, message: Message, handle: Handle) -> Handle:
        """Upload the next picture; in the end see that all are still there and ready."""
        for number, picture in enumerate(message.pictures):
            name = f"media_{number}"
            if name not in handle:
                return {**handle, name: self._upload(picture)}
        for number, picture in enumerate(message.pictures):
            name = f"media_{number}"
            if not self._is_ready(handle[name]):
                return {**handle, name: self._upload(picture)}
        return handle

    def commit(self, message: Message, handle: Handle) -> Receipt:
        """Post the status. Within an hour the server answers the same key with the same status."""
        status: dict[str, Any] = {
            "status": message.text,
            "media_ids": [handle[f"media_{n}"] for n in range(len(message.pictures))],
            "visibility": "public",
            "sensitive": False,
        }
        if message.language:
            # Servers know languages, not regions: "de-AT" would fall back to the account's own.
            status["language"] = message.language.split("-")[0].lower()
        if "parent" in handle:
            # Whoever follows the account sees the chain under its first part, not in pieces.
            status |= {"in_reply_to_id": handle["parent"], "visibility": "unlisted"}
        reply = self._line.ask(
            "POST",
            "/api/v1/statuses",
            once=True,
            headers={"Idempotency-Key": handle["key"]},
            json=status,
        )
        if reply.status == 404 and "parent" in handle and self._is_gone(handle["parent"]):
            raise gone(handle["parent"], f"404: {_words(reply)}")
        return _receipt(_fine(reply, once=True), reply)

    def find(self, message: Message, handle: Handle) -> Receipt | None:
        """Look through our own statuses since the delivery began, in the words that we wrote them in."""
        with looking():
            listed = list(self._own(handle))
            found = [
                (
                    moment(status["created_at"]),
                    Receipt(id=status["id"], url=named(status.get("url")) or None),
                )
                for status in listed
                if len(each(status.get("media_attachments"))) == len(message.pictures)
                and self._answers(status, handle.get("parent"))
                and plain(self._source(status["id"])) == plain(message.text)
            ]
        edited = [
            (moment(status["created_at"]), named(status.get("url")) or status["id"])
            for status in listed
            if status.get("edited_at")
        ]
        return only(found, handle, edited=edited)

    def whoami(self) -> Identity:
        """The account; Mastodon says neither the token's rights nor that it ends."""
        reply = self._line.ask("GET", "/api/v1/accounts/verify_credentials")
        account = _fine(reply)
        if not (id := named(account.get("id"))):
            raise garbled(reply)
        return Identity(id=id, name=str(account.get("acct") or id))

    def metrics(self, receipt: Receipt) -> Metrics:
        """Count what this server knows; it knows no views."""
        status = _fine(self._line.ask("GET", f"/api/v1/statuses/{receipt.id}"))
        return Metrics(
            likes=counted(status.get("favourites_count")),
            shares=counted(status.get("reblogs_count")),
            replies=counted(status.get("replies_count")),
        )

    @cached_property
    def _line(self) -> Line:
        token = self.token.get_secret_value()
        return Line(self.base_url, secrets=(token,), headers={"Authorization": f"Bearer {token}"})

    def _upload(self, picture: Picture) -> str:
        reply = self._line.ask(
            "POST",
            "/api/v2/media",
            files={"file": ("picture.jpg", picture.data, picture.media_type)},
            data={"description": picture.alt},
        )
        media = _fine(reply)
        if not (id := named(media.get("id"))):
            raise garbled(reply)
        return id

    def _is_ready(self, media: str) -> bool:
        """Whether it can be attached; False if the server has dropped it (after a day or so)."""
        for _ in range(_POLLS):
            reply = self._line.ask("GET", f"/api/v1/media/{media}")
            if reply.status == 404:
                return False
            _fine(reply)
            if reply.status != 206:
                return True
        raise TryLater(Sentence("wire.processing"), wait=timedelta(seconds=2))

    def _answers(self, status: Mapping[str, Any], parent: str | None) -> bool:
        """Whether a status answers that one, or nothing if it is None.

        When somebody deletes a status, the server keeps its answers and cuts their link to it.
        """
        above = status.get("in_reply_to_id") or None
        return above == parent if above or parent is None else self._is_gone(parent)

    def _is_gone(self, status: str) -> bool:
        """Whether a status is surely not there any more."""
        reply = self._line.ask("GET", f"/api/v1/statuses/{status}")
        if reply.status == 404:
            return True
        _fine(reply)
        return False

    def _own(self, handle: Handle) -> Iterator[Mapping[str, Any]]:
        """Our statuses since shortly before the delivery began, all of them, newest first."""
        first, account, last = earliest(handle), self.whoami().id, ""
        for _ in range(_MOST_PAGES):
            statuses = self._page(account, last)
            if not statuses:
                return
            for status in statuses:
                if moment(status.get("created_at")) < first:
                    return
                yield status
            last = statuses[-1]["id"]
        raise TryLater(Sentence("look.endless"))

    def _page(self, account: str, last: str) -> Sequence[Mapping[str, Any]]:
        """The statuses before the last one, each with a good id; of a list with holes nothing."""
        reply = self._line.ask(
            "GET",
            f"/api/v1/accounts/{account}/statuses",
            params={"exclude_reblogs": "true", "limit": str(_PAGE)}
            | ({"max_id": last} if last else {}),
        )
        if not reply.fine:
            raise problem(reply, _words(reply))
        statuses = [{**one, "id": named(one.get("id"))} for one in each(reply.body)]
        whole = isinstance(reply.body, list) and len(statuses) == len(reply.body)
        if not whole or not all(status["id"] for status in statuses):
            raise garbled(reply)
        return statuses

    def _source(self, status: str) -> str:
        reply = self._line.ask("GET", f"/api/v1/statuses/{status}/source")
        return str(_fine(reply).get("text", ""))


def _words(reply: Reply) -> str:
    return reply.hide(str(reply.facts.get("error") or ""))


def _fine(reply: Reply, *, once: bool = False) -> Mapping[str, Any]:
    if not reply.fine:
        raise problem(reply, _words(reply), once=once)
    if not reply.facts:
        raise garbled(reply, once=once)
    return reply.facts


def _receipt(status: Mapping[str, Any], reply: Reply) -> Receipt:
    if not (id := named(status.get("id"))):
        raise garbled(reply, once=True)
    return Receipt(id=id, url=named(status.get("url")) or None)

"""Bluesky: pictures first, then one record under a name chosen before. Certain, whatever gets lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar, Self

import regex  # type: ignore[import-untyped]
from pydantic import SecretStr
from pydantic.dataclasses import dataclass

from integrado_poster import measure
from integrado_poster.contract import Feed, Handle, Identity, Limits, Metrics, Receipt, Ruler
from integrado_poster.errors import CannotTell
from integrado_poster.model import Message, Picture, Shape
from integrado_poster.speech import Sentence
from integrado_poster.wire.facts import filled
from integrado_poster.wire.line import Reply, garbled
from integrado_poster.wire.looking import gone, looking
from integrado_poster.wire.shapes import added, counted, each, inside, named
from integrado_poster.wire.xrpc import Xrpc, fine

_POST = "app.bsky.feed.post"
_LINK = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)
_TAG = regex.compile(r"(?<![^\s(\[{\"'„“«»‚‘])[##](?P<word>[^\s##]+)")
_TAIL = regex.compile(r"[\p{P}\p{S}]+$")


@dataclass(frozen=True, kw_only=True)
class Bluesky:
    """One account; `base_url` is its server, `identifier` its handle, `password` an app password."""

    name: ClassVar[str] = "bluesky"
    limits: ClassVar[Limits] = Limits(
        rulers=(
            Ruler(limit=300, measure=measure.graphemes, unit="graphemes"),
            Ruler(limit=3000, measure=measure.utf8, unit="bytes"),
        ),
        shape=Shape.PORTRAIT,
        images=4,
        chains=True,
        alt=2000,  # what the app takes; the record itself has no limit
        image_bytes=2_000_000,
        feed=Feed(tallest=1 / 2),  # a link's card is made by the app that posts, and we make none
        settle=timedelta(seconds=2),
    )
    settings: ClassVar[tuple[str, ...]] = ("identifier", "base_url")
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    identifier: str
    password: SecretStr
    base_url: str = "https://bsky.social"

    @classmethod
    def of(cls, facts: Mapping[str, str]) -> Self:
        """The adapter for these settings and secrets; raises `SettingsError`."""
        return filled(cls, (*cls.settings, *cls.secrets), facts)

    def prepare(self, message: Message, handle: Handle) -> Handle:
        """Upload the next picture; with all of them, write the record down, once for each claim.

        A record says when it was made, and whoever follows the account reads by that: one of
        yesterday would stand below all that was posted since. An answer names the posts before it
        by their content, too, so they are read first.
        """
        for number, picture in enumerate(message.pictures):
            if f"blob_{number}" not in handle:
                return {**handle, f"blob_{number}": json.dumps(self._upload(picture))}
        if handle.get("recorded") == handle["claim"]:
            return handle
        if "parent" in handle and "reply" not in handle:
            reply = {name: self._named(handle[name]) for name in ("root", "parent")}
            return {**handle, "reply": json.dumps(reply)}
        record = json.dumps(_record(message, handle), ensure_ascii=False)
        made = {"did": self._xrpc.did, "record": record, "recorded": handle["claim"]}
        return {**handle, **made}

    def commit(self, message: Message, handle: Handle) -> Receipt:
        """Put the record under its name; the same one twice is one."""
        reply = self._put(handle)
        if "blob" in reply.said.lower() and reply.status == 400:
            # Pictures that no record names are thrown away after a while; the same bytes
            # come back under the same name.
            for picture in message.pictures:
                self._upload(picture)
            reply = self._put(handle)
        facts = fine(reply, once=True)
        if _key(named(facts.get("uri"))) != handle["rkey"]:
            raise garbled(reply, once=True)
        return _receipt(facts["uri"], handle)

    def find(self, message: Message, handle: Handle) -> Receipt | None:
        """Read the record under its name from the server that keeps it: certain at any time."""
        with looking():
            reply = self._read(handle["rkey"], handle.get("did"))
            if _absent(reply):
                return None
            facts = fine(reply)
            record = facts.get("value")
            if _key(named(facts.get("uri"))) != handle["rkey"] or not isinstance(record, dict):
                raise garbled(reply)
        if record.get("text") != message.text or _parent(record) != _key(handle.get("parent", "")):
            raise CannotTell(Sentence("look.another", place=handle["rkey"]))
        return _receipt(facts["uri"], handle)

    def whoami(self) -> Identity:
        """The account behind the app password."""
        reply = self._xrpc.ask("GET", "com.atproto.server.getSession")
        facts = fine(reply)
        if not (did := named(facts.get("did"))):
            raise garbled(reply)
        return Identity(id=did, name=f"@{facts.get('handle') or did}")

    def metrics(self, receipt: Receipt) -> Metrics:
        """Count what Bluesky's index knows; it lags by seconds and has no views."""
        reply = self._xrpc.ask("GET", "app.bsky.feed.getPosts", params={"uris": receipt.id})
        post = next(iter(each(fine(reply).get("posts"))), {})
        return Metrics(
            likes=counted(post.get("likeCount")),
            shares=added(post.get("repostCount"), post.get("quoteCount")),
            replies=counted(post.get("replyCount")),
        )

    @cached_property
    def _xrpc(self) -> Xrpc:
        secret = self.password.get_secret_value()
        return Xrpc(self.base_url, identifier=self.identifier, password=secret)

    def _upload(self, picture: Picture) -> Mapping[str, Any]:
        reply = self._xrpc.ask(
            "POST",
            "com.atproto.repo.uploadBlob",
            data=picture.data,
            headers={"Content-Type": picture.media_type},
        )
        blob = inside(fine(reply), "blob")
        if not named(inside(blob, "ref").get("$link")):
            raise garbled(reply)
        return blob

    def _read(self, rkey: str, did: str | None = None) -> Reply:
        return self._xrpc.ask(
            "GET",
            "com.atproto.repo.getRecord",
            params={"repo": did or self._xrpc.did, "collection": _POST, "rkey": rkey},
        )

    def _named(self, receipt: str) -> Mapping[str, str]:
        """A post of ours by its address and its content; raises `Rejected` if it is gone."""
        reply = self._read(_key(receipt))
        if _absent(reply):
            raise gone(receipt, reply.said)
        facts = fine(reply)
        uri, cid = named(facts.get("uri")), named(facts.get("cid"))
        if not uri or not cid:
            raise garbled(reply)
        return {"uri": uri, "cid": cid}

    def _put(self, handle: Handle) -> Reply:
        return self._xrpc.ask(
            "POST",
            "com.atproto.repo.putRecord",
            once=True,
            json={
                "repo": handle["did"],
                "collection": _POST,
                "rkey": handle["rkey"],
                "record": json.loads(handle["record"]),
                "swapRecord": None,  # there must be no other yet
            },
        )


def _record(message: Message, handle: Handle) -> Mapping[str, Any]:
    record: dict[str, Any] = {
        "$type": _POST,
        "text": message.text,
        "createdAt": handle["claimed"],
    }
    if message.language:
        record["langs"] = [message.language]
    facets = sorted((*_links(message.text), *_tags(message.text)), key=_start)
    if facets:
        record["facets"] = facets
    if message.pictures:
        images = [
            {
                "image": json.loads(handle[f"blob_{number}"]),
                "alt": picture.alt,
                "aspectRatio": {"width": picture.width, "height": picture.height},
            }
            for number, picture in enumerate(message.pictures)
        ]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    if "reply" in handle:
        record["reply"] = json.loads(handle["reply"])
    return record


def _absent(reply: Reply) -> bool:
    return reply.status == 400 and reply.facts.get("error") == "RecordNotFound"


def _key(receipt: str) -> str:
    """The name of a record, whose address a receipt is."""
    return receipt.rpartition("/")[2]


def _parent(record: Mapping[str, Any]) -> str:
    """The name of the record that a record answers, "" if none."""
    return _key(named(inside(record, "reply", "parent").get("uri")))


def _links(text: str) -> Iterator[Mapping[str, Any]]:
    for match in _LINK.finditer(text):
        link = match[0].rstrip(".,;:!?'…“”„»«")
        while link.endswith(")") and link.count(")") > link.count("("):
            link = link[:-1].rstrip(".,;:!?")
        scheme, rest = link.split("://", 1)
        uri = f"{scheme.lower()}://{rest}"  # a record with HTTPS:// is refused
        yield _facet(text, match.start(), match.start() + len(link), "link", uri=uri)


def _tags(text: str) -> Iterator[Mapping[str, Any]]:
    for match in _TAG.finditer(text):
        word = _TAIL.sub("", match["word"])
        fits = measure.graphemes(word) <= 64 and measure.utf8(word) <= 640
        if word and not word.isdigit() and fits:
            yield _facet(text, match.start(), match.start("word") + len(word), "tag", tag=word)


def _facet(text: str, start: int, end: int, kind: str, **facts: str) -> Mapping[str, Any]:
    """A part of the text that can be clicked; its place is counted in UTF-8 bytes."""
    first = len(text[:start].encode())
    return {
        "index": {"byteStart": first, "byteEnd": first + len(text[start:end].encode())},
        "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **facts}],
    }


def _start(facet: Mapping[str, Any]) -> int:
    return int(facet["index"]["byteStart"])


def _receipt(uri: str, handle: Handle) -> Receipt:
    did = uri.removeprefix("at://").split("/")[0]
    return Receipt(id=uri, url=f"https://bsky.app/profile/{did}/post/{handle['rkey']}")

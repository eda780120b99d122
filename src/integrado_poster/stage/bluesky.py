"""Bluesky's stand-in: sessions, blobs, and records under keys that the client chose."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from integrado_poster.stage import bluesky_ids as ids
from integrado_poster.stage import bluesky_shapes as shapes
from integrado_poster.stage.bluesky_record import COLLECTION, Misfit, check
from integrado_poster.stage.bluesky_sessions import PASSWORD, Sessions
from integrado_poster.stage.bluesky_shapes import (
    Record,
    entry,
    invalid,
    own,
    params,
    refused,
    taken,
    uri,
    view,
)
from integrado_poster.stage.exchange import Answer, Ask, Json
from integrado_poster.stage.numbers import number
from integrado_poster.stage.pictures import Held, NoPicture
from integrado_poster.stage.shown import Shown, ShownPicture
from integrado_poster.stage.theatre import Routes, Setting, route

BODY = 50 * 2**20
LIVES = timedelta(hours=1)
"""Of a blob that no record names; the real one says only that it is dropped after a while."""
_OPEN = ("getRecord", "listRecords", "getPosts", "resolveHandle", "createSession")


class Bluesky:
    """A personal data server with one account, and the view that apps have of it."""

    name: ClassVar[str] = "bluesky"
    title: ClassVar[str] = "Bluesky"

    def __init__(self, setting: Setting) -> None:
        self.lock = threading.RLock()
        self._setting = setting
        self._blobs: dict[str, Held] = {}
        self._uploaded: dict[str, datetime] = {}
        self._records: dict[str, Record] = {}
        self._sessions = Sessions(setting)
        repo, server = "/xrpc/com.atproto.repo", "/xrpc/com.atproto.server"
        self._routes = Routes(
            [
                route("POST", f"{server}.createSession", self._sessions.login),
                route("POST", f"{server}.refreshSession", self._sessions.refresh),
                route("GET", f"{server}.getSession", self._sessions.session),
                route("POST", f"{repo}.uploadBlob", self._upload),
                route("POST", f"{repo}.putRecord", self._put),
                route("POST", f"{repo}.createRecord", self._create),
                route("POST", f"{repo}.deleteRecord", self._delete),
                route("GET", f"{repo}.getRecord", self._get),
                route("GET", f"{repo}.listRecords", self._list),
                route("GET", "/xrpc/com.atproto.identity.resolveHandle", self._sessions.resolve),
                route("GET", "/xrpc/app.bsky.feed.getPosts", self._posts),
            ]
        )

    def credentials(self) -> dict[str, str]:
        """Handle and app password."""
        return {"identifier": ids.HANDLE, "password": PASSWORD}

    def answer(self, ask: Ask) -> Answer:
        """Do what is asked; raises `Refusal` or `Faulted`."""
        found = self._routes.find(ask)
        if found is None:
            raise refused(501, "MethodNotImplemented", "Method Not Implemented")
        if not ask.path.endswith(_OPEN):
            refreshing = ask.path.endswith("refreshSession")
            self._sessions.check_token(ask, ids.REFRESH if refreshing else ids.ACCESS)
        handler, parts = found
        return handler(ask, parts)

    def trouble(self, ask: Ask, kind: str) -> Answer:
        """Bluesky's own words for a fault."""
        return shapes.trouble(ask, kind, self._setting.wait)

    def timeline(self) -> list[Shown]:
        """What a visitor of the profile sees."""
        return [
            Shown(
                id=uri(record.key),
                url=f"https://bsky.app/profile/{ids.HANDLE}/post/{record.key}",
                at=record.at,
                text=str(record.value["text"]),
                language=next(iter(record.value.get("langs", [])), ""),
                pictures=self._pictures(record),
                answers=record.value.get("reply", {}).get("parent", {}).get("uri"),
            )
            for record in self._newest()
        ]

    def remove(self, post: str) -> None:
        """Take a post away, as a person does on the platform's own page."""
        del self._records[post.rpartition("/")[2]]

    def edit(self, post: str, text: str) -> None:
        """Put other words under the same key. No page offers that, but other tools can."""
        record = self._records[post.rpartition("/")[2]]
        value = {**record.value, "text": text}
        self._records[record.key] = replace(record, value=value, cid=ids.record_cid(value))

    def _newest(self) -> list[Record]:
        return sorted(self._records.values(), key=lambda record: record.key, reverse=True)

    def _pictures(self, record: Record) -> tuple[ShownPicture, ...]:
        images = record.value.get("embed", {}).get("images", [])
        return tuple(
            self._blobs[image["image"]["ref"]["$link"]].shown(image["alt"]) for image in images
        )

    # --- blobs and records ----------------------------------------------------------------

    def _upload(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        if not ask.media_type:
            raise invalid("Request encoding (Content-Type) required but not provided")
        if len(ask.body) > BODY:
            raise refused(413, "PayloadTooLarge", "request entity too large")
        try:
            held = self._setting.cabinet.take(ask.body)
        except NoPicture:
            raise invalid("the stage takes nothing but pictures") from None
        if ask.media_type not in (held.media_type, "*/*"):
            raise invalid(f"Referenced Mimetype does not match: {held.media_type}")
        ask.meet("upload", held.sha256)
        cid = ids.blob_cid(ask.body)
        self._blobs[cid], self._uploaded[cid] = held, ask.now
        blob = {
            "$type": "blob",
            "ref": {"$link": cid},
            "mimeType": held.media_type,
            "size": len(ask.body),
        }
        return Answer.of({"blob": blob})

    def _put(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = self._record(ask, ("repo", "collection", "rkey", "record"))
        key, cid = given["rkey"], ids.record_cid(given["record"])
        there = self._records.get(key)
        if there is not None and (there.cid == cid or given.get("swapRecord", "") is None):
            ask.meet.again(uri(key))
        if there is None or there.cid != cid:
            self._check_swap(given, there)
        self._meet(ask, given["record"])
        if there is not None and there.cid == cid:
            return Answer.of({"uri": uri(key), "cid": cid, "validationStatus": "valid"})
        return self._store(ask, key, given["record"])

    def _create(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = self._record(ask, ("repo", "collection", "record"))
        key = given.get("rkey") or ids.tid(ask.now, number(10, ids.record_cid(given["record"])))
        if key in self._records:
            ask.meet.again(uri(key))
        self._meet(ask, given["record"])
        if key in self._records:
            # The real one does not expect this either, and says so.
            raise refused(500, "InternalServerError", "Internal Server Error")
        return self._store(ask, key, given["record"])

    def _record(self, ask: Ask, needed: tuple[str, ...]) -> Json:
        given = taken(ask, needed, ("rkey", "validate", "swapRecord", "swapCommit"))
        own(given["repo"])
        if given["collection"] != COLLECTION:
            raise invalid(f"Lexicon not found: lex:{given['collection']}")
        if "rkey" in given and not ids.is_tid(str(given["rkey"])):
            raise invalid("Invalid record key: expected a TID")
        try:
            check(given["record"], self._blob)
        except Misfit as why:
            raise invalid(f"Invalid {COLLECTION} record: {why}") from None
        return given

    def _blob(self, cid: str) -> tuple[str, int] | None:
        held, since = self._blobs.get(cid), self._uploaded.get(cid)
        if since and since + LIVES < self._setting.now() and cid not in self._shown():
            return None
        return (held.media_type, len(held.data)) if held else None

    def _shown(self) -> set[str]:
        """The blobs that records name."""
        embeds = [record.value.get("embed", {}) for record in self._records.values()]
        return {one["image"]["ref"]["$link"] for embed in embeds for one in embed.get("images", [])}

    def _check_swap(self, given: Json, there: Record | None) -> None:
        if "swapRecord" in given and given["swapRecord"] != (there.cid if there else None):
            raise refused(400, "InvalidSwap", f"Record was at {there.cid if there else None}")

    def _meet(self, ask: Ask, record: Json) -> None:
        images = record.get("embed", {}).get("images", [])
        names = [self._blobs[image["image"]["ref"]["$link"]].sha256 for image in images]
        ask.meet("publish", record["text"], names)

    def _store(self, ask: Ask, key: str, value: Json) -> Answer:
        cid = ids.record_cid(value)
        self._records[key] = Record(
            key=key, cid=cid, value=value, at=ask.now, listed=ask.meet.listed_from
        )
        commit = {"cid": ids.record_cid([cid, key]), "rev": ids.tid(ask.now)}
        return Answer.of(
            {"uri": uri(key), "cid": cid, "commit": commit, "validationStatus": "valid"}
        )

    def _delete(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = taken(ask, ("repo", "collection", "rkey"), ("swapRecord", "swapCommit"))
        own(given["repo"])
        self._records.pop(given["rkey"], None)
        return Answer.of({})

    def _get(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = params(ask, ("repo", "collection", "rkey"), ("cid",))
        own(given["repo"])
        ask.meet("read", ask.target)
        record = self._records.get(given["rkey"])
        if record is None or given.get("cid", record.cid) != record.cid:
            place = f"at://{given['repo']}/{given['collection']}/{given['rkey']}"
            raise refused(400, "RecordNotFound", f"Could not locate record: {place}")
        return Answer.of(entry(record))

    def _list(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = params(ask, ("repo", "collection"), ("limit", "cursor", "reverse"))
        own(given["repo"])
        limit = given.get("limit", "50")
        if not re.fullmatch(r"[0-9]{1,4}", limit) or not 1 <= int(limit) <= 100:
            raise invalid("Error: limit must be an integer from 1 to 100")
        ask.meet("read", ask.target)
        records = self._newest()
        if given.get("reverse") == "true":
            records.reverse()
        if cursor := given.get("cursor"):
            keys = [record.key for record in records]
            records = records[keys.index(cursor) + 1 :] if cursor in keys else []
        page = records[: int(limit)]
        more = {"cursor": page[-1].key} if page else {}
        return Answer.of({**more, "records": [entry(record) for record in page]})

    def _posts(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        uris = [value for name, value in ask.query if name in ("uris", "uris[]")]
        if not 1 <= len(uris) <= 25 or len(uris) < len(ask.query):
            raise invalid("Error: Params must have the property uris, 1 to 25 of them")
        ask.meet("read", ask.target)
        found = [self._records.get(name.rpartition("/")[2]) for name in uris]
        return Answer.of(
            {"posts": [view(record) for record in found if record and record.listed <= ask.now]}
        )

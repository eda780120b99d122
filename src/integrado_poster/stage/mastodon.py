"""Mastodon's stand-in: media, statuses, and an idempotency key that holds for an hour."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from integrado_poster.stage import mastodon_shapes as shapes
from integrado_poster.stage.exchange import Answer, Ask, Json
from integrado_poster.stage.mastodon_media import Media
from integrado_poster.stage.mastodon_shapes import Status, invalid, refused
from integrado_poster.stage.numbers import Ids
from integrado_poster.stage.shown import Shown
from integrado_poster.stage.theatre import Routes, Setting, route

TOKEN = "stage-mastodon-token"  # noqa: S105 - opens nothing but this stage
KEY_LIVES = timedelta(seconds=3600)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_STATUS = (
    "status",
    "media_ids",
    "in_reply_to_id",
    "sensitive",
    "spoiler_text",
    "visibility",
    "language",
)


class Mastodon:
    """A server with one account."""

    name: ClassVar[str] = "mastodon"
    title: ClassVar[str] = "Mastodon"

    def __init__(self, setting: Setting) -> None:
        self.lock = threading.RLock()
        self._setting = setting
        self._ids = Ids()
        self._media = Media(setting)
        self._statuses: dict[str, Status] = {}
        self._keys: dict[str, tuple[str, datetime]] = {}
        self._routes = Routes(
            [
                route("POST", "/api/v2/media", self._media.upload),
                route("GET", "/api/v1/media/{id}", self._media.read),
                route("PUT", "/api/v1/media/{id}", self._media.describe),
                route("POST", "/api/v1/statuses", self._publish),
                route("GET", "/api/v1/statuses/{id}", self._status),
                route("DELETE", "/api/v1/statuses/{id}", self._delete),
                route("GET", "/api/v1/statuses/{id}/source", self._source),
                route("GET", "/api/v1/accounts/verify_credentials", self._whoami),
                route("GET", "/api/v1/accounts/{id}/statuses", self._list),
                route("GET", "/api/v[12]/instance/?", self._instance),
            ]
        )

    def credentials(self) -> dict[str, str]:
        """The token."""
        return {"token": TOKEN}

    def answer(self, ask: Ask) -> Answer:
        """Do what is asked; raises `Refusal` or `Faulted`."""
        found = self._routes.find(ask)
        if found is None:
            raise refused(404, "The page you are looking for isn't here.")
        if "/instance" not in ask.path:
            self._check_token(ask)
        handler, parts = found
        answer = handler(ask, parts)
        return shapes.with_limits(answer, ask.now)

    def trouble(self, ask: Ask, kind: str) -> Answer:
        """Mastodon's own words for a fault."""
        if kind == "slow-down":
            until = (ask.now + timedelta(seconds=self._setting.wait)).isoformat()
            return Answer.of(
                {"error": "Too many requests"},
                429,
                ("X-RateLimit-Limit", "300"),
                ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset", until.replace("+00:00", "Z")),
            )
        words = {
            "refuse": (422, "Validation failed: Text contains words this server does not allow"),
            "revoked": (401, "The access token was revoked"),
            "down": (503, "There was a temporary problem serving your request, please try again"),
            "upload-error": (500, "There was an error processing the uploaded file"),
        }
        if kind in words:
            return Answer.of({"error": words[kind][1]}, words[kind][0])
        page = "<!DOCTYPE html><title>500</title><p>We're sorry, but something went wrong."
        return Answer(status=500, body=page.encode(), media_type="text/html; charset=utf-8")

    def timeline(self) -> list[Shown]:
        """What a visitor of the profile sees."""
        return [
            Shown(
                id=status.id,
                url=shapes.address(status, self._setting.base),
                at=status.at,
                text=status.text,
                language=status.language,
                pictures=tuple(medium.held.shown(medium.alt) for medium in status.media),
                answers=status.reply_to,
            )
            for status in sorted(self._statuses.values(), key=lambda s: int(s.id), reverse=True)
            if status.visibility in ("public", "unlisted")
        ]

    def remove(self, post: str) -> None:
        """Take a post away, as a person does on the platform's own page."""
        self._drop(self._statuses[post])

    def edit(self, post: str, text: str) -> None:
        """Give a post other words, as a person does on the platform's own page."""
        status = self._statuses[post]
        status.text, status.edited = text, self._setting.now()

    def _drop(self, status: Status) -> None:
        """As the server's database does: answers stay, and lose their link, but not whom they answered."""
        del self._statuses[status.id]
        for other in self._statuses.values():
            if other.reply_to == status.id:
                other.reply_to = None

    # --- statuses -----------------------------------------------------------------------

    def _publish(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        fields = shapes.parameters(ask, _STATUS)
        self._check_thread(fields)  # before the key
        key = ask.headers.get("idempotency-key", "")
        known = self._known(key, ask.now)
        draft = None if known else self._draft(ask, fields)
        text = str(fields.get("status") or "")
        if known:
            ask.meet.again(known.id)
        ask.meet("publish", text, _shas(draft or known))
        if known:
            return Answer.of(self._json(known))
        if draft is None:
            raise refused(404, "Record not found")  # the original was deleted in the meantime
        draft.listed = ask.meet.listed_from
        draft.id = str(self._ids.snowflake(ask.now, 16, 0, text))
        self._statuses[draft.id] = draft
        for medium in draft.media:
            medium.status = draft.id
        if key:
            self._keys[key] = (draft.id, ask.now)
        return Answer.of(self._json(draft))

    def _check_thread(self, fields: Json) -> None:
        above = fields.get("in_reply_to_id")
        if above is not None and str(above) not in self._statuses:
            raise refused(404, "The post you are trying to reply to does not appear to exist.")

    def _known(self, key: str, now: datetime) -> Status | None:
        name, since = self._keys.get(key, ("", now))
        if not name or now - since >= KEY_LIVES:
            return None
        if name not in self._statuses:
            raise refused(404, "Record not found")
        return self._statuses[name]

    def _draft(self, ask: Ask, fields: Json) -> Status:
        text, spoiler = str(fields.get("status") or ""), str(fields.get("spoiler_text") or "")
        media = self._media.attached(fields.get("media_ids") or [])
        if not text.strip() and not media:
            raise invalid("Text can't be blank")
        if shapes.length(spoiler) + shapes.length(text) > shapes.CHARACTERS:
            raise invalid(f"Text character limit of {shapes.CHARACTERS} exceeded")
        visibility = fields.get("visibility") or "public"
        if visibility not in ("public", "unlisted", "private", "direct"):
            raise invalid("Visibility is not included in the list")
        reply_to = fields.get("in_reply_to_id")
        language = str(fields.get("language") or "")
        return Status(
            id="",
            at=ask.now,
            listed=ask.now,
            text=text,
            spoiler=spoiler,
            visibility=visibility,
            # A language that it does not know is dropped in silence for the account's own.
            language=language if _LANGUAGE.fullmatch(language) else "en",
            sensitive=bool(spoiler) or shapes.flag(fields.get("sensitive", False)),
            reply_to=None if reply_to is None else str(reply_to),
            is_answer=reply_to is not None,
            media=media,
        )

    def _own(self, name: str) -> Status:
        if name not in self._statuses:
            raise refused(404, "Record not found")
        return self._statuses[name]

    def _status(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        status = self._own(parts["id"])
        ask.meet("read", ask.target)
        return Answer.of(self._json(status))

    def _delete(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        status = self._own(parts["id"])
        self._drop(status)
        return Answer.of({**self._json(status), "text": status.text})

    def _source(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        status = self._own(parts["id"])
        ask.meet("read", ask.target)
        return Answer.of({"id": status.id, "text": status.text, "spoiler_text": status.spoiler})

    def _list(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        if parts["id"] != shapes.ACCOUNT:
            raise refused(404, "Record not found")
        limit, low, high = shapes.window(ask)
        ask.meet("read", ask.target)
        found = [
            status
            for status in sorted(self._statuses.values(), key=lambda s: int(s.id), reverse=True)
            if low < int(status.id) < high and status.listed <= ask.now
        ]
        if any(name == "min_id" for name, _ in ask.query):
            found = found[-limit:]
        page = found[:limit]
        headers = []
        if page:
            base = f"{self._setting.base}{ask.path}?limit={limit}"
            older, newer = f"{base}&max_id={page[-1].id}", f"{base}&min_id={page[0].id}"
            headers = [("Link", f'<{older}>; rel="next", <{newer}>; rel="prev"')]
        return Answer.of([self._json(status) for status in page], 200, *headers)

    # --- account and server ---------------------------------------------------------------

    def _check_token(self, ask: Ask) -> None:
        if ask.bearer != TOKEN:
            raise refused(401, "The access token is invalid")
        if self._setting.revoked():
            raise refused(401, "The access token was revoked")

    def _whoami(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        ask.meet("login", shapes.HANDLE)
        return Answer.of(
            {
                **shapes.account(self._setting.base),
                "source": {"privacy": "public", "language": "de"},
            }
        )

    def _instance(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        ask.meet("read", ask.target)
        return Answer.of(shapes.instance())

    def _json(self, status: Status) -> Json:
        return shapes.status_json(status, self._setting.base)


def _shas(status: Status | None) -> tuple[str, ...]:
    return tuple(medium.held.sha256 for medium in status.media) if status else ()

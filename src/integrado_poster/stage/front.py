"""The stage's own addresses: its page, its pictures, its faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import tzinfo
from importlib.resources import files
from urllib.parse import quote, urlsplit

from integrado_poster.stage.exchange import Answer, Ask, Json
from integrado_poster.stage.faults import KINDS, Desk
from integrado_poster.stage.forms import Unreadable, document, form
from integrado_poster.stage.page import View, anchor, page
from integrado_poster.stage.page_words import language
from integrado_poster.stage.pictures import Cabinet
from integrado_poster.stage.shown import Seen, Shown

LATEST = 50
_GUARD = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("Vary", "Accept-Language"),
)
_HOSTS = ("127.0.0.1", "localhost")
_SHOWABLE = re.compile(r"image/(jpeg|png|gif|webp|avif|bmp)")


class Wrong(Exception):
    """A request that the stage itself does not understand; the text is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Answers what is asked of the stage and of no platform."""

    desk: Desk
    cabinet: Cabinet
    titles: Mapping[str, str]
    timelines: Callable[[], Mapping[str, Sequence[Shown]]]
    requests: Callable[[str | None], Sequence[Seen]]
    zone: tzinfo
    name: str

    def answer(self, ask: Ask) -> Answer:
        """Answer, or say in which way the request makes no sense."""
        if not _local(ask):
            return Answer.of({"error": "only from this machine"}, 403, *_GUARD)
        try:
            return self._get(ask) if ask.method in ("GET", "HEAD") else self._post(ask)
        except Wrong as why:
            if ask.media_type == "application/json":
                return Answer.of({"error": str(why)}, 400, *_GUARD)
            return self._page(ask, str(why))

    def _get(self, ask: Ask) -> Answer:
        room, _, name = ask.path.removeprefix("/_stage").lstrip("/").partition("/")
        if ask.path == "/":
            return self._page(ask)
        if room == "style.css":
            sheet = files("integrado_poster.stage").joinpath("page.css").read_bytes()
            return Answer(body=sheet, media_type="text/css; charset=utf-8", headers=_GUARD)
        if room == "pictures":
            return self._picture(name)
        if room == "timelines":
            told = {
                platform: [_json(post) for post in posts]
                for platform, posts in self.timelines().items()
            }
            return Answer.of(told, 200, *_GUARD)
        if room == "requests":
            seen = self.requests(dict(ask.query).get("platform"))
            return Answer.of([_line(item) for item in seen], 200, *_GUARD)
        if room == "faults":
            return Answer.of(self._state(), 200, *_GUARD)
        return Answer.of({"error": "nothing here"}, 404, *_GUARD)

    def _post(self, ask: Ask) -> Answer:
        given = _fields(ask)
        platform = str(given.get("platform", ""))
        if platform not in self.titles:
            raise Wrong(f"platform: {', '.join(self.titles)}")
        if ask.path == "/_stage/restore":
            self.desk.restore(platform)
        elif ask.path == "/_stage/faults":
            times = str(given.get("times", "1"))
            if not re.fullmatch(r"[1-9]\d?", times):
                raise Wrong("times: 1 … 99")
            try:
                place = str(given.get("on", "publish"))
                self.desk.play(platform, str(given.get("fault", "")), int(times), place)
            except ValueError as why:
                raise Wrong(str(why)) from None
        else:
            raise Wrong("POST /_stage/faults, POST /_stage/restore")
        if ask.media_type == "application/json":
            return Answer.of(self._state(), 200, *_GUARD)
        return Answer(status=303, headers=(("Location", "/#faults"), *_GUARD))

    def _state(self) -> Json:
        return {
            "kinds": dict(KINDS),
            "drawn": dict(self.desk.counted),
            "revoked": sorted(self.desk.revoked),
            "waiting": [
                {"platform": platform, "on": place, "fault": kind}
                for (platform, place), queue in self.desk.waiting().items()
                for kind in queue
            ],
        }

    def _picture(self, name: str) -> Answer:
        held = self.cabinet.get(name)
        if held is None:
            return Answer.of({"error": "no such picture"}, 404, *_GUARD)
        plain = _SHOWABLE.fullmatch(held.media_type)
        kind = held.media_type if plain else "application/octet-stream"
        return Answer(body=held.data, media_type=kind, headers=_GUARD)

    def _page(self, ask: Ask, problem: str = "") -> Answer:
        text = page(
            View(
                titles=self.titles,
                timelines=self.timelines(),
                requests=self.requests(None)[: -LATEST - 1 : -1],
                waiting=self.desk.waiting(),
                revoked=frozenset(self.desk.revoked),
                drawn=dict(self.desk.counted),
                language=language(ask.headers.get("accept-language", "")),
                zone=self.zone,
                name=self.name,
                problem=problem,
            )
        )
        return Answer(
            status=400 if problem else 200,
            body=text.encode("utf-8", "replace"),
            media_type="text/html; charset=utf-8",
            headers=_GUARD,
        )


def permalink(post: Shown) -> Answer:
    """Lead from a post's own address to its place on the page."""
    return Answer(status=303, headers=(("Location", f"/#{quote(anchor(post))}"), *_GUARD))


def _local(ask: Ask) -> bool:
    # A foreign page in the same browser could reach loopback; its name gives it away.
    host = urlsplit(f"//{ask.headers.get('host', '')}").hostname
    origin = ask.headers.get("origin")
    return host in _HOSTS and (origin is None or urlsplit(origin).netloc == ask.headers.get("host"))


def _fields(ask: Ask) -> Mapping[str, object]:
    try:
        return document(ask) if ask.media_type == "application/json" else dict(form(ask).fields)
    except Unreadable as why:
        raise Wrong(str(why)) from None


def _json(post: Shown) -> Json:
    return {**asdict(post), "at": post.at.isoformat()}


def _line(seen: Seen) -> Json:
    return {
        "at": seen.at.isoformat(),
        "platform": seen.platform,
        "method": seen.method,
        "path": seen.path.partition("?")[0],
        "size": seen.size,
        "status": seen.status,
        "fault": seen.fault,
    }

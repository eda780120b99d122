"""The stage: all stand-ins behind one address, with their faults and what they received."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from integrado_poster.stage.bluesky import Bluesky
from integrado_poster.stage.exchange import Answer, Ask, Faulted, Refusal
from integrado_poster.stage.facebook import Facebook
from integrado_poster.stage.faults import SILENT, Desk, Encounter, Faults
from integrado_poster.stage.front import Front, permalink
from integrado_poster.stage.mastodon import Mastodon
from integrado_poster.stage.pictures import Cabinet
from integrado_poster.stage.server import Raw, Server
from integrado_poster.stage.shown import Seen, Shown
from integrado_poster.stage.theatre import Setting, StandIn
from integrado_poster.stage.x import X

KEPT = 16 * 1024
"""Bytes of each request's body that are kept."""


class Stage:
    """Stand-ins of every platform over HTTP on loopback, as a context manager.

    `now` is the stage's clock. `wait` is how a slow answer passes its seconds, by default in real
    time; if it gives True, the client is taken to have gone, and the connection is closed. With
    `port` 0 any free port is taken. On the page, times are in `zone`, and `name` is who posts.
    No address but 127.0.0.1 is ever served.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        faults: Faults | None = None,
        port: int = 0,
        wait: Callable[[float], bool | None] | None = None,
        zone: str = "Europe/Berlin",
        name: str = "Bühne",
    ) -> None:
        self._now = now
        self._faults = faults or Faults()
        self._desk = Desk(self._faults)
        self._closing = threading.Event()
        self._wait = wait or self._closing.wait
        self._seen: list[Seen] = []
        self._cabinet = Cabinet()
        self._server = Server(port, self._reply)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._standins: dict[str, StandIn] = {
            kind.name: kind(self._setting(kind.name)) for kind in (X, Facebook, Mastodon, Bluesky)
        }
        self._front = Front(
            desk=self._desk,
            cabinet=self._cabinet,
            titles={name: standin.title for name, standin in self._standins.items()},
            timelines=self.timelines,
            requests=self.requests,
            zone=ZoneInfo(zone),
            name=name,
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="stage", daemon=True
        )
        self._thread.start()

    def _setting(self, platform: str) -> Setting:
        return Setting(
            base=self.base_url(platform),
            cabinet=self._cabinet,
            now=self._now,
            revoked=lambda: platform in self._desk.revoked,
            wait=self._faults.wait_seconds,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving; what was received stays readable. May be called twice."""
        if not self._closing.is_set():
            self._closing.set()
            self._server.close()
            self._thread.join(5)

    # --- for clients ------------------------------------------------------------------

    @property
    def platforms(self) -> tuple[str, ...]:
        """The names of the platforms that stand here."""
        return tuple(self._standins)

    def base_url(self, platform: str) -> str:
        """The address under which a platform answers as its own would."""
        return f"{self.url}/{platform}"

    def credentials(self, platform: str) -> dict[str, str]:
        """The settings and secrets that a client of this platform needs, by their names there."""
        return {
            "base_url": self.base_url(platform),
            **self._standins[platform].credentials(),
        }

    # --- for the audience ---------------------------------------------------------------

    def timeline(self, platform: str) -> list[Shown]:
        """What a reader of this platform sees, newest first; public posts only."""
        standin = self._standins[platform]
        with standin.lock:
            return standin.timeline()

    def timelines(self) -> dict[str, list[Shown]]:
        """The timelines of all platforms."""
        return {name: self.timeline(name) for name in self._standins}

    def requests(self, platform: str | None = None) -> list[Seen]:
        """Every request in its order; of one platform, or of all."""
        return [seen for seen in tuple(self._seen) if platform in (None, seen.platform)]

    def picture(self, sha256: str) -> bytes | None:
        """The bytes of a picture that was received."""
        held = self._cabinet.get(sha256)
        return held.data if held else None

    def quiet(self, seconds: float = 5.0) -> bool:
        """Wait until nothing is left to do of what clients that have gone had asked for.

        False if a client is still connected after these seconds.
        """
        return self._server.quiet(seconds)

    def repeats(self) -> list[Seen]:
        """The requests to publish once more what was online already, merged or refused by its platform."""
        return [seen for seen in tuple(self._seen) if seen.repeats]

    # --- for the director ---------------------------------------------------------------

    def play(self, platform: str, fault: str, *, times: int = 1, on: str = "publish") -> None:
        """Let a fault meet the next requests of a kind ("publish", "upload", "read", "login").

        "revoked" acts at once and on everything, until `restore`. Raises ValueError for an
        unknown fault or place, KeyError for an unknown platform.
        """
        self._desk.play(self._standins[platform].name, fault, times, on)

    def remove(self, platform: str, post: str) -> None:
        """Delete a post as a person does on the platform itself; KeyError if it is not there."""
        standin = self._standins[platform]
        with standin.lock:
            standin.remove(post)

    def edit(self, platform: str, post: str, text: str) -> None:
        """Give a post other words as a person does on the platform itself; KeyError if it is not there."""
        standin = self._standins[platform]
        with standin.lock:
            standin.edit(post, text)

    def restore(self, platform: str) -> None:
        """Make a revoked token good again, and take back the faults that still wait."""
        self._desk.restore(platform)

    def drawn(self) -> Mapping[str, int]:
        """How many faults of each kind were drawn; those on command do not count."""
        return dict(self._desk.counted)

    # --- one request ----------------------------------------------------------------------

    def _reply(self, raw: Raw) -> Answer | None:
        platform, _, rest = raw.path.lstrip("/").partition("/")
        standin = self._standins.get(platform)
        now = self._now()
        meeting = Encounter(self._desk, platform, now)
        ask = Ask(
            method=raw.method,
            path=f"/{rest}" if standin else raw.path,
            query=raw.query,
            headers=raw.headers,
            body=raw.body,
            now=now,
            meet=meeting,
        )
        if standin is None:
            return self._front.answer(ask)
        if ask.method == "GET":
            for post in self.timeline(platform) if "/@" in ask.path else ():
                if post.url == f"{self.url}{raw.path}":
                    return permalink(post)
        answer = self._ask(standin, ask)
        final = _dated(self._after(standin, ask, answer, meeting.fault), now)
        self._seen.append(_seen(platform, raw, final, meeting))
        if meeting.fault == "slow" and self._wait(self._faults.slow_seconds):
            return None
        return final

    def _ask(self, standin: StandIn, ask: Ask) -> Answer:
        with standin.lock:
            try:
                return standin.answer(ask)
            except Refusal as no:
                return no.answer
            except Faulted as fault:
                return standin.trouble(ask, fault.kind)

    def _after(self, standin: StandIn, ask: Ask, answer: Answer, fault: str) -> Answer | None:
        if fault in SILENT:
            return None
        if fault == "late-error":
            return standin.trouble(ask, fault)
        if answer.status < 300 and fault == "garbled":
            return replace(answer, body=answer.body[: max(1, len(answer.body) // 2)])
        if answer.status < 300 and fault == "no-id":
            return replace(answer, body=b"{}")
        return answer


def _dated(answer: Answer | None, now: datetime) -> Answer | None:
    """The answer with the platform's own time, against which a client measures a reset."""
    if answer is None:
        return None
    date = ("Date", format_datetime(now.astimezone(UTC), usegmt=True))
    return replace(answer, headers=(*answer.headers, date))


def _seen(platform: str, raw: Raw, answer: Answer | None, met: Encounter) -> Seen:
    return Seen(
        at=met.now,
        platform=platform,
        method=raw.method,
        path=raw.target.removeprefix(f"/{platform}"),
        headers=raw.headers,
        body=raw.body[:KEPT],
        size=len(raw.body),
        status=answer.status if answer else None,
        fault=met.fault,
        repeats=met.repeats,
    )

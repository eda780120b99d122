"""Where the rooms are joined. Read this file first: it is the whole line.

    plan -> check -> render -> schedule -> publish -> journal

`line.Line` is the way of a plan to the journal; `App` is what publishes from the journal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from integrado_poster import profiles, publish, schedule
from integrado_poster.clock import SharedClock, SystemClock
from integrado_poster.contract import Identity, Limits, Platform
from integrado_poster.errors import DatabaseUnusable, LoginNeeded, PlatformError, SettingsError
from integrado_poster.journal import Changes, Claim, Journal
from integrado_poster.line import Line, Unusable
from integrado_poster.line import read as read_plan
from integrado_poster.model import Account, Campaign, Message, PlannedPost
from integrado_poster.platforms import PLATFORMS
from integrado_poster.speech import Sentence, speech
from integrado_poster.timekeeper import Timekeeper

log = logging.getLogger(__name__)

LIMITS: Mapping[str, Limits] = {name: platform.limits for name, platform in PLATFORMS.items()}


def read(
    path: Path,
    *,
    now: Callable[[Campaign], datetime],
    connected: Collection[str] = (),
    settled: Mapping[str, Collection[str]] | None = None,
    approved: Mapping[str, PlannedPost] | None = None,
    loaded: Campaign | None = None,
    online: Collection[str] | None = None,
) -> Line | Unusable:
    """Read and check a plan for the platforms that we speak to; see `line.read`."""
    return read_plan(
        path,
        limits=LIMITS,
        now=now,
        connected=connected,
        settled=settled,
        approved=approved,
        loaded=loaded,
        online=online,
    )


def suggested(loaded: Campaign | None) -> tuple[Sequence[Account], Mapping[str, int]]:
    """What a new plan may start with: the loaded accounts, else one of each platform; and how much fits."""
    accounts = loaded.accounts if loaded else [Account(key=n, platform=n) for n in LIMITS]
    lengths = {name: min(r.limit for r in limits.rulers) for name, limits in LIMITS.items()}
    return accounts, lengths


# --- From the journal to the platforms ---------------------------------------------------


def clock_of(journal: Journal) -> publish.Clock:
    """The clock that decides: this machine's, or the database's where others publish from it, too."""
    return SharedClock(journal.now) if journal.shared else SystemClock()


@dataclass
class App:
    """What publishes: a journal, a clock, and the platforms of its connected accounts."""

    folder: Path  #: Where the STOP file may lie.
    journal: Journal
    clock: publish.Clock = field(default_factory=SystemClock)
    again: Callable[[int], bool] = publish.thrice  #: Whether to try once more to write an outcome.
    time: Timekeeper = field(init=False)  #: Whether this machine's clock is believed.
    point: Callable[[str], None] = lambda _name: None  #: Called before and after every effect.
    _stop_seen: bool = False
    _familiar: bool = False  # whether the database is as it was left, or has been stopped
    _adapters: dict[str, tuple[datetime | None, Platform]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.time = Timekeeper(self.journal, lambda: self.clock.now())

    def compare(self, line: Line, messages: tuple[Message, ...]) -> Changes:
        """What `apply` would change."""
        return self.journal.compare(line.campaign, schedule.planned(line.campaign, messages))

    def apply(
        self,
        line: Line,
        messages: tuple[Message, ...],
        now: datetime,
        *,
        by: str = "",
        seen: str | None = None,
    ) -> Changes:
        """Take over a plan, all or nothing; see `Journal.apply`."""
        planned = schedule.planned(line.campaign, messages)
        return self.journal.apply(line.campaign, planned, now=now, by=by, seen=seen)

    def compare_again(self, campaign: Campaign, messages: tuple[Message, ...]) -> Changes:
        """What `apply_again` would change."""
        return self.journal.compare(campaign, schedule.planned(campaign, messages))

    def apply_again(
        self,
        campaign: Campaign,
        messages: tuple[Message, ...],
        now: datetime,
        *,
        by: str,
        seen: str,
    ) -> Changes:
        """Take over an earlier plan with the messages that it had; see `Journal.version`."""
        planned = schedule.planned(campaign, messages)
        return self.journal.apply(campaign, planned, now=now, by=by, seen=seen)

    def publish(self, number: int) -> Claim | None:
        """Take one delivery as far as it will go right now: send it, or look what became of it."""
        with self.time.listening():
            return self._publish(number)

    def _publish(self, number: int) -> Claim | None:
        sent = publish.publish(
            number,
            journal=self.journal,
            platform_for=self._opened,
            clock=self.clock,
            stopped=self._stop_file,  # the journal looks at its own stop by itself
            again=self.again,
            point=self.point,
        )
        return sent or publish.look(
            number,
            journal=self.journal,
            platform_for=self._opened,
            clock=self.clock,
            again=self.again,
            point=self.point,
        )

    def recover(self, busy: Callable[[], Collection[int]] = tuple) -> int:
        """Take over what a dead sender left behind; only whoever is on duty may.

        What it is `busy` with itself is left alone. Before that, a database that is not as it was
        left is stopped: nothing may go out that a backup does not know to be online.
        """
        self.set_clock()
        self._look_at_the_database()
        settle = max(limits.settle for limits in LIMITS.values())
        return self.journal.recover(self.clock.now(), settle=settle, busy=busy)

    def _look_at_the_database(self) -> None:
        if self._familiar:
            return
        if self.journal.unfamiliar(self.folder):
            title = next(iter(self.journal.titles().values()), None)
            why = speech(title.language if title else "de")("stop.unfamiliar")
            log.critical("stopped everything: the database is not as it was left here")
            self.journal.stop(why, by="integrado-poster", now=self.clock.now())
        self._familiar = True
        self.remember()

    def remember(self) -> None:
        """Write down how the database is left, for the next start."""
        try:
            self.journal.remember(self.folder)
        except DatabaseUnusable as error:  # whoever starts next sees less than there is, not more
            log.warning("how the database is left could not be written down: %s", error)

    def set_clock(self) -> None:
        """Ask for the time anew, if it is another machine that knows it."""
        if isinstance(self.clock, SharedClock):
            self.clock.set()

    def ask_the_time(self) -> bool:
        """Ask one platform after the other, until one shows the same time as the clock here.

        Gives whether the clock is believed then.
        """
        for account in self.journal.accounts():
            if not self.time.doubted:
                break
            if account.connected_at is not None:
                with suppress(PlatformError, SettingsError):
                    self._ask(account.key)
        return not self.time.doubted

    def _ask(self, key: str) -> Identity:
        with self.time.listening(key):
            return self.platform(key).whoami()

    def resettle(self) -> int:
        """Find the moments of what is still to come by today's rules of the clock changes."""
        return self.journal.resettle(schedule.resolved, self.clock.now())

    def stopped(self) -> bool:
        """Whether somebody has pressed stop: by the row in the database or the STOP file."""
        return self._stop_file() or self.journal.stopped() is not None

    def note_stop_file(self, now: datetime) -> None:
        """Write down that somebody has laid down or taken away a STOP file: so people are told."""
        there = self._stop_file()
        # Each worker on a shared database has a folder of its own, and one file's absence means nothing.
        if not self.journal.shared or there != self._stop_seen:
            self.journal.note_stop_file(there, now)
        self._stop_seen = there

    def _stop_file(self) -> bool:
        return (self.folder / "STOP").exists()

    def platform(self, key: str, login: datetime | None = None) -> Platform:
        """The adapter of a connected account; raises `LoginNeeded` if it is not connected.

        It is kept while its login is the same: it holds a connection, and at Bluesky a session.
        Whoever has just read when somebody logged in there says so by `login`.
        """
        kept = self._adapters.get(key)
        if kept is None or kept[0] != (login or self.journal.connected_at(key)):
            account = self.journal.account(key)
            if account is None or account.connected_at is None:
                raise LoginNeeded(Sentence("login.stranger", account=key))
            facts = {**account.settings, **self.journal.secrets(key)}
            kept = (account.connected_at, adapter(account.platform, facts))
            self._adapters[key] = kept
        return kept[1]

    def _opened(self, claim: Claim) -> Platform:
        """The same for publishing: a login that this machine cannot open waits for a person, too."""
        try:
            return self.platform(claim.message.account, claim.login)
        except SettingsError as error:
            raise LoginNeeded(error.said) from None

    def connect(self, key: str, platform: str, facts: Mapping[str, str]) -> Identity:
        """Keep an account's login after asking the platform whose it is; raises `PlatformError`.

        Raises `SettingsError` if it opens another profile while a post may be online on the old one:
        it would be looked for in the wrong place, not found, and sent again. So does a chain that is
        online in part: the rest would be an answer to nothing. And if another account opens that
        profile already: its readers would see every post twice.
        """
        identity = adapter(platform, facts).whoami()
        profiles.refuse_a_second_account(self.journal, key, platform, facts, identity)
        secret = set(PLATFORMS[platform].secrets)
        settings = {name: value for name, value in facts.items() if name not in secret}
        secrets = {name: value for name, value in facts.items() if name in secret}
        while True:  # until nothing has gone out there while we looked
            seen, now = self.journal.standing(key), self.clock.now()
            profiles.refuse_another(self.journal, key, identity)
            if self.journal.connect(key, platform, settings, secrets, identity, now, seen=seen):
                return identity

    def connect_stage(self, login: Callable[[str], Mapping[str, str]]) -> list[str]:
        """Connect the plan's accounts to stand-ins on this machine; those with a real login keep it."""
        joined = []
        for account in self.journal.accounts():
            if profiles.stand_in(account.settings) or account.connected_at is None:
                self.connect(account.key, account.platform, login(account.platform))
                joined.append(account.key)
        return joined

    def check_login(self, key: str) -> Identity:
        """Ask the platform whether a login works; what waited for it goes on. Raises `PlatformError`."""
        identity = self._ask(key)
        self.journal.login_works(key, self.clock.now())
        return identity


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing to ask for when an account is connected."""

    name: str
    secret: bool
    default: str | None


def asked(platform: str) -> tuple[Asked, ...]:
    """What an account of this platform needs, in the order in which a person is asked."""
    kind = _kind(platform)
    defaults = {field.name: field.default for field in fields(kind)}
    return tuple(
        Asked(
            name, name in kind.secrets, found if isinstance(found := defaults[name], str) else None
        )
        for name in (*kind.settings, *kind.secrets)
    )


def adapter(platform: str, facts: Mapping[str, str]) -> Platform:
    """Make the adapter of a platform from its settings and secrets; raises `SettingsError`."""
    made: Platform = _kind(platform).of(facts)
    return made


def _kind(platform: str) -> Any:
    if platform not in PLATFORMS:
        raise SettingsError(
            Sentence("login.no-platform", platform=platform, platforms=", ".join(PLATFORMS))
        )
    return PLATFORMS[platform]

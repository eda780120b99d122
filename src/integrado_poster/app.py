"""Where the rooms are joined. Read this file first: it is the whole line.

    plan -> check -> render -> schedule -> publish -> journal

`Line` is the way of a plan towards the journal; `App` is what publishes from the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integrado_poster import publish, schedule
from integrado_poster.clock import SystemClock
from integrado_poster.contract import Identity, Limits, Platform
from integrado_poster.errors import (
    CardRefused,
    LoginNeeded,
    PictureRefused,
    PlanUnreadable,
    SettingsError,
)
from integrado_poster.journal import Changes, Journal
from integrado_poster.model import (
    Campaign,
    Delivery,
    Finding,
    Message,
    PlannedPost,
    Said,
    Severity,
    Shape,
    State,
    Where,
    Wording,
)
from integrado_poster.platforms import PLATFORMS

if TYPE_CHECKING:
    from integrado_poster.check import PictureFact

Progress = Callable[[int, int], None]
LIMITS: Mapping[str, Limits] = {name: platform.limits for name, platform in PLATFORMS.items()}


# --- From a plan to the journal --------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A plan that was read, on its way to the journal."""

    campaign: Campaign
    folder: Path
    findings: tuple[Finding, ...]
    where: Where

    @property
    def blocked(self) -> bool:
        """Whether an error stands in the way."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def render(self, progress: Progress | None = None) -> tuple[Message, ...]:
        """Every text and picture of every post; raises `CardRefused`, `PictureRefused`."""
        from integrado_poster import render

        return render.messages(self.campaign, self.folder, LIMITS, progress=progress)

    def gallery(self, messages: tuple[Message, ...], folder: Path) -> Path:
        """Write everything that will go out as one page to look at; return its path."""
        from integrado_poster import render

        return render.gallery(self.campaign, messages, folder, limits=LIMITS)


@dataclass(frozen=True)
class Unusable:
    """A plan that could not be read, with everything that is wrong with it."""

    findings: tuple[Finding, ...]


def read(
    path: Path,
    *,
    now: Callable[[Campaign], datetime],
    connected: Collection[str] = (),
    settled: Collection[str] = (),
) -> Line | Unusable:
    """Read and check a plan: every finding at once; raises `PlanUnreadable` if there is nothing to read.

    `now` gives the moment as of which the plan is judged; a rehearsal's depends on the plan.
    `connected` names the accounts with a login, `settled` the posts whose moment may have passed.
    """
    from integrado_poster import check, plan

    reading = plan.read(path)
    if reading.campaign is None:
        return Unusable(tuple(reading.findings))
    campaign = reading.campaign
    found = check.check(
        campaign,
        now=now(campaign),
        wordings=lambda post: tuple(wordings(campaign, post)),
        limits=LIMITS,
        pictures=_facts(campaign, reading.folder),
        connected=connected,
        settled=settled,
        where=reading.where,
    )
    return Line(campaign, reading.folder, (*reading.findings, *found), reading.where)


def wordings(campaign: Campaign, post: PlannedPost) -> Iterator[Wording]:
    """What a post says on each of its accounts."""
    from integrado_poster.render.words import wording

    for account in campaign.accounts_for(post):
        if account.platform in LIMITS:
            yield wording(campaign, post, account, LIMITS[account.platform])


def unreadable(error: PlanUnreadable) -> Finding:
    """A plan that could not be read at all, as a finding like any other."""
    from integrado_poster import check

    return check.found(error.rule, where=error.where, why=Said(str(error), error.en))


def refused(line: Line, error: CardRefused | PictureRefused) -> list[Finding]:
    """What keeps cards from being drawn, as findings like any other: one for each field."""
    from integrado_poster import check, plan

    if isinstance(error, PictureRefused):
        return [check.found(error.rule, value=str(error))]
    details: dict[tuple[str, str, str], list[str]] = {}
    for fault in error.faults:
        details.setdefault((fault.rule, fault.post, fault.field), []).append(fault.detail)
    return [
        check.found(
            rule,
            post=post or None,
            where=line.where(post or None, field),
            value=line.campaign.card if rule == "CARD-03" else "".join(dict.fromkeys(found)),
            field=plan.heading(field),
            shape=_shapes(found) if rule == "CARD-01" else None,
            why=found[0],
        )
        for (rule, post, field), found in details.items()
    ]


def _shapes(names: list[str]) -> Said:
    said = [Shape(name).said for name in names]
    return Said(", ".join(each.de for each in said), ", ".join(each.en for each in said))


def _facts(campaign: Campaign, folder: Path) -> Mapping[str, PictureFact]:
    """What can be known of each picture without using it."""
    from integrado_poster.check import PictureFact
    from integrado_poster.render import pictures

    facts = {}
    for file in {picture.file for post in campaign.posts for picture in post.pictures}:
        try:
            width, height = pictures.look((folder / "pictures" / file).read_bytes())
            facts[file] = PictureFact(file=file, width=width, height=height)
        except OSError:
            facts[file] = PictureFact(file=file, problem="MED-01")
        except PictureRefused as error:
            facts[file] = PictureFact(file=file, problem=error.rule, message=str(error))
    return facts


# --- From the journal to the platforms ---------------------------------------------------


@dataclass
class App:
    """What publishes: a journal, a clock, and the platforms of its connected accounts."""

    folder: Path  #: Where the STOP file may lie.
    journal: Journal
    clock: publish.Clock = field(default_factory=SystemClock)
    _adapters: dict[str, tuple[datetime | None, Platform]] = field(default_factory=dict)

    def compare(self, line: Line, messages: tuple[Message, ...]) -> Changes:
        """What `apply` would change."""
        return self.journal.compare(line.campaign, schedule.planned(line.campaign, messages))

    def apply(self, line: Line, messages: tuple[Message, ...], now: datetime) -> Changes:
        """Take over a plan, all or nothing."""
        planned = schedule.planned(line.campaign, messages)
        return self.journal.apply(line.campaign, planned, now=now)

    def publish(self, number: int) -> Delivery | None:
        """Take one delivery as far as it will go right now: send it, or look what became of it."""
        if self.journal.state(number) is State.UNKNOWN:
            return publish.look(
                number, journal=self.journal, platform_for=self.platform, clock=self.clock
            )
        return publish.publish(
            number,
            journal=self.journal,
            platform_for=self.platform,
            clock=self.clock,
            stopped=self.stopped,
        )

    def recover(self) -> int:
        """Take over what a dead sender left behind; only the one process that publishes may."""
        settle = max(limits.settle for limits in LIMITS.values())
        return self.journal.recover(self.clock.now(), settle=settle)

    def stopped(self) -> bool:
        """Whether somebody has pressed stop: by the row in the database or the STOP file."""
        return (self.folder / "STOP").exists() or self.journal.stopped() is not None

    def platform(self, key: str) -> Platform:
        """The adapter of a connected account; raises `LoginNeeded` if it is not connected.

        It is kept while its login is the same: it holds a connection, and at Bluesky a session.
        """
        account = self.journal.account(key)
        if account is None or account.connected_at is None:
            raise LoginNeeded(f"account {key} is not connected")
        kept = self._adapters.get(key)
        if kept is None or kept[0] != account.connected_at:
            facts = {**account.settings, **self.journal.secrets(key)}
            kept = (account.connected_at, adapter(account.platform, facts))
            self._adapters[key] = kept
        return kept[1]

    def connect(self, key: str, platform: str, facts: Mapping[str, str]) -> Identity:
        """Keep an account's login after asking the platform whose it is; raises `PlatformError`."""
        identity = adapter(platform, facts).whoami()
        secret = set(PLATFORMS[platform].secrets)
        self.journal.connect(
            key,
            platform,
            {name: value for name, value in facts.items() if name not in secret},
            {name: value for name, value in facts.items() if name in secret},
            identity,
            self.clock.now(),
        )
        return identity

    def connect_stage(self, login: Callable[[str], Mapping[str, str]]) -> list[str]:
        """Connect the plan's accounts to stand-ins on this machine; those with a real login keep it."""
        joined = []
        for account in self.journal.accounts():
            real = account.connected_at and "//127.0.0.1:" not in account.settings["base_url"]
            if not real:
                self.connect(account.key, account.platform, login(account.platform))
                joined.append(account.key)
        return joined

    def check_login(self, key: str) -> Identity:
        """Ask the platform whether a login works; what waited for it goes on. Raises `PlatformError`."""
        identity = self.platform(key).whoami()
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
        raise SettingsError(f"no such platform: {platform}; there are {', '.join(PLATFORMS)}")
    return PLATFORMS[platform]

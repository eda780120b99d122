"""Look at this machine: everything that the promises rest on, and what to do where it is missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from integrado_poster.app import App
from integrado_poster.errors import LoginNeeded, NotTold, PlatformError, PosterError
from integrado_poster.journal import (
    Connections,
    Journal,
    Place,
    alive,
    driver,
    heartbeat,
    journal_at,
    network_drive,
    taken,
    wal_is_safe,
)
from integrado_poster.journal.vault import vault_at
from integrado_poster.notify.mail import probe
from integrado_poster.notify.mailbox import Mail
from integrado_poster.speech import on_the_wall
from integrado_poster.timekeeper import AGREES

LITTLE_DISK = 500_000_000  #: Bytes. A campaign with its pictures takes a hundredth of it.
ASIDE = 3  #: Connections for `status`, `watch` and the doctor beside the workers.
AHEAD = timedelta(
    minutes=2
)  #: A log line from further ahead than this says that a clock was wrong.


class Health(StrEnum):
    """How a part of the machine is."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One look: `part` and `verdict` name the sentence (`doctor.disk.full`), `facts` fill it in."""

    part: str
    verdict: str
    health: Health
    facts: dict[str, object]
    exit_code: int = 7  #: What the command ends with if this is bad.


def _good(part: str, **facts: object) -> Diagnosis:
    return Diagnosis(part=part, verdict="good", health=Health.GOOD, facts=facts)


def _warning(part: str, verdict: str, **facts: object) -> Diagnosis:
    return Diagnosis(part=part, verdict=verdict, health=Health.WARNING, facts=facts)


def _bad(part: str, verdict: str, *, exit_code: int = 7, **facts: object) -> Diagnosis:
    return Diagnosis(
        part=part, verdict=verdict, health=Health.BAD, facts=facts, exit_code=exit_code
    )


def examine(
    place: Place, folder: Path, key_file: Path, *, now: datetime, mounts: str, online: bool = True
) -> Iterator[Diagnosis]:
    """Look at one part after the other; one bad part hides no other.

    Nothing is changed, but that a login which works again lets go on what waited for it.

    `mounts` is what /proc/self/mounts says; with `online` the platforms are asked about the logins.
    """
    if isinstance(place, Path):
        yield sqlite()
    yield time_zones()
    yield fonts()
    yield disk(folder, mounts)
    yield key(key_file)
    yield scheduler(folder, now)
    yield from journal(place, folder, key_file, now=now, online=online)


def sqlite() -> Diagnosis:
    """The SQLite library, and whether its write-ahead log may be used (sqlite.org/wal.html)."""
    found = driver()
    version = ".".join(map(str, found.sqlite_version_info))
    if wal_is_safe(found.sqlite_version_info):
        return _good("sqlite", version=version, mode="wal")
    return _warning("sqlite", "old", version=version)


def time_zones() -> Diagnosis:
    """The rules of the clock changes, from the tzdata package."""
    from importlib.metadata import PackageNotFoundError, version
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo("Europe/Berlin")
        return _good("zones", version=version("tzdata"))
    except (ZoneInfoNotFoundError, PackageNotFoundError):
        return _bad("zones", "missing")


def fonts() -> Diagnosis:
    """The cards' fonts, by their hashes."""
    from integrado_poster.render.fonts import KNOWN, folder

    try:
        folder()
    except PosterError as error:
        return _bad("fonts", "other", detail=error.said)
    return _good("fonts", count=len(KNOWN))


def disk(folder: Path, mounts: str) -> Diagnosis:
    """Where the database lies: on a local disk that can be written and has room."""
    import os

    if not folder.is_dir():
        return _bad("disk", "missing", folder=folder)
    if not os.access(folder, os.W_OK):
        return _bad("disk", "unwritable", folder=folder)
    if kind := network_drive(folder.resolve(), mounts):
        return _bad("disk", "network", folder=folder, kind=kind)
    free = shutil.disk_usage(folder).free
    if free < LITTLE_DISK:
        return _bad("disk", "full", folder=folder, megabytes=free // 1_000_000)
    return _good("disk", folder=folder, gigabytes=f"{free / 1e9:.0f}")


def key(key_file: Path) -> Diagnosis:
    """The key of the stored logins: there, and for its owner's eyes only."""
    try:
        mode = key_file.stat().st_mode
    except OSError:
        return _bad("key", "missing", file=key_file)
    try:
        if vault := vault_at(key_file):
            vault.lock("", {})  # only its use tells a key from any other text
    except PosterError as error:
        return _bad("key", "spoilt", file=key_file, detail=error.said)
    if mode & 0o077:
        return _warning("key", "open", file=key_file)
    return _good("key", file=key_file)


def scheduler(folder: Path, now: datetime) -> Diagnosis:
    """Whether `run` is alive, by its heartbeat, and by the lock that it holds as long as it lives."""
    if alive(folder, now):
        return _good("scheduler")
    last = heartbeat(folder)
    if last is not None and taken(folder):
        return _bad("scheduler", "hanging", last=on_the_wall(last))
    return _warning("scheduler", "silent")


def journal(
    place: Place, folder: Path, key_file: Path, *, now: datetime, online: bool
) -> Iterator[Diagnosis]:
    """The database and what stands in it: whole, up to date, from a clock like ours, with logins."""
    try:
        opened = journal_at(place, key_file)
    except PosterError as error:
        yield _bad("database", "unusable", detail=error.said)
        return
    try:
        yield from _database(opened)
        app = App(folder, opened)
        yield _clock(opened, opened.now() if opened.shared else now)
        if app.stopped():
            yield _warning("stop", "stopped")
        for account in opened.accounts():
            if account.connected_at is None:
                yield _bad("account", "stranger", account=account.key, exit_code=6)
            else:
                yield _account(account.key, app.check_login if online else app.platform)
        if app.time.ahead is not None and abs(app.time.ahead) > AGREES:
            yield _bad("clock", "off", seconds=round(app.time.ahead.total_seconds()))
    finally:
        opened.close()


def _database(opened: Journal) -> Iterator[Diagnosis]:
    damage = opened.damage()
    yield _bad("database", "damaged", detail=damage) if damage else _good("database")
    yield _durability(opened.durability())
    if room := opened.connections():
        yield _connections(room)


def _clock(opened: Journal, now: datetime) -> Diagnosis:
    """Whether the clock goes with the posting log, told as the campaign's own clocks show it."""
    if why := opened.suspicion():
        return _bad("clock", "suspected", why=why)
    last = [line.at for line in opened.log(1)]
    if last and last[0] - now > AHEAD:
        return _bad("clock", "behind", last=opened.wall(last[0]))
    return _good("clock", now=opened.wall(now))


def _durability(found: Mapping[str, str]) -> Diagnosis:
    """Whether a commit is on the disk when it returns: less, and a power cut makes posts go out twice."""
    said = ", ".join(f"{name}={value}" for name, value in found.items())
    lax = found.get("fsync") == "off" or "off" in found.values() or "normal" in found.values()
    return _bad("durability", "lax", settings=said) if lax else _good("durability", settings=said)


def _connections(room: Connections) -> Diagnosis:
    """Whether the server has room for a worker, and for a second one beside it."""
    workers = (room.most - ASIDE) // room.each
    facts = {**room._asdict(), "workers": workers, "two": 2 * room.each + ASIDE}
    if workers < 1:
        return _bad("connections", "none", **facts)
    if workers == 1:
        return _warning("connections", "one", **facts)
    return _good("connections", **facts)


def mails(mail: Mail | None, *, online: bool) -> Diagnosis:
    """Whether people are told by mail, and with `online` whether the server lets us in."""
    if mail is None:
        return _warning("mail", "missing")
    try:
        if online:
            probe(mail)
    except NotTold as error:
        return _bad("mail", "trouble", detail=error.said)
    return _good("mail", to=", ".join(mail.to))


def _account(account: str, ask: Callable[[str], object]) -> Diagnosis:
    try:
        ask(account)
    except LoginNeeded as error:
        return _bad("account", "login", account=account, detail=error.said, exit_code=6)
    except PlatformError as error:
        return _warning("account", "silent", account=account, detail=error.said)
    except PosterError as error:
        return _bad("account", "unusable", account=account, detail=error.said, exit_code=6)
    return _good("account", account=account)

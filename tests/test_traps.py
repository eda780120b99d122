"""The traps of a disk and of SQLite: each is said in a clear word, and nothing is lost or sent twice."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from integrado_poster.app import App
from integrado_poster.clock import SystemClock
from integrado_poster.errors import DatabaseReplaced, DatabaseUnusable, PosterError
from integrado_poster.journal import (
    database,
    driver,
    journal_at,
    make_key,
    open_journal,
    sqlite,
    upgrade,
    wal_is_safe,
)
from integrado_poster.journal.lock import single_instance
from integrado_poster.model import Account, Due, Held, Planned, State
from integrado_poster.publish import look, publish
from integrado_poster.speech import Sentence, speech
from integrado_poster.stage import Stage
from integrado_poster.worker import Worker
from tests.builders import NOON, a_campaign, a_journal, a_message, a_planned
from tests.conftest import SHIPPED
from tests.fakes import FakeClock, FakePlatform

PROGRAM = [sys.executable, "-m", "integrado_poster"]
SOURCES = Path(__file__).parents[1] / "src"


# --- A disk that can be filled, and one that can be locked up -----------------------------------


@dataclass
class Disk:
    """A small disk of its own."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "integrado.sqlite"

    def fill(self) -> None:
        """Take all the room there is, also what SQLite keeps for its next transactions."""
        with closing(driver().connect(self.database)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with (self.path / "ballast").open("ab", buffering=0) as ballast:
            for piece in (b"x" * 65536, b"x"):
                try:
                    while ballast.write(piece) == len(piece):
                        pass
                except OSError:
                    continue

    def make_room(self) -> None:
        (self.path / "ballast").unlink()

    def remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.path)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk of its own")
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


# --- The real program, and the real worker against the stage ---------------------------------------


def program(folder: Path, *words: str | Path, powerless: bool = False) -> tuple[int, str]:
    """Run a command in German; give its exit code and what it complained about."""
    if powerless and os.getuid() == 0:  # to root no file is closed
        strip = ["setpriv", "--bounding-set=-all"]
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is not installed; it takes the rights of root away")
    else:
        strip = []
    done = subprocess.run(
        [*strip, *PROGRAM, "--lang", "de", *map(str, words)],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(SOURCES),
            "INTEGRADO_DATA": str(folder),
            "INTEGRADO_KEY_FILE": str(folder / "integrado.key"),
        },
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def says(key: str, **facts: object) -> str:
    """The start of a German sentence, up to its first fact that is not given here."""
    return speech("de")(key, **facts)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage(now=SystemClock().now) as running:
        yield running


@contextmanager
def an_app(folder: Path, stage: Stage, posts: int) -> Iterator[App]:
    """The app with some posts due now on the stage's Mastodon."""
    make_key(folder / "integrado.key")
    journal = journal_at(folder / "integrado.sqlite", folder / "integrado.key", create=True)
    app = App(folder, journal)
    now = datetime.now(UTC)
    due = Due(at=now, wall=f"{now:%Y-%m-%d %H:%M}", zone="UTC")
    planned = [
        Planned(
            message=a_message(
                post=f"P-{number}", account="mastodon", text=f"Beitrag {number}", pictures=()
            ),
            due=due,
            not_after=now + timedelta(hours=6),
        )
        for number in range(posts)
    ]
    campaign = a_campaign(accounts=(Account(key="mastodon", platform="mastodon"),))
    journal.apply(campaign, planned, now=now)
    app.connect("mastodon", "mastodon", stage.credentials("mastodon"))
    try:
        yield app
    finally:
        journal.close()


class Running(Thread):
    """The worker in a thread of its own; remembers what ended it."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self.worker = Worker(app)
        self.ended_by: PosterError | None = None

    def run(self) -> None:
        try:
            self.worker.run()
        except PosterError as error:
            self.ended_by = error

    def __enter__(self) -> Running:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.halt.set()
        self.join(20)


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def texts(stage: Stage) -> list[str]:
    return sorted(post.text for post in stage.timeline("mastodon"))


def all_online(app: App) -> bool:
    return all(each.state is State.PUBLISHED for each in app.journal.deliveries())


# --- The disk is full -------------------------------------------------------------------------------


def test_on_a_full_disk_nothing_is_sent_and_with_room_it_goes_on_by_itself(
    disk: Disk, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with an_app(disk.path, stage, posts=3) as app:
        disk.fill()
        with Running(app) as running:
            until(lambda: "no room left" in caplog.text)
            assert texts(stage) == []

            disk.make_room()
            until(lambda: all_online(app))

        assert running.ended_by is None
        assert texts(stage) == ["Beitrag 0", "Beitrag 1", "Beitrag 2"]


def test_a_receipt_that_finds_no_room_is_kept_until_there_is_some(disk: Disk) -> None:
    with closing(a_journal(disk.path, a_planned(), name="integrado.sqlite")) as journal:
        clock = FakeClock()
        platform = FakePlatform(clock, point=lambda _: disk.fill())
        tried = []

        def again(vain: int) -> bool:
            tried.append(vain)
            if vain == 2:
                disk.make_room()
            return True

        publish(1, journal=journal, platform_for=lambda _: platform, clock=clock, again=again)

        assert tried == [1, 2]
        assert journal.state(1) is State.PUBLISHED
        assert len(platform.online) == 1


def test_a_receipt_that_never_found_room_is_looked_for_after_the_next_start(disk: Disk) -> None:
    with closing(a_journal(disk.path, a_planned(), name="integrado.sqlite")) as journal:
        clock = FakeClock()
        platform = FakePlatform(clock, point=lambda _: disk.fill())
        with pytest.raises(DatabaseUnusable, match="no room left"):
            publish(1, journal=journal, platform_for=lambda _: platform, clock=clock)
        disk.make_room()

        journal.recover(clock.now())
        assert journal.state(1) is State.UNKNOWN
        clock.pass_by(timedelta(minutes=2))
        look(1, journal=journal, platform_for=lambda _: platform, clock=clock)

        assert journal.state(1) is State.PUBLISHED
        assert len(platform.online) == 1


def test_what_found_no_room_before_it_was_sent_is_tried_again_later(disk: Disk) -> None:
    with closing(a_journal(disk.path, a_planned(), name="integrado.sqlite")) as journal:
        clock = FakeClock()
        platform = FakePlatform(clock)
        platform.before_prepare = disk.fill

        def again(_vain: int) -> bool:
            disk.make_room()
            return True

        publish(1, journal=journal, platform_for=lambda _: platform, clock=clock, again=again)
        (delivery,) = journal.deliveries()
        assert (delivery.state, platform.commits) == (State.SCHEDULED, 0)
        assert "vor dem Senden ließ sich nichts notieren" in speech("de").read(delivery.note)

        platform.before_prepare = lambda: None
        clock.pass_by(timedelta(minutes=1))
        publish(1, journal=journal, platform_for=lambda _: platform, clock=clock)
        assert journal.state(1) is State.PUBLISHED


def test_a_plan_that_finds_no_room_changes_nothing(disk: Disk) -> None:
    journal_at(disk.database, disk.path / "integrado.key", create=True).close()
    before = rows(disk.database)
    apply = ("plan", "apply", SHIPPED, "--as-of", "2021-09-01")
    no_room = (
        7,
        f"Datenbank: {says('database.full', path=disk.database)}\n{says('plan.untouched')}\n",
    )

    disk.fill()
    assert program(disk.path, *apply) == no_room
    disk.make_room()
    assert rows(disk.database) == before

    (disk.path / "ballast").write_bytes(
        b"x" * 3_000_000
    )  # room for the words, not for the pictures
    assert program(disk.path, *apply) == no_room
    disk.make_room()
    assert rows(disk.database) == before

    assert program(disk.path, *apply)[0] == 0


def test_a_new_database_that_finds_no_room_leaves_nothing_behind_that_looks_like_one(
    disk: Disk,
) -> None:
    (disk.path / "ballast").write_bytes(b"x" * (6 * 1024 * 1024 - 3 * 4096))

    with pytest.raises(DatabaseUnusable, match="no room left"):
        open_journal(disk.database, create=True)
    disk.make_room()

    open_journal(disk.database, create=True).close()


def rows(path: Path) -> dict[str, list[object]]:
    """Everything that stands in a database."""
    with closing(driver().connect(path)) as opened:
        tables = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: opened.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables}  # noqa: S608


# --- Nothing may be written ------------------------------------------------------------------------


def test_on_a_disk_for_reading_only_every_command_says_so(disk: Disk) -> None:
    journal_at(disk.database, disk.path / "integrado.key", create=True).close()
    disk.remount("ro")

    for command in (["status"], ["log"], ["stop"], ["plan", "apply", str(SHIPPED)]):
        code, said = program(disk.path, *command)
        assert code == 7
        assert said.startswith(f"Datenbank: {says('database.readonly', path=disk.database)}\n")
    code, said = program(disk.path, "run", "--once")
    assert code == 7
    assert said.startswith(f"Datenbank: In {disk.path} lässt sich nicht schreiben")

    disk.remount("rw")
    assert program(disk.path, "status")[0] == 0


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_without_the_rights_every_command_says_whose_the_file_must_be(
    tmp_path: Path, closed: str
) -> None:
    path = tmp_path / "integrado.sqlite"
    journal_at(path, tmp_path / "integrado.key", create=True).close()
    (path if closed == "file" else tmp_path).chmod(0o555)

    code, said = program(tmp_path, "stop", powerless=True)

    tmp_path.chmod(0o755)
    assert (code, said) == (7, f"Datenbank: {says('database.readonly', path=path)}\n")


# --- Somebody else is at it -------------------------------------------------------------------------


def test_a_program_that_locks_the_file_for_too_long_only_delays_the_posts(
    tmp_path: Path,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sqlite, "BUSY", 150)
    with an_app(tmp_path, stage, posts=3) as app, closing(locker(tmp_path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with Running(app) as running:
            until(lambda: "locked by another program" in caplog.text)
            assert texts(stage) == []

            other.execute("ROLLBACK")
            until(lambda: all_online(app))

        assert running.ended_by is None
        assert texts(stage) == ["Beitrag 0", "Beitrag 1", "Beitrag 2"]


def test_a_lock_in_the_middle_of_a_sending_loses_no_receipt(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite, "BUSY", 150)
    with an_app(tmp_path, stage, posts=2) as app, closing(locker(tmp_path)) as other:
        locks = ["BEGIN IMMEDIATE"]

        def lock(_point: str) -> None:
            if locks:
                other.execute(locks.pop())

        platform = FakePlatform(FakeClock(), point=lock)
        monkeypatch.setattr(App, "platform", lambda *_: platform)
        with Running(app) as running:
            until(lambda: "online as 1, but not written down" in caplog.text)
            other.execute("ROLLBACK")
            until(lambda: all_online(app))

        assert running.ended_by is None
        assert len(platform.online) == platform.commits == 2


def locker(folder: Path) -> sqlite3.Connection:
    """Another program; by the same SQLite, as two of them in one process lose each other's locks."""
    other: sqlite3.Connection = driver().connect(
        folder / "integrado.sqlite", timeout=5, check_same_thread=False, isolation_level=None
    )
    return other


def test_the_word_about_a_lock_says_what_to_close(tmp_path: Path) -> None:
    sentence = Sentence("database.locked", path="x.sqlite", seconds="10")

    assert "seit 10 s von einem anderen Programm gesperrt" in speech("de").words(sentence)
    assert "nichts ist verloren" in speech("de").words(sentence)


def test_a_second_process_is_told_that_one_is_enough(tmp_path: Path) -> None:
    journal_at(tmp_path / "integrado.sqlite", tmp_path / "integrado.key", create=True).close()

    with single_instance(tmp_path):
        code, said = program(tmp_path, "run", "--once")

    assert code == 9
    assert said == (
        "Ein anderer Prozess veröffentlicht schon aus dieser Datenbank. Einer genügt. "
        f"(Ordner: {tmp_path})\n"
    )


def test_nobody_publishes_from_a_network_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/home {tmp_path.resolve()} nfs4 rw 0 0\n")
    monkeypatch.setattr("integrado_poster.journal.lock.MOUNTS", mounts)

    with pytest.raises(DatabaseUnusable) as caught, single_instance(tmp_path):
        pass

    assert "Netzlaufwerk (nfs4)" in speech("de").words(caught.value.said)


# --- The file is another one ------------------------------------------------------------------------


@pytest.mark.parametrize("with_what", ["nothing", "an older copy"])
def test_a_file_that_is_taken_away_under_the_worker_ends_it_before_anything_is_sent(
    tmp_path: Path, stage: Stage, with_what: str
) -> None:
    path = tmp_path / "integrado.sqlite"
    with an_app(tmp_path, stage, posts=2) as app:
        (tmp_path / "STOP").touch()
        with Running(app) as running:
            until(lambda: running.worker._ticked)
            path.replace(tmp_path / "away")
            if with_what == "an older copy":
                shutil.copy(tmp_path / "away", path)
            (tmp_path / "STOP").unlink()
            running.join(20)

        assert isinstance(running.ended_by, DatabaseReplaced)
        assert texts(stage) == []
        assert path.exists() == (with_what == "an older copy")


def test_a_file_that_is_put_back_is_used_again(tmp_path: Path) -> None:
    path = tmp_path / "poster.db"
    with closing(a_journal(tmp_path, a_planned())) as journal:
        path.replace(tmp_path / "away")
        with pytest.raises(DatabaseReplaced):
            journal.claim(1, now=NOON)
        (tmp_path / "away").replace(path)

        assert journal.claim(1, now=NOON) is not None


# --- The settings that the promises rest on -----------------------------------------------------------


@pytest.mark.parametrize(("version", "mode"), [((3, 40, 1), "delete"), ((3, 53, 4), "wal")])
def test_each_sqlite_gets_the_mode_that_is_safe_for_it_and_both_publish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], mode: str
) -> None:
    other = "wal" if mode == "delete" else "delete"
    with closing(a_journal(tmp_path, a_planned())):
        pass
    with closing(driver().connect(tmp_path / "poster.db")) as opened:
        assert opened.execute(f"PRAGMA journal_mode = {other}").fetchone() == (other,)
    monkeypatch.setattr(sqlite, "driver", lambda: as_if(version))

    with closing(open_journal(tmp_path / "poster.db")) as journal:
        with journal.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == mode
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 3
        clock = FakeClock()
        platform = FakePlatform(clock)
        publish(1, journal=journal, platform_for=lambda _: platform, clock=clock)
        assert journal.state(1) is State.PUBLISHED


def test_an_old_sqlite_refuses_a_file_that_another_program_holds_in_the_unsafe_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY", 50)
    a_journal(tmp_path, a_planned()).close()
    with closing(driver().connect(tmp_path / "poster.db")) as other:
        other.execute("PRAGMA journal_mode = wal")
        other.execute("SELECT count(*) FROM delivery").fetchone()
        monkeypatch.setattr(sqlite, "driver", lambda: as_if((3, 40, 1)))

        with pytest.raises(DatabaseUnusable):
            open_journal(tmp_path / "poster.db")


def as_if(version: tuple[int, int, int]) -> object:
    """The SQLite that we have, under another number."""

    class Other:
        sqlite_version_info = version

        def __getattr__(self, name: str) -> object:
            return getattr(driver(), name)

    return Other()


TRACED = """
import os, sys
from pathlib import Path
from tests.builders import NOON
from integrado_poster.journal import open_journal
journal = open_journal(Path(sys.argv[1]))
os.write(1, b"claim\\n"); claim = journal.claim(1, now=NOON); os.write(1, b"claimed\\n")
os.write(1, b"intend\\n"); assert journal.intend(claim, NOON); os.write(1, b"request\\n")
"""


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_claim_and_intent_are_on_the_disk_before_the_request_leaves(
    tmp_path: Path, mode: str
) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed; it counts what is synced")
    if mode == "wal" and not wal_is_safe(driver().sqlite_version_info):
        pytest.skip("this SQLite is not trusted with a WAL")
    a_journal(tmp_path, a_planned()).close()
    old = "import integrado_poster.journal.sqlite as d; d.wal_is_safe = lambda _: False\n"
    trace = tmp_path / "trace"
    subprocess.run(
        ["strace", "-f", "-y", "-o", trace, "-e", "trace=fsync,fdatasync,write,pwrite64,unlink",
         sys.executable, "-c", ("" if mode == "wal" else old) + TRACED, tmp_path / "poster.db"],
        env={**os.environ, "PYTHONPATH": f"{SOURCES}:{SOURCES.parent}"},
        stdout=subprocess.DEVNULL,
        check=True,
    )  # fmt: skip
    calls = trace.read_text()

    for begin, end in (("claim", "claimed"), ("intend", "request")):
        between = calls.split(f'"{begin}\\n"')[1].split(f'"{end}\\n"')[0].splitlines()
        synced = [n for n, call in enumerate(between) if re.search(r"f(data)?sync\(", call)]
        written = [n for n, call in enumerate(between) if "pwrite64(" in call and "shm" not in call]
        assert synced, between
        assert max(synced) > max(written), between
        if mode == "delete":  # EXTRA: the folder, too, after the journal was unlinked
            assert any("unlink" in call for call in between[: max(synced)])
            assert re.search(rf"sync\(\d+<{re.escape(str(tmp_path))}>\)", between[max(synced)])


def test_a_migration_holds_the_file_from_its_first_moment_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, seen = database._run_alembic, []

    def looked_at(connection: object) -> None:
        with closing(driver().connect(tmp_path / "poster.db", timeout=0)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except driver().OperationalError as error:
                seen.append(str(error))
        run(connection)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "_run_alembic", looked_at)
    upgrade(tmp_path / "poster.db")

    assert seen == ["database is locked"]


# --- What is broken or lost --------------------------------------------------------------------------


@pytest.mark.parametrize("harm", ["a letter", "a hole in the middle", "cut off"])
def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "integrado.sqlite"
    spoilt(tmp_path, harm).replace(path)
    before = path.read_bytes()

    for command in ("status", "stop"):
        code, said = program(tmp_path, command)
        assert code == 7
        assert f"{path} ist beschädigt oder keine Datenbank" in said
        assert "nehmen Sie die letzte Sicherung" in said
    assert path.read_bytes() == before


def spoilt(folder: Path, harm: str) -> Path:
    path = folder / "poster.db"
    if harm == "a letter":
        path.write_bytes(b"This is a letter, not a database. " * 300)
        return path
    a_journal(folder, *(a_planned(post=f"P-{n}") for n in range(200))).close()
    whole = path.read_bytes()
    if harm == "cut off":
        path.write_bytes(whole[: len(whole) // 3])
    else:
        path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 8192) + whole[-4096:])
    return path


def test_without_the_key_posts_wait_for_a_person_and_nothing_is_sent(
    tmp_path: Path, stage: Stage
) -> None:
    with an_app(tmp_path, stage, posts=1):
        pass
    (tmp_path / "integrado.key").rename(tmp_path / "elsewhere")
    key = tmp_path / "integrado.key"
    with closing(journal_at(tmp_path / "integrado.sqlite", key)) as journal:
        Worker(App(tmp_path, journal)).once()

        (delivery,) = journal.deliveries()
        assert (delivery.state, delivery.held) == (State.HELD, Held.LOGIN)
        assert speech("de").read(delivery.note) == says("key.none")
        assert texts(stage) == []

    (tmp_path / "elsewhere").rename(key)
    with closing(journal_at(tmp_path / "integrado.sqlite", key)) as journal:
        app = App(tmp_path, journal)
        app.check_login("mastodon")
        Worker(app).once()
        assert texts(stage) == ["Beitrag 0"]

"""The program at work, with a mail server that is good, slow, dead or killed for: people are told, posts go out."""

from __future__ import annotations

import random
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from threading import Event

import pytest

from integrado_poster import worker as workers
from integrado_poster.app import App
from integrado_poster.clock import SystemClock
from integrado_poster.errors import DatabaseUnusable, NotTold
from integrado_poster.journal import beat, heartbeat, journal_at, single_instance
from integrado_poster.notify import duty
from integrado_poster.notify import messenger as messengers
from integrado_poster.notify.messenger import Messenger
from integrado_poster.notify.watch import tell_without_a_journal, watch
from integrado_poster.speech import Sentence
from integrado_poster.stage import Stage
from integrado_poster.worker import RESTART, Worker, WorkerStuck
from tests.fakes import FakeClock
from tests.mail_server import PASSWORD, Office, a_rude_server, text_of
from tests.test_worker import PROGRAM, alive_since, an_app, judge, plan, running, settled, until


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage(now=SystemClock().now) as running_stage:
        yield running_stage


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path) as open_today:
        yield open_today


@pytest.fixture(autouse=True)
def at_a_trot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wants to wait for half a minute in each test."""
    monkeypatch.setattr(duty, "POLL", 0.1)
    monkeypatch.setattr(duty, "GOODBYE", 0.5)
    monkeypatch.setattr(messengers, "COLLECT", timedelta(seconds=0.5))


def past() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


def told(app: App) -> list[str]:
    return [f"{line.post} {line.account}" for line in app.journal.log(500) if line.event == "told"]


def test_trouble_that_has_two_words_is_told_all_the_same(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the file and the heartbeat complain by turns, each in its own words."""
    with an_app(tmp_path / "data") as app:
        clock = app.clock = FakeClock()
        worker = Worker(app, messenger=Messenger(app.journal, office.mail, tmp_path))
        turns = cycle(["the file is full", "the folder is full"])

        def due(*_: object, **__: object) -> list[int]:
            raise DatabaseUnusable(Sentence("database.other", path="here", detail=next(turns)))

        monkeypatch.setattr(app.journal, "due", due)
        for _ in range(round(workers.QUIET)):
            worker.tick(lambda _: None)
            clock.pass_by(timedelta(seconds=1))
        assert heard(app) == []
        for _ in range(5):
            worker.tick(lambda _: None)
            clock.pass_by(timedelta(seconds=1))

        assert heard(app)


def test_whoever_looks_while_the_heart_beats_never_finds_it_standing_still(tmp_path: Path) -> None:
    beat(tmp_path, past())
    with ThreadPoolExecutor(1) as beating:
        beats = beating.submit(lambda: deque(map(partial(beat, tmp_path), [past()] * 1000)))
        while not beats.done():
            assert heartbeat(tmp_path) is not None


def test_a_heartbeat_that_nobody_can_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "heartbeat").mkdir()
    assert heartbeat(tmp_path) is None


def heard(app: App) -> list[str]:
    return [line.detail for line in app.journal.log(99) if line.event == "database"]


class Watched(Worker):
    """Ends when somebody has been told, or when all is online."""

    def _watch(self, alarm: object) -> None:
        until(lambda: self.halt.is_set() or self.done())

    def done(self) -> bool:
        return bool(told(self.app))


def test_a_revoked_login_is_told_while_the_other_accounts_go_on(
    tmp_path: Path, stage: Stage, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messengers, "COLLECT", timedelta(seconds=10))  # whatever else runs here
    with an_app(tmp_path / "data") as app:
        plan(app, stage, posts=3, at=past())
        stage.play("mastodon", "revoked")

        Watched(app, messenger=Messenger(app.journal, office.mail, tmp_path)).run()

        (letter,) = office.letters
        assert letter["Subject"] == "Interkulturelle Woche 2021: Der Zugang zu mastodon geht nicht"
        assert "P-0, P-1, P-2" in text_of(letter)
        assert sorted(told(app)) == ["P-0 mastodon", "P-1 mastodon", "P-2 mastodon"]


def test_a_mail_server_that_hangs_holds_up_no_post(tmp_path: Path, stage: Stage) -> None:
    class Publishing(Watched):
        def done(self) -> bool:
            return settled(self.app)

    with a_rude_server(b"") as port, an_app(tmp_path / "data") as app, Office(tmp_path) as office:
        app.journal.stop("", by="hanna", now=past())
        app.journal.resume(by="hanna", now=past())
        messages = plan(app, stage, posts=3, at=past())
        silent = office.mail.model_copy(update={"port": port})

        Publishing(app, messenger=Messenger(app.journal, silent, tmp_path)).run()

        assert judge(stage, messages) == (0, 0, 0)
        assert told(app) == []


def test_a_database_that_stays_out_of_order_is_told_though_nothing_can_be_written(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Waiting(Watched):
        def done(self) -> bool:
            return bool(office.letters)

    def full(*_: object, **__: object) -> None:
        raise DatabaseUnusable("die Platte ist voll")

    monkeypatch.setattr(workers, "QUIET", 0.5)
    with an_app(tmp_path / "data") as app:
        for name in ("due", "remark", "told"):
            monkeypatch.setattr(app.journal, name, full)

        Waiting(app, messenger=Messenger(app.journal, office.mail, tmp_path)).run()

    assert "die Platte ist voll" in text_of(office.letters[0])
    assert len(office.letters) == 1


def test_a_dying_process_says_so_before_it_ends(tmp_path: Path, office: Office) -> None:
    class Dying(Worker):
        def _watch(self, alarm: object) -> None:
            raise WorkerStuck("the schedule has stopped ticking")

    with an_app(tmp_path / "data") as app, pytest.raises(WorkerStuck):
        Dying(app, messenger=Messenger(app.journal, office.mail, tmp_path)).run()

    (letter,) = office.letters
    assert "the schedule has stopped ticking" in text_of(letter)


def test_a_schedule_that_hangs_ends_the_process_and_is_told(
    tmp_path: Path, stage: Stage, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_environment(monkeypatch, office)
    with an_app(tmp_path / "data") as app:
        plan(app, stage, posts=1, at=past())
    program = (
        "import sys, time; from datetime import timedelta\n"
        "from integrado_poster import cli, worker; from integrado_poster.journal import Journal\n"
        "worker.SILENT, Journal.due = timedelta(seconds=1), lambda *a, **k: time.sleep(1000)\n"
        "sys.argv = ['integrado-poster', 'run']; cli.main()"
    )

    with running(tmp_path / "data", program=("-c", program)) as process:
        assert process.wait(60) == RESTART

    assert "stand und wird neu gestartet" in office.letters[0]["Subject"]


def test_a_stop_file_is_told_like_the_command(tmp_path: Path, office: Office) -> None:
    class Released(Watched):
        def done(self) -> bool:
            if len(office.letters) == 1:
                (self.app.folder / "STOP").unlink(missing_ok=True)
            return [line.event for line in self.app.journal.log(9)].count("told") == 2

    with an_app(tmp_path / "data") as app:
        (app.folder / "STOP").touch()
        Released(app, messenger=Messenger(app.journal, office.mail, tmp_path)).run()

        assert [line.event for line in app.journal.log(9)] == ["stopped", "told", "resumed", "told"]
    assert "Datei STOP im Datenordner" in text_of(office.letters[0])


def test_who_was_away_says_so_if_something_fell_due(
    tmp_path: Path, stage: Stage, office: Office
) -> None:
    with an_app(tmp_path / "data") as app:
        hours_ago = datetime.now(UTC) - timedelta(hours=3)
        beat(app.folder, hours_ago)
        Watched(app, halt=_set()).run()
        plan(app, stage, posts=1, at=hours_ago + timedelta(hours=1))

        Watched(app, messenger=Messenger(app.journal, office.mail, tmp_path)).run()

        assert [line.event for line in app.journal.log(500)].count("away") == 1
        assert "fällig geworden: 4)" in " ".join(text_of(office.letters[0]).split())


def _set() -> Event:
    event = Event()
    event.set()
    return event


def test_killed_at_any_moment_it_leaves_nothing_untold(
    tmp_path: Path, stage: Stage, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)
    by_environment(monkeypatch, office)
    folder = tmp_path / "data"
    with an_app(folder) as app:
        plan(app, stage, posts=2, at=past())
        for name in ("x", "facebook", "mastodon", "bluesky"):
            stage.play(name, "revoked")
        for _ in range(6):
            with running(folder, "--once") as process:
                until(lambda: office.postbox.talked or process.poll() is not None)
                time.sleep(chance.uniform(0, 0.1))
                process.kill()
            office.postbox.talked = False
        with running(folder, "--once") as last:
            assert last.wait(60) == 5

        assert len(told(app)) == len(set(told(app))) == 8
    with closing(journal_at(folder / "integrado.sqlite", folder / "integrado.key")) as journal:
        assert journal.untold(datetime.now(UTC)) == []
    everything = "".join(map(text_of, office.letters))
    for name in ("x", "facebook", "mastodon", "bluesky"):
        assert f"account connect {name}\n" in everything


# --- Seen from another process -------------------------------------------------------------------


def look(folder: Path, app: App, office: Office, now: datetime) -> str:
    return watch(app.journal, folder, Messenger(app.journal, office.mail, folder), now).verdict


def test_a_silent_scheduler_is_told_once_an_hour_until_it_is_back(
    tmp_path: Path, stage: Stage, office: Office
) -> None:
    now = datetime.now(UTC)
    with an_app(tmp_path / "data") as app:
        assert look(app.folder, app, office, now) == "idle"
        plan(app, stage, posts=1, at=now + timedelta(hours=1))
        beat(app.folder, now)
        assert look(app.folder, app, office, now) == "well"

        verdicts = {
            look(app.folder, app, office, now + timedelta(minutes=n)) for n in range(1, 150)
        }

        assert verdicts == {"silent"}
        assert len(office.letters) == 3
        assert "überfällig: 4)" in " ".join(text_of(office.letters[-1]).split())
        beat(app.folder, now + timedelta(minutes=150))
        assert look(app.folder, app, office, now + timedelta(minutes=150)) == "overdue"


def test_a_silent_scheduler_does_not_keep_to_itself_what_else_there_is_to_tell(
    tmp_path: Path, stage: Stage, office: Office
) -> None:
    now = datetime.now(UTC)
    with an_app(tmp_path / "data") as app:
        plan(app, stage, posts=1, at=past())
        app.journal.stop("Trauerfall", by="hanna", now=now)
        beat(app.folder, now - timedelta(minutes=1))

        assert look(app.folder, app, office, now) == "silent"

        assert "Alles ist angehalten" in text_of(office.letters[0])


def test_the_last_thing_of_a_campaign_is_told_even_if_nothing_is_left_to_publish(
    tmp_path: Path, office: Office
) -> None:
    with an_app(tmp_path / "data") as app:
        app.journal.stop("Trauerfall", by="hanna", now=past())

        assert look(app.folder, app, office, datetime.now(UTC)) == "idle"

    assert len(office.letters) == 1


def test_what_a_watch_has_seen_is_not_told_once_it_is_over(
    tmp_path: Path, stage: Stage, office: Office
) -> None:
    now = datetime.now(UTC)
    with an_app(tmp_path / "data") as app:
        plan(app, stage, posts=1, at=now + timedelta(hours=1))
        assert watch(app.journal, app.folder, None, now).verdict == "silent"

        beat(app.folder, now)

        assert Messenger(app.journal, office.mail, app.folder).round(now, at_once=True) == 0


def test_a_database_that_does_not_open_is_told_once_an_hour(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    now, error = datetime.now(UTC), DatabaseUnusable("Die Platte ist voll")

    for folder in (tmp_path, tmp_path / "read-only"):  # the second takes no file at all
        told = [
            tell_without_a_journal(office.mail, folder, error, now + timedelta(minutes=n))
            for n in range(0, 90, 10)
        ]
        assert told == [True, False, False, False, False, False, True, False, False]
        now += timedelta(hours=5)

    assert len(office.letters) == 4
    assert "Die Platte ist voll" in text_of(office.letters[0])


def test_the_command_for_a_timer_ends_with_7_and_needs_no_lock(
    tmp_path: Path, stage: Stage, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_environment(monkeypatch, office)
    folder = tmp_path / "data"
    with an_app(folder) as app:
        plan(app, stage, posts=1, at=datetime.now(UTC) + timedelta(hours=1))
    with single_instance(folder), running(folder, program=(*PROGRAM, "watch")) as process:
        assert process.wait(30) == 7
    assert office.letters[0]["Subject"] == "Interkulturelle Woche 2021: Der Zeitplaner läuft nicht"

    with running(folder) as publishing:
        until(lambda: alive_since(folder, datetime.now(UTC) - timedelta(seconds=5)))
        with running(folder, program=(*PROGRAM, "watch")) as process:
            assert process.wait(30) == 0
        publishing.kill()


def test_the_trial_mail_arrives_and_says_who_did_not_get_it(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_environment(monkeypatch, office)
    with running(tmp_path, program=(*PROGRAM, "mail", "test")) as process:
        assert process.wait(30) == 0
    office.postbox.strangers = {"leitung@example.org"}
    with running(tmp_path, program=(*PROGRAM, "mail", "test")) as process:
        assert process.wait(30) == NotTold.exit_code

    assert office.letters[0]["Auto-Submitted"] == "auto-generated"


def by_environment(monkeypatch: pytest.MonkeyPatch, office: Office) -> None:
    """The settings of a mail server, as Docker gives them."""
    for word, value in {
        "HOST": "127.0.0.1", "PORT": office.mail.port, "USER": office.mail.user,
        "PASSWORD": PASSWORD, "FROM": office.mail.sender, "TO": "leitung@example.org",
        "CA_FILE": office.mail.ca_file, "LANGUAGE": "de",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"INTEGRADO_MAIL_{word}", str(value))

"""The real program, killed for real, against real HTTP: every post online once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread, Timer

import pytest

from integrado_poster.app import App
from integrado_poster.clock import SystemClock
from integrado_poster.contract import Receipt
from integrado_poster.errors import AnotherInstance
from integrado_poster.journal import Claim, driver, heartbeat, journal_at, make_key, single_instance
from integrado_poster.model import Account, Due, Message, Planned, State
from integrado_poster.stage import Expected, Stage, verdict
from integrado_poster.worker import Worker
from tests.builders import a_campaign, a_message

PLATFORMS = ("x", "facebook", "mastodon", "bluesky")
SAID = "said.txt"  # what the program has said
CAMPAIGN = a_campaign(accounts=tuple(Account(key=name, platform=name) for name in PLATFORMS))


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage(now=SystemClock().now) as running:
        yield running


@contextmanager
def an_app(folder: Path) -> Iterator[App]:
    folder.mkdir(exist_ok=True)
    make_key(folder / "integrado.key")
    journal = journal_at(folder / "integrado.sqlite", folder / "integrado.key", create=True)
    try:
        yield App(folder, journal)
    finally:
        journal.close()


def plan(app: App, stage: Stage, posts: int, at: datetime) -> list[Message]:
    """Connect the four accounts and plan some posts on each, all due at one moment."""
    messages = [
        a_message(post=f"P-{number}", account=name, platform=name, text=f"Beitrag {number}", pictures=())
        for number in range(posts)
        for name in PLATFORMS
    ]  # fmt: skip
    due = Due(at=at, wall=f"{at:%Y-%m-%d %H:%M}", zone="UTC")
    app.journal.apply(
        CAMPAIGN,
        [Planned(message=m, due=due, not_after=at + timedelta(hours=6)) for m in messages],
        now=app.clock.now(),
    )
    for name in PLATFORMS:
        app.connect(name, name, stage.credentials(name))
    return messages


PROGRAM = ("-m", "integrado_poster")


@contextmanager
def running(
    folder: Path, *words: str, program: tuple[str, ...] = (*PROGRAM, "run")
) -> Iterator[subprocess.Popen[bytes]]:
    """The real program, `run` unless told otherwise; whatever is left of it in the end is killed."""
    environment = {
        **os.environ,
        "INTEGRADO_DATA": str(folder),
        "INTEGRADO_KEY_FILE": str(folder / "integrado.key"),
        "INTEGRADO_LANGUAGE": "en",
        "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
    }
    with (folder / SAID).open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, *program, *words],
            cwd=folder,
            env=environment,
            stderr=said,
            stdout=said,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def judge(stage: Stage, messages: list[Message]) -> tuple[int, int, int]:
    expected = [Expected(platform=m.platform, text=m.text, language=m.language) for m in messages]
    found = verdict(expected, {name: stage.timeline(name) for name in PLATFORMS})
    return found.missing, found.duplicates, found.different


def let_time_pass(folder: Path) -> None:
    """What waits for its next look or attempt has waited long enough: minutes, in earnest."""
    # By the same SQLite as the journal's: two of them in one process lose each other's file locks.
    with closing(driver().connect(folder / "integrado.sqlite", timeout=30)) as database, database:
        database.execute(
            "UPDATE delivery SET next_at = due_at WHERE state IN ('unknown', 'scheduled')"
        )


def alive_since(folder: Path, moment: datetime) -> bool:
    beat = heartbeat(folder)
    return beat is not None and beat > moment


def settled(app: App) -> bool:
    return all(d.state is State.PUBLISHED for d in app.journal.deliveries())


def until(condition: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def test_killed_at_random_moments_it_publishes_each_post_once(tmp_path: Path, stage: Stage) -> None:
    chance = random.Random(7)
    with an_app(tmp_path) as app:
        messages = plan(app, stage, posts=5, at=datetime.now(UTC) - timedelta(seconds=1))
        for _ in range(6):
            before = len(stage.requests())
            with running(tmp_path) as process:
                until(lambda before=before: len(stage.requests()) > before or settled(app))
                time.sleep(chance.uniform(0, 0.15))
                process.kill()
            let_time_pass(tmp_path)
        began = datetime.now(UTC)
        with running(tmp_path) as last:
            while not settled(app):
                let_time_pass(tmp_path)
                time.sleep(0.3)
            until(lambda: alive_since(tmp_path, began))
            last.send_signal(signal.SIGTERM)

            assert last.wait(20) == 0
        assert judge(stage, messages) == (0, 0, 0)


def test_a_post_goes_out_at_its_moment_and_not_before(tmp_path: Path, stage: Stage) -> None:
    with an_app(tmp_path) as app:
        due = datetime.now(UTC) + timedelta(seconds=3)
        messages = plan(app, stage, posts=1, at=due)
        with running(tmp_path):
            until(lambda: settled(app) and heartbeat(tmp_path) is not None)

        shown = [post for name in PLATFORMS for post in stage.timeline(name)]
        assert judge(stage, messages) == (0, 0, 0)
        assert all(timedelta(0) <= post.at - due < timedelta(seconds=5) for post in shown)


def test_once_publishes_what_is_due_and_leaves_the_rest(tmp_path: Path, stage: Stage) -> None:
    with an_app(tmp_path) as app:
        plan(app, stage, posts=2, at=datetime.now(UTC) - timedelta(seconds=1))

        assert Worker(app).once() == 8
        assert settled(app)
        assert Worker(app).once() == 0


def test_told_to_end_it_begins_nothing_new(tmp_path: Path, stage: Stage) -> None:
    """However long the queue is: whoever waits for the end kills it in the middle of a request."""
    with an_app(tmp_path) as app:
        plan(app, stage, posts=1, at=datetime.now(UTC) - timedelta(seconds=1))
        worker = Worker(app, senders=1)
        app.point = lambda name: worker.halt.set() if name == "after claim" else None

        worker.run()

        states = sorted(delivery.state for delivery in app.journal.deliveries())
        assert states == [State.PUBLISHED] + [State.SCHEDULED] * 3


def test_while_stopped_nothing_goes_out_and_resume_sends_it(tmp_path: Path, stage: Stage) -> None:
    with an_app(tmp_path) as app:
        messages = plan(app, stage, posts=1, at=datetime.now(UTC) - timedelta(seconds=1))
        (tmp_path / "STOP").touch()
        Worker(app).once()
        assert judge(stage, messages) == (4, 0, 0)

        (tmp_path / "STOP").unlink()
        app.journal.stop("Anschlag in der Stadt", by="Test", now=app.clock.now())
        Worker(app).once()
        assert judge(stage, messages) == (4, 0, 0)

        app.journal.resume(by="Test", now=app.clock.now())
        Worker(app).once()
        assert judge(stage, messages) == (0, 0, 0)


def test_a_chain_that_has_begun_is_finished_before_the_next_post(
    tmp_path: Path, stage: Stage
) -> None:
    at = datetime.now(UTC) - timedelta(seconds=1)
    due = Due(at=at, wall=f"{at:%Y-%m-%d %H:%M}", zone="UTC")
    words = ["A", "B1", "B2", "C1", "C2", "C3", "D"]
    planned = [
        Planned(
            message=a_message(
                post=text[0], account="mastodon", platform="mastodon", text=text, pictures=(),
                part=int(text[1:] or 1), follows=text[1:] > "1",
            ),
            due=due,
            not_after=at + timedelta(hours=6),
        )
        for text in words
    ]  # fmt: skip
    with an_app(tmp_path) as app:
        app.journal.apply(CAMPAIGN, planned, now=app.clock.now())
        app.connect("mastodon", "mastodon", stage.credentials("mastodon"))
        worker = Worker(app)
        thread = Thread(target=worker.run)
        thread.start()
        try:
            until(lambda: settled(app))
        finally:
            worker.halt.set()
            thread.join()

    posted = sorted(stage.timeline("mastodon"), key=lambda post: post.at)
    assert [post.text for post in posted] == words


def test_a_stop_file_is_asked_about_once_a_second_and_not_all_the_time(
    tmp_path: Path, stage: Stage
) -> None:
    asked = Counter[int]()

    class Counting(App):
        def publish(self, number: int) -> Claim | None:
            asked[number] += 1
            return super().publish(number)

    with an_app(tmp_path) as app:
        plan(app, stage, posts=1, at=datetime.now(UTC) - timedelta(seconds=1))
        (tmp_path / "STOP").touch()
        worker = Worker(Counting(tmp_path, app.journal))
        Timer(2, worker.halt.set).start()
        worker.run()

    assert len(asked) == 4
    assert max(asked.values()) <= 4


@pytest.mark.parametrize("at_once", range(3))
def test_of_two_that_start_at_once_exactly_one_works(
    tmp_path: Path, stage: Stage, at_once: int
) -> None:
    with an_app(tmp_path) as app:
        messages = plan(app, stage, posts=2, at=datetime.now(UTC) - timedelta(seconds=1))
        with running(tmp_path) as one, running(tmp_path) as other:
            until(lambda: {one.poll(), other.poll()} != {None})
            loser, winner = (other, one) if one.poll() is None else (one, other)
            assert loser.wait(20) == AnotherInstance.exit_code
            assert "One is enough" in (tmp_path / SAID).read_text()
            until(lambda: settled(app))
            winner.send_signal(signal.SIGTERM)
            assert winner.wait(20) == 0
        assert judge(stage, messages) == (0, 0, 0)


def test_a_second_process_says_that_one_is_enough(tmp_path: Path) -> None:
    with an_app(tmp_path), single_instance(tmp_path), running(tmp_path, "--once") as process:
        assert process.wait(20) == AnotherInstance.exit_code


def copied(folder: Path, to: Path) -> Path:
    """A copy of the database, made as the operator's guide says."""
    with closing(driver().connect(folder / "integrado.sqlite")) as database:
        database.execute("VACUUM INTO ?", (str(to),))
    return to


def put_over(backup: Path, folder: Path) -> Path:
    (folder / "integrado.sqlite").write_bytes(backup.read_bytes())
    return folder


def put_in_place(backup: Path, folder: Path) -> Path:
    backup.replace(folder / "integrado.sqlite")
    return folder


def bring_elsewhere(_backup: Path, folder: Path) -> Path:
    """The database as it is, with its key, and nothing else."""
    there = folder.parent / "there"
    there.mkdir()
    copied(folder, there / "integrado.sqlite")
    (folder / "integrado.key").rename(there / "integrado.key")
    return there


@pytest.mark.parametrize("restore", [put_over, put_in_place, bring_elsewhere])
def test_a_backup_sends_nothing_again_before_a_person_has_looked(
    tmp_path: Path, stage: Stage, restore: Callable[[Path, Path], Path]
) -> None:
    with an_app(tmp_path / "here") as app:
        messages = plan(app, stage, 1, SystemClock().now() - timedelta(minutes=1))
        backup = copied(tmp_path / "here", tmp_path / "backup.sqlite")
        Worker(app).once()
    folder = restore(backup, tmp_path / "here")

    with an_app(folder) as app:
        assert Worker(app).once() == 0
        assert "Sicherung" in (app.journal.stopped() or "")
        assert judge(stage, messages) == (0, 0, 0)
        for delivery in app.journal.deliveries():
            seen = Receipt.by_hand(f"https://social.example/@netz/{delivery.id}")
            app.journal.mark_posted(delivery.id, seen, "Ayşe", app.clock.now())
        app.journal.resume("Ayşe", app.clock.now())
    with an_app(folder) as app:  # the next start asks no more
        Worker(app).once()
        assert app.journal.stopped() is None
        assert judge(stage, messages) == (0, 0, 0)


def test_a_database_that_was_left_as_it_is_goes_on(tmp_path: Path, stage: Stage) -> None:
    with an_app(tmp_path) as app:
        messages = plan(app, stage, 1, SystemClock().now() - timedelta(minutes=1))
        Worker(app).once()
        app.journal.remark("resumed", "Ayşe", app.clock.now())  # somebody writes meanwhile
    with an_app(tmp_path) as app:
        Worker(app).once()
        assert app.journal.stopped() is None
        assert judge(stage, messages) == (0, 0, 0)

"""A wrong clock must not publish tomorrow's posts; a machine that slept is no wrong clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrado_poster.app import LIMITS, App
from integrado_poster.clock import SystemClock
from integrado_poster.errors import DatabaseUnusable
from integrado_poster.journal import Blame, Journal, journal_at, make_key, open_journal
from integrado_poster.journal.claiming import LEASE
from integrado_poster.model import State
from integrado_poster.schedule.drift import Reading, drift
from integrado_poster.speech import speech
from integrado_poster.stage import Stage
from integrado_poster.worker import Worker
from tests.builders import NOON, a_campaign, a_journal, a_planned

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = 24 * HOUR
SPANS = st.timedeltas(timedelta(), timedelta(days=30))


class Machine(SystemClock):
    """Clocks that a test may set, and that only go on when it says so."""

    def __init__(self, wall: datetime = NOON) -> None:
        self.wall, self.steady, self.awake, self.boot = wall, 5000.0, 4000.0, "first"

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def reading(self) -> Reading:
        return Reading(wall=self.wall, steady=self.steady, awake=self.awake, boot=self.boot)

    def pass_by(self, span: timedelta, *, asleep: bool = False) -> None:
        self.wall += span
        self.steady += span.total_seconds()
        self.awake += 0 if asleep else span.total_seconds()

    def restart(self) -> None:
        self.steady, self.awake, self.boot = 10.0, 10.0, "second"


# --- What happened to the clocks ------------------------------------------------------------


@given(awake=SPANS, asleep=SPANS, set_by=st.timedeltas(-timedelta(days=400), timedelta(days=400)))
def test_a_clock_that_was_set_is_told_from_a_machine_that_slept(
    awake: timedelta, asleep: timedelta, set_by: timedelta
) -> None:
    machine = Machine()
    before = machine.reading()
    machine.pass_by(awake)
    machine.pass_by(asleep, asleep=True)
    machine.wall += set_by

    happened = drift(before, machine.reading())

    assert abs(happened.set_by - set_by) < timedelta(milliseconds=1)
    assert abs(happened.slept - asleep) < timedelta(milliseconds=1)


def test_this_machines_clocks_agree_with_each_other() -> None:
    first, second = SystemClock().reading(), SystemClock().reading()

    assert first.boot == second.boot != ""
    assert abs(drift(first, second).set_by) < SECOND
    assert first.steady >= first.awake - 1


# --- What the journal makes of it -------------------------------------------------------------


def keep_time(journal: Journal, machine: Machine) -> str | None:
    reading = machine.reading()
    return journal.keep_time(reading.boot, reading.booted_at, reading.wall)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A post for noon and one for tomorrow, at noon."""
    tomorrow = a_planned(post="IKW-02", at=NOON + DAY)
    with closing(a_journal(tmp_path, a_planned(), tomorrow)) as made:
        yield made


def test_a_clock_that_goes_on_as_it_should_is_believed(journal: Journal) -> None:
    machine = Machine()
    assert keep_time(journal, machine) is None
    lines = len(journal.log(99))
    for span in (SECOND, HOUR, DAY):
        machine.pass_by(span)
        machine.pass_by(span, asleep=True)
        assert keep_time(journal, machine) is None

    machine.wall += 4 * MINUTE  # a correction
    assert keep_time(journal, machine) is None
    machine.restart()
    machine.wall += 9 * DAY  # it was off
    assert keep_time(journal, machine) is None
    assert len(journal.log(99)) == lines


def test_set_far_forward_nothing_is_claimed_until_somebody_confirms_it(journal: Journal) -> None:
    machine = Machine()
    keep_time(journal, machine)
    machine.wall += DAY

    why = keep_time(journal, machine)

    assert speech("en").read(why or "") == "it was set forward by 1440 minutes"
    assert journal.suspicion() == why
    assert journal.due(machine.wall, limit=9) == []
    assert journal.next_moment() is None
    assert journal.claim(1, now=machine.wall) is None
    assert journal.log(1)[0].event == "clock suspected"
    assert keep_time(journal, machine) == why
    assert [line.event for line in journal.log(99)].count("clock suspected") == 1

    journal.trust_clock("netz-mastodon", machine.wall)

    assert journal.suspicion() is None
    assert journal.due(machine.wall, limit=9) == [1]
    assert (journal.log(1)[0].event, journal.log(1)[0].account) == (
        "clock trusted",
        "netz-mastodon",
    )
    assert keep_time(journal, machine) is None


def test_what_is_claimed_already_is_given_back_before_its_request(journal: Journal) -> None:
    machine = Machine()
    keep_time(journal, machine)
    claim = journal.claim(1, now=NOON)
    assert claim is not None
    machine.wall += HOUR
    keep_time(journal, machine)

    assert not journal.intend(claim, machine.wall)

    assert journal.state(1) is State.SCHEDULED
    assert speech("en").read(journal.log(1)[0].detail) == "the clock is suspicious"


def test_what_may_be_online_is_looked_for_all_the_same(journal: Journal) -> None:
    machine = Machine()
    keep_time(journal, machine)
    claim = journal.claim(1, now=NOON)
    assert claim is not None
    journal.intend(claim, NOON)
    journal.doubt(claim, "reset", NOON, MINUTE)
    machine.wall += HOUR
    keep_time(journal, machine)

    assert journal.due(machine.wall, limit=9) == [1]
    assert journal.take_look(1, now=machine.wall) is not None


def test_what_a_wrong_clock_has_put_off_is_taken_up_soon_after_it_was_set_right(
    journal: Journal,
) -> None:
    """Else a post that may be online would be looked for a day later, and nobody would know."""
    machine = Machine()
    keep_time(journal, machine)
    claim = journal.claim(1, now=NOON)
    assert claim is not None
    journal.intend(claim, NOON)
    machine.wall += DAY
    keep_time(journal, machine)
    journal.doubt(claim, "reset", machine.wall, MINUTE, blame=Blame.PLATFORM)
    machine.wall -= DAY
    keep_time(journal, machine)

    journal.trust_clock("netz-mastodon", machine.wall)

    assert journal.due(machine.wall + 2 * MINUTE, limit=9) == []  # the platform must have settled
    assert journal.due(machine.wall + 3 * MINUTE, limit=9) == [1]


def test_after_that_every_platform_has_settled() -> None:
    assert max(limits.settle for limits in LIMITS.values()) < LEASE


@pytest.mark.parametrize("ahead", [True, False])
def test_a_platforms_wait_ends_early_only_if_the_clock_was_ahead(
    journal: Journal, ahead: bool
) -> None:
    machine = Machine()
    keep_time(journal, machine)
    claim = journal.claim(1, now=NOON)
    assert claim is not None
    journal.intend(claim, NOON)
    machine.wall += HOUR
    keep_time(journal, machine)
    journal.retry(claim, 4 * HOUR, "429", machine.wall)
    machine.wall -= HOUR if ahead else timedelta()
    keep_time(journal, machine)

    journal.trust_clock("netz-mastodon", machine.wall)

    assert journal.due(machine.wall + 3 * MINUTE, limit=9) == ([1] if ahead else [])
    assert journal.due(machine.wall + 4 * HOUR, limit=9) == [1]


def test_a_log_that_is_ahead_of_the_clock_says_that_one_was_wrong(journal: Journal) -> None:
    journal.stop("", "Ayşe", NOON + HOUR)
    journal.resume("Ayşe", NOON + HOUR)

    why = keep_time(journal, Machine())

    assert speech("de").read(why or "").startswith("im Protokoll steht schon 26.09.2021 13:00 UTC")
    journal.trust_clock("netz-mastodon", NOON)
    assert keep_time(journal, Machine()) is None


def test_set_back_what_is_published_stays_so_and_nothing_goes_out_twice(journal: Journal) -> None:
    machine = Machine()
    keep_time(journal, machine)
    claim = journal.claim(1, now=NOON)
    assert claim is not None
    journal.fail(claim, "422", NOON + 9 * MINUTE)
    machine.pass_by(10 * MINUTE)
    machine.wall -= HOUR

    assert keep_time(journal, machine) is not None

    assert journal.state(1) is State.FAILED
    assert journal.due(machine.wall, limit=9) == []


def test_a_suspicion_outlives_a_restart_of_the_program(journal: Journal, tmp_path: Path) -> None:
    machine = Machine()
    keep_time(journal, machine)
    journal.close()
    machine.wall += DAY  # while nobody ran

    with closing(open_journal(tmp_path / "poster.db")) as again:
        assert keep_time(again, machine) is not None
    with closing(open_journal(tmp_path / "poster.db")) as again:
        assert again.suspicion() is not None
        assert again.due(machine.wall, limit=9) == []


# --- Somebody else's clock --------------------------------------------------------------------


@contextmanager
def an_app(folder: Path, machine: Machine, stage: Stage) -> Iterator[App]:
    """An app with a post for noon and one for tomorrow, connected to the stage."""
    make_key(folder / "integrado.key")
    opened = journal_at(folder / "integrado.sqlite", folder / "integrado.key", create=True)
    with closing(opened):
        planned = [
            a_planned(at=NOON + days * DAY, post=f"P{days}", text=f"Tag {days}", pictures=())
            for days in (0, 1)
        ]
        opened.apply(a_campaign(), planned, now=NOON - HOUR)
        app = App(folder, opened, machine)
        app.connect("netz-mastodon", "mastodon", stage.credentials("mastodon"))
        yield app


def test_the_clock_is_believed_again_when_a_platform_shows_the_same(tmp_path: Path) -> None:
    machine, elsewhere = Machine(), Machine()
    with Stage(now=elsewhere.now) as stage, an_app(tmp_path, machine, stage) as app:
        app.time.check(machine.reading())
        assert not app.time.doubted
        machine.wall += DAY
        app.time.check(machine.reading())
        assert app.time.doubted

        assert not app.ask_the_time()  # the platform has yesterday
        assert app.time.ahead == DAY
        elsewhere.wall += DAY - 50 * SECOND
        assert app.ask_the_time()

        assert app.journal.suspicion() is None
        assert app.journal.log(1)[0].account == "netz-mastodon"


def test_a_reply_is_heard_even_if_nobody_can_write_down_that_the_clock_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the receipt of what was on its way when the clock was set."""
    machine = Machine()

    def locked(*_: object) -> None:
        raise DatabaseUnusable("somebody else has the file")

    with Stage(now=machine.now) as stage, an_app(tmp_path, machine, stage) as app:
        app.time.check(machine.reading())
        monkeypatch.setattr(app.journal, "keep_time", lambda *_: "it was set")
        machine.wall += HOUR
        app.point = lambda name: app.time.check(machine.reading()) if "commit" in name else None
        with monkeypatch.context() as trouble:
            trouble.setattr(app.journal, "trust_clock", locked)
            app.publish(1)

        assert app.journal.state(1) is State.PUBLISHED
        assert app.time.doubted
        assert app.ask_the_time()


def test_a_worker_whose_clock_is_set_forward_sends_nothing_of_tomorrow(tmp_path: Path) -> None:
    machine, elsewhere = Machine(NOON - HOUR), Machine(NOON - HOUR)
    with Stage(now=elsewhere.now) as stage, an_app(tmp_path, machine, stage) as app:
        worker = Worker(app, here=machine)
        handed: list[int] = []
        worker.tick(handed.append)
        machine.pass_by(HOUR)
        machine.wall += DAY

        worker.tick(handed.append)
        assert handed == []
        machine.wall -= DAY  # somebody sees it, and sets it right
        worker.tick(handed.append)
        assert handed == []
        elsewhere.pass_by(HOUR)
        assert app.ask_the_time()
        worker.tick(handed.append)

        assert handed == [1]


def test_a_worker_on_a_machine_that_slept_goes_on_at_once(tmp_path: Path) -> None:
    machine = Machine(NOON - HOUR)
    with Stage(now=machine.now) as stage, an_app(tmp_path, machine, stage) as app:
        worker = Worker(app, here=machine)
        handed: list[int] = []
        worker.tick(handed.append)
        machine.pass_by(2 * HOUR, asleep=True)

        worker.tick(handed.append)

        assert handed == [1]
        assert not app.time.doubted


@pytest.mark.parametrize(("differs", "sent"), [(timedelta(), 1), (DAY, 0)])
def test_once_asks_before_it_believes_its_clock(
    tmp_path: Path, differs: timedelta, sent: int
) -> None:
    machine, elsewhere = Machine(), Machine(NOON + MINUTE)
    with Stage(now=elsewhere.now) as stage, an_app(tmp_path, machine, stage) as app:
        app.time.check(machine.reading())
        machine.restart()
        app.journal.stop("", "Ayşe", NOON + 9 * DAY)  # by a wrong clock
        app.journal.resume("Ayşe", NOON + 9 * DAY)
        elsewhere.wall += differs

        Worker(app, here=machine).once()

        assert len(stage.timeline("mastodon")) == sent


# --- Other rules for the same wall ----------------------------------------------------------


def test_new_rules_of_the_clock_changes_move_what_is_still_to_come(tmp_path: Path) -> None:
    planned = [
        a_planned(post="past", at=NOON - HOUR),
        a_planned(post="held", at=NOON + HOUR, deadline=NOON + 3 * HOUR),
        a_planned(post="same", at=NOON + DAY),
    ]
    with closing(a_journal(tmp_path, *planned)) as journal:

        def resolve(wall: str, zone: str) -> datetime:
            old = {"2021-09-26 15:00": NOON + 2 * HOUR, "2021-09-27 14:00": NOON + DAY}
            return old.get(wall, NOON)

        assert journal.resettle(resolve, NOON) == 1
        assert journal.resettle(resolve, NOON) == 0

        due = {delivery.post: delivery.due for delivery in journal.deliveries()}
        assert due == {"past": NOON - HOUR, "held": NOON + 2 * HOUR, "same": NOON + DAY}
        told = journal.log(1)[0]
        assert (told.event, told.post) == ("resettled", "held")
        assert (
            speech("de").read(told.detail)
            == "neu berechnet für So 26.09.2021, 15:00 Uhr (Europe/Berlin)"
        )
        late = NOON + 4 * HOUR  # the deadline has moved along
        claim = journal.claim(2, now=late)
        assert claim is not None
        assert journal.intend(claim, late)


def test_the_same_rules_move_nothing(tmp_path: Path) -> None:
    with Stage(now=Machine().now) as stage, an_app(tmp_path, Machine(NOON - 2 * DAY), stage) as app:
        lines = len(app.journal.log(99))

        assert app.resettle() == 0
        assert len(app.journal.log(99)) == lines


def test_a_moment_with_seconds_is_not_moved_to_its_minute(tmp_path: Path) -> None:
    at = datetime(2021, 9, 26, 12, 0, 30, tzinfo=UTC)
    with closing(a_journal(tmp_path, a_planned(at=at))) as journal:
        assert journal.resettle(lambda wall, zone: NOON, NOON - DAY) == 0

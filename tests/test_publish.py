"""A post goes online once, whatever the platform answers."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Lock

import pytest
from sqlalchemy import select

from integrado_poster.contract import Handle
from integrado_poster.errors import (
    CannotTell,
    DatabaseUnusable,
    LoginNeeded,
    OutcomeUnknown,
    Rejected,
    Repeated,
    SettingsError,
    TryLater,
)
from integrado_poster.journal import Claim, Journal
from integrado_poster.journal.tables import attempts
from integrado_poster.model import Approvals, Delivery, Held, Message, OnLate, State
from integrado_poster.publish import look, publish
from integrado_poster.speech import speech
from tests.builders import LATER, NOON, a_campaign, a_journal, a_picture, a_planned, take_over
from tests.fakes import Blow, FakeClock, FakePlatform, Finds

pytestmark = pytest.mark.usefixtures("every_database")

SETTLE = FakePlatform.limits.settle
HOUR = timedelta(hours=1)


class House:
    """A journal with one planned message, its platform and a clock."""

    def __init__(self, folder: Path) -> None:
        self.journal = a_journal(folder, a_planned())
        self.clock = FakeClock()
        self.platform = FakePlatform(self.clock)

    def publish(self, stopped: Callable[[], bool] = lambda: False) -> Claim | None:
        return publish(
            1,
            journal=self.journal,
            platform_for=lambda _account: self.platform,
            clock=self.clock,
            stopped=stopped,
        )

    def look(self) -> Claim | None:
        platform_for = lambda _account: self.platform  # noqa: E731
        return look(1, journal=self.journal, platform_for=platform_for, clock=self.clock)

    @property
    def delivery(self) -> Delivery:
        return self.journal.deliveries()[0]

    @property
    def note(self) -> str:
        """What the delivery's note says in English."""
        return speech("en").read(self.delivery.note)

    @property
    def stands(self) -> tuple[State, Held | None]:
        return self.delivery.state, self.delivery.held


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def raising(error: BaseException) -> Callable[[], None]:
    def interfere() -> None:
        raise error

    return interfere


def test_a_due_post_is_published_once(house: House) -> None:
    done = [house.publish() for _ in range(3)]

    assert [claim and claim.id for claim in done] == [1, None, None]
    assert house.stands == (State.PUBLISHED, None)
    assert house.delivery.receipt_url == "https://social.example/@netz/1"
    assert house.platform.commits == 1
    assert [line.event for line in house.journal.log(3)] == ["claimed", "intent", "published"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, ("published", "https://social.example/@netz/1")),
        (Rejected("422: too long"), ("failed", "422: too long")),
        (LoginNeeded("401"), ("held", "401")),
        (OutcomeUnknown("502"), ("unclear", "502")),
        (TryLater("429", wait=timedelta(minutes=5)), None),
    ],
)
def test_each_end_is_one_line_in_the_log_of_the_program(
    house: House,
    caplog: pytest.LogCaptureFixture,
    error: Exception | None,
    told: tuple[str, str] | None,
) -> None:
    caplog.set_level(logging.INFO, "integrado_poster.publish")
    if error:
        house.platform.before_commit = raising(error)

    house.publish()
    house.publish()

    lines = [vars(record) for record in caplog.records if record.name == "integrado_poster.publish"]
    assert [(line["msg"], line["said"]) for line in lines] == ([told] if told else [])
    assert all((line["post"], line["account"]) == ("IKW-01", "netz-mastodon") for line in lines)


def test_what_the_claim_puts_aside_is_a_line_in_the_log_of_the_program_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ago = {"P1": 10, "P2": 9, "P3": 4, "P4": 3, "P5": 2, "P6": 1}
    overdue = [a_planned(at=NOON - hours * HOUR, post=post) for post, hours in ago.items()]
    skip = a_planned(at=NOON - 8 * HOUR, post="skip", on_late=OnLate.SKIP)
    journal = a_journal(tmp_path, *overdue, skip)

    assert sorted(told_of_all_due(journal, caplog)) == [
        ("held", "P1", "too late"),
        ("held", "P2", "too late"),
        *(("held", post, "too much overdue at once") for post in ("P3", "P4", "P5", "P6")),
        ("skipped", "skip", "too late"),
    ]


def test_a_post_without_its_approval_is_a_line_in_the_log_of_the_program(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    campaign = a_campaign(approvals=Approvals.MEMBER)
    journal = a_journal(tmp_path, a_planned(), campaign=campaign)

    assert told_of_all_due(journal, caplog) == [("held", "IKW-01", "not approved")]


def told_of_all_due(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> list[tuple[str, str, str]]:
    """Publish what is due at noon; give the lines in the log: what happened, to which post, and why."""
    caplog.set_level(logging.INFO, "integrado_poster.publish")
    clock = FakeClock()
    platform = FakePlatform(clock)
    while found := journal.due(NOON, limit=1):
        publish(found[0], journal=journal, platform_for=lambda _: platform, clock=clock)
    lines = [vars(record) for record in caplog.records if record.name == "integrado_poster.publish"]
    assert platform.online == []
    assert {line["account"] for line in lines} == {"netz-mastodon"}
    return [(line["msg"], line["post"], line["said"]) for line in lines]


def test_the_message_arrives_byte_for_byte(house: House) -> None:
    seen: list[Message] = []
    commit = house.platform.commit

    def watch(message: Message, handle: Handle) -> object:
        seen.append(message)
        return commit(message, handle)

    house.platform.commit = watch  # type: ignore[assignment, method-assign]
    house.publish()

    assert seen == [a_planned().message]


@pytest.mark.parametrize(
    ("error", "stands"),
    [
        (Rejected("422: too long"), (State.FAILED, None)),
        (TryLater("429", wait=timedelta(minutes=5)), (State.SCHEDULED, None)),
        (LoginNeeded("401"), (State.HELD, Held.LOGIN)),
    ],
)
@pytest.mark.parametrize("moment", ["before_prepare", "before_commit"])
def test_a_clear_no_leaves_nothing_online(
    house: House, moment: str, error: Exception, stands: tuple[State, Held | None]
) -> None:
    setattr(house.platform, moment, raising(error))

    house.publish()

    assert house.stands == stands
    assert house.delivery.note == str(error)
    assert house.platform.online == []


@pytest.mark.parametrize("blow", [Blow.LOST_BEFORE, Blow.LOST_AFTER])
@pytest.mark.parametrize("finds", [Finds.BY_KEY, Finds.IN_LIST])
def test_a_lost_reply_is_looked_for_before_anything_else(
    house: House, blow: Blow, finds: Finds
) -> None:
    house.platform.blows, house.platform.finds = [blow], finds

    house.publish()
    assert house.stands == (State.UNKNOWN, None)
    assert house.publish() is None
    assert house.look() is None

    house.clock.pass_by(SETTLE)
    house.look()
    house.clock.pass_by(timedelta(minutes=1))
    house.publish()
    assert house.stands == (State.PUBLISHED, None)
    assert len(house.platform.online) == 1
    assert house.platform.commits == (2 if blow is Blow.LOST_BEFORE else 1)


def test_how_each_request_has_ended_is_written_down(house: House) -> None:
    house.platform.blows = [Blow.LOST_BEFORE, Blow.BUSY]
    for _ in range(4):
        house.publish()
        house.look()
        house.clock.pass_by(timedelta(minutes=2))

    with house.journal.read() as connection:
        rows = connection.execute(select(attempts).order_by(attempts.c.at)).all()
    assert [row.outcome for row in rows] == ["unknown", "retry", "published"]
    assert all(row.closed_at is not None for row in rows)
    assert rows[-1].note == house.delivery.receipt_url


def test_a_platform_that_cannot_tell_is_left_to_a_person(house: House) -> None:
    house.platform.blows, house.platform.finds = [Blow.LOST_AFTER], Finds.NEVER
    house.publish()
    house.clock.pass_by(SETTLE)

    house.look()

    assert house.stands == (State.HELD, Held.UNCLEAR)
    for _ in range(3):
        house.clock.pass_by(timedelta(days=1))
        assert house.publish() is None
        assert house.look() is None
    assert len(house.platform.online) == 1


def test_words_refused_as_a_repetition_are_never_called_absent(house: House) -> None:
    house.platform.before_commit = raising(Repeated("403: duplicate content"))
    house.publish()

    for _ in range(6):
        house.clock.pass_by(timedelta(minutes=15))
        assert house.publish() is None
        house.look()

    assert house.stands == (State.HELD, Held.UNCLEAR)
    assert "repetition" in house.note
    assert house.platform.commits == 1


def test_a_refused_repetition_of_our_own_post_is_found_in_the_end(house: House) -> None:
    house.platform.blows = [Blow.LOST_AFTER]
    house.publish()
    created, house.platform.online = house.platform.online, []
    house.clock.pass_by(SETTLE)
    house.look()
    house.platform.before_commit = raising(Repeated("403: duplicate content"))
    house.clock.pass_by(timedelta(minutes=1))
    house.publish()

    house.platform.online = created
    house.clock.pass_by(SETTLE)
    house.look()

    assert house.stands == (State.PUBLISHED, None)


def test_another_posts_receipt_is_not_taken_for_ours(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned(), a_planned(post="IKW-02"))
    clock = FakeClock()
    platform = FakePlatform(clock)
    publish(1, journal=journal, platform_for=lambda _: platform, clock=clock)
    platform.blows = [Blow.LOST_BEFORE]
    publish(2, journal=journal, platform_for=lambda _: platform, clock=clock)
    platform.find = lambda message, handle: platform.online[0][1]  # type: ignore[method-assign]
    clock.pass_by(SETTLE)

    look(2, journal=journal, platform_for=lambda _: platform, clock=clock)

    first, second = journal.deliveries()
    assert (first.state, first.receipt_id) == (State.PUBLISHED, "1")
    assert (second.state, second.held) == (State.HELD, Held.UNCLEAR)
    assert speech("en").read(second.note).startswith("only IKW-01 was found")


@pytest.mark.parametrize(
    "error", [OutcomeUnknown("504"), TryLater("429"), Rejected("?"), KeyError("a bug")]
)
def test_a_failing_look_teaches_nothing(house: House, error: Exception) -> None:
    house.platform.blows = [Blow.LOST_AFTER]
    house.platform.before_find = raising(error)
    house.publish()
    house.clock.pass_by(SETTLE)

    house.look()

    assert house.stands == (State.UNKNOWN, None)
    assert house.delivery.next_at > house.clock.now()
    assert house.platform.commits == 1


def test_a_look_without_a_login_marks_the_account_and_stays_unknown(house: House) -> None:
    house.platform.blows = [Blow.LOST_AFTER]
    house.platform.before_find = raising(LoginNeeded("401"))
    house.publish()
    house.clock.pass_by(SETTLE)

    house.look()

    assert house.stands == (State.UNKNOWN, None)
    assert not house.journal.accounts()[0].login_works


def test_a_bug_after_the_intent_is_looked_for_and_one_before_is_not(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.platform.before_prepare = raising(KeyError("geheim"))
    house.publish()
    assert house.stands == (State.SCHEDULED, None)

    house.platform.before_prepare = lambda: None
    house.platform.before_commit = raising(ZeroDivisionError("geheim"))
    house.clock.pass_by(timedelta(minutes=1))
    with caplog.at_level(logging.ERROR):
        house.publish()

    assert house.stands == (State.UNKNOWN, None)
    assert house.note == "a fault of this program: ZeroDivisionError"
    assert caplog.records[-1].exc_info


def test_an_account_that_nobody_connected_needs_a_login(house: House) -> None:
    def platform_for(claim: Claim) -> FakePlatform:
        raise LoginNeeded(f"account {claim.message.account} is not connected")

    publish(1, journal=house.journal, platform_for=platform_for, clock=house.clock)

    assert house.stands == (State.HELD, Held.LOGIN)


def test_settings_that_make_no_sense_are_tried_again(house: House) -> None:
    def platform_for(claim: Claim) -> FakePlatform:
        raise SettingsError(claim.message.account)

    publish(1, journal=house.journal, platform_for=platform_for, clock=house.clock)

    assert house.stands == (State.SCHEDULED, None)


def test_an_adapter_that_is_never_done_preparing_is_given_up(house: House) -> None:
    house.platform.prepare = (  # type: ignore[method-assign]
        lambda message, handle: {**handle, f"step{len(handle)}": message.post}
    )

    house.publish()

    assert house.stands == (State.SCHEDULED, None)
    assert "never done" in house.note


def test_each_step_of_preparing_is_kept_and_not_repeated(tmp_path: Path) -> None:
    pictures = tuple(a_picture(data=bytes([n])) for n in range(3))
    journal, clock = a_journal(tmp_path, a_planned(pictures=pictures)), FakeClock()
    platform, prepared = FakePlatform(clock), list[Handle]()
    prepare = platform.prepare

    def interrupted(message: Message, handle: Handle) -> Handle:
        prepared.append(handle)
        if len(prepared) == 3:
            raise TryLater("503")
        return prepare(message, handle)

    platform.prepare = interrupted  # type: ignore[method-assign]
    for _ in range(2):
        publish(1, journal=journal, platform_for=lambda _: platform, clock=clock)
        clock.pass_by(timedelta(minutes=1))

    assert [sum("media" in name for name in handle) for handle in prepared] == [0, 1, 2, 2, 3]
    assert journal.deliveries()[0].state is State.PUBLISHED


def test_stopped_from_outside_nothing_is_even_prepared(house: House) -> None:
    assert house.publish(stopped=lambda: True) is None

    assert house.stands == (State.SCHEDULED, None)
    assert house.journal.log(1)[0].event == "connected"


@pytest.mark.parametrize("how", ["file", "row"])
def test_a_stop_in_the_last_moment_is_heard(house: House, how: str) -> None:
    answers = iter([False, how == "file"])
    if how == "row":
        house.platform.before_prepare = lambda: house.journal.stop("Halt", "Ayşe", NOON)

    house.publish(stopped=lambda: next(answers))

    assert house.platform.commits == 0
    assert (house.stands, house.delivery.tries) == ((State.SCHEDULED, None), 0)


def test_a_machine_that_stood_still_before_sending_does_not_send(house: House) -> None:
    answers = iter([False, False])

    def slow() -> bool:
        if len(house.journal.log(9)) > 4:
            house.clock.pass_by(timedelta(seconds=6))
        return next(answers)

    house.publish(stopped=slow)

    assert house.platform.commits == 0
    assert house.stands == (State.SCHEDULED, None)
    assert "stood still" in house.note


def test_a_delivery_that_was_taken_from_us_while_preparing_is_not_sent(house: House) -> None:
    house.platform.before_prepare = lambda: take_over(house.journal, LATER)

    house.publish()

    assert house.platform.commits == 0
    assert house.stands == (State.SCHEDULED, None)


def test_a_receipt_that_comes_after_a_recovery_still_wins(house: House) -> None:
    house.platform.before_commit = lambda: take_over(house.journal, LATER)

    house.publish()

    assert house.stands == (State.PUBLISHED, None)
    assert house.journal.log(1)[0].event == "late receipt"


def test_a_receipt_is_written_down_even_if_the_database_is_busy_at_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = [DatabaseUnusable("locked"), DatabaseUnusable("locked")]
    write = Journal.publish

    def sometimes(*args: object, **more: object) -> State:
        if busy:
            raise busy.pop()
        return write(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "publish", sometimes)

    house.publish()

    assert house.stands == (State.PUBLISHED, None)


@pytest.mark.parametrize("newest", [True, False], ids=["newest-sqlite", "pythons-own-sqlite"])
def test_many_threads_publish_each_post_once_and_never_two_on_an_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, newest: bool
) -> None:
    if not newest:
        monkeypatch.setattr("integrado_poster.journal.sqlite.driver", lambda: sqlite3)
    accounts = ["netz-mastodon", "netz-x", "netz-facebook", "netz-bluesky"]
    planned = [a_planned(post=f"P{n}", account=account) for n in range(6) for account in accounts]
    journal, clock, busy, lock = a_journal(tmp_path, *planned), FakeClock(), set[str](), Lock()
    platforms = {account: FakePlatform(clock) for account in accounts}

    def enter(account: str) -> None:
        with lock:
            assert account not in busy
            busy.add(account)

    def watched(claim: Claim) -> FakePlatform:
        account = claim.message.account
        platforms[account].before_commit = lambda: enter(account)
        return platforms[account]

    def send(id: int) -> None:
        account = planned[id - 1].message.account
        point = lambda name: busy.discard(account) if name == "before outcome" else None  # noqa: E731
        publish(id, journal=journal, platform_for=watched, clock=clock, point=point)

    with ThreadPoolExecutor(8) as pool:
        while due := journal.due(NOON, limit=99):
            list(pool.map(send, [*due, *due]))

    assert {row.state for row in journal.deliveries()} == {State.PUBLISHED}
    assert [len(platform.online) for platform in platforms.values()] == [6, 6, 6, 6]


def test_cannot_tell_from_commit_counts_as_unknown(house: House) -> None:
    house.platform.before_commit = raising(CannotTell("not a promise of commit"))

    house.publish()

    assert house.stands == (State.UNKNOWN, None)

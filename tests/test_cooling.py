"""What does not work is left in peace for a while, and then tried once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from integrado_poster.contract import Receipt
from integrado_poster.errors import OutcomeUnknown, PlatformError, Rejected, Repeated, TryLater
from integrado_poster.journal import Blame, Claim, Journal, open_journal
from integrado_poster.model import State
from integrado_poster.publish import publish
from integrado_poster.speech import speech
from tests import builders
from tests.builders import NOON, a_journal, a_planned
from tests.fakes import FakeClock, FakePlatform

pytestmark = pytest.mark.usefixtures("every_database")

MINUTE = timedelta(minutes=1)
PAUSE = 15 * MINUTE
MEMBERS = ("awo", "caritas", "drk", "jkg")


def events(journal: Journal) -> list[str]:
    return [line.event for line in journal.log(200)]


def claim(journal: Journal, id: int, now: datetime) -> Claim:
    taken = journal.claim(id, now=now)
    assert taken is not None
    return taken


def fail(journal: Journal, id: int, now: datetime, blame: Blame = Blame.ACCOUNT) -> None:
    journal.retry(claim(journal, id, now), None, "no answer", now, blame=blame)


def receipt(id: int) -> Receipt:
    return Receipt(id=str(id), url=None)


@pytest.fixture
def one_account(tmp_path: Path) -> Iterator[Journal]:
    """An account with ten posts, all due at noon."""
    with closing(a_journal(tmp_path, *[a_planned(post=f"P{n}") for n in range(10)])) as made:
        yield made


@pytest.fixture
def members(tmp_path: Path) -> Iterator[Journal]:
    """Four accounts on Mastodon with two posts each, and one on X."""
    planned = [a_planned(account=name, post=post) for post in ("P1", "P2") for name in MEMBERS]
    with closing(a_journal(tmp_path, *planned, a_planned(account="x", platform="x"))) as made:
        yield made


# --- One account ------------------------------------------------------------------------


def test_five_failures_in_a_row_give_the_account_a_pause(one_account: Journal) -> None:
    for id in range(1, 5):
        fail(one_account, id, NOON)
    assert one_account.due(NOON, limit=9) == [5]

    fail(one_account, 5, NOON)

    assert one_account.due(NOON + PAUSE - timedelta(seconds=1), limit=9) == []
    assert one_account.claim(6, now=NOON + MINUTE) is None
    assert one_account.next_moment() == NOON + PAUSE
    assert events(one_account)[-2:] == ["retry", "cooling"]
    (account,) = one_account.accounts()
    assert (account.failures, account.next_allowed_at) == (5, NOON + PAUSE)
    (pause,) = one_account.pauses()
    assert (pause.accounts, pause.whole, pause.until) == (("netz-mastodon",), False, NOON + PAUSE)


def test_after_the_pause_there_is_one_trial_and_the_next_pause_if_it_fails(
    one_account: Journal,
) -> None:
    for id in range(1, 6):
        fail(one_account, id, NOON)
    later = NOON + PAUSE

    (trial,) = one_account.due(later, limit=9)
    taken = claim(one_account, trial, later)
    assert events(one_account)[-1] == "trial"
    assert one_account.due(later, limit=9) == []
    one_account.retry(taken, None, "no answer", later, blame=Blame.ACCOUNT)

    assert one_account.due(later + PAUSE - timedelta(seconds=1), limit=9) == []
    assert len(one_account.due(later + PAUSE, limit=9)) == 1


def test_a_trial_that_works_ends_it(one_account: Journal) -> None:
    for id in range(1, 6):
        fail(one_account, id, NOON)
    later = NOON + PAUSE

    one_account.publish(claim(one_account, 1, later), receipt(1), later)

    assert events(one_account)[-2:] == ["published", "works again"]
    assert one_account.accounts()[0].failures == 0
    fail(one_account, 2, later)
    assert len(one_account.due(later, limit=9)) == 1


def test_a_pause_outlives_a_restart(one_account: Journal, tmp_path: Path) -> None:
    for id in range(1, 6):
        fail(one_account, id, NOON)
    one_account.close()

    with closing(open_journal(builders.place_in(tmp_path))) as journal:
        assert journal.due(NOON + MINUTE, limit=9) == []
        assert journal.accounts()[0].failures == 5


def test_a_clear_answer_starts_the_count_over(one_account: Journal) -> None:
    for id in range(1, 5):
        fail(one_account, id, NOON)
    one_account.fail(claim(one_account, 5, NOON), "422: too long", NOON)
    for id in range(6, 10):
        fail(one_account, id, NOON)

    assert "cooling" not in events(one_account)
    assert one_account.due(NOON, limit=9) == [10]


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (TryLater("503", down=True), True),
        (TryLater("503", down=True, wait=MINUTE), True),
        (TryLater("not now"), True),
        (OutcomeUnknown("the reply got lost"), True),
        (TryLater("429", wait=MINUTE), False),
        (TryLater("206: still at it", wait=timedelta(seconds=2)), False),
        (Repeated("these words are here"), False),
        (Rejected("422"), False),
        (KeyError("a bug"), False),
    ],
    ids=str,
)
def test_what_counts_is_the_platforms_failure(
    one_account: Journal, error: PlatformError | KeyError, counts: bool
) -> None:
    clock = FakeClock()
    platform = FakePlatform(clock)

    def interfere() -> None:
        raise error

    unknown = isinstance(error, OutcomeUnknown)
    setattr(platform, "before_commit" if unknown else "before_prepare", interfere)
    publish(1, journal=one_account, platform_for=lambda _: platform, clock=clock)

    assert one_account.accounts()[0].failures == int(counts)


def test_a_machine_that_stood_still_is_not_the_platforms_failure(one_account: Journal) -> None:
    clock = FakeClock()
    platform = FakePlatform(clock)

    def stand_still(name: str) -> None:
        if name == "before commit":
            clock.pass_by(MINUTE)

    publish(1, journal=one_account, platform_for=lambda _: platform, clock=clock, point=stand_still)

    assert one_account.state(1) is State.SCHEDULED
    assert one_account.accounts()[0].failures == 0


def test_a_new_login_ends_the_pause(one_account: Journal) -> None:
    for id in range(1, 6):
        fail(one_account, id, NOON)
    (account,) = one_account.accounts()
    assert account.identity is not None

    one_account.connect(account.key, account.platform, {}, {}, account.identity, NOON)

    assert len(one_account.due(NOON, limit=9)) == 1


# --- A whole platform -------------------------------------------------------------------


def all_down(journal: Journal, now: datetime, *, apart: timedelta = timedelta()) -> None:
    """Let three of the four accounts find their platform down."""
    for number, id in enumerate((1, 2, 3)):
        fail(journal, id, now + number * apart, Blame.PLATFORM)


def test_three_accounts_that_find_it_down_give_the_platform_a_pause(members: Journal) -> None:
    all_down(members, NOON)

    assert [members.claim(id, now=NOON + MINUTE) for id in range(1, 9)] == [None] * 8
    assert members.due(NOON + MINUTE, limit=9) == [9]  # X goes on
    (pause,) = members.pauses()
    assert (pause.platform, pause.whole, pause.until) == ("mastodon", True, NOON + PAUSE)
    assert pause.accounts == ("awo", "caritas", "drk")
    told = members.log(1)[0]
    assert told.event == "platform cooling"
    assert "awo, caritas, drk" in speech("en").read(told.detail)


@pytest.mark.parametrize("apart", [2.5 * MINUTE, 4 * MINUTE])
def test_not_if_they_fail_at_different_times(members: Journal, apart: timedelta) -> None:
    all_down(members, NOON, apart=apart)

    assert members.pauses() == ()


def test_not_if_each_of_them_has_its_own_trouble(members: Journal) -> None:
    for id in (1, 2, 3):
        fail(members, id, NOON, Blame.ACCOUNT)

    assert members.pauses() == ()


def test_then_one_delivery_of_the_whole_platform_tries(members: Journal) -> None:
    all_down(members, NOON)
    later = NOON + PAUSE
    due = members.due(later, limit=9)
    assert len(due) == 5  # one of each account, and X

    trial = claim(members, due[0], later)

    assert members.log(1)[0].event == "trial"
    assert [members.claim(id, now=later) for id in range(1, 9)] == [None] * 8
    members.retry(trial, None, "503", later, blame=Blame.PLATFORM)
    assert members.due(later + MINUTE, limit=9) == [9]
    assert members.pauses()[0].until == later + PAUSE


def test_if_that_works_all_of_them_go_on(members: Journal) -> None:
    all_down(members, NOON)
    later = NOON + PAUSE
    first = members.due(later, limit=9)[0]

    members.publish(claim(members, first, later), receipt(first), later)

    assert members.pauses() == ()
    assert members.log(1)[0].event == "works again"
    assert len(members.due(later, limit=9)) == 5


def test_what_was_on_its_way_and_arrives_ends_the_pause(members: Journal) -> None:
    on_its_way = claim(members, 4, NOON)
    all_down(members, NOON)
    assert members.due(NOON + MINUTE, limit=9) == [9]

    members.publish(on_its_way, receipt(4), NOON + MINUTE)

    assert sorted(members.due(NOON + MINUTE, limit=9)) == [1, 2, 3, 8, 9]


def test_what_was_on_its_way_and_fails_too_does_not_make_it_longer(members: Journal) -> None:
    on_its_way = claim(members, 4, NOON)
    assert members.intend(on_its_way, NOON)
    all_down(members, NOON)

    members.doubt(on_its_way, "lost", NOON + MINUTE, MINUTE, blame=Blame.PLATFORM)

    assert members.pauses()[0].until == NOON + PAUSE
    assert events(members).count("platform cooling") == 1


def test_the_platforms_own_longer_wait_still_counts(members: Journal) -> None:
    members.retry(claim(members, 4, NOON), timedelta(hours=1), "429", NOON)
    all_down(members, NOON)
    later = NOON + PAUSE

    assert members.claim(8, now=later) is None
    members.publish(claim(members, 1, later), receipt(1), later)

    assert members.claim(8, now=later) is None

"""After downtime: the oldest first, a while apart, and a person is asked where it would flood."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrado_poster.contract import Receipt
from integrado_poster.journal import Journal
from integrado_poster.model import Fate, Held, OnLate, Planned, State
from tests.builders import NOON, a_campaign, a_journal, a_planned

pytestmark = pytest.mark.usefixtures("every_database")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
Sent = list[tuple[datetime, str]]


def planned(*hours_ago: float, **changes: object) -> list[Planned]:
    """Posts that were due before noon: P1, P2, … the way they are named."""
    return [
        a_planned(at=NOON - ago * HOUR, post=f"P{number}", **changes)  # type: ignore[arg-type]
        for number, ago in enumerate(hours_ago, start=1)
    ]


def play(journal: Journal, until: datetime, start: datetime = NOON) -> Sent:
    """Do what the worker does until a moment; everything works at once."""
    sent: Sent = []
    now = start
    while now <= until:
        progress = False
        for id in journal.due(now, limit=99):
            claim = journal.claim(id, now=now)
            if claim is not None:
                assert journal.intend(claim, now)
                journal.publish(claim, Receipt(id=str(id), url=None), now)
                sent.append((now, claim.message.post))
                progress = True
        if not progress and not journal.due(now, limit=99):
            nearest = journal.next_moment()
            if nearest is None:
                break
            now = max(nearest, now + timedelta(microseconds=1))
    return sent


def held(journal: Journal) -> dict[str, Held | None]:
    return {delivery.post: delivery.held for delivery in journal.deliveries()}


def test_what_is_overdue_goes_out_oldest_first_and_five_minutes_apart(tmp_path: Path) -> None:
    with closing(a_journal(tmp_path, *planned(1, 3, 2))) as journal:
        sent = play(journal, NOON + HOUR)

        assert sent == [(NOON, "P2"), (NOON + 5 * MINUTE, "P3"), (NOON + 10 * MINUTE, "P1")]
        assert [line.post for line in journal.log(99) if line.event == "queued"] == [
            "P3",
            "P1",
            "P1",
        ]


def test_every_account_catches_up_by_itself(tmp_path: Path) -> None:
    both = [*planned(2, 1), *planned(2, 1, account="awo-x", platform="x")]
    with closing(a_journal(tmp_path, *both)) as journal:
        sent = play(journal, NOON + HOUR)

    assert sorted(sent) == [(NOON, "P1")] * 2 + [(NOON + 5 * MINUTE, "P2")] * 2


def test_what_is_on_time_does_not_wait_for_what_is_overdue(tmp_path: Path) -> None:
    on_time = a_planned(at=NOON + 2 * MINUTE, post="on time")
    with closing(a_journal(tmp_path, *planned(2, 1), on_time)) as journal:
        sent = play(journal, NOON + HOUR)

    # What is overdue keeps its distance from that one, too.
    assert sent == [(NOON, "P1"), (NOON + 2 * MINUTE, "on time"), (NOON + 7 * MINUTE, "P2")]


def test_less_than_a_quarter_of_an_hour_is_simply_posted(tmp_path: Path) -> None:
    with closing(a_journal(tmp_path, *planned(*[0.25] * 8))) as journal:
        assert play(journal, NOON) == [(NOON, f"P{number}") for number in range(1, 9)]


def test_more_than_three_on_one_account_wait_for_a_person(tmp_path: Path) -> None:
    other = a_planned(at=NOON - HOUR, post="other", account="awo-x", platform="x")
    with closing(a_journal(tmp_path, *planned(4, 3, 2, 1), other)) as journal:
        sent = play(journal, NOON + HOUR)

        assert sent == [(NOON, "other")]
        assert held(journal) == dict.fromkeys(("P1", "P2", "P3", "P4"), Held.FLOOD) | {
            "other": None
        }
        told = [line for line in journal.log(99) if line.event == "held"]
        assert [line.post for line in told] == ["P1", "P2", "P3", "P4"]


def test_workers_that_find_too_many_at_once_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    with closing(a_journal(tmp_path, *planned(5, 4, 3, 2, 1))) as journal:
        ready = Barrier(5)

        def claim(id: int) -> object:
            ready.wait()
            return journal.claim(id, now=NOON)

        with ThreadPoolExecutor(5) as workers:
            assert list(workers.map(claim, range(1, 6))) == [None] * 5
        assert set(held(journal).values()) == {Held.FLOOD}
        assert [line.event for line in journal.log(99)].count("held") == 5


def test_what_is_too_late_is_asked_about_or_skipped_and_does_not_count(tmp_path: Path) -> None:
    old = [*planned(80, 56, 32, 9), a_planned(at=NOON - 8 * HOUR, post="skip", on_late=OnLate.SKIP)]
    recent = a_planned(at=NOON - HOUR, post="recent")
    with closing(a_journal(tmp_path, *old, recent)) as journal:
        assert play(journal, NOON + HOUR) == [(NOON, "recent")]

        assert [held(journal)[f"P{number}"] for number in (1, 2, 3, 4)] == [Held.LATE] * 4
        assert journal.state(5) is State.CANCELLED


@pytest.mark.parametrize("own", [OnLate.ASK, OnLate.SKIP, OnLate.POST])
def test_a_person_hears_that_it_is_too_late_while_the_platform_makes_it_wait(
    tmp_path: Path, own: OnLate
) -> None:
    """A platform may say: not before tomorrow."""
    waiting = [*planned(0, on_late=own), a_planned(at=NOON + HOUR, post="P2", on_late=own)]
    with closing(a_journal(tmp_path, *waiting)) as journal:
        claim = journal.claim(1, now=NOON)
        assert claim is not None
        assert journal.intend(claim, NOON)
        journal.retry(claim, 24 * HOUR, "429", NOON)

        play(journal, NOON + 6 * HOUR, start=NOON + 6 * HOUR)
        assert [journal.state(id) for id in (1, 2)] == [State.SCHEDULED] * 2
        later = NOON + 8 * HOUR
        for id in journal.due(later, limit=9):
            assert journal.claim(id, now=later) is None

        became = {
            OnLate.ASK: State.HELD,
            OnLate.SKIP: State.CANCELLED,
            OnLate.POST: State.SCHEDULED,
        }
        assert [journal.state(id) for id in (1, 2)] == [became[own]] * 2


def test_a_campaign_that_always_posts_is_caught_up_with_in_the_same_way(tmp_path: Path) -> None:
    campaign = a_campaign(on_late=OnLate.POST)
    with closing(a_journal(tmp_path, *planned(72, 48), campaign=campaign)) as journal:
        assert play(journal, NOON + HOUR) == [(NOON, "P1"), (NOON + 5 * MINUTE, "P2")]


def test_a_person_lets_too_many_go_and_they_keep_their_distance(tmp_path: Path) -> None:
    with closing(a_journal(tmp_path, *planned(4, 3, 2, 1))) as journal:
        play(journal, NOON)
        for delivery in journal.deliveries():
            assert journal.again(delivery.id, "Ayşe", NOON + MINUTE)

        sent = play(journal, NOON + HOUR, start=NOON + MINUTE)

        moments = [NOON + (1 + 5 * number) * MINUTE for number in range(4)]
        assert sent == list(zip(moments, ("P1", "P2", "P3", "P4"), strict=True))


def test_one_let_go_later_still_keeps_its_distance(tmp_path: Path) -> None:
    with closing(a_journal(tmp_path, *planned(4, 3, 2, 1))) as journal:
        play(journal, NOON)
        journal.again(1, "Ayşe", NOON)
        assert play(journal, NOON) == [(NOON, "P1")]

        journal.again(2, "Ayşe", NOON + MINUTE)

        assert play(journal, NOON + HOUR, NOON + MINUTE) == [(NOON + 5 * MINUTE, "P2")]


def test_what_was_let_go_keeps_its_distance_after_a_stop_as_well(tmp_path: Path) -> None:
    with closing(a_journal(tmp_path, *planned(4, 3, 2, 1))) as journal:
        play(journal, NOON)
        for delivery in journal.deliveries():
            assert journal.again(delivery.id, "Ayşe", NOON)
        assert play(journal, NOON) == [(NOON, "P1")]
        journal.stop("a storm", "Ayşe", NOON + MINUTE)
        outlook = [(each.at, each.delivery.post) for each in journal.outlook(NOON + HOUR)]
        journal.resume("Ayşe", NOON + HOUR)

        sent = play(journal, NOON + 2 * HOUR, start=NOON + HOUR)

        moments = [NOON + HOUR + 5 * number * MINUTE for number in range(3)]
        assert sent == outlook == list(zip(moments, ("P2", "P3", "P4"), strict=True))


def test_one_that_a_person_sends_again_keeps_its_distance_and_its_moment_is_known(
    tmp_path: Path,
) -> None:
    with closing(a_journal(tmp_path, *planned(9, 8, 0))) as journal:
        assert play(journal, NOON) == [(NOON, "P3")]
        assert held(journal) == {"P1": Held.LATE, "P2": Held.LATE, "P3": None}

        moments = []
        for id in (1, 2):
            journal.again(id, "Ayşe", NOON + MINUTE)
            after = journal.delivery(id)
            assert after is not None
            moments.append((after.next_at, after.post))

        assert moments == [(NOON + 5 * MINUTE, "P1"), (NOON + 10 * MINUTE, "P2")]
        assert play(journal, NOON + HOUR, NOON + MINUTE) == moments


def test_what_is_let_go_does_not_wait_for_what_a_platform_makes_wait(tmp_path: Path) -> None:
    with closing(a_journal(tmp_path, *planned(9, 8))) as journal:
        play(journal, NOON)
        journal.again(1, "Ayşe", NOON)
        claim = journal.claim(1, now=NOON)
        assert claim is not None
        assert journal.intend(claim, NOON)
        journal.retry(claim, None, "503", NOON)

        journal.again(2, "Ayşe", NOON)

        assert play(journal, NOON) == [(NOON, "P2")]


@pytest.mark.parametrize(("outcome", "apart"), [("refused", 0), ("later", 0), ("lost", 5)])
def test_the_distance_is_kept_from_what_may_be_online(
    tmp_path: Path, outcome: str, apart: int
) -> None:
    with closing(a_journal(tmp_path, *planned(2, 1))) as journal:
        claim = journal.claim(1, now=NOON)
        assert claim is not None
        assert journal.intend(claim, NOON)
        if outcome == "refused":
            journal.fail(claim, "422", NOON)
        elif outcome == "later":
            journal.retry(claim, None, "503", NOON)
        else:
            journal.doubt(claim, "reset", NOON, 30 * MINUTE)

        (first, *_) = play(journal, NOON + 20 * MINUTE)

        assert first == (NOON + apart * MINUTE, "P2")


def test_a_clock_that_was_set_back_makes_nobody_wait_for_a_day(tmp_path: Path) -> None:
    campaign = a_campaign(on_late=OnLate.POST)
    with closing(a_journal(tmp_path, *planned(2, 1), campaign=campaign)) as journal:
        claim = journal.claim(1, now=NOON)
        assert claim is not None
        tomorrow = NOON + 24 * HOUR  # as a wrong clock said
        assert journal.intend(claim, tomorrow)
        journal.publish(claim, Receipt(id="1", url=None), tomorrow)

        assert journal.claim(2, now=NOON) is not None


# --- What is foreseen is what happens ------------------------------------------------------


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    ago=st.lists(st.sampled_from([0.1, 0.2, 0.5, 1, 2, 5, 7, 30]), min_size=1, max_size=6),
    own=st.sampled_from([None, *OnLate]),
)
def test_the_outlook_tells_what_will_happen(
    tmp_path_factory: pytest.TempPathFactory, ago: list[float], own: OnLate | None
) -> None:
    folder = tmp_path_factory.mktemp("outlook")
    with closing(a_journal(folder, *planned(*ago, on_late=own))) as journal:
        journal.stop("a storm", "Ayşe", NOON - HOUR)
        outlook = {each.delivery.post: each for each in journal.outlook(NOON)}
        assert len(outlook) == len(ago)
        journal.resume("Ayşe", NOON)

        sent = {post: at for at, post in play(journal, NOON + 2 * HOUR)}

        for delivery in journal.deliveries():
            each = outlook[delivery.post]
            if each.fate in (Fate.SEND, Fate.WAIT):
                assert sent[delivery.post] == each.at
            elif each.fate is Fate.SKIP:
                assert delivery.state is State.CANCELLED
            else:
                assert delivery.held is not None
                assert delivery.held.value == each.fate.value
        caught_up = sorted(at for post, at in sent.items() if ago[int(post[1:]) - 1] > 0.25)
        assert all(later - earlier >= 5 * MINUTE for earlier, later in pairwise(caught_up))
        assert len(caught_up) <= 3

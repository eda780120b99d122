"""The journal takes plans, keeps its promises about states, and forgets nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError, StatementError

from integrado_poster.contract import Identity, Receipt
from integrado_poster.errors import AnotherInstance, DatabaseUnusable
from integrado_poster.journal import (
    Blame,
    Claim,
    Journal,
    driver,
    open_journal,
    single_instance,
    wal_is_safe,
)
from integrado_poster.journal.deaths import DEATHS
from integrado_poster.journal.lock import network_drive
from integrado_poster.journal.outcomes import LONGEST_WAIT
from integrado_poster.journal.tables import accounts, deliveries, pictures
from integrado_poster.model import Delivery, Held, OnLate, State
from integrado_poster.speech import speech
from tests.builders import (
    LATER,
    NOON,
    a_campaign,
    a_journal,
    a_message,
    a_picture,
    a_planned,
    an_empty_journal,
    take_over,
)

pytestmark = pytest.mark.usefixtures("every_database")

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
RECEIPT = Receipt(id="77", url="https://social.example/77")
PAIR = ("IKW-01", "netz-mastodon")


def only(journal: Journal) -> Delivery:
    (delivery,) = journal.deliveries()
    return delivery


def words(journal: Journal) -> str:
    return speech("en").read(only(journal).note)


def events(journal: Journal) -> list[str]:
    return [line.event for line in journal.log(100)]


def bring_to(journal: Journal, state: State, held: Held | None = None) -> Delivery:
    """Lead the one delivery to a state, on the ways that there are."""
    if held in {Held.LATE, Held.FLOOD, Held.APPROVAL}:
        with journal.write() as connection:  # nothing makes a flood yet
            connection.execute(update(deliveries).values(state="held", held=held))
    elif state is State.CANCELLED:
        assert journal.skip(only(journal).id, "Ayşe", NOON)
    elif state is not State.SCHEDULED:
        claim = journal.claim(only(journal).id, now=NOON)
        assert claim is not None
        assert journal.intend(claim, NOON)
        settle(journal, claim, held or state)
    delivery = only(journal)
    assert (delivery.state, delivery.held) == (state, held)
    return delivery


def settle(journal: Journal, claim: Claim, outcome: State | Held) -> None:
    match outcome:
        case State.PUBLISHED:
            journal.publish(claim, RECEIPT, NOON)
        case State.FAILED:
            journal.fail(claim, "422", NOON)
        case State.UNKNOWN:
            journal.doubt(claim, "reset", NOON, timedelta(seconds=10))
        case Held.LOGIN:
            journal.wait_for_login(claim, "401", NOON)
        case Held.UNCLEAR:
            journal.ask(claim, "cannot look", NOON)
        case _:
            assert outcome is State.SENDING


EVERY_STATE: list[tuple[State, Held | None]] = [
    *[(state, None) for state in State if state is not State.HELD],
    *[(State.HELD, held) for held in Held],
]
CHANGEABLE: set[tuple[State, Held | None]] = {
    (State.SCHEDULED, None),
    (State.FAILED, None),
    (State.CANCELLED, None),
    (State.HELD, Held.LATE),
    (State.HELD, Held.LOGIN),
    (State.HELD, Held.FLOOD),
    (State.HELD, Held.APPROVAL),
}


# --- Plans ------------------------------------------------------------------------------


def test_a_plan_becomes_deliveries_and_comes_back_as_it_was(tmp_path: Path) -> None:
    campaign = a_campaign()
    planned = [a_planned(), a_planned(account="awo-x", platform="x", text="Kürzer")]
    journal = an_empty_journal(tmp_path)
    assert journal.campaign() is None

    changes = journal.apply(campaign, planned, now=NOON)

    assert changes.added == (PAIR, ("IKW-01", "awo-x"))
    assert journal.campaign() == journal.campaign("ikw-2021") == campaign
    assert [journal.message(row.digest) for row in journal.deliveries()] == [
        planned[1].message,
        planned[0].message,
    ]
    assert journal.campaign("another") is None
    assert journal.deliveries("another") == []


@pytest.mark.sqlite_only
def test_applying_the_same_plan_again_changes_no_byte(tmp_path: Path) -> None:
    planned = [a_planned(), a_planned(post="IKW-02", at=NOON + HOUR)]
    journal = a_journal(tmp_path, *planned)
    journal.skip(journal.deliveries()[1].id, "Ayşe", NOON)
    journal.close()
    before = (tmp_path / "poster.db").read_bytes()

    journal = open_journal(tmp_path / "poster.db")
    changes = journal.apply(a_campaign(), planned, now=NOON + HOUR)
    journal.close()

    assert changes.unchanged == (PAIR, ("IKW-02", "netz-mastodon"))
    assert (tmp_path / "poster.db").read_bytes() == before


@pytest.mark.parametrize(("state", "held"), EVERY_STATE)
def test_a_changed_plan_changes_what_is_surely_not_online(
    tmp_path: Path, state: State, held: Held | None
) -> None:
    journal = a_journal(tmp_path, a_planned())
    before = bring_to(journal, state, held)
    other = a_planned(text="Neue Worte", at=NOON + HOUR)
    foreseen = journal.compare(a_campaign(), [other])

    changes = journal.apply(a_campaign(), [other], now=NOON)

    assert changes == foreseen
    after = only(journal)
    if (state, held) in CHANGEABLE:
        assert changes.changed == (PAIR,)
        assert (after.state, after.held, after.due) == (State.SCHEDULED, None, NOON + HOUR)
        assert journal.message(after.digest).text == "Neue Worte"
    else:
        assert changes.too_late == (PAIR,)
        assert after == before


@pytest.mark.parametrize(("state", "held"), EVERY_STATE)
def test_leaving_the_plan_cancels_what_is_surely_not_online(
    tmp_path: Path, state: State, held: Held | None
) -> None:
    journal = a_journal(tmp_path, a_planned())
    before = bring_to(journal, state, held)

    changes = journal.apply(a_campaign(), [], now=NOON)

    if (state, held) in CHANGEABLE:
        assert changes.cancelled == (PAIR,)
        assert only(journal).state is State.CANCELLED
        assert journal.apply(a_campaign(), [a_planned()], now=NOON).added == (PAIR,)
        assert only(journal).state is State.SCHEDULED
    else:
        assert changes.too_late == (PAIR,)
        assert only(journal) == before


def test_what_a_person_skipped_stays_skipped_until_the_plan_says_something_new(
    tmp_path: Path,
) -> None:
    journal = a_journal(tmp_path, a_planned())
    journal.skip(only(journal).id, "Ayşe", NOON)

    journal.apply(a_campaign(name="Anderer Name"), [a_planned()], now=NOON)

    assert only(journal).state is State.CANCELLED


def test_platform_keys_never_change(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    first = journal.claim(1, now=NOON)
    assert first is not None
    journal.fail(first, "422", NOON)

    journal.apply(a_campaign(), [a_planned(text="Neue Worte")], now=NOON)
    second = journal.claim(1, now=NOON)

    assert second is not None
    kept = {name: first.handle[name] for name in ("key", "rkey", "started", "claimed")}
    assert kept | {"claim": str(second.fence)} == second.handle
    assert first.handle["claim"] != second.handle["claim"]
    assert first.handle["started"] == "2021-09-26T12:00:00Z"
    assert len(first.handle["rkey"]) == 13


def test_a_plan_that_cannot_be_applied_leaves_nothing_behind(tmp_path: Path) -> None:
    journal = an_empty_journal(tmp_path)
    naive = a_planned(post="IKW-02", at=NOON.replace(tzinfo=None))

    with pytest.raises(StatementError, match="without a zone"):
        journal.apply(a_campaign(), [a_planned(), naive], now=NOON)
    with pytest.raises(ValueError, match="twice"):
        journal.apply(a_campaign(), [a_planned(), a_planned(text="?")], now=NOON)

    assert journal.deliveries() == []
    assert journal.campaign() is None


def test_the_same_picture_is_kept_once(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, *[a_planned(post=f"IKW-0{n}") for n in range(1, 6)])

    with journal.read() as connection:
        assert len(connection.execute(select(pictures.c.sha256)).all()) == 1


def test_a_spoilt_picture_fails_its_own_delivery_only(tmp_path: Path) -> None:
    fine = a_planned(account="awo-x", pictures=(a_picture(data=b"another"),))
    journal = a_journal(tmp_path, a_planned(), fine)
    with journal.write() as connection:
        spoilt = pictures.c.sha256 == a_picture().sha256
        connection.execute(update(pictures).where(spoilt).values(data=b"bit rot"))

    with pytest.raises(DatabaseUnusable):
        journal.message(a_message().digest)
    taken = [journal.claim(id, now=NOON) for id in journal.due(NOON, limit=9)]

    assert [claim.message for claim in taken if claim] == [fine.message]
    assert {row.account: row.state for row in journal.deliveries()} == {
        "netz-mastodon": State.FAILED,
        "awo-x": State.SENDING,
    }


def test_what_cannot_be_read_cannot_be_looked_for_by_us(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    due = bring_to(journal, State.UNKNOWN).next_at
    with journal.write() as connection:
        connection.execute(update(pictures).values(data=b"bit rot"))

    assert journal.take_look(1, now=due) is None

    assert only(journal).held is Held.UNCLEAR


# --- Claims -----------------------------------------------------------------------------


def test_nothing_is_due_before_its_moment(tmp_path: Path) -> None:
    berlin_noon = datetime(2021, 9, 26, 12, tzinfo=ZoneInfo("Europe/Berlin"))  # 10:00 UTC
    journal = a_journal(tmp_path, a_planned(at=berlin_noon))
    moment = NOON - 2 * HOUR

    assert journal.next_moment() == moment
    assert journal.due(moment - timedelta(microseconds=1), limit=9) == []
    assert journal.claim(1, now=moment - timedelta(microseconds=1)) is None
    assert journal.due(moment, limit=9) == [1]
    assert journal.claim(1, now=moment) is not None


def test_one_delivery_per_account_is_in_flight(tmp_path: Path) -> None:
    journal = a_journal(
        tmp_path,
        a_planned(),
        a_planned(post="IKW-02", at=NOON + MINUTE),
        a_planned(account="awo-x", at=NOON + MINUTE),
    )
    later = NOON + MINUTE
    assert journal.due(later, limit=9) == [1, 3]
    first = journal.claim(1, now=later)

    assert journal.claim(2, now=later) is None
    assert journal.due(later, limit=9) == [3]
    assert first is not None
    journal.publish(first, RECEIPT, later)
    assert journal.due(later, limit=9) == [2, 3]


def test_what_is_due_on_an_account_stands_in_line(tmp_path: Path) -> None:
    journal = a_journal(
        tmp_path,
        a_planned(post="IKW-02", at=NOON + MINUTE),
        a_planned(),
        a_planned(account="awo-x"),
        a_planned(post="IKW-03", at=NOON + 2 * MINUTE),
    )
    later = NOON + MINUTE
    assert journal.due_on("netz-mastodon", later, limit=9) == [2, 1]
    assert journal.due_on("netz-mastodon", later, limit=1) == [2]
    claim = journal.claim(2, now=later)
    assert claim is not None

    assert journal.due_on("netz-mastodon", later, limit=9) == []  # one at a time
    journal.retry(claim, HOUR, "too many requests", later)
    assert journal.due_on("netz-mastodon", later, limit=9) == []  # the account waits, too
    assert journal.due_on("awo-x", later, limit=9) == [3]


@pytest.mark.parametrize("again", [False, True])
def test_a_claim_says_what_stands_in_the_database(tmp_path: Path, again: bool) -> None:
    """It is made of what was read before the change; a sender must not see anything else."""
    journal = a_journal(tmp_path, a_planned())
    now = NOON + timedelta(microseconds=1)
    claim = journal.claim(1, now=now.astimezone(ZoneInfo("Europe/Berlin")))
    assert claim is not None
    claimed = now
    if again:
        claimed += MINUTE
        journal.keep(claim, {"media": "7"})
        journal.intend(claim, now)
        journal.doubt(claim, "reset", now, timedelta(seconds=10))
        claim = journal.take_look(1, now=claimed)
        assert claim is not None

    with journal.read() as connection:
        row = connection.execute(select(deliveries)).one()
    times = {"started": row.started_at, "claimed": claimed}
    told = {name: at.isoformat().replace("+00:00", "Z") for name, at in times.items()}
    ours = {"key": row.key, "rkey": row.rkey, "claim": str(row.fence), **told}
    assert claim.handle == row.handle | ours
    for name in ("fence", "state", "campaign", "tries", "looks", "intent_at"):
        assert getattr(claim, name) == getattr(row, name)


def test_nothing_is_claimed_while_stopped_and_everything_after(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    journal.stop("Falsches Logo", "Ayşe", NOON)

    assert journal.stopped() == "Falsches Logo"
    assert journal.due(NOON, limit=9) == []
    assert journal.next_moment() is None
    assert journal.claim(1, now=NOON) is None

    journal.resume("Ayşe", NOON)
    journal.resume("Ayşe", NOON)
    assert journal.stopped() is None
    assert journal.claim(1, now=NOON) is not None
    assert events(journal).count("resumed") == 1


def test_stop_reaches_a_claimed_delivery_before_its_request(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    claim = journal.claim(1, now=NOON)
    assert claim is not None
    journal.stop("Halt", "Ayşe", NOON)

    assert not journal.intend(claim, NOON)

    assert (only(journal).state, only(journal).tries) == (State.SCHEDULED, 0)


@pytest.mark.parametrize(
    ("on_late", "state", "held"),
    [
        (OnLate.ASK, State.HELD, Held.LATE),
        (OnLate.SKIP, State.CANCELLED, None),
        (OnLate.POST, State.SENDING, None),
    ],
)
def test_too_late_is_what_the_campaign_says(
    tmp_path: Path, on_late: OnLate, state: State, held: Held | None
) -> None:
    journal = a_journal(tmp_path, a_planned(), campaign=a_campaign(on_late=on_late))

    in_time = journal.claim(1, now=NOON + 6 * HOUR)
    assert in_time is not None
    journal.give_back(in_time, "", NOON + 6 * HOUR)
    claim = journal.claim(1, now=NOON + 6 * HOUR + timedelta(microseconds=1))

    assert (claim is not None) == (state is State.SENDING)
    assert (only(journal).state, only(journal).held) == (state, held)


def test_a_post_may_have_its_own_word_about_lateness(tmp_path: Path) -> None:
    campaign = a_campaign(on_late=OnLate.ASK)
    journal = a_journal(
        tmp_path,
        a_planned(on_late=OnLate.SKIP),
        a_planned(account="awo-x", on_late=OnLate.POST),
        campaign=campaign,
    )
    late = NOON + 7 * HOUR

    assert [journal.claim(id, now=late) is not None for id in (1, 2)] == [False, True]

    assert [journal.state(id) for id in (1, 2)] == [State.CANCELLED, State.SENDING]


@pytest.mark.parametrize(
    ("on_late", "state", "held"),
    [
        (OnLate.ASK, State.HELD, Held.LATE),
        (OnLate.SKIP, State.CANCELLED, None),
        (OnLate.POST, State.HELD, Held.LATE),
    ],
)
def test_after_its_deadline_a_post_never_goes_out_by_itself(
    tmp_path: Path, on_late: OnLate, state: State, held: Held | None
) -> None:
    planned = a_planned(on_late=on_late, deadline=NOON + MINUTE)
    journal = a_journal(tmp_path, planned)
    just_in_time = journal.claim(1, now=NOON + MINUTE)
    assert just_in_time is not None

    assert not journal.intend(just_in_time, NOON + MINUTE + timedelta(microseconds=1))
    assert journal.claim(1, now=NOON + 2 * MINUTE) is None

    assert (only(journal).state, only(journal).held) == (state, held)


def test_a_persons_word_counts_even_after_the_deadline(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned(deadline=NOON + MINUTE))
    assert journal.claim(1, now=NOON + HOUR) is None

    assert journal.again(1, "Ayşe", NOON + HOUR)

    assert journal.claim(1, now=NOON + HOUR) is not None


def test_another_deadline_is_a_change_of_the_plan(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())

    for other in (a_planned(deadline=NOON + HOUR), a_planned(on_late=OnLate.SKIP)):
        assert journal.apply(a_campaign(), [other], now=NOON).changed == (PAIR,)
        assert journal.apply(a_campaign(), [other], now=NOON).unchanged == (PAIR,)


def test_a_sender_that_wakes_too_late_does_not_send(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    claim = journal.claim(1, now=NOON)
    assert claim is not None

    assert not journal.intend(claim, NOON + 7 * HOUR)

    assert journal.claim(1, now=NOON + 7 * HOUR) is None
    assert only(journal).held is Held.LATE


def test_an_account_without_a_login_holds_what_is_due(tmp_path: Path) -> None:
    journal = an_empty_journal(tmp_path)
    journal.apply(a_campaign(), [a_planned()], now=NOON)
    assert not journal.accounts()[0].login_works

    assert journal.due(NOON, limit=9) == [1]
    assert journal.claim(1, now=NOON) is None
    assert only(journal).held is Held.LOGIN

    journal.connect("netz-mastodon", "mastodon", {}, {}, Identity(id="1", name="@netz"), NOON)
    assert journal.accounts()[0].login_works
    assert journal.claim(1, now=NOON) is not None


def test_a_login_that_fails_holds_all_of_the_account_until_it_works(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned(), a_planned(post="IKW-02", at=NOON + HOUR))
    claim = journal.claim(1, now=NOON)
    assert claim is not None

    journal.wait_for_login(claim, "401", NOON)
    assert journal.claim(2, now=NOON + HOUR) is None

    assert [row.held for row in journal.deliveries()] == [Held.LOGIN, Held.LOGIN]
    journal.login_works("netz-mastodon", NOON + HOUR)
    assert [row.state for row in journal.deliveries()] == [State.SCHEDULED, State.SCHEDULED]
    assert journal.deliveries()[0].tries == 0


def test_a_login_for_another_platform_is_no_login(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned(), a_planned(post="IKW-02"))
    bring_to_unknown = journal.claim(1, now=NOON)
    assert bring_to_unknown is not None
    journal.intend(bring_to_unknown, NOON)
    journal.doubt(bring_to_unknown, "reset", NOON, timedelta())

    journal.connect("netz-mastodon", "x", {}, {}, Identity(id="1", name="@netz"), NOON)

    assert journal.claim(2, now=NOON) is None
    assert journal.deliveries()[1].held is Held.LOGIN
    assert journal.take_look(1, now=NOON) is None
    assert journal.due(NOON, limit=9) == []


def test_an_account_that_moved_to_another_platform_goes_out_there(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned(account="netz", platform="x"))
    journal.apply(a_campaign(), [a_planned(account="netz", platform="mastodon")], now=NOON)
    assert journal.claim(1, now=NOON) is None

    journal.connect("netz", "mastodon", {}, {}, Identity(id="1", name="@netz"), NOON)

    assert only(journal).platform == "mastodon"
    assert journal.claim(1, now=NOON) is not None


def test_an_unknown_one_waits_for_the_login_and_stays_unknown(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    bring_to(journal, State.UNKNOWN)
    soon = NOON + MINUTE
    look = journal.take_look(1, now=soon)
    assert look is not None

    journal.wait_for_login(look, "401", soon)

    assert only(journal).state is State.UNKNOWN
    assert journal.due(soon + HOUR, limit=9) == []
    assert journal.next_moment() is None
    assert journal.take_look(1, now=soon + HOUR) is None
    journal.login_works("netz-mastodon", soon + HOUR)
    assert journal.due(soon + HOUR, limit=9) == [1]


def test_looks_go_on_while_stopped_and_are_taken_once(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    bring_to(journal, State.UNKNOWN)
    journal.stop("Halt", "Ayşe", NOON)
    settled = NOON + timedelta(seconds=10)

    assert journal.next_moment() == settled
    assert journal.take_look(1, now=NOON) is None
    assert journal.due(settled, limit=9) == [1]
    assert journal.take_look(1, now=settled) is not None
    assert journal.take_look(1, now=settled) is None


# --- Results ----------------------------------------------------------------------------


def test_waits_grow_and_after_the_last_try_a_person_decides(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned(late_after=timedelta(days=9)))
    now, waits = NOON, []
    for _ in range(6):
        claim = journal.claim(1, now=now)
        assert claim is not None
        journal.retry(claim, None, "503", now)
        waits.append((only(journal).next_at - now) / MINUTE)
        now = only(journal).next_at

    assert waits[:5] == [0.5, 1, 2, 4, 8]
    assert (only(journal).held, words(journal)) == (Held.LATE, "tried 6 times; at last: 503")
    assert journal.again(1, "Ayşe", now)
    assert only(journal).tries == 0


@pytest.mark.parametrize(("wait", "blame"), [(None, Blame.PLATFORM), (MINUTE, Blame.NOBODY)])
def test_an_outage_of_hours_is_sat_out_before_a_person_is_asked(
    tmp_path: Path, wait: timedelta | None, blame: Blame
) -> None:
    journal = a_journal(tmp_path, a_planned(late_after=timedelta(days=9)))
    now = NOON
    while only(journal).held is None:
        claim = journal.claim(1, now=now)
        assert claim is not None
        journal.retry(claim, wait, "503", now, blame=blame)
        now = journal.next_moment() or now

    assert timedelta(hours=3) < now - NOON < timedelta(hours=5)
    assert only(journal).held is Held.LATE


def test_a_platforms_own_word_counts_for_all_of_the_account(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned(), a_planned(post="IKW-02"))
    claim = journal.claim(1, now=NOON)
    assert claim is not None

    journal.retry(claim, timedelta(minutes=15), "429", NOON)

    assert journal.due(NOON + 14 * MINUTE, limit=9) == []
    assert journal.claim(2, now=NOON + 14 * MINUTE) is None
    assert journal.next_moment() == NOON + 15 * MINUTE
    assert journal.due(NOON + 15 * MINUTE, limit=9) == [1]


@pytest.mark.parametrize("wait", [timedelta(days=-1), timedelta(days=400)])
def test_an_absurd_wait_is_not_believed(tmp_path: Path, wait: timedelta) -> None:
    journal = a_journal(tmp_path, a_planned())
    claim = journal.claim(1, now=NOON)
    assert claim is not None

    journal.retry(claim, wait, "429", NOON)

    assert timedelta(0) < only(journal).next_at - NOON <= timedelta(days=1)


def test_looks_grow_apart_and_after_the_last_a_person_is_asked(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    now, waits = bring_to(journal, State.UNKNOWN).next_at, []
    while only(journal).state is State.UNKNOWN:
        look = journal.take_look(1, now=now)
        assert look is not None
        journal.look_again(look, "nothing learned", now)
        waits.append((only(journal).next_at - now).total_seconds())
        now = only(journal).next_at

    assert waits[:4] == [5, 30, 120, 600]
    assert only(journal).held is Held.UNCLEAR


def test_being_sent_away_is_no_look_but_does_not_go_on_for_ever(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    now, looks = bring_to(journal, State.UNKNOWN).next_at, 0
    while only(journal).state is State.UNKNOWN:
        look = journal.take_look(1, now=now)
        assert look is not None
        journal.look_again(look, "429", now, wait=10 * MINUTE)
        now, looks = only(journal).next_at, looks + 1

    assert looks == 13
    assert only(journal).held is Held.UNCLEAR


@pytest.mark.parametrize(("state", "held"), EVERY_STATE)
def test_a_receipt_always_wins(tmp_path: Path, state: State, held: Held | None) -> None:
    journal = a_journal(tmp_path, a_planned())
    stale = journal.claim(1, now=NOON)
    assert stale is not None
    journal.give_back(stale, "", NOON)
    bring_to(journal, state, held)

    journal.publish(stale, RECEIPT, NOON)

    assert (only(journal).state, only(journal).receipt_id) == (State.PUBLISHED, "77")


@pytest.mark.parametrize("meanwhile", ["not there", "skipped", "changed", "sent again"])
def test_a_receipt_after_somebody_decided_otherwise_is_told(tmp_path: Path, meanwhile: str) -> None:
    journal = a_journal(tmp_path, a_planned())
    slow = journal.claim(1, now=NOON)
    assert slow is not None
    assert journal.intend(slow, NOON)
    take_over(journal, LATER)
    look = journal.take_look(1, now=LATER + 3 * MINUTE)
    assert look is not None
    journal.ask(look, "not listed", LATER)
    assert journal.not_there(1, "Ayşe", LATER)
    if meanwhile == "skipped":
        assert journal.skip(1, "Ayşe", LATER)
    if meanwhile == "changed":
        journal.apply(a_campaign(), [a_planned(text="Anders")], now=LATER)
    if meanwhile == "sent again":
        again = journal.claim(1, now=LATER)
        assert again is not None
        assert journal.intend(again, LATER)

    journal.publish(slow, RECEIPT, LATER)

    assert [news.why for news in journal.untold(LATER)] == ["see"]
    assert only(journal).digest == slow.message.digest  # what is online, not what was to be
    told = {"changed": "earlier words", "sent again": "may stand there twice"}
    assert told.get(meanwhile, "taken for not online") in words(journal)


def test_a_receipt_that_only_ends_a_doubt_is_no_news(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    slow = journal.claim(1, now=NOON)
    assert slow is not None
    assert journal.intend(slow, NOON)
    take_over(journal, LATER)

    journal.publish(slow, RECEIPT, LATER)

    assert journal.untold(LATER) == []


def test_a_second_receipt_under_another_id_is_not_hidden(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    claim = journal.claim(1, now=NOON)
    assert claim is not None
    for receipt in (RECEIPT, RECEIPT, Receipt(id="78", url=None)):
        journal.publish(claim, receipt, NOON)

    assert only(journal).receipt_id == "77"
    assert words(journal) == "online twice: 78"
    assert events(journal).count("second receipt") == 1


@pytest.mark.parametrize(
    ("address", "id"),
    [
        ("https://x.com/netz/status/1442077?s=20", "1442077"),
        ("https://x.com/netz/status/1442077/photo/1", "1442077"),
        ("https://bsky.app/profile/netz.example/post/3kabc/", "at://did:plc:x/app.bsky.feed.post/3kabc"),
        ("https://social.example/@netz/77#media", "77"),
    ],
)  # fmt: skip
def test_what_a_person_has_seen_is_not_online_twice_when_a_look_finds_it_too(
    tmp_path: Path, address: str, id: str
) -> None:
    journal = a_journal(tmp_path, a_planned())
    claim = journal.claim(1, now=NOON)
    assert claim is not None
    assert journal.intend(claim, NOON)
    journal.doubt(claim, "reset", NOON, timedelta(seconds=10))
    look = journal.take_look(1, now=NOON + MINUTE)
    assert look is not None
    assert journal.mark_posted(1, Receipt.by_hand(address), "Ayşe", NOON + MINUTE)

    journal.publish(look, Receipt(id=id, url=None), NOON + MINUTE, found=True)

    assert only(journal).note == ""
    assert only(journal).receipt_url == address
    assert journal.untold(NOON + MINUTE) == []


def test_a_write_under_an_old_fence_changes_nothing(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    stale = journal.claim(1, now=NOON)
    assert stale is not None
    take_over(journal, LATER)
    claim = journal.claim(1, now=LATER)
    before, told = only(journal), len(journal.log(100))

    assert not journal.keep(stale, {"media0": "old"})
    assert not journal.intend(stale, NOON)
    journal.fail(stale, "422", NOON)
    journal.retry(stale, None, "503", NOON)
    journal.doubt(stale, "reset", NOON, MINUTE)
    journal.ask(stale, "?", NOON)
    journal.wait_for_login(stale, "401", NOON)
    journal.absent(stale, NOON)
    journal.look_again(stale, "?", NOON)
    journal.give_back(stale, "", NOON)

    assert only(journal) == before
    assert len(journal.log(100)) == told
    assert claim is not None
    assert journal.intend(claim, NOON)


# --- Recovery ---------------------------------------------------------------------------


def test_a_dead_sender_is_settled_by_how_far_it_came(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned(), a_planned(account="awo-x"))
    early, late = journal.claim(1, now=NOON), journal.claim(2, now=NOON)
    assert early is not None
    assert late is not None
    journal.keep(early, {"media0": "m1", "key": "not kept twice"})
    assert journal.intend(late, NOON)

    assert take_over(journal, LATER, settle=MINUTE) == 2
    assert take_over(journal, LATER, settle=MINUTE) == 0

    states = {row.id: (row.state, row.next_at) for row in journal.deliveries()}
    assert states == {1: (State.SCHEDULED, LATER), 2: (State.UNKNOWN, LATER + MINUTE)}
    assert not journal.intend(early, LATER)
    again = journal.claim(1, now=LATER)
    assert again is not None
    taken_again = {"claimed": "2021-09-26T12:02:00Z", "claim": "3"}
    assert again.handle == {**early.handle, "media0": "m1", **taken_again}


def test_what_brings_us_down_each_time_ends_with_a_person(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    now = NOON
    for _ in range(DEATHS):
        assert only(journal).state is State.SCHEDULED
        assert journal.claim(1, now=now) is not None
        now += 2 * MINUTE
        take_over(journal, now)

    assert only(journal).held is Held.LATE
    assert words(journal) == f"tried {DEATHS} times; at last: the program ended meanwhile"
    assert journal.log(1)[0].event == "held"
    assert journal.again(1, by="Kim", now=now)
    assert journal.claim(1, now=now) is not None
    assert take_over(journal, now + 2 * MINUTE) == 1
    assert only(journal).state is State.SCHEDULED


def test_what_brings_us_down_with_its_request_ends_with_a_person_too(tmp_path: Path) -> None:
    journal, now = a_journal(tmp_path, a_planned()), NOON
    for _ in range(DEATHS):
        claim = journal.claim(1, now=now)
        assert claim is not None
        assert journal.intend(claim, now)
        take_over(journal, now + 2 * MINUTE, settle=MINUTE)
        now += 5 * MINUTE
        look = journal.take_look(1, now=now)
        assert look is not None
        journal.absent(look, now)
        now += 15 * MINUTE

    assert only(journal).held is Held.LATE
    assert words(journal) == f"tried {DEATHS} times; at last: the program ended meanwhile"


def test_restarts_in_an_outage_ask_nobody(tmp_path: Path) -> None:
    journal, now = a_journal(tmp_path, a_planned()), NOON
    for _ in range(DEATHS + 1):
        claim = journal.claim(1, now=now)
        assert claim is not None
        journal.retry(claim, None, "503", now, blame=Blame.PLATFORM)
        now += LONGEST_WAIT
        assert journal.claim(1, now=now) is not None
        take_over(journal, now + 2 * MINUTE)
        assert only(journal).state is State.SCHEDULED
        now += LONGEST_WAIT


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/data", None),
        ("/data/share/poster", "cifs"),
        ("/data/my share", "nfs4"),
        ("/shared", None),
    ],
)
def test_a_network_drive_is_recognised(folder: str, kind: str | None) -> None:
    mounts = (
        "/dev/sda1 / ext4 rw 0 0\n"
        "//nas/share /data/share cifs rw 0 0\n"
        "nas:/x /data/my\\040share nfs4 rw 0 0"
    )

    assert network_drive(Path(folder), mounts) == kind


@pytest.mark.sqlite_only
def test_the_second_process_says_so(tmp_path: Path) -> None:
    with (
        single_instance(tmp_path),
        pytest.raises(AnotherInstance),
        single_instance(tmp_path),
    ):
        pass
    with single_instance(tmp_path):
        pass


# --- People -----------------------------------------------------------------------------

ALLOWED: dict[str, set[tuple[State, Held | None]]] = {
    "mark_posted": set(EVERY_STATE) - {(State.SENDING, None), (State.PUBLISHED, None)},
    "not_there": {(State.HELD, Held.UNCLEAR)},
    "skip": CHANGEABLE - {(State.CANCELLED, None)},
    "again": {(State.FAILED, None), (State.HELD, Held.LATE), (State.HELD, Held.FLOOD)},
}
AFTER = {
    "mark_posted": State.PUBLISHED,
    "not_there": State.SCHEDULED,
    "skip": State.CANCELLED,
    "again": State.SCHEDULED,
}


@pytest.mark.parametrize(("state", "held"), EVERY_STATE)
@pytest.mark.parametrize("verdict", ALLOWED)
def test_a_person_may_decide_what_is_theirs_to_decide(
    tmp_path: Path, verdict: str, state: State, held: Held | None
) -> None:
    journal = a_journal(tmp_path, a_planned())
    before = bring_to(journal, state, held)
    more = (RECEIPT,) if verdict == "mark_posted" else ()

    done = getattr(journal, verdict)(before.id, *more, "Ayşe", NOON)

    assert done == ((state, held) in ALLOWED[verdict])
    if done:
        assert only(journal).state is AFTER[verdict]
        assert "Ayşe" in journal.log(1)[0].detail
    else:
        assert only(journal) == before
    assert getattr(journal, verdict)(99, *more, "Ayşe", NOON) is False


def test_sent_after_all_may_be_late(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    tomorrow = NOON + timedelta(days=1)
    assert journal.claim(1, now=tomorrow) is None

    assert journal.again(1, "Ayşe", tomorrow, at=tomorrow + HOUR)

    assert journal.due(tomorrow, limit=9) == []
    assert journal.claim(1, now=tomorrow + 2 * HOUR) is not None
    assert journal.apply(a_campaign(), [a_planned()], now=tomorrow).unchanged == (PAIR,)


# --- The database itself ----------------------------------------------------------------


@pytest.mark.parametrize(
    "lie",
    [
        {"state": "published"},
        {"state": "held"},
        {"state": "posted"},
        {"receipt_id": "77"},
        {"held": "late"},
        {"state": "held", "held": "because"},
        {"state": "sending"},
        {"state": "unknown"},
        {"fence": -1},
        {"account": "nobody"},
        {"digest": "nothing"},
    ],
)
def test_impossible_states_are_impossible(tmp_path: Path, lie: dict[str, str]) -> None:
    journal = a_journal(tmp_path, a_planned())

    with pytest.raises(IntegrityError), journal.write() as connection:
        connection.execute(update(deliveries).values(**lie))


def test_the_database_itself_keeps_a_second_one_from_flight(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned(), a_planned(post="IKW-02"))

    with pytest.raises(IntegrityError), journal.write() as connection:
        connection.execute(update(deliveries).values(state="sending", started_at=NOON))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE posting_log SET detail = 'nothing happened'",
        "DELETE FROM posting_log",
        "by the back door",
    ],
)
def test_the_posting_log_is_only_ever_added_to(
    tmp_path: Path, every_database: str, statement: str
) -> None:
    journal = a_journal(tmp_path, a_planned())
    before = journal.log(100)
    if statement == "by the back door":
        statement = {
            "sqlite": "INSERT OR REPLACE INTO posting_log SELECT * FROM posting_log LIMIT 1",
            "postgresql": "TRUNCATE posting_log",
        }[every_database]

    with pytest.raises(DatabaseError, match="only ever added to"), journal.write() as connection:
        connection.execute(text(statement))

    assert journal.log(100) == before
    assert events(journal) == ["applied", "planned", "connected"]


def test_the_log_gives_the_newest_lines_in_order(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned(), a_planned(post="IKW-02"))

    assert [line.event for line in journal.log(2)] == ["planned", "connected"]
    assert [line.post for line in journal.log(9, post="IKW-02")] == ["IKW-02"]


def test_a_moment_without_a_zone_is_a_bug(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())

    with pytest.raises(StatementError, match="without a zone"):
        journal.due(NOON.replace(tzinfo=None), limit=1)


def test_moments_keep_their_microseconds(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    moment = NOON.replace(microsecond=123_457)
    with journal.write() as connection:
        connection.execute(
            insert(accounts).values(
                key="a", platform="x", state="ok", settings={}, connected_at=moment
            )
        )

    status = journal.account("a")

    assert status is not None
    assert status.connected_at == moment


@pytest.mark.sqlite_only
def test_a_commit_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "poster.db", create=True)
    with journal.write() as connection:
        asked = ("synchronous", "foreign_keys", "trusted_schema", "busy_timeout", "journal_mode")
        said = [connection.exec_driver_sql(f"PRAGMA {word}").scalar_one() for word in asked]
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()

    major, minor, patch = map(int, version.split("."))
    safe = wal_is_safe((major, minor, patch))
    assert said == [3, 1, 0, 10_000, "wal" if safe else "delete"]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_wal_is_used_only_where_it_loses_nothing(version: tuple[int, int, int], safe: bool) -> None:
    assert wal_is_safe(version) is safe


@pytest.mark.sqlite_only
def test_a_second_writer_waits_for_its_turn(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())
    other = open_journal(tmp_path / "poster.db")
    with ThreadPoolExecutor(1) as pool:
        with journal.write() as connection:
            connection.execute(update(deliveries).values(note="first"))
            # It reads before it writes: had it begun to, our change would make that reading worthless.
            claimed = pool.submit(other.claim, 1, now=NOON)
            wait([claimed], timeout=0.3)
            assert not claimed.done()

        claim = claimed.result()
    other.close()

    assert claim is not None
    assert only(journal).note == "first"


def test_a_transaction_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    journal = a_journal(tmp_path, a_planned())

    def half() -> None:
        with journal.write() as connection:
            connection.execute(update(deliveries).values(note="half"))
            raise RuntimeError("torn out")

    with pytest.raises(RuntimeError):
        half()

    assert only(journal).note == ""


@pytest.mark.sqlite_only
def test_a_database_that_is_locked_for_good_is_said_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrado_poster.journal.sqlite.BUSY", 20)
    journal = a_journal(tmp_path, a_planned())
    with closing(driver().connect(tmp_path / "poster.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseUnusable, match="locked"):
            journal.stop("Halt", "Ayşe", NOON)

    journal.stop("Halt", "Ayşe", NOON)

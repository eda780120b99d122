"""Wall times become the right instants, and the alarm rings when it should."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrado_poster import schedule
from integrado_poster.model import OnLate
from integrado_poster.schedule.local import Alarm
from integrado_poster.schedule.when import WallTime, instant, wall_time
from tests.builders import a_campaign, a_message, a_planned_post


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (datetime(2027, 3, 28, 2, 30), WallTime.NEVER),
        (datetime(2027, 3, 28, 3, 0), WallTime.ONCE),
        (datetime(2027, 10, 31, 2, 30), WallTime.TWICE),
        (datetime(2027, 10, 31, 3, 0), WallTime.ONCE),
        (datetime(2021, 9, 26, 10, 0), WallTime.ONCE),
    ],
)  # fmt: skip
def test_clock_changes_in_dortmund_are_seen(wall: datetime, expected: WallTime) -> None:
    assert wall_time(wall, "Europe/Berlin") is expected


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))
def test_utc_has_no_clock_changes(wall: datetime) -> None:
    assert wall_time(wall, "UTC") is WallTime.ONCE


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))
def test_every_instant_has_a_wall_time_that_exists(instant: datetime) -> None:
    from zoneinfo import ZoneInfo

    wall = instant.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)
    assert wall_time(wall, "Europe/Berlin") is not WallTime.NEVER


def true_count(wall: datetime, zone: ZoneInfo) -> int:
    """How often a clock on the wall shows a time, by looking at every quarter of an hour around it."""
    step = timedelta(minutes=15)
    around = (wall.replace(tzinfo=UTC) + number * step for number in range(-120, 121))
    return sum(moment.astimezone(zone).replace(tzinfo=None) == wall for moment in around)


def changes(zone: ZoneInfo, first: int, last: int) -> Iterator[datetime]:
    """Every instant, to the hour, at which a zone's offset changes."""
    moment, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    while moment < end:
        after = moment + timedelta(hours=1)
        if moment.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield after
        moment = after


# Half an hour on Lord Howe, a missing day on Apia, a change in Ramadan, one at midnight, three quarters.
@pytest.mark.parametrize(
    ("name", "first", "last", "count"),
    [
        ("Europe/Berlin", 2021, 2031, 20),
        ("Australia/Lord_Howe", 2026, 2028, 4),
        ("Pacific/Apia", 2011, 2012, 3),
        ("Africa/Casablanca", 2026, 2027, 2),
        ("America/Santiago", 2026, 2028, 4),
        ("Pacific/Chatham", 2026, 2028, 4),
    ],
)
def test_around_every_clock_change_each_wall_time_is_told_right(
    name: str, first: int, last: int, count: int
) -> None:
    zone, expected = ZoneInfo(name), [WallTime.NEVER, WallTime.ONCE, WallTime.TWICE]
    found = list(changes(zone, first, last))
    assert len(found) == count
    for change in found:
        local = change.astimezone(zone).replace(tzinfo=None)
        for quarter in range(-104, 105):
            wall = local + quarter * timedelta(minutes=15)
            times = true_count(wall, zone)
            assert wall_time(wall, name) is expected[times], wall
            at = instant(wall, name)
            if times:  # and it is the first of them
                assert at.astimezone(zone).replace(tzinfo=None) == wall
                assert (at - timedelta(hours=1)).astimezone(zone).replace(tzinfo=None) != wall
                assert (at - timedelta(minutes=30)).astimezone(zone).replace(tzinfo=None) != wall
            else:
                assert at.astimezone(zone).replace(tzinfo=None) > wall


def test_the_clock_changes_in_dortmund_to_2030_are_those_that_are_known() -> None:
    spring = ["2026-03-29", "2027-03-28", "2028-03-26", "2029-03-25", "2030-03-31"]
    autumn = ["2026-10-25", "2027-10-31", "2028-10-29", "2029-10-28", "2030-10-27"]
    for day in spring:
        assert wall_time(datetime.fromisoformat(f"{day} 02:30"), "Europe/Berlin") is WallTime.NEVER
        moved = instant(datetime.fromisoformat(f"{day} 02:30"), "Europe/Berlin")
        assert moved == datetime.fromisoformat(f"{day} 01:30+00:00")
    for day in autumn:
        assert wall_time(datetime.fromisoformat(f"{day} 02:30"), "Europe/Berlin") is WallTime.TWICE
        first = instant(datetime.fromisoformat(f"{day} 02:30"), "Europe/Berlin")
        assert first == datetime.fromisoformat(f"{day} 00:30+00:00")


def test_a_kept_wall_time_is_found_again_and_a_lost_zone_is_none() -> None:
    noon = datetime(2027, 7, 1, 12, tzinfo=UTC)
    assert schedule.resolved("2027-07-01 14:00", "Europe/Berlin") == noon
    assert schedule.resolved("2027-07-01 14:00", "Europe/Dortmund") is None
    assert schedule.resolved("soon", "Europe/Berlin") is None


def test_a_post_is_late_after_the_campaigns_hours_and_never_within_a_quarter_of_one() -> None:
    for hours, minutes in ((6.0, 360), (0.5, 30), (0.0, 15)):
        campaign = a_campaign(late_after=timedelta(hours=hours))

        (planned,) = schedule.planned(campaign, [a_message()])

        assert planned.not_after - planned.due.at == timedelta(minutes=minutes)


def test_a_posts_deadline_is_a_time_on_its_day() -> None:
    post = a_planned_post(deadline=time(18), on_late=OnLate.SKIP)

    (planned,) = schedule.planned(a_campaign(posts=(post,)), [a_message()])

    assert planned.deadline == datetime(2021, 9, 26, 16, tzinfo=UTC)
    assert planned.on_late is OnLate.SKIP


def test_the_alarm_rings_at_the_moment_it_was_asked_for_and_not_a_second_later() -> None:
    rings: list[datetime] = []
    enough = threading.Event()

    def tick() -> datetime:
        rings.append(datetime.now(UTC))
        if len(rings) == 4:
            enough.set()
        return rings[-1] + timedelta(milliseconds=50)

    alarm = Alarm(tick, lambda: datetime.now(UTC))
    alarm.start()
    assert enough.wait(3)
    assert alarm.alive
    alarm.stop()
    assert not alarm.alive
    assert rings[3] - rings[0] < timedelta(seconds=1)


def test_a_woken_alarm_does_not_wait_for_its_second() -> None:
    rings = threading.Semaphore(0)

    def tick() -> None:
        rings.release()

    alarm = Alarm(tick, lambda: datetime.now(UTC))
    alarm.start()
    assert rings.acquire(timeout=2)
    alarm.wake()
    assert rings.acquire(timeout=0.8)
    alarm.stop()


def test_an_alarm_that_is_stopped_during_a_tick_ends_with_the_tick() -> None:
    ticking, go_on = threading.Event(), threading.Event()

    def tick() -> None:
        ticking.set()
        go_on.wait(10)

    alarm = Alarm(tick, lambda: datetime.now(UTC))
    alarm.start()
    assert ticking.wait(10)
    stopper = threading.Thread(target=alarm.stop, daemon=True)
    stopper.start()
    stopper.join(0.2)  # it holds the library's locks by now
    go_on.set()
    stopper.join(10)

    assert not stopper.is_alive()

"""Wall times become the right instants, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrado_poster import zones
from integrado_poster.zones import WallTime, instant, wall_time

BERLIN = ZoneInfo("Europe/Berlin")


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
    assert wall_time(wall, BERLIN) is expected


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))
def test_utc_has_no_clock_changes(wall: datetime) -> None:
    assert wall_time(wall, ZoneInfo("UTC")) is WallTime.ONCE


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))
def test_every_instant_has_a_wall_time_that_exists(instant: datetime) -> None:
    wall = instant.astimezone(BERLIN).replace(tzinfo=None)
    assert wall_time(wall, BERLIN) is not WallTime.NEVER


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
            assert wall_time(wall, zone) is expected[times], wall
            at = instant(wall, zone)
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
        assert wall_time(datetime.fromisoformat(f"{day} 02:30"), BERLIN) is WallTime.NEVER
        moved = instant(datetime.fromisoformat(f"{day} 02:30"), BERLIN)
        assert moved == datetime.fromisoformat(f"{day} 01:30+00:00")
    for day in autumn:
        assert wall_time(datetime.fromisoformat(f"{day} 02:30"), BERLIN) is WallTime.TWICE
        first = instant(datetime.fromisoformat(f"{day} 02:30"), BERLIN)
        assert first == datetime.fromisoformat(f"{day} 00:30+00:00")


@pytest.mark.parametrize("name", ["Europe/Dortmund", "Europe", "", "../etc/passwd", "/", "a\0b"])
def test_a_zone_that_there_is_not_is_none(name: str) -> None:
    assert zones.zone(name) is None

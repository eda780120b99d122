"""Posts are due and late when their plan says, and the alarm rings when it should."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta

from integrado_poster import schedule
from integrado_poster.model import OnLate
from integrado_poster.schedule.local import Alarm
from tests.builders import a_campaign, a_message, a_planned_post


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

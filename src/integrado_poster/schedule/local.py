"""APScheduler as an alarm clock: one job in memory, re-armed to the nearest due moment.

The database knows what is due; losing or doubling a wake-up changes nothing. So no job is ever
stored, and none stands for a delivery: APScheduler drops stored jobs on kill and on a late start.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

log = logging.getLogger(__name__)

SLOWEST = timedelta(seconds=1)  #: How long the alarm sleeps at most.
SOONEST = timedelta(milliseconds=1)  #: A moment that has passed already means now, but not busily.

# It announces every run of a job that runs each second.
logging.getLogger("apscheduler").setLevel(logging.WARNING)


class Alarm:
    """Calls `tick` at least once a second and exactly at the moment that it asked for."""

    def __init__(self, tick: Callable[[], datetime | None], now: Callable[[], datetime]) -> None:
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self._tick = tick
        self._now = now
        self._lock = threading.Lock()
        self._ringing = False
        self._woken = False
        self._over = False
        self._scheduler: Any = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            # None: a tick is never too late, for it looks at the database and not at the clock.
            # 2: one that is woken while the last one returns waits for the only thread; with 1 it
            # would be skipped.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )

    def start(self) -> None:
        """Tick now, and then for ever."""
        self._scheduler.add_job(
            self._ring, "interval", seconds=SLOWEST.total_seconds(), id="tick",
            next_run_time=self._now(),
        )  # fmt: skip
        self._scheduler.start()

    def wake(self) -> None:
        """Tick now: something has changed. During a tick it means once more after it."""
        with self._lock:
            self._woken = True
            if not (self._ringing or self._over):
                self._arm(self._now())

    def stop(self, *, wait: bool = True) -> None:
        """Ring no more; waits for a running tick, unless that is what hangs."""
        with self._lock:
            # The library holds the lock of its jobs while it waits; re-arming would wait for that.
            self._over = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=wait)

    @property
    def alive(self) -> bool:
        """Whether the scheduler's thread still runs: `running` alone stays true when it died."""
        thread = self._scheduler._thread
        return bool(thread and thread.is_alive())

    def _ring(self) -> None:
        with self._lock:
            self._ringing, self._woken = True, False
        nearest = self._tick()
        with self._lock:
            self._ringing = False
            if self._over:
                return
            now = self._now()
            if self._woken:
                nearest = now
            self._arm(min(now + SLOWEST, max(nearest or now + SLOWEST, now + SOONEST)))

    def _arm(self, at: datetime) -> None:
        from apscheduler.jobstores.base import JobLookupError

        try:
            self._scheduler.modify_job("tick", next_run_time=at)
        except JobLookupError:  # it is being stopped
            log.debug("no tick to re-arm")

"""The only reader of this machine's clocks, and the clock that many machines share."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import uuid4

from integrado_poster.schedule.drift import Reading

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """The two clocks of this machine."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump, and that go on while the machine sleeps where it can tell."""
        return time.clock_gettime(_STEADY)

    def reading(self) -> Reading:
        """All of them at once."""
        return Reading(
            wall=self.now(),
            steady=self.monotonic(),
            awake=time.clock_gettime(time.CLOCK_MONOTONIC),
            boot=_boot(),
        )


@cache
def _boot() -> str:
    """Which start of the machine this is; where nobody says, each process is one of its own."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid4())


class SharedClock:
    """The time of somebody else, say of a database, carried on by this machine's steady clock.

    So the wall clocks of the machines that share it may be as wrong as they like, and jump.
    """

    def __init__(self, ask: Callable[[], datetime]) -> None:
        self._ask = ask
        self.set()

    def set(self) -> None:
        """Ask for the time anew."""
        before = self.monotonic()
        moment = self._ask()
        self._known = moment, (before + self.monotonic()) / 2

    def now(self) -> datetime:
        """The moment there, in UTC."""
        moment, then = self._known
        return moment + timedelta(seconds=self.monotonic() - then)

    def monotonic(self) -> float:
        """Seconds of this machine that never jump."""
        return SystemClock().monotonic()

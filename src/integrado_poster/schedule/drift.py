"""What it means when a machine's clocks no longer agree: somebody set one, or the machine slept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All clocks of a machine, read at once."""

    wall: datetime
    steady: float  #: Seconds that nobody can set; they go on while the machine sleeps.
    awake: float  #: The same, but they stand still while it sleeps.
    boot: str  #: Which start of the machine it was; the seconds of another one say nothing.

    @property
    def booted_at(self) -> datetime:
        """When the machine was started, as the wall clock has it. Changes only if that was set."""
        return self.wall - timedelta(seconds=self.steady)


class Drift(NamedTuple):
    """What happened to the clocks between two readings of one machine."""

    set_by: timedelta  #: How far the wall clock was set forward; back if negative.
    slept: timedelta


def drift(before: Reading, after: Reading) -> Drift:
    """Tell a clock that was set from a machine that slept."""
    slept = (after.steady - before.steady) - (after.awake - before.awake)
    return Drift(after.booted_at - before.booted_at, timedelta(seconds=slept))

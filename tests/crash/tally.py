"""What the judge has counted; every failure says what plays it again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

FIGURES = ("schedules", "kills", "power losses", "lost", "duplicated", "wrong")


@dataclass(slots=True, kw_only=True)
class Tally:
    """Figures that add up, over every part of the run and every process."""

    schedules: int = 0
    kills: int = 0
    cold: int = 0  #: Of all kills those of a command that was started cold.
    power_losses: int = 0
    requests: int = 0  #: Of killed programs that reached the stage; each was judged.
    repeats: int = 0  #: Of these the ones to publish once more; they count as duplicated.
    problems: Counter[str] = field(default_factory=Counter)
    points: set[str] = field(default_factory=set)  #: Come to in a schedule.
    killed_at: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    def fail(self, problem: str, how: str) -> None:
        """Count a problem ("lost", "duplicated" or "wrong"), and keep what plays it again."""
        self.problems[problem] += 1
        self.failures.append(f"{problem}: {how}")

    def add(self, other: Tally) -> None:
        """Take over what another process has counted."""
        self.schedules += other.schedules
        self.kills += other.kills
        self.cold += other.cold
        self.requests += other.requests
        self.repeats += other.repeats
        self.power_losses += other.power_losses
        self.problems += other.problems
        self.points |= other.points
        self.killed_at |= other.killed_at
        self.failures += other.failures

    @property
    def figures(self) -> dict[str, int]:
        """The figures of the last line, in its order."""
        counted = (self.schedules, self.kills, self.power_losses)
        problems = (self.problems[name] for name in FIGURES[len(counted) :])
        return dict(zip(FIGURES, (*counted, *problems), strict=True))

    @property
    def details(self) -> dict[str, int]:
        """What stands in the file besides."""
        return {
            "cold kills": self.cold,
            "requests": self.requests,
            "repeated requests": self.repeats,
        }

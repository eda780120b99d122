"""What goes between a sender and the world. Where nothing has, trouble here is the same as trouble there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import event

from integrado_poster.journal import Journal
from tests.fakes import FakeClock


class Counts(NamedTuple):
    """Everything so far, at one point of a run."""

    told: int
    asked: int


@dataclass(slots=True)
class Traffic:
    """Counts what is told to the database, to a platform and to the clock, and what they are asked.

    A crash leaves only what has been told to somebody. So where nothing has been between two points,
    a crash at either is followed by the same. Where nothing has been asked either, so is standing
    still at either: the sender knows and does nothing that it has not known and done before.
    """

    told: int = 0
    asked: int = 0

    def watch(self, journal: Journal) -> None:
        """Count its statements from now on."""
        event.listen(journal._engine, "before_cursor_execute", self._statement)

    def counts(self) -> Counts:
        """Where both stand."""
        return Counts(self.told, self.asked)

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith(("SELECT", "BEGIN")):
            self.asked += 1
        else:
            self.told += 1


class WatchedClock(FakeClock):
    """A clock that counts who looks at it, and what goes by."""

    def __init__(self, moment: datetime, traffic: Traffic) -> None:
        super().__init__(moment)
        self.traffic = traffic

    def now(self) -> datetime:
        self.traffic.asked += 1
        return super().now()

    def monotonic(self) -> float:
        self.traffic.asked += 1
        return super().monotonic()

    def pass_by(self, span: timedelta) -> None:
        """Let time go by."""
        self.traffic.told += bool(span)
        super().pass_by(span)

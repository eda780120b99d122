"""Stop works at every point, by the row as by the file; what has left already is not hidden."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from integrado_poster.journal import Journal
from integrado_poster.model import State
from integrado_poster.publish import look, publish
from tests.builders import NOON, a_journal, a_planned
from tests.fakes import Blow, FakeClock, FakePlatform

BEFORE_THE_REQUEST = (
    "before claim",
    "after claim",
    "before prepare",
    "after prepare",
    "before keep",
    "after keep",
    "before intend",
    "after intend",
    "before commit",
)
ON_ITS_WAY = {"after intend", "before commit"}
"""The row was looked at with the intent; the request leaves within the next moments."""


class House:
    """A post, and somebody who presses stop at one point of its way."""

    def __init__(self, folder: Path, how: str, where: str) -> None:
        self.journal = a_journal(folder, a_planned())
        self.clock = FakeClock()
        self.platform = FakePlatform(self.clock)
        self.file = folder / "STOP"
        self.how, self.where = how, where

    def point(self, name: str) -> None:
        if name == self.where:
            if self.how == "row":
                self.journal.stop("Trauerfall", "Ayşe", self.clock.now())
            else:
                self.file.touch()

    def publish(self) -> None:
        publish(
            1,
            journal=self.journal,
            platform_for=lambda _: self.platform,
            clock=self.clock,
            stopped=self.file.exists,
            point=self.point,
        )

    def go_on(self) -> None:
        self.file.unlink(missing_ok=True)
        self.journal.resume("Ayşe", self.clock.now())
        self.where = "never again"


@pytest.mark.parametrize("where", BEFORE_THE_REQUEST)
@pytest.mark.parametrize("how", ["row", "file"])
def test_stop_reaches_a_post_until_its_request_leaves(tmp_path: Path, how: str, where: str) -> None:
    house = House(tmp_path, how, where)
    with closing(house.journal):
        house.publish()
        if how == "row" and where in ON_ITS_WAY:
            assert house.journal.state(1) is State.PUBLISHED
            return

        assert house.platform.commits == 0
        assert house.journal.state(1) is State.SCHEDULED
        house.publish()
        assert house.platform.commits == 0

        house.go_on()
        house.publish()
        assert house.journal.state(1) is State.PUBLISHED
        assert len(house.platform.online) == 1


@pytest.mark.parametrize("how", ["row", "file"])
def test_what_has_left_is_written_down_whoever_presses_stop(tmp_path: Path, how: str) -> None:
    house = House(tmp_path, how, "after commit")
    with closing(house.journal):
        house.publish()

        assert house.journal.state(1) is State.PUBLISHED


def test_what_may_be_online_is_looked_for_while_everything_is_stopped(tmp_path: Path) -> None:
    house = House(tmp_path, "row", "after commit")
    house.platform.blows = [Blow.LOST_AFTER]
    with closing(house.journal):
        house.publish()
        assert house.journal.state(1) is State.UNKNOWN
        house.clock.pass_by(timedelta(minutes=1))

        look(1, journal=house.journal, platform_for=lambda _: house.platform, clock=house.clock)

        assert house.journal.state(1) is State.PUBLISHED


def test_a_proved_absence_is_not_sent_again_before_somebody_says_go(tmp_path: Path) -> None:
    house = House(tmp_path, "row", "after commit")
    house.platform.blows = [Blow.LOST_BEFORE]
    with closing(house.journal):
        house.publish()
        house.clock.pass_by(timedelta(minutes=1))
        look(1, journal=house.journal, platform_for=lambda _: house.platform, clock=house.clock)
        house.clock.pass_by(timedelta(minutes=5))

        house.publish()
        assert (house.journal.state(1), house.platform.commits) == (State.SCHEDULED, 1)
        house.go_on()
        house.publish()

        assert house.journal.state(1) is State.PUBLISHED


def test_stop_and_resume_stand_in_the_log_with_who_and_why(tmp_path: Path) -> None:
    with closing(a_journal(tmp_path, a_planned())) as journal:
        told = _stop_and_go(journal)

    assert told == [("stopped", "Ayşe: Trauerfall"), ("resumed", "Jörg")]


def _stop_and_go(journal: Journal) -> list[tuple[str, str]]:
    journal.stop("Trauerfall", "Ayşe", NOON)
    journal.resume("Jörg", NOON)
    return [(line.event, line.detail) for line in journal.log(2)]

"""Whenever the power goes: nothing doubled, nothing lost, and nobody left guessing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from integrado_poster.journal import Journal, on_duty, open_journal
from integrado_poster.model import State
from tests import builders
from tests.builders import LATER, NOON, a_journal, a_planned
from tests.crash.lives import POINTS, Plug, Scene
from tests.fakes import Blow, FakeClock, FakePlatform, Finds

pytestmark = pytest.mark.usefixtures("every_database")

ROOT = Path(__file__).parents[1]
SCRIPTS: list[tuple[Blow, ...]] = [
    (),
    (Blow.REFUSED,),
    (Blow.BUSY,),
    (Blow.LOST_BEFORE,),
    (Blow.LOST_AFTER,),
    (Blow.BUSY, Blow.LOST_AFTER),
    (Blow.LOST_BEFORE, Blow.LOST_AFTER),
]


def run(
    folder: Path, finds: Finds, script: tuple[Blow, ...], cuts: Sequence[tuple[int, ...]]
) -> list[Plug]:
    """Play one script once per way of cutting the power, each a day after the one before."""
    moments = [NOON + timedelta(days=day) for day in range(len(cuts))]
    planned = [a_planned(at=at, post=f"P{n}") for n, at in enumerate(moments)]
    journal, plugs = a_journal(folder, *planned), [Plug(*cut) for cut in cuts]
    for id, (at, plug) in enumerate(zip(moments, plugs, strict=True), start=1):
        clock = FakeClock(at)
        platform = FakePlatform(clock, finds=finds, blows=script, first=id)
        scene = Scene(journal=journal, id=id, platform=platform, clock=clock)
        assert scene.play(plug) is None, plug
    journal.close()
    return plugs


@pytest.mark.parametrize("finds", Finds)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: "+".join(b.name for b in script))
def test_one_crash_at_any_point(tmp_path: Path, finds: Finds, script: tuple[Blow, ...]) -> None:
    (whole,) = run(tmp_path / "whole", finds, script, [()])
    points = len(whole.passed)

    plugs = run(tmp_path / "cut", finds, script, [(cut,) for cut in range(1, points + 1)])

    assert [plug.passed[cut] for cut, plug in enumerate(plugs)] == whole.passed
    assert points >= 10


@pytest.mark.sqlite_only  # on PostgreSQL there is `make crash-postgres`
@pytest.mark.parametrize("finds", Finds)
def test_two_crashes_at_any_points(tmp_path: Path, finds: Finds) -> None:
    script = (Blow.LOST_AFTER,)
    (whole,) = run(tmp_path / "whole", finds, script, [()])
    firsts = range(1, len(whole.passed) + 1)

    run(tmp_path / "cut", finds, script, [(k, k + m) for k in firsts for m in range(1, 12, 2)])


def test_every_kind_of_point_is_crashed_at(tmp_path: Path) -> None:
    (whole,) = run(tmp_path, Finds.IN_LIST, (Blow.LOST_BEFORE, Blow.LOST_AFTER), [()])

    assert set(whole.passed) == POINTS | {"created"}


@pytest.mark.parametrize("finds", [Finds.BY_KEY, Finds.IN_LIST])
def test_forgetting_to_look_would_be_noticed(
    tmp_path: Path, finds: Finds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The judge is awake: an orphan that goes straight back to the queue doubles a post."""
    recover = Journal.recover

    def careless(journal: Journal, now: object, **more: object) -> int:
        with journal.write() as connection:
            connection.exec_driver_sql("UPDATE delivery SET intent_at = NULL")
        return recover(journal, now, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "recover", careless)
    cuts = [(cut,) for cut in range(1, 17)]
    if finds is Finds.BY_KEY:
        run(tmp_path, finds, (), cuts)  # the platform's own key saves us there
    else:
        with pytest.raises(AssertionError, match="duplicated"):
            run(tmp_path, finds, (), cuts)


KILLED = """
import os, signal, sys
from pathlib import Path
from pydantic import SecretStr
from integrado_poster.journal import on_duty, open_journal
from integrado_poster.publish import publish
from tests.builders import NOON
from tests.fakes import FakeClock, FakePlatform

address, where = sys.argv[1:]
place = SecretStr(address) if "://" in address else Path(address)

def point(name):
    if name == where:
        os.kill(os.getpid(), signal.SIGKILL)

with on_duty(place):
    clock = FakeClock()
    platform = FakePlatform(clock)
    journal = open_journal(place)
    publish(1, journal=journal, platform_for=lambda _: platform, clock=clock, point=point)
"""


@pytest.mark.parametrize(
    ("where", "state"),
    [("before intend", State.SCHEDULED), ("before commit", State.UNKNOWN)],
)
def test_a_process_that_is_killed_leaves_its_place_and_its_intent(
    tmp_path: Path, where: str, state: State
) -> None:
    a_journal(tmp_path, a_planned()).close()
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    place = builders.place_in(tmp_path)
    address = str(place) if isinstance(place, Path) else place.get_secret_value()

    killed = subprocess.run([sys.executable, "-c", KILLED, address, where], env=env, check=False)

    assert killed.returncode == -signal.SIGKILL
    with on_duty(place):
        journal = open_journal(place)
        found = 0
        while found == 0:  # a server takes a moment to notice that somebody has gone
            found = journal.recover(LATER)
        assert journal.state(1) is state
        journal.close()

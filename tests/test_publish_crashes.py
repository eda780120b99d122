"""Whenever the power goes: nothing doubled, nothing lost, and nobody left guessing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from integrado_poster.contract import Receipt
from integrado_poster.journal import Journal, open_journal, single_instance
from integrado_poster.model import Delivery, Held, State
from integrado_poster.publish import look, publish
from tests.builders import NOON, a_journal, a_planned
from tests.fakes import Blow, FakeClock, FakePlatform, Finds

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
SETTLED = {State.PUBLISHED, State.FAILED, State.HELD, State.CANCELLED}


class PowerCut(BaseException):
    """Stands for kill -9: nothing after it runs."""


class Plug:
    """Is pulled at the given points of a run, counted from 1."""

    def __init__(self, *cuts: int) -> None:
        self.cuts = set(cuts)
        self.passed: list[str] = []

    def __call__(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) in self.cuts:
            raise PowerCut(name)


def live(journal: Journal, id: int, platform: FakePlatform, clock: FakeClock, plug: Plug) -> None:
    """Do what a worker does from its start until nothing waits for time to pass."""
    journal.recover(clock.now())
    for _ in range(40):
        delivery = journal.delivery(id)
        assert delivery is not None
        if delivery.state in SETTLED:
            return
        # Its account may have to wait for longer than itself.
        clock.set_to(max(delivery.next_at, journal.next_moment() or delivery.next_at))
        act: Callable[..., object] = look if delivery.state is State.UNKNOWN else publish
        act(id, journal=journal, platform_for=lambda _: platform, clock=clock, point=plug)
    raise AssertionError(f"never settles: {journal.log(9)}")


def survive(
    journal: Journal, id: int, platform: FakePlatform, clock: FakeClock, plug: Plug
) -> None:
    """Live again after every power cut."""
    while True:
        try:
            live(journal, id, platform, clock, plug)
        except PowerCut:
            continue
        return


def judge(journal: Journal, id: int, platform: FakePlatform) -> Delivery:
    """Compare the journal's word with what is really online."""
    delivery = journal.delivery(id)
    assert delivery is not None
    ids = [receipt.id for _, receipt, _ in platform.online]
    assert len(ids) <= 1, "doubled"
    if delivery.state is State.PUBLISHED:
        assert ids == [delivery.receipt_id], "published, and not there"
    elif delivery.state is State.FAILED:
        assert ids == [], "failed, and yet online"
    else:
        assert (delivery.state, delivery.held) == (State.HELD, Held.UNCLEAR)
        assert platform.finds is Finds.NEVER, "a person was asked without need"
    return delivery


def run(
    folder: Path, finds: Finds, script: tuple[Blow, ...], cuts: Sequence[tuple[int, ...]]
) -> list[Plug]:
    """Play one script once per way of cutting the power, each a day after the one before."""
    moments = [NOON + timedelta(days=day) for day in range(len(cuts))]
    planned = [a_planned(at=at, post=f"P{n}") for n, at in enumerate(moments)]
    journal, plugs = a_journal(folder, *planned), [Plug(*cut) for cut in cuts]
    for id, (at, plug) in enumerate(zip(moments, plugs, strict=True), start=1):
        clock = FakeClock(at)
        platform = FakePlatform(clock, finds=finds, blows=script, point=plug, first=id)
        survive(journal, id, platform, clock, plug)
        while judge(journal, id, platform).held is Held.UNCLEAR:
            ask_a_person(journal, id, platform, clock)
            survive(journal, id, platform, clock, plug)
        state = journal.state(id)
        assert state is State.PUBLISHED or Blow.REFUSED in script, "lost"
    journal.close()
    return plugs


def ask_a_person(journal: Journal, id: int, platform: FakePlatform, clock: FakeClock) -> None:
    """Somebody looks at the profile and says what they see."""
    if platform.online:
        receipt = Receipt(id=platform.online[0][1].id, url=None)
        assert journal.mark_posted(id, receipt, "Ayşe", clock.now())
    else:
        assert journal.not_there(id, "Ayşe", clock.now())


@pytest.mark.parametrize("finds", Finds)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: "+".join(b.name for b in script))
def test_one_crash_at_any_point(tmp_path: Path, finds: Finds, script: tuple[Blow, ...]) -> None:
    (whole,) = run(tmp_path / "whole", finds, script, [()])
    points = len(whole.passed)

    plugs = run(tmp_path / "cut", finds, script, [(cut,) for cut in range(1, points + 1)])

    assert [plug.passed[cut] for cut, plug in enumerate(plugs)] == whole.passed
    assert points >= 10


@pytest.mark.parametrize("finds", Finds)
def test_two_crashes_at_any_points(tmp_path: Path, finds: Finds) -> None:
    script = (Blow.LOST_AFTER,)
    (whole,) = run(tmp_path / "whole", finds, script, [()])
    firsts = range(1, len(whole.passed) + 1)

    run(tmp_path / "cut", finds, script, [(k, k + m) for k in firsts for m in range(1, 12, 2)])


def test_every_kind_of_point_is_crashed_at(tmp_path: Path) -> None:
    (whole,) = run(tmp_path, Finds.IN_LIST, (Blow.LOST_BEFORE, Blow.LOST_AFTER), [()])

    effects = {"claim", "prepare", "keep", "intend", "commit", "outcome", "look", "find"}
    both = {f"{when} {effect}" for when in ("before", "after") for effect in effects}
    assert set(whole.passed) == both | {"created"}


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
        with pytest.raises(AssertionError, match="doubled"):
            run(tmp_path, finds, (), cuts)


KILLED = """
import os, signal, sys
from pathlib import Path
from integrado_poster.journal import open_journal, single_instance
from integrado_poster.publish import publish
from tests.builders import NOON
from tests.fakes import FakeClock, FakePlatform

folder, where = Path(sys.argv[1]), sys.argv[2]

def point(name):
    if name == where:
        os.kill(os.getpid(), signal.SIGKILL)

with single_instance(folder):
    clock = FakeClock()
    platform = FakePlatform(clock)
    journal = open_journal(folder / "poster.db")
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

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), where], env=env, check=False
    )

    assert killed.returncode == -signal.SIGKILL
    with single_instance(tmp_path):
        journal = open_journal(tmp_path / "poster.db")
        assert journal.recover(NOON) == 1
        assert journal.state(1) is state
        journal.close()

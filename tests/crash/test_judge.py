"""The judges of the crash run are awake, and have nothing to say about the real thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from integrado_poster.journal import Claim, Journal, claiming, fates, sqlite
from integrado_poster.model import Delivery, State
from integrado_poster.stage import Shown
from tests.builders import NOON, a_message
from tests.crash.chains import ChainCase, sweep_chain
from tests.crash.disk import Disk, Driver, Left
from tests.crash.judging import judge
from tests.crash.killing import kill
from tests.crash.lives import Freeze, Plug
from tests.crash.machine import explore
from tests.crash.power import VERSIONS, Outage, cut_power
from tests.crash.schedules import Bench, Case, filled_in, journal_in, sweep
from tests.crash.tally import Tally
from tests.fakes import Blow, Finds


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """An orphan goes straight back to the queue."""
    recover = Journal.recover

    def forgetful(journal: Journal, now: object, **more: object) -> int:
        with journal.write() as connection:
            connection.exec_driver_sql(
                "UPDATE delivery SET intent_at = NULL WHERE state = 'sending'"
            )
        return recover(journal, now, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "recover", forgetful)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """A receipt counts only as long as nobody else has the delivery."""
    publish = Journal.publish

    def too_late(journal: Journal, claim: Claim, *told: Any, found: bool = False) -> None:
        delivery = journal.delivery(claim.id)
        if found or (delivery and delivery.state is State.SENDING):
            publish(journal, claim, *told, found=found)

    monkeypatch.setattr(Journal, "publish", too_late)


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's yes is waited for."""
    for room in (fates, claiming):
        monkeypatch.setattr(room, "needs_a_yes", lambda *_: False)


CASE = Case(finds=Finds.IN_LIST, script=())
BUSY = Case(finds=Finds.IN_LIST, script=(Blow.BUSY,))


def test_the_sweep_has_nothing_to_say_about_the_real_thing(tmp_path: Path) -> None:
    sound = sweep(CASE, tmp_path)

    assert (sound.problems, sound.failures) == ({}, [])
    assert sound.schedules > 100


def test_the_sweep_of_a_chain_has_nothing_to_say_about_the_real_thing(tmp_path: Path) -> None:
    sound = sweep_chain(ChainCase(finds=Finds.IN_LIST), tmp_path)

    assert (sound.problems, sound.failures) == ({}, [])
    assert sound.schedules > 50


def test_where_nobody_was_told_anything_a_crash_is_followed_by_the_same(tmp_path: Path) -> None:
    bench = Bench(BUSY, filled_in(tmp_path), Tally())
    whole = bench.play(Plug())
    same = [point for point in range(1, len(whole.passed) + 1) if not whole.told(point)]

    for point in same:
        before, here = bench.play(Plug(point - 1)), bench.play(Plug(point))
        assert here.passed[point:] == before.passed[point - 1 :]
    assert 10 < len(same) < len(whole.passed) - 10


def test_where_nobody_was_asked_either_so_is_a_freeze(tmp_path: Path) -> None:
    bench = Bench(BUSY, filled_in(tmp_path), Tally())
    whole = bench.play(Plug())
    same = [point for point in range(1, len(whole.passed) + 1) if not whole.stirred(point)]

    for point in same:
        others = Plug(), Plug()
        before, here = (
            bench.play(Freeze(at, 100, other))
            for at, other in zip((point - 1, point), others, strict=True)
        )
        assert (here.passed, others[1].passed) == (before.passed, others[0].passed)
    assert 8 < len(same) < len(whole.passed) - 10


@pytest.mark.usefixtures("careless")
def test_the_sweep_of_a_chain_sees_a_part_that_is_sent_again_blindly(tmp_path: Path) -> None:
    assert sweep_chain(ChainCase(finds=Finds.IN_LIST), tmp_path).figures["duplicated"] > 0


@pytest.mark.usefixtures("careless")
def test_the_sweep_sees_an_orphan_that_is_sent_again_blindly(tmp_path: Path) -> None:
    blind = sweep(CASE, tmp_path)

    assert blind.figures["duplicated"] > 0
    assert any("crashed at points" in failure for failure in blind.failures)


@pytest.mark.usefixtures("deaf")
def test_the_sweep_sees_that_a_late_receipt_is_dropped(tmp_path: Path) -> None:
    assert sweep(CASE, tmp_path).figures["lost"] > 0


@pytest.mark.usefixtures("careless")
def test_the_state_machine_sees_it_too() -> None:
    assert any(explore(50, number, shrink=False).failures for number in range(5))


@pytest.mark.usefixtures("unasked")
def test_the_state_machine_sees_what_must_not_leave() -> None:
    (failure,) = explore(50, None, shrink=False).failures

    assert "sent although nobody said yes" in failure


def test_the_state_machine_has_nothing_to_say_about_the_real_thing() -> None:
    assert explore(25, None).failures == []


@pytest.mark.parametrize("left", Left)
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_when_the_power_goes_nothing_is_forgotten(mode: str, left: Left) -> None:
    lossy = cut_power(Outage(mode=mode, left=left))

    assert lossy.failures == []
    assert lossy.power_losses >= 15


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_sqlite_that_may_forget_in_wal_is_not_trusted_with_it(mode: str, tmp_path: Path) -> None:
    disk = Disk(tmp_path, Left.NOTHING, seed=0)
    with patch.object(sqlite, "driver", lambda: Driver(disk, VERSIONS[mode])):
        journal = journal_in(tmp_path)
        with journal.read() as connection:
            found = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        journal.close()

    assert found == mode


@pytest.mark.parametrize(
    ("mode", "setting"), [("wal", "normal"), ("delete", "normal"), ("delete", "full")]
)
def test_weaker_settings_double_a_post_when_the_power_goes(mode: str, setting: str) -> None:
    weak = cut_power(Outage(mode=mode, left=Left.NOTHING, synchronous=setting))

    assert weak.figures["duplicated"] > 0


MESSAGE = a_message(account="mastodon", pictures=())


def a_shown(id: str) -> Shown:
    return Shown(id=id, url="", at=NOON, text=MESSAGE.text, language="de")


def a_delivery(state: State, receipt: str | None) -> Delivery:
    return Delivery(
        id=1, campaign="ikw-2021", post=MESSAGE.post, account="mastodon", platform="mastodon",
        digest=MESSAGE.digest, due=NOON, state=state, next_at=NOON, receipt_id=receipt,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("online", "state", "receipt", "problems"),
    [
        (("7",), State.PUBLISHED, "7", set()),
        (("7", "8"), State.PUBLISHED, "7", {"duplicated"}),
        ((), State.PUBLISHED, "7", {"lost", "wrong"}),
        (("8",), State.PUBLISHED, "7", {"wrong"}),
        (("7",), State.UNKNOWN, None, {"lost"}),
    ],
)
def test_the_judge_of_the_killed_program_believes_what_is_online(
    online: tuple[str, ...], state: State, receipt: str | None, problems: set[str]
) -> None:
    shown = [a_shown(id) for id in online]

    found = judge([MESSAGE], [a_delivery(state, receipt)], {"mastodon": shown})

    assert {problem for problem, _ in found} == problems


def test_the_judge_counts_what_a_platform_was_asked_to_publish_once_more() -> None:
    told = [a_delivery(State.PUBLISHED, "7")]

    found = judge([MESSAGE], told, {"mastodon": [a_shown("7")]}, [("mastodon", "7")])

    assert list(found) == [("duplicated", "mastodon was asked to publish 7 once more")]


def test_the_killed_program_sends_nothing_twice() -> None:
    sound = kill(seed=1, days=1)

    assert sound.failures == []
    assert sound.kills > sound.cold > 0


@pytest.mark.usefixtures("careless")
def test_a_killed_program_is_seen_to_send_twice_even_where_no_reader_sees_it() -> None:
    blind = (kill(seed, days=2) for seed in range(9))  # where kills fall is left to the machine

    assert any(tally.figures["duplicated"] >= tally.repeats > 0 for tally in blind)

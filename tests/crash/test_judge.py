"""The judges of the crash run are awake, and have nothing to say about the real thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from integrado_poster.journal import Claim, Journal, sqlite
from integrado_poster.model import Delivery, State
from integrado_poster.stage import Shown
from tests.builders import NOON, a_message
from tests.crash.chains import ChainCase, sweep_chain
from tests.crash.disk import Disk, Driver, Left
from tests.crash.judging import judge
from tests.crash.killing import kill
from tests.crash.machine import explore
from tests.crash.power import VERSIONS, Outage, cut_power
from tests.crash.schedules import Case, journal_in, sweep
from tests.fakes import Finds


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


CASE = Case(finds=Finds.IN_LIST, script=(), pairs=20)


def test_the_sweep_has_nothing_to_say_about_the_real_thing(tmp_path: Path) -> None:
    sound = sweep(CASE, tmp_path)

    assert (sound.problems, sound.failures) == ({}, [])
    assert sound.schedules > 100


def test_the_sweep_of_a_chain_has_nothing_to_say_about_the_real_thing(tmp_path: Path) -> None:
    sound = sweep_chain(ChainCase(finds=Finds.IN_LIST), tmp_path)

    assert (sound.problems, sound.failures) == ({}, [])
    assert sound.schedules > 100


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

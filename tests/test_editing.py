"""An edited plan changes what has not begun, and says so of everything for which it is too late."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from integrado_poster.journal import Changes, Post
from integrado_poster.model import Account, Approvals, Held, How, State
from integrado_poster.publish import look, publish
from tests.builders import NOON, a_campaign, a_journal, a_planned
from tests.fakes import Blow, FakeClock, FakePlatform, Finds

PAIR = ("IKW-01", "netz-mastodon")
OTHER = a_planned(text="Neue Worte", at=NOON + timedelta(hours=1))


class Editing:
    """A post on its way, and an officer who applies another plan at one point of it."""

    def __init__(self, folder: Path, where: str, *blows: Blow) -> None:
        self.journal = a_journal(folder, a_planned())
        self.clock = FakeClock()
        self.platform = FakePlatform(self.clock, finds=Finds.BY_KEY, blows=blows)
        self.where = where
        self.edit: Callable[[], Changes] = lambda: self.apply(OTHER)
        self.changes: list[Changes] = []
        self.sent: list[str] = []
        commit = self.platform.commit

        def watch(message, handle):  # type: ignore[no-untyped-def]
            self.sent.append(message.text)
            return commit(message, handle)

        self.platform.commit = watch  # type: ignore[method-assign]

    def apply(self, *planned: object) -> Changes:
        return self.journal.apply(a_campaign(), planned, now=self.clock.now())  # type: ignore[arg-type]

    def point(self, name: str) -> None:
        if name == self.where:
            self.changes.append(self.edit())

    def run(self) -> None:
        for _ in range(9):
            delivery = self.journal.delivery(1)
            assert delivery is not None
            if not delivery.open:
                return
            self.clock.set_to(delivery.next_at)
            act = look if delivery.state is State.UNKNOWN else publish
            act(
                1,
                journal=self.journal,
                platform_for=lambda _: self.platform,
                clock=self.clock,
                point=self.point,
            )


@pytest.mark.parametrize(
    "where",
    ["after claim", "after prepare", "before intend", "after intend", "before commit", "created"],
)
def test_what_is_being_sent_goes_out_as_it_was_and_the_edit_is_too_late(
    tmp_path: Path, where: str
) -> None:
    house = Editing(tmp_path, where)
    house.platform.point = house.point
    with closing(house.journal):
        house.run()

        assert {changes.too_late for changes in house.changes} == {(PAIR,)}
        assert house.sent == ["Wir fangen an & freuen uns"]
        assert house.journal.state(1) is State.PUBLISHED
        assert house.apply(OTHER).too_late == (PAIR,)


def test_an_edit_right_before_its_turn_is_what_goes_out(tmp_path: Path) -> None:
    house = Editing(tmp_path, "before claim")
    house.edit = lambda: house.apply(a_planned(text="Neue Worte"))
    with closing(house.journal):
        house.run()

        assert house.changes[0].changed == (PAIR,)
        assert house.sent == ["Neue Worte"]


@pytest.mark.parametrize(("blow", "times"), [(Blow.LOST_AFTER, 1), (Blow.LOST_BEFORE, 2)])
@pytest.mark.parametrize("edit", ["words", "gone"])
def test_what_may_be_online_stays_what_it_was_be_it_found_or_sent_again(
    tmp_path: Path, blow: Blow, times: int, edit: str
) -> None:
    house = Editing(tmp_path, "before look", blow)
    if edit == "gone":
        house.edit = house.apply
    with closing(house.journal):
        house.run()

        assert house.changes[0].too_late == (PAIR,)
        assert house.sent == ["Wir fangen an & freuen uns"] * times
        assert house.journal.state(1) is State.PUBLISHED
        assert len(house.platform.online) == 1


def test_a_proved_absence_may_be_edited_again(tmp_path: Path) -> None:
    house = Editing(tmp_path, "after outcome", Blow.LOST_BEFORE)
    house.edit = lambda: house.apply(a_planned(text="Neue Worte"))
    with closing(house.journal):
        house.run()

        assert [bool(changes.changed) for changes in house.changes[:2]] == [False, True]
        assert house.sent == ["Wir fangen an & freuen uns", "Neue Worte"]
        assert len(house.platform.online) == 1


# --- Together with approvals ------------------------------------------------------------------

MEMBERS = a_campaign(
    approvals=Approvals.MEMBER,
    accounts=(
        Account(key="netz-mastodon", platform="mastodon"),
        Account(key="netz-x", platform="mastodon"),
    ),
)
POST = Post("ikw-2021", "IKW-01")


def test_an_account_more_makes_the_yes_void_even_for_one_that_is_claimed(tmp_path: Path) -> None:
    with closing(a_journal(tmp_path, a_planned(), campaign=MEMBERS)) as journal:
        journal.approve(POST, by="Ayşe Muster", how=How.PHONE, now=NOON)
        claim = journal.claim(1, now=NOON)
        assert claim is not None
        more = a_planned(account="netz-x", text="Auch hier")
        assert journal.apply(MEMBERS, [a_planned(), more], now=NOON).unchanged == (PAIR,)

        assert not journal.intend(claim, NOON)
        assert journal.claim(1, now=NOON) is None

        assert journal.deliveries()[0].held is Held.APPROVAL
        journal.approve(POST, by="Ayşe Muster", how=How.PHONE, now=NOON)
        again = journal.claim(1, now=NOON)
        assert again is not None
        assert journal.intend(again, NOON)


def test_an_edit_that_is_too_late_for_one_account_lets_the_yes_lapse_for_the_others(
    tmp_path: Path,
) -> None:
    both = [a_planned(), a_planned(account="netz-x")]
    with closing(a_journal(tmp_path, *both, campaign=MEMBERS)) as journal:
        journal.approve(POST, by="Ayşe Muster", how=How.PHONE, now=NOON)
        first = journal.claim(1, now=NOON)
        assert first is not None
        assert journal.intend(first, NOON)

        other = [a_planned(text="Neu"), a_planned(text="Neu", account="netz-x")]
        changes = journal.apply(MEMBERS, other, now=NOON)

        assert (changes.too_late, changes.changed) == ((PAIR,), (("IKW-01", "netz-x"),))
        assert journal.claim(2, now=NOON) is None
        assert journal.deliveries()[1].held is Held.APPROVAL

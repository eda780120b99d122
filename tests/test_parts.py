"""A post in several parts on one account: planned, published in order, kept together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from integrado_poster.contract import Receipt
from integrado_poster.journal import Post
from integrado_poster.model import Approvals, Delivery, Held, How, OnLate, Planned
from integrado_poster.publish import look, publish
from tests.builders import NOON, a_campaign, a_journal, a_planned
from tests.fakes import Answering, Blow, FakeClock, Finds

pytestmark = pytest.mark.usefixtures("every_database")

PAIR = ("IKW-01", "netz-mastodon")
SOON = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def a_chain(*texts: str, **changes: object) -> list[Planned]:
    """A post in parts, each an answer to the one before it."""
    texts = texts or ("Eins", "Zwei", "Drei")
    return [
        a_planned(text=text, part=number, follows=number > 1, **changes)  # type: ignore[arg-type]
        for number, text in enumerate(texts, 1)
    ]


class House:
    """A journal with a plan, and a platform that it publishes on."""

    def __init__(
        self,
        folder: Path,
        planned: Sequence[Planned],
        blows: Sequence[Blow] = (),
        **campaign: object,
    ) -> None:
        self.clock = FakeClock()
        self.platform = Answering(self.clock, blows=blows, finds=Finds.IN_LIST)
        self.campaign = a_campaign(**campaign)
        self.journal = a_journal(folder, *planned, campaign=self.campaign)

    def __enter__(self) -> House:
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()

    def step(self) -> list[int]:
        """Take what is due as far as it goes; give its numbers."""
        due = self.journal.due(self.clock.now(), limit=9)
        for number in due:
            more = {"journal": self.journal, "clock": self.clock}
            given = {"platform_for": lambda _: self.platform, **more}
            publish(number, **given) or look(number, **given)  # type: ignore[arg-type]
        return due

    def run(self, until: datetime | None = None) -> None:
        """Do what falls due until nothing is left, or until a moment."""
        for _ in range(60):
            if self.step():
                continue
            nearest = self.journal.next_moment()
            if nearest is None or (until and nearest > until):
                break
            self.clock.set_to(max(nearest, self.clock.now() + timedelta(microseconds=1)))
        if until:
            self.clock.set_to(until)

    @property
    def states(self) -> list[str]:
        return [str(delivery.state) for delivery in self.deliveries]

    @property
    def deliveries(self) -> list[Delivery]:
        return self.journal.deliveries()

    def texts(self) -> list[str]:
        return [text for text, _, _ in self.platform.said]


def test_each_part_is_an_answer_to_the_one_before(tmp_path: Path) -> None:
    with House(tmp_path, a_chain()) as house:
        house.run()

        assert house.platform.said == [("Eins", "", ""), ("Zwei", "1", "1"), ("Drei", "2", "1")]
        assert house.states == ["published"] * 3
        assert house.clock.now() == NOON  # nothing between them waited


def test_language_versions_stand_by_themselves_and_none_waits_for_another(tmp_path: Path) -> None:
    versions = [a_planned(text="Hallo"), a_planned(text="Merhaba", part=2)]
    with House(tmp_path, versions, blows=[Blow.REFUSED]) as house:
        house.run()

        assert house.platform.said == [("Merhaba", "", "")]
        assert house.states == ["failed", "published"]


def test_a_part_is_not_even_named_while_it_waits(tmp_path: Path) -> None:
    with House(tmp_path, a_chain(), blows=[Blow.BUSY]) as house:
        first, *others = [delivery.id for delivery in house.deliveries]

        assert house.step() == [first]
        assert house.journal.due(house.clock.now() + timedelta(hours=1), limit=9) == [first]
        for number in others:
            assert house.journal.claim(number, now=house.clock.now() + timedelta(hours=1)) is None
        assert house.journal.next_moment() == NOON + timedelta(minutes=1)


def test_a_lost_reply_in_the_middle_is_found_before_the_next_part_goes(tmp_path: Path) -> None:
    blows = [Blow.LOST_AFTER, Blow.LOST_AFTER, Blow.LOST_BEFORE]
    with House(tmp_path, a_chain(), blows=blows) as house:
        house.run()

        assert house.platform.said == [("Eins", "", ""), ("Zwei", "1", "1"), ("Drei", "2", "1")]
        assert house.states == ["published"] * 3


def test_messages_come_back_as_they_were_planned(tmp_path: Path) -> None:
    planned = a_chain()
    with House(tmp_path, planned) as house:
        found = [house.journal.message(delivery.digest) for delivery in house.deliveries]

        assert found == [item.message for item in planned]
        (kept,) = house.journal.versions("ikw-2021")
        assert kept.messages == 3
        version = house.journal.version("ikw-2021", 1)
        assert version is not None
        assert version[1] == tuple(item.message for item in planned)


def test_one_yes_covers_all_parts_and_a_change_of_one_makes_it_void(tmp_path: Path) -> None:
    with House(tmp_path, a_chain(), approvals=Approvals.MEMBER) as house:
        post = Post("ikw-2021", "IKW-01")
        assert house.journal.unapproved() == [post]
        house.journal.approve(post, by="AWO", how=How.PHONE, now=NOON)
        assert house.journal.unapproved() == []

        other = house.journal.apply(house.campaign, a_chain("Eins", "Zwei", "Vier"), now=NOON)
        assert (other.changed, other.unchanged, other.lapsed) == ((PAIR,), (PAIR,), ("IKW-01",))
        house.run(NOON + timedelta(minutes=1))

        assert house.texts() == []
        house.journal.approve(post, by="AWO", how=How.PHONE, now=house.clock.now())
        house.run()
        assert house.texts() == ["Eins", "Zwei", "Vier"]


def test_a_chain_that_has_begun_is_fixed_as_a_whole(tmp_path: Path) -> None:
    with House(tmp_path, a_chain("Eins", "Zwei")) as house:
        house.step()
        assert house.texts() == ["Eins"]

        for plan in (
            a_chain("Eins", "Anders"),
            a_chain("Eins", "Zwei", "Drei"),
            a_chain("Eins"),
            [],
        ):
            changes = house.journal.apply(house.campaign, plan, now=house.clock.now())
            assert changes.too_late == (PAIR,)
            assert (changes.added, changes.changed, changes.cancelled) == ((), (), ())

        house.run()
        assert house.texts() == ["Eins", "Zwei"]


@pytest.mark.parametrize("apart", [True, False])
def test_nothing_is_planned_behind_a_part_that_came_too_late(tmp_path: Path, apart: bool) -> None:
    """It would wait for ever, and nobody would be told."""
    once = [a_planned(text="Un"), a_planned(text="Deux", part=2), a_planned(text="Trois", part=3)]
    with House(tmp_path, once if apart else a_chain()) as house:
        house.journal.apply(house.campaign, a_chain("Eins"), now=NOON)
        house.run()
        if apart:
            later = [a_planned(text="Eins"), a_planned(text="Trois", part=3, at=NOON + HOUR)]
            house.journal.apply(house.campaign, later, now=NOON)

        longer = a_chain("Eins", "Zwei", "Drei", "Vier")
        changes = house.journal.apply(house.campaign, longer, now=house.clock.now())
        house.run()

        assert (changes.added, changes.changed, changes.too_late) == ((), (), (PAIR,))
        assert not [each for each in house.deliveries if each.waits and each.undone]


def test_before_it_has_begun_a_chain_may_grow_shrink_and_come_apart(tmp_path: Path) -> None:
    with House(tmp_path, a_chain("Eins", "Zwei")) as house:
        apart = [a_planned(text="Eins"), a_planned(text="Deux", part=2)]
        for plan in (a_chain("A", "B", "C"), a_chain("A"), a_chain("A", "B"), apart):
            changes = house.journal.apply(house.campaign, plan, now=NOON)
            assert not changes.too_late
        house.run()

        assert house.platform.said == [("Eins", "", ""), ("Deux", "", "")]
        assert house.states == ["published", "published", "cancelled"]


def test_what_would_follow_a_skipped_part_is_cancelled_and_says_why(tmp_path: Path) -> None:
    with House(tmp_path, a_chain()) as house:
        house.step()
        second = house.deliveries[1]

        assert house.journal.skip(second.id, by="Ada", now=house.clock.now())

        assert house.states == ["published", "cancelled", "cancelled"]
        assert "cut-off" in house.deliveries[2].note
        assert house.step() == []


def test_a_plan_that_says_something_else_brings_back_the_whole_chain(tmp_path: Path) -> None:
    with House(tmp_path, a_chain()) as house:
        house.journal.skip(house.deliveries[0].id, by="Ada", now=NOON)
        assert house.states == ["cancelled"] * 3
        house.journal.apply(house.campaign, a_chain(), now=NOON)
        assert house.states == ["cancelled"] * 3

        house.journal.apply(house.campaign, a_chain("Eins", "Zwei", "Vier"), now=NOON)
        house.run()

        assert house.texts() == ["Eins", "Zwei", "Vier"]


def test_a_skip_for_lateness_takes_the_whole_chain(tmp_path: Path) -> None:
    with House(tmp_path, a_chain(on_late=OnLate.SKIP)) as house:
        house.clock.set_to(NOON + timedelta(hours=7))
        house.run()

        assert house.states == ["cancelled"] * 3
        assert [news.why for news in house.journal.untold(house.clock.now())] == ["skipped"]


def test_parts_wait_for_one_that_waits_for_a_person_and_go_on_with_it(tmp_path: Path) -> None:
    with House(tmp_path, a_chain(), blows=[Blow.REFUSED]) as house:
        house.run(NOON + timedelta(hours=9))
        first = house.deliveries[0]
        assert house.states == ["failed", "scheduled", "scheduled"]
        assert len(house.journal.untold(house.clock.now())) == 1

        house.journal.again(first.id, by="Ada", now=house.clock.now())
        house.run()

        assert house.texts() == ["Eins", "Zwei", "Drei"]


def test_after_a_part_that_a_person_has_posted_the_next_one_answers_it(tmp_path: Path) -> None:
    with House(tmp_path, a_chain("Eins", "Zwei"), blows=[Blow.REFUSED]) as house:
        house.run(NOON + timedelta(hours=9))
        by_hand = Receipt(id="77", url="https://social.example/@netz/77")
        house.platform.online.append(("hand", by_hand, NOON))
        house.journal.mark_posted(house.deliveries[0].id, by_hand, by="Ada", now=house.clock.now())
        house.run()

        assert house.platform.said == [("Zwei", "77", "77")]


def test_how_late_a_part_is_counts_from_the_part_before(tmp_path: Path) -> None:
    with House(tmp_path, a_chain("Eins", "Zwei")) as house:
        house.clock.set_to(NOON + timedelta(hours=5, minutes=59))
        house.step()
        house.clock.set_to(NOON + timedelta(hours=11))
        house.run()
        assert house.texts() == ["Eins", "Zwei"]

    with House(tmp_path / "later", a_chain("Eins", "Zwei")) as house:
        house.step()
        house.clock.set_to(NOON + timedelta(hours=7))
        house.run(house.clock.now())
        assert [delivery.held for delivery in house.deliveries] == [None, Held.LATE]


def test_a_stop_between_two_parts_lets_the_chain_go_on_after_resume(tmp_path: Path) -> None:
    with House(tmp_path, a_chain()) as house:
        house.step()
        house.journal.stop("Pause", "Ada", NOON)
        house.clock.set_to(NOON + timedelta(hours=1))
        assert house.step() == []
        assert [each.fate for each in house.journal.outlook(house.clock.now())] == ["send"]

        house.journal.resume("Ada", house.clock.now())
        house.run()

        assert house.texts() == ["Eins", "Zwei", "Drei"]
        assert house.clock.now() == NOON + timedelta(hours=1)


def test_a_chain_counts_as_one_post_when_it_is_caught_up_with(tmp_path: Path) -> None:
    others = [a_planned(post=f"IKW-0{number}", text=f"B{number}") for number in (2, 3)]
    with House(tmp_path, [*a_chain("Eins", "Zwei", "Drei", "Vier"), *others]) as house:
        house.clock.set_to(NOON + timedelta(hours=1))
        house.run()

        assert house.texts() == ["Eins", "Zwei", "Drei", "Vier", "B2", "B3"]


def test_a_chain_is_finished_before_another_post_begins(tmp_path: Path) -> None:
    early = a_planned(post="IKW-02", text="Andere", at=NOON + timedelta(seconds=1))
    with House(tmp_path, [*a_chain(at=NOON + timedelta(seconds=2)), early]) as house:
        house.clock.set_to(NOON + timedelta(seconds=2))
        house.run()

        assert house.texts() == ["Andere", "Eins", "Zwei", "Drei"]

    with House(tmp_path / "b", [*a_chain(), early], blows=[Blow.BUSY]) as house:
        house.clock.set_to(NOON + timedelta(seconds=2))
        house.run()
        assert house.texts() == ["Eins", "Zwei", "Drei", "Andere"]


def test_a_former_that_somebody_deleted_is_a_clear_failure(tmp_path: Path) -> None:
    with House(tmp_path, a_chain()) as house:
        house.step()
        house.platform.online.clear()
        house.run()

        assert house.states == ["published", "failed", "scheduled"]

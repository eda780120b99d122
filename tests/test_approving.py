"""What was approved is what is published: without a yes to exactly this, nothing goes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from integrado_poster.journal import Journal, Post
from integrado_poster.model import Account, Approvals, Delivery, Held, How, Planned, State
from integrado_poster.speech import speech
from tests.builders import NOON, a_campaign, a_journal, a_planned

pytestmark = pytest.mark.usefixtures("every_database")

ACCOUNTS = ("netz-mastodon", "netz-bluesky")
CAMPAIGN = a_campaign(
    approvals=Approvals.MEMBER,
    accounts=tuple(Account(key=key, platform="mastodon") for key in ACCOUNTS),
)
POST = Post("ikw-2021", "IKW-01")


def planned(**changes: object) -> tuple[Planned, ...]:
    return tuple(a_planned(account=key, **changes) for key in ACCOUNTS)  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = a_journal(tmp_path, *planned(), campaign=CAMPAIGN)
    yield made
    made.close()


def due(journal: Journal) -> list[Delivery]:
    """Take everything that is due as far as a claim, and say where it stands then."""
    for number in journal.due(NOON, limit=10):
        journal.claim(number, now=NOON)
    return journal.deliveries()


def test_without_a_yes_a_due_post_waits_for_a_person(journal: Journal) -> None:
    assert {delivery.held for delivery in due(journal)} == {Held.APPROVAL}
    assert journal.unapproved() == [POST]


def test_with_a_yes_it_goes_out(journal: Journal) -> None:
    assert journal.approve(POST, by="Ayşe Muster", how=How.PHONE, now=NOON)

    assert {delivery.state for delivery in due(journal)} == {State.SENDING}
    assert journal.unapproved() == []


def test_a_late_yes_releases_what_waited_for_it(journal: Journal) -> None:
    due(journal)
    later = NOON + timedelta(hours=1)
    journal.approve(POST, by="Ayşe Muster", how=How.MAIL, now=later)

    assert {delivery.state for delivery in journal.deliveries()} == {State.SCHEDULED}
    assert len(journal.due(later, limit=10)) == 2


def test_another_word_on_one_account_makes_the_yes_void_on_all(journal: Journal) -> None:
    journal.approve(POST, by="Ayşe Muster", how=How.MEETING, now=NOON)
    other = (planned()[0], a_planned(account=ACCOUNTS[1], text="Ganz andere Worte"))
    journal.apply(CAMPAIGN, other, now=NOON)

    assert journal.unapproved() == [POST]
    assert {delivery.held for delivery in due(journal)} == {Held.APPROVAL}


def test_the_old_words_again_are_the_approved_ones(journal: Journal) -> None:
    journal.approve(POST, by="Ayşe Muster", how=How.PHONE, now=NOON)
    journal.apply(CAMPAIGN, planned(text="Ganz andere Worte"), now=NOON)
    journal.apply(CAMPAIGN, planned(), now=NOON)

    assert journal.unapproved() == []


def test_a_change_between_claim_and_request_is_seen(journal: Journal) -> None:
    journal.approve(POST, by="Ayşe Muster", how=How.PHONE, now=NOON)
    claim = journal.claim(journal.due(NOON, limit=1)[0], now=NOON)
    assert claim is not None
    both = planned(text="Ganz andere Worte")
    journal.apply(CAMPAIGN, both, now=NOON)

    assert not journal.intend(claim, NOON)
    assert State.SENDING not in {delivery.state for delivery in journal.deliveries()}


def test_another_posts_yes_does_not_count(journal: Journal) -> None:
    journal.apply(CAMPAIGN, (*planned(), *planned(post="IKW-02", at=NOON)), now=NOON)
    journal.approve(Post("ikw-2021", "IKW-02"), by="Ayşe Muster", how=How.PHONE, now=NOON)

    assert journal.unapproved() == [POST]


def test_a_campaign_without_the_rule_asks_nobody(journal: Journal) -> None:
    free = CAMPAIGN.model_copy(update={"approvals": Approvals.NONE})
    journal.apply(free, planned(), now=NOON)

    assert journal.unapproved() == []
    assert {delivery.state for delivery in due(journal)} == {State.SENDING}


def test_who_said_yes_and_how_stands_in_the_log(journal: Journal) -> None:
    journal.approve(POST, by="Ayşe Muster", how=How.PHONE, now=NOON)

    line = journal.log(1)[0]
    assert (line.event, line.post) == ("approved", "IKW-01")
    assert speech("de").read(line.detail) == "Ayşe Muster (am Telefon)"


def test_a_post_that_is_not_in_the_plan_cannot_be_approved(journal: Journal) -> None:
    assert not journal.approve(Post("ikw-2021", "IKW-99"), by="A", how=How.MAIL, now=NOON)
    journal.apply(CAMPAIGN, (), now=NOON)
    assert not journal.approve(POST, by="A", how=How.MAIL, now=NOON)

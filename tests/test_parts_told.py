"""What people see of a post in parts, and what a word about it does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from integrado_poster.contract import Receipt
from integrado_poster.journal import Journal, journal_at
from integrado_poster.notify.letter import letter
from integrado_poster.speech import speech
from tests.builders import NOON, a_campaign, a_planned, fill
from tests.test_cli import Cli, cli

__all__ = ["cli"]  # the fixture


@pytest.fixture
def journal(cli: Cli) -> Iterator[Journal]:
    """A chain of three of which the first part is online and the second was refused."""
    cli("init")
    made = journal_at(Path("data/integrado.sqlite"), Path("integrado.key"))
    texts = ("Eins", "Zwei", "Drei")
    chain = [a_planned(text=t, part=n, follows=n > 1) for n, t in enumerate(texts, 1)]
    fill(made, *chain, a_planned(post="IKW-02", at=NOON + timedelta(days=1)), campaign=a_campaign())
    first, second, *_ = (delivery.id for delivery in made.deliveries())
    claim = made.claim(first, now=NOON)
    assert claim is not None
    made.publish(claim, Receipt(id="101", url="https://social.example/@netz/101"), NOON)
    claim = made.claim(second, now=NOON)
    assert claim is not None
    assert (claim.handle["parent"], claim.handle["root"]) == ("101", "101")
    made.fail(claim, "422: too much", NOON)
    yield made
    made.close()


def states(journal: Journal) -> list[str]:
    return [str(delivery.state) for delivery in journal.deliveries() if delivery.post == "IKW-01"]


@pytest.mark.usefixtures("journal")
def test_status_and_log_name_the_parts_and_say_what_each_waits_for(cli: Cli) -> None:
    run = cli("status", "--as-of", "2021-09-26T12:10")

    for part in (1, 2, 3):
        assert f"IKW-01 · {part}/3" in run.out
    assert "waits for part 2" in run.out
    assert "IKW-01 · 2/3 on netz-mastodon was refused: 422: too much. What comes before" in run.out
    assert "post retry IKW-01 --account netz-mastodon --part 2" in run.out
    assert "IKW-02 · " not in run.out
    assert "IKW-01 · 2/3" in cli("log").out
    told = json.loads(cli("status", "--json").out)["deliveries"]
    assert [(each["part"], each["parts"], each["waits"]) for each in told[:3]] == [
        (1, 3, False), (2, 3, False), (3, 3, True),
    ]  # fmt: skip


def test_a_mail_names_the_part_and_says_what_helps(journal: Journal) -> None:
    news = journal.untold(NOON + timedelta(minutes=5))

    said = letter(news, journal.titles(), speech("de"))

    assert len(news) == 1
    assert "IKW-01 · 2/3 auf netz-mastodon: abgelehnt" in said.text
    assert "integrado-poster post retry IKW-01 --account netz-mastodon --part 2" in said.text


def test_a_retry_of_the_post_is_one_of_the_part_in_question(cli: Cli, journal: Journal) -> None:
    run = cli("post", "retry", "IKW-01")

    assert run.out.count("IKW-01") == 1
    assert "IKW-01 · 2/3 on netz-mastodon will be sent again" in run.out
    assert states(journal) == ["published", "scheduled", "scheduled"]


def test_a_skip_of_the_post_takes_the_rest_of_it(cli: Cli, journal: Journal) -> None:
    run = cli("post", "skip", "IKW-01")

    assert run.out.count("IKW-01") == 1
    assert states(journal) == ["published", "cancelled", "cancelled"]
    assert "part 2 does not go out" in cli("post", "list").out


def test_an_address_belongs_to_the_part_that_needs_one(cli: Cli, journal: Journal) -> None:
    url = "https://social.example/@netz/102"
    assert cli("post", "retry", "IKW-01", "--part", "7").code == 2

    cli("post", "mark-posted", "IKW-01", "--account", "netz-mastodon", "--url", url)

    assert [delivery.receipt_id for delivery in journal.deliveries()][:3] == ["101", "102", None]
    assert journal.due(NOON, limit=9) == [journal.deliveries()[2].id]


def test_of_languages_apart_the_one_that_was_posted_must_be_named(
    cli: Cli, journal: Journal
) -> None:
    versions = [a_planned(post="IKW-03", text=text, part=n) for n, text in enumerate("AB", 1)]
    journal.apply(a_campaign(), versions, now=NOON)
    words = (
        "post",
        "mark-posted",
        "IKW-03",
        "--account",
        "netz-mastodon",
        "--url",
        "https://x.example/1",
    )

    asked = cli(*words)
    assert asked.code == 2
    assert "--part 1" in asked.err
    assert cli(*words, "--part", "2").code == 0
    found = [delivery for delivery in journal.deliveries() if delivery.post == "IKW-03"]
    assert [delivery.receipt_id for delivery in found] == [None, "1"]


def test_show_says_each_part_in_its_words(cli: Cli, journal: Journal) -> None:
    shown = cli("post", "show", "IKW-01").out

    assert shown.index("\nEins\n") < shown.index("\nZwei\n") < shown.index("\nDrei\n")
    assert "netz-mastodon (mastodon) · 3/3" in shown

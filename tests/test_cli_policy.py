"""What the commands say about lateness, pauses, stops and clocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from integrado_poster.clock import SystemClock
from integrado_poster.contract import Identity
from integrado_poster.journal import Blame, Journal, journal_at
from integrado_poster.model import Planned
from tests.builders import a_campaign, a_planned
from tests.test_cli import Cli, cli

__all__ = ["cli"]  # pytest finds the fixture by this

NOW = SystemClock().now()
MEMBERS = ("awo", "caritas", "drk")


@contextmanager
def journal(*planned: Planned) -> Iterator[Journal]:
    """The journal of the folder that the commands work in, with these plans and their accounts."""
    opened = journal_at(Path("data/integrado.sqlite"), Path("integrado.key"), create=True)
    with closing(opened):
        if planned:
            opened.apply(a_campaign(), planned, now=NOW)
        for account in opened.accounts():
            if account.connected_at is None:
                identity = Identity(id="1", name=f"@{account.key}")
                opened.connect(account.key, account.platform, {}, {}, identity, NOW)
        yield opened


def fail(opened: Journal, id: int, blame: Blame) -> None:
    claim = opened.claim(id, now=NOW)
    assert claim is not None
    opened.retry(claim, None, "503", NOW, blame=blame)


def test_a_pause_is_told_with_its_end_and_the_post_that_will_try(cli: Cli) -> None:
    with journal(*[a_planned(at=NOW, post=f"P{n}") for n in range(6)]) as opened:
        for id in range(1, 6):
            fail(opened, id, Blame.ACCOUNT)

    german, english = (cli("--lang", language, "status") for language in ("de", "en"))

    assert (german.code, english.code) == (0, 0)
    assert "netz-mastodon macht Pause bis" in german.out
    assert "ein einzelner Versuch mit P5 auf netz-mastodon" in german.out
    assert "netz-mastodon is left in peace until" in english.out
    assert "5 Fehlschläge nacheinander" in cli("--lang", "de", "log").out


def test_a_pause_of_a_whole_platform_names_who_saw_it(cli: Cli) -> None:
    with journal(*[a_planned(at=NOW, account=name) for name in (*MEMBERS, "jkg")]) as opened:
        for id in range(1, 4):
            fail(opened, id, Blame.PLATFORM)

    run = cli("--lang", "de", "status")
    (pause,) = json.loads(cli("status", "--json").out)["pauses"]

    assert "mastodon macht Pause bis" in run.out
    assert "Es geht nicht auf awo, caritas, drk." in run.out
    assert "Versuch mit IKW-01 auf jkg" in run.out
    assert (pause["platform"], pause["accounts"], pause["whole"]) == (
        "mastodon",
        list(MEMBERS),
        True,
    )
    assert "alle Konten dort warten 15 Minuten" in cli("--lang", "de", "log").out

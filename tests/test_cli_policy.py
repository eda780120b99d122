"""What the commands say about lateness, pauses, stops and clocks."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from integrado_poster.app import App
from integrado_poster.clock import SystemClock
from integrado_poster.contract import Identity, Receipt
from integrado_poster.journal import Blame, Journal, journal_at, make_key
from integrado_poster.model import Approvals, Planned, State
from integrado_poster.stage import Stage
from tests.builders import a_campaign, a_planned
from tests.conftest import SHIPPED
from tests.test_cli import Cli, Run, cli

__all__ = ["cli"]  # pytest finds the fixture by this

NOW = SystemClock().now()
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MEMBERS = ("awo", "caritas", "drk")


@pytest.fixture(autouse=True)
def the_tests_own_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands read the real clock, and this file may have been loaded a quarter of an hour ago."""
    monkeypatch.setitem(globals(), "NOW", SystemClock().now())


@contextmanager
def journal(*planned: Planned) -> Iterator[Journal]:
    """The journal of the folder that the commands work in, with these plans and their accounts."""
    make_key(Path("integrado.key"))
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


# --- Late, too much at once, stopped ----------------------------------------------------------


def test_resume_shows_what_was_missed_and_what_becomes_of_it(cli: Cli) -> None:
    ago = {"P1": 26, "P2": 3, "P3": 2, "P4": 0.1}
    with journal(*[a_planned(at=NOW - h * HOUR, post=post) for post, h in ago.items()]) as opened:
        opened.stop("Trauerfall", "Ayşe", NOW - 27 * HOUR)

    assert "Seither fällig geworden: 4" in cli("--lang", "de", "status").out
    looked = cli("--lang", "de", "resume", "--look")
    assert "Es ist weiter angehalten" in looked.out
    assert cli("status").code == 8
    fates = {row["post"]: row["fate"] for row in json.loads(cli("resume", "--look", "--json").out)}
    resumed = cli("--lang", "de", "resume")

    assert fates == {"P1": "late", "P2": "send", "P3": "wait", "P4": "send"}
    assert "In der Zwischenzeit fällig geworden: 4" in resumed.out
    for words in ("wartet auf Sie: zu spät", "geht jetzt hinaus", "geht hinaus: "):
        assert words in looked.out
        assert words in resumed.out
    assert cli("status").code == 0


def test_too_many_at_once_are_let_go_by_one_command(cli: Cli) -> None:
    with journal(*[a_planned(at=NOW - h * HOUR, post=f"P{h}") for h in range(1, 6)]) as opened:
        assert opened.claim(1, now=NOW) is None

    status = cli("--lang", "de", "status")
    assert status.code == 5
    assert (
        "Alles nacheinander senden, im Abstand von fünf Minuten: integrado-poster post release"
        in (status.out)
    )
    released = cli("post", "release", "--account", "netz-mastodon")

    assert [line.split()[0] for line in released.out.splitlines()] == ["P5", "P4", "P3", "P2", "P1"]
    with journal() as opened:
        moments = sorted(delivery.next_at for delivery in opened.deliveries())
    assert all(later - one >= 5 * MINUTE for one, later in pairwise(moments))
    assert "Nothing waits" in cli("post", "release").out


def test_who_lets_something_go_while_all_stands_still_is_told_so(cli: Cli) -> None:
    with journal(*[a_planned(at=NOW - h * HOUR, post=f"P{h}") for h in range(1, 6)]) as opened:
        assert opened.claim(1, now=NOW) is None
        opened.stop("Trauerfall", "Ayşe", NOW)

    released = cli("--lang", "de", "post", "release")

    assert len(released.out.splitlines()) == 5
    assert (released.code, cli("post", "retry", "P1").code) == (8, 8)
    assert "Noch ist alles angehalten" in released.err
    cli("resume")
    assert cli("post", "release").code == 0


def test_once_says_what_has_its_turn_later(cli: Cli) -> None:
    with Stage(now=SystemClock().now) as stage:
        planned = [
            a_planned(at=NOW - h * HOUR, post=f"P{h}", text=f"Beitrag {h}", pictures=())
            for h in (1, 2)
        ]
        with journal(*planned) as opened:
            App(Path("data"), opened).connect(
                "netz-mastodon", "mastodon", stage.credentials("mastodon")
            )
        run = cli("--lang", "de", "run", "--once")
        shown = stage.timeline("mastodon")

    assert run.code == 0
    assert "1 überfällige kommen später an die Reihe, die nächste: " in run.out
    assert [post.text for post in shown] == ["Beitrag 2"]


# --- Pauses -----------------------------------------------------------------------------------


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


# --- The clock --------------------------------------------------------------------------------


def test_a_clock_that_is_not_believed_is_told_by_status_doctor_and_log(cli: Cli) -> None:
    with journal(a_planned(at=NOW)) as opened:
        opened.keep_time("a boot", NOW - 9 * HOUR, NOW)
        opened.keep_time("a boot", NOW - 8 * HOUR, NOW)

    german, english = (cli("--lang", language, "status") for language in ("de", "en"))

    assert german.code == english.code == 7
    assert "UHR PRÜFEN: sie wurde um 60 Minuten vorgestellt." in german.out
    assert "CHECK THE CLOCK: it was set forward by 60 minutes." in english.out
    assert json.loads(cli("--lang", "en", "status", "--json").out)["clock"] == (
        "it was set forward by 60 minutes"
    )
    doctor = cli("--lang", "de", "doctor", "--no-online")
    assert "Der Uhr wird nicht geglaubt: sie wurde um 60 Minuten vorgestellt." in doctor.out
    assert "Uhr verdächtig" in cli("--lang", "de", "log").out


def test_doctor_compares_the_clock_with_the_platforms(cli: Cli) -> None:
    with Stage(now=lambda: SystemClock().now() - timedelta(hours=2)) as stage:
        with journal(a_planned(at=NOW, pictures=())) as opened:
            App(Path("data"), opened).connect(
                "netz-mastodon", "mastodon", stage.credentials("mastodon")
            )
        run = cli("--lang", "de", "doctor")

    assert re.search("Die Uhr weicht um 720[01] Sekunden von der Uhr der Plattform ab", run.out)
    assert run.code == 7


def test_an_address_takes_one_line_of_a_terminal_and_is_told_whole_elsewhere(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://social.example/@integrado/" + "1" * 60
    with journal(a_planned(at=NOW + HOUR, post="IKW-01")) as opened:
        opened.mark_posted(1, Receipt(id="1", url=url), by="Ayşe", now=NOW)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal

    row = next(line for line in cli("post", "list").out.splitlines() if "IKW-01" in line)

    assert f";{url}\033" in row  # a link to click
    visible = re.sub(r"\033\][^\\]*\\|\033\[[^m]*m", "", row)
    assert visible.rstrip().endswith("…")
    assert len(visible) <= 80
    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.setenv("COLUMNS", "200")
    assert url in cli("post", "list").out


# --- Another profile --------------------------------------------------------------------------


def test_whoever_has_lost_a_profile_gets_on_to_a_new_one_by_the_commands_that_are_named(
    cli: Cli,
) -> None:
    """A reply was lost, then the login: nobody can look any more, and the profile is gone for good."""
    before = NOW - HOUR
    posts = [a_planned(at=before, post=post, pictures=()) for post in ("P1", "P2")]
    with journal(*posts) as opened:
        lose_the_reply(opened, 1, before)
        lose_the_reply(opened, 2, before)
        look = opened.take_look(1, now=before)
        assert look is not None
        opened.wait_for_login(look, "401: suspended", before)
    with Stage(now=SystemClock().now) as stage:
        Path("new.json").write_text(json.dumps(stage.credentials("mastodon")))
        connect = ("account", "connect", "netz-mastodon", "--secrets", "new.json")

        first = cli(*connect)
        assert first.code == 2
        assert "is @netz-mastodon" in first.err
        assert "whether P1, P2 went online there" in first.err
        assert named(first, "--not-there") == "post retry P1 --account netz-mastodon --not-there"
        assert (
            "P1 on netz-mastodon will be sent again" in cli(*named(first, "not-there").split()).out
        )

        second = cli(*connect)
        posted = named(second, "mark-posted").replace("ADDRESS", "https://old.example/@netz/7")
        assert posted.startswith("post mark-posted P2 --account netz-mastodon --url")
        assert cli(*posted.split()).code == 0

        assert cli(*connect).code == 0
        with journal() as opened:
            app = App(Path("data"), opened)
            for id in opened.due(SystemClock().now(), limit=9):
                app.publish(id)
            states = {each.post: each.state for each in opened.deliveries()}
        assert len(stage.timeline("mastodon")) == 1
    assert (states["P1"], states["P2"]) == (State.PUBLISHED, State.PUBLISHED)


def test_what_is_still_looked_for_is_not_decided_by_a_person(cli: Cli) -> None:
    with journal(a_planned(at=NOW)) as opened:
        lose_the_reply(opened, 1, NOW)

        run = cli("post", "retry", "IKW-01", "--not-there")

        assert "this command changes nothing about that" in run.out
        assert opened.deliveries()[0].state is State.UNKNOWN


def lose_the_reply(opened: Journal, id: int, now: datetime) -> None:
    claim = opened.claim(id, now=now)
    assert claim is not None
    assert opened.intend(claim, now)
    opened.doubt(claim, "reset", now, timedelta())


def named(run: Run, word: str) -> str:
    """The command that an answer names, without the program's name."""
    (found,) = re.findall(rf"integrado-poster (.*{word}.*)", run.err)
    return str(found)


def test_a_word_about_a_post_is_about_the_campaign_in_which_it_is_still_to_come(cli: Cli) -> None:
    asks = Approvals.MEMBER
    with journal(a_planned(at=NOW, post="IKW-01")) as opened:
        opened.mark_posted(1, Receipt(id="1", url=None), by="Ayşe", now=NOW)
        this_year = a_campaign(key="ikw-neu", approvals=asks)
        opened.apply(this_year, [a_planned(at=NOW + DAY, text="Neu")], now=NOW)
        assert cli("post", "approve", "IKW-01", "--by", "Ada", "--how", "phone").code == 0
        assert opened.unapproved() == []

        opened.apply(a_campaign(key="ikw-drei"), [a_planned(at=NOW + DAY)], now=NOW)
        asked = cli("--lang", "de", "post", "skip", "IKW-01")
        assert asked.code == 2
        assert "ikw-neu/IKW-01, ikw-drei/IKW-01" in asked.err
        assert cli("post", "skip", "ikw-neu/ikw-01").code == 0

        states = {each.campaign: each.state for each in opened.deliveries()}
        assert states == {"ikw-2021": "published", "ikw-neu": "cancelled", "ikw-drei": "scheduled"}


def test_numbers_that_differ_in_their_case_are_two_posts(cli: Cli) -> None:
    two = [a_planned(at=NOW + DAY, post=post) for post in ("IKW-01", "ikw-01")]
    with journal(*two) as opened:
        asked = cli("post", "skip", "Ikw-01")
        assert asked.code == 2
        assert "ikw-2021/IKW-01, ikw-2021/ikw-01" in asked.err

        assert cli("post", "skip", "IKW-01").code == 0
        states = {each.post: each.state for each in opened.deliveries()}
        assert states == {"IKW-01": "cancelled", "ikw-01": "scheduled"}


def test_last_years_posts_hide_nothing_of_a_new_plan(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20")
    for account in ("x", "facebook", "mastodon", "bluesky"):
        url = f"https://social.example/{account}/1"
        cli("post", "mark-posted", "IKW-01", "--account", account, "--url", url)
    written = (SHIPPED / "plan.yaml").read_text("utf-8").replace("-2021", "-2022")
    new = tmp_path / "neu"
    shutil.copytree(SHIPPED, new)
    (new / "plan.xlsx").unlink()
    (new / "plan.yaml").write_text(written.replace("2021-", "2022-"), "utf-8")

    checked = json.loads(cli("plan", "check", new, "--as-of", "2022-10-20", "--json").out)

    past = [each["post"] for each in checked["findings"] if each["rule"] == "PLAN-08"]
    assert past == [f"IKW-0{number}" for number in range(1, 9)]

"""The commands, as a person or a script uses them."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from integrado_poster.app import App
from integrado_poster.cli import cli as commands
from integrado_poster.cli import main
from integrado_poster.cli.helped import german
from integrado_poster.clock import SystemClock
from integrado_poster.contract import Identity
from integrado_poster.journal import driver, journal_at
from integrado_poster.stage import Stage
from tests.conftest import SHIPPED

ROOT = Path(__file__).parents[1]


class Run(NamedTuple):
    code: int
    out: str
    err: str


Cli = Callable[..., Run]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in an empty folder, as the shell would."""
    for name in [name for name in os.environ if name.startswith("INTEGRADO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("INTEGRADO_LANGUAGE", "en")

    def run(*words: str | Path) -> Run:
        monkeypatch.setattr(sys, "argv", ["integrado-poster", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return Run(int(end.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the shipped campaign that may be spoilt."""
    folder = tmp_path / "kampagne"
    shutil.copytree(SHIPPED, folder)
    return folder


def spoil(folder: Path, old: str, new: str) -> None:
    plan = folder / "plan.yaml"
    text = plan.read_text(encoding="utf-8")
    assert old in text
    plan.write_text(text.replace(old, new, 1), encoding="utf-8")


# --- plan ----------------------------------------------------------------------------------


def test_the_shipped_plan_has_no_error_and_one_hint_about_accounts(cli: Cli) -> None:
    run = cli("plan", "check", SHIPPED, "--as-of", "2021-09-20", "--json")

    found = json.loads(run.out)
    assert run.code == 0
    assert found["counts"]["error"] == found["counts"]["warning"] == 0
    assert [f["severity"] for f in found["findings"] if f["rule"] == "PLAN-22"] == ["hint"]
    assert set(found["findings"][0]) == {"rule", "severity", "post", "where", "value", "message"}


def test_the_shipped_workbook_says_the_same_as_the_yaml() -> None:
    from integrado_poster import plan

    assert plan.read(SHIPPED / "plan.xlsx").campaign == plan.read(SHIPPED / "plan.yaml").campaign


def test_five_years_later_every_post_is_in_the_past(cli: Cli) -> None:
    run = cli("plan", "check", SHIPPED, "--as-of", "2026-01-01", "--json")

    assert run.code == 3
    rules = [finding["rule"] for finding in json.loads(run.out)["findings"]]
    assert rules.count("PLAN-08") == 8


def png(width: int, height: int) -> bytes:
    """A picture of one colour, as small as a file can be."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def broken_yaml(folder: Path) -> None:
    spoil(folder, "kampagne:", "kampagne: [")


def empty_file(folder: Path) -> None:
    (folder / "plan.yaml").write_text("")


def wrong_date(folder: Path) -> None:
    spoil(folder, "datum: 2021-09-28", "datum: 31.9.2021")


def unknown_member(folder: Path) -> None:
    spoil(folder, "traeger: planerladen", "traeger: planerlade")


def test_a_template_that_is_not_there_is_named_in_the_language_of_the_plan(
    cli: Cli, copied: Path
) -> None:
    spoil(copied, "    ueberschrift: ", "    karte: fest\n    ueberschrift: ")

    german = cli("--lang", "de", "render", copied, "--as-of", "2021-09-20")
    english = cli("render", copied, "--as-of", "2021-09-20")

    assert german.code == english.code == 3
    assert "eine Vorlage „fest“ gibt es nicht" in " ".join(german.err.split())
    assert "there is no template 'fest'" in " ".join(english.err.split())


def missing_picture(folder: Path) -> None:
    next((folder / "pictures").glob("*.jpg")).unlink()


def too_long_for_x(folder: Path) -> None:
    spoil(folder, "      x: ", "      x: " + "sehr " * 60)


def truncated_jpeg(folder: Path) -> None:
    picture = next((folder / "pictures").glob("*.jpg"))
    picture.write_bytes(picture.read_bytes()[:20_000])


def huge_png(folder: Path) -> None:
    next((folder / "pictures").glob("*.jpg")).write_bytes(png(30_000, 30_000))


@pytest.mark.parametrize(
    ("spoiler", "rule", "place"),
    [
        (broken_yaml, "PLAN-21", "Zeile"),
        (empty_file, "PLAN-21", ""),
        (wrong_date, "PLAN-06", "beitraege[2].datum"),
        (unknown_member, "PLAN-05", "beitraege[3].traeger"),
        (missing_picture, "MED-01", "bilder[0].datei"),
        (too_long_for_x, "TEXT-01", "texte.x"),
        (truncated_jpeg, "MED-08", "bilder[0].datei"),
        (huge_png, "MED-03", "bilder[0].datei"),
    ],
)
def test_bad_input_is_one_clear_message_with_its_place_and_nothing_is_written(
    cli: Cli, copied: Path, spoiler: Callable[[Path], None], rule: str, place: str
) -> None:
    assert cli("init").code == 0
    before = contents(Path("data"))
    spoiler(copied)

    checked = cli("plan", "check", copied, "--as-of", "2021-09-20", "--json")
    errors = [f for f in json.loads(checked.out)["findings"] if f["severity"] == "error"]
    assert checked.code == 3
    assert [error["rule"] for error in errors] == [rule]
    assert place in (errors[0]["where"] or "")

    for command in (("plan", "apply"), ("render",), ("rehearse",)):
        again = (
            (*command, copied)
            if command == ("rehearse",)
            else (*command, copied, "--as-of", "2021-09-20")
        )
        run = cli(*again)
        assert run.code == 3
        assert rule in run.err
        assert "Traceback" not in run.err
    assert contents(Path("data")) == before
    assert not Path("build").exists()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_words_that_do_not_fit_on_a_card_are_refused_by_field(cli: Cli, copied: Path) -> None:
    spoil(copied, "ueberschrift: Ein langer Tisch für alle", "ueberschrift: " + "Lang " * 70)

    run = cli("--lang", "de", "render", copied, "--as-of", "2021-09-20")

    assert run.code == 3
    assert "CARD-01" in run.err
    assert "IKW-01" in run.err
    assert "Überschrift" in run.err


def test_the_log_tells_when_a_post_is_planned_as_people_write_it(cli: Cli) -> None:
    cli("init")
    cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20")

    assert "So 26.09.2021, 10:00 Uhr" in cli("--lang", "de", "log").out
    assert "Sun 26.09.2021, 10:00 " in cli("--lang", "en", "log").out
    shown = json.loads(cli("--lang", "de", "log", "--json").out)
    assert "So 26.09.2021, 10:00 Uhr" in [line["detail"] for line in shown]


def test_a_table_that_no_terminal_shows_is_not_folded(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    cli("init")
    cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20")
    url = f"https://social.example/@integrado/{'1' * 100}"
    cli("post", "mark-posted", "IKW-01", "--account", "mastodon", "--url", url)

    assert url in cli("status").out
    assert url in cli("log").out
    rules = cli("--lang", "de", "plan", "rules").out.splitlines()
    assert [line for line in rules if "PLAN-29" in line and "eines der beiden Daten." in line]


def test_a_broken_template_is_told_once_with_how_many_posts_use_it(cli: Cli, copied: Path) -> None:
    (copied / "cards" / "poster.typ").write_text("#let x = nirgends\n", encoding="utf-8")

    run = cli("--lang", "de", "render", copied, "--as-of", "2021-09-20")

    assert run.code == 3
    assert run.err.count("CARD-03") == 1
    assert "Kartenvorlage „poster“; 8 Beiträge verwenden sie." in " ".join(run.err.split())


def test_a_fresh_folder_speaks_the_language_of_the_campaign(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INTEGRADO_LANGUAGE")
    cli("init")

    assert "Fehler: 0" in cli("plan", "check", SHIPPED, "--as-of", "2021-09-20").out


def test_strict_ends_with_4_if_there_are_warnings(cli: Cli, copied: Path) -> None:
    spoil(copied, "link: https://", "link: http://")
    usual = cli("plan", "check", copied, "--as-of", "2021-09-20")
    strict = cli("plan", "check", copied, "--as-of", "2021-09-20", "--strict")

    assert (usual.code, strict.code) == (0, 4)


def test_applying_a_plan_twice_changes_nothing_the_second_time(cli: Cli) -> None:
    cli("init")
    first = cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20", "--json")
    before = dump()
    second = cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20")

    assert len(json.loads(first.out)["added"]) == 32
    assert "Nothing to do" in second.out
    assert dump() == before


def dump() -> list[str]:
    with closing(driver().connect("data/integrado.sqlite")) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        queries = [f'SELECT * FROM "{name}"' for (name,) in tables]  # noqa: S608
        return [repr(row) for query in queries for row in database.execute(query)]


def test_diff_shows_a_changed_field_and_writes_nothing(cli: Cli, copied: Path) -> None:
    cli("init")
    cli("plan", "apply", copied, "--as-of", "2021-09-20")
    before = dump()
    spoil(copied, "ueberschrift: Ein langer Tisch für alle", "ueberschrift: Ein Tisch für alle")

    run = cli("plan", "diff", copied, "--as-of", "2021-09-20")

    assert "Headline: Ein [-langer -]Tisch für alle" in run.out
    assert "IKW-01" in run.out
    assert dump() == before


def test_export_gives_the_same_plan_again_and_writes_over_nothing(cli: Cli, tmp_path: Path) -> None:
    from integrado_poster import plan

    assert cli("plan", "export", "neu.xlsx", "--from", SHIPPED).code == 0
    assert plan.read(tmp_path / "neu.xlsx").campaign == plan.read(SHIPPED).campaign
    assert cli("plan", "export", "neu.xlsx", "--from", SHIPPED).code == 2


# --- publishing ------------------------------------------------------------------------------


def test_rehearse_answers_in_the_documented_shape(cli: Cli, tmp_path: Path) -> None:
    run = cli("rehearse", SHIPPED, "--json", "--faults", "lost-reply", "--seed", "2")

    found = json.loads(run.out)
    assert run.code == 0
    assert set(found) == {
        "posts", "deliveries", "published", "missing", "duplicates", "different",
        "unclear", "failed", "faults", "seconds", "gallery",
    }  # fmt: skip
    assert (found["posts"], found["deliveries"], found["published"]) == (8, 32, 32)
    assert (tmp_path / found["gallery"]).is_file()


def test_status_names_what_needs_a_person_and_how_to_help(cli: Cli) -> None:
    cli("init")
    cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20")
    with closing(journal_at(Path("data/integrado.sqlite"), Path("integrado.key"))) as journal:
        number = journal.deliveries()[0].id
        assert journal.claim(number, now=datetime(2021, 9, 26, 8, 0, 1, tzinfo=UTC)) is None

    run = cli("--lang", "de", "status", "--as-of", "2021-09-26T08:01")

    assert run.code == 5
    assert "Was Sie braucht: 1" in run.out
    assert "integrado-poster account connect" in run.out


@pytest.mark.parametrize("disconnected", [False, True])
def test_status_asks_for_the_login_without_which_nobody_can_look(
    cli: Cli, disconnected: bool
) -> None:
    cli("init")
    cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20")
    now = datetime(2021, 9, 26, 8, 0, 1, tzinfo=UTC)
    with closing(journal_at(Path("data/integrado.sqlite"), Path("integrado.key"))) as journal:
        first = journal.deliveries()[0]
        someone = Identity(id="1", name="@netz")
        journal.connect(first.account, first.platform, {}, {}, someone, now)
        assert cli("status", "--as-of", "2021-09-26T08:01").code == 0
        claim = journal.claim(first.id, now=now)
        assert claim is not None
        assert journal.intend(claim, now)
        journal.doubt(claim, "reset", now, timedelta())
        look = journal.take_look(first.id, now=now)
        assert look is not None
        journal.wait_for_login(look, "401: revoked", now)
        if disconnected:
            journal.disconnect(first.account, now)

    run = cli("status", "--as-of", "2021-09-26T08:01")

    assert run.code == 5
    assert f"The login does not work: {first.account}." in run.out
    assert f"integrado-poster account check {first.account}" in run.out


def test_status_says_why_a_post_is_unclear_or_late(cli: Cli) -> None:
    cli("init")
    cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20")
    now = datetime(2021, 9, 26, 8, 0, 1, tzinfo=UTC)
    with closing(journal_at(Path("data/integrado.sqlite"), Path("integrado.key"))) as journal:
        first = journal.deliveries()[0]
        someone = Identity(id="1", name="@netz")
        journal.connect(first.account, first.platform, {}, {}, someone, now)
        claim = journal.claim(first.id, now=now)
        assert claim is not None
        journal.ask(claim, "2 posts with these words", now)

    assert "online (2 posts with these words).\n  Yes: integrado" in cli("status").out


def test_status_names_the_accounts_that_nobody_has_connected(cli: Cli) -> None:
    cli("init")
    cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20")
    with Stage(now=SystemClock().now) as stage:
        Path("secret.json").write_text(json.dumps(stage.credentials("mastodon")))
        cli("account", "connect", "mastodon", "--secrets", "secret.json")

    said = cli("status", "--as-of", "2021-09-21").out

    assert "Not connected yet: bluesky, facebook, x." in said


def test_stop_ends_status_with_8_and_resume_lifts_it(cli: Cli) -> None:
    cli("init")
    cli("stop", "--reason", "Trauerfall")
    stopped = cli("status")
    cli("resume")

    assert stopped.code == 8
    assert "Trauerfall" in stopped.out
    assert cli("status").code == 0


@pytest.mark.parametrize("wrong", ["colour = 1", "senders = 'many'", "data = ["])
def test_settings_that_will_not_do_are_a_sentence_and_no_bug(cli: Cli, wrong: str) -> None:
    Path("integrado.toml").write_text(wrong)

    run = cli("status")

    assert (run.code, run.out) == (2, "")
    assert "Traceback" not in run.err
    assert run.err.count("\n") == 1


def test_a_language_that_nobody_wrote_is_refused(cli: Cli) -> None:
    assert cli("--lang", "fr", "status").code == 2


def test_resume_does_not_say_that_something_was_stopped_when_nothing_was(cli: Cli) -> None:
    cli("init")

    assert cli("resume", "--look").out == "Nothing is stopped. Due at the moment: 0\n"
    assert cli("resume").out == "Nothing is stopped. Due at the moment: 0\n"


def test_where_there_is_nothing_to_list_a_sentence_says_so(cli: Cli) -> None:
    cli("init")

    assert "Nothing is scheduled yet" in cli("post", "list").out
    assert "Nothing has happened yet" in cli("log").out
    assert "No account is connected yet" in cli("account", "list").out
    assert "No account is connected yet" in cli("account", "check").out
    assert cli("account", "check", "--json").out == "[]\n"


def test_who_does_not_answer_what_is_asked_for_reads_that_nothing_was_stored(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("init")
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    run = cli("account", "connect", "mastodon")

    assert (run.code, run.out.strip()) == (2, "")
    assert "Nothing was stored" in run.err


def test_the_stop_file_counts_as_a_stop_and_resume_removes_it(cli: Cli) -> None:
    cli("init")
    Path("data/STOP").touch()

    run = cli("status")
    assert run.code == 8
    assert "STOP" in run.out
    cli("resume")
    assert not Path("data/STOP").exists()


def test_an_account_is_connected_by_secrets_from_a_file_and_never_shown(
    cli: Cli, tmp_path: Path
) -> None:
    cli("init")
    with Stage(now=SystemClock().now) as stage:
        facts = stage.credentials("mastodon")
        (tmp_path / "secret.json").write_text(json.dumps(facts))
        run = cli("account", "connect", "mastodon", "--secrets", tmp_path / "secret.json")
        listed = cli("account", "list")
        checked = cli("account", "check")
        stage.play("mastodon", "revoked")
        revoked = cli("account", "check")

    assert (run.code, checked.code, revoked.code) == (0, 0, 6)
    assert "mastodon" in listed.out
    for said in (run, listed, checked, revoked):
        assert facts["token"] not in said.out + said.err


def test_an_accounts_platform_stands_in_the_plan(cli: Cli, copied: Path) -> None:
    spoil(copied, "schluessel: mastodon\n", "schluessel: netz-masto\n")
    cli("init")
    cli("plan", "apply", copied, "--as-of", "2021-09-20")
    with Stage(now=SystemClock().now) as stage:
        Path("secret.json").write_text(json.dumps(stage.credentials("mastodon")))
        run = cli("account", "connect", "netz-masto", "--secrets", "secret.json")

    assert run.code == 0, run.err


@pytest.mark.parametrize("text", ['{"token": "ge-heim"', '["ge-heim"]', '{"token": 5}', None])
def test_secrets_that_cannot_be_read_are_one_sentence(cli: Cli, text: str | None) -> None:
    cli("init")
    if text is not None:
        Path("secret.json").write_text(text)

    run = cli("--lang", "de", "account", "connect", "mastodon", "--secrets", "secret.json")

    assert run.code == 2
    assert run.err.count("\n") == 1
    assert "JSON-Objekt" in run.err
    assert "ge-heim" not in run.err


@pytest.mark.parametrize("command", ["check", "disconnect"])
def test_an_account_that_nobody_knows_is_said_as_such(cli: Cli, command: str) -> None:
    cli("init")

    run = cli("--lang", "de", "account", command, "mastdon")

    assert run.code == 2
    assert "Ein Konto mastdon gibt es hier nicht." in run.err


def test_a_stop_needs_no_reason(cli: Cli) -> None:
    cli("init")
    cli("stop")

    assert "STOPPED. To go on:" in cli("--lang", "en", "status").out


def test_a_data_folder_that_is_none_is_one_sentence(cli: Cli) -> None:
    Path("data").write_text("not a folder")

    run = cli("run", "--once")

    assert run.code == 7
    assert run.err.count("\n") == 1


def test_a_whole_day_through_the_commands(cli: Cli, copied: Path) -> None:
    """Plan, accounts, run, status, log: as a volunteer would try it with the stage."""
    cli("init")
    cli("plan", "apply", copied, "--as-of", "2021-09-20")
    due = SystemClock().now() - timedelta(seconds=5)
    with closing(driver().connect("data/integrado.sqlite")) as database, database:
        # as if today were the day
        at, day = int(due.timestamp() * 1_000_000), 86_400_000_000
        database.execute(
            "UPDATE delivery SET due_at = ?, next_at = ?, not_after = ? WHERE post = 'IKW-01'",
            (at, at, at + day),
        )
        database.execute(
            "UPDATE delivery SET next_at = ?, extended_to = ? WHERE post <> 'IKW-01'",
            (at + day, at + 2 * day),
        )
    with Stage(now=SystemClock().now) as stage:
        with closing(journal_at(Path("data/integrado.sqlite"), Path("integrado.key"))) as journal:
            joined = App(Path("data"), journal).connect_stage(stage.credentials)
        run = cli("run", "--once")
        timelines = stage.timelines()

    assert sorted(joined) == ["bluesky", "facebook", "mastodon", "x"]
    assert run.code == 0
    assert {name: len(posts) for name, posts in timelines.items()} == dict.fromkeys(joined, 1)
    listed = json.loads(cli("post", "list", "--json").out)
    online = [row for row in listed if row["state"] == "published"]
    assert {row["post"] for row in online} == {"IKW-01"}
    assert all(row["receipt_url"] for row in online)
    log = json.loads(cli("log", "--post", "IKW-01", "--json").out)
    assert [line["event"] for line in log].count("published") == 4


def test_a_yes_is_noted_and_any_change_makes_it_void(cli: Cli, copied: Path) -> None:
    spoil(copied, "  uhrzeit: ", "  freigabe: durch den Träger\n  uhrzeit: ")
    cli("init")
    cli("plan", "apply", copied, "--as-of", "2021-09-20")
    assert "Not approved yet: IKW-01, IKW-02" in cli("status", "--as-of", "2021-09-21").out

    run = cli("post", "approve", "ikw-01", "--by", "Ayşe Muster", "--how", "phone")
    assert run.code == 0
    assert "Not approved yet: IKW-02" in cli("status", "--as-of", "2021-09-21").out
    assert "approved" in cli("log", "--post", "IKW-01").out

    spoil(copied, "ueberschrift: Ein langer Tisch für alle", "ueberschrift: Ein Tisch für alle")
    cli("plan", "apply", copied, "--as-of", "2021-09-20")
    assert "Not approved yet: IKW-01, IKW-02" in cli("status", "--as-of", "2021-09-21").out

    assert cli("post", "approve", "IKW-01", "--by", "A", "--how", "telepathy").code == 2
    assert cli("post", "approve", "IKW-99", "--by", "A", "--how", "mail").code == 2


# --- the program itself ------------------------------------------------------------------------


def test_init_twice_keeps_the_key_and_the_plan(cli: Cli) -> None:
    cli("init")
    key, plan = Path("integrado.key").read_bytes(), Path("plan.xlsx").read_bytes()
    assert cli("init").code == 0

    assert Path("integrado.key").read_bytes() == key
    assert Path("plan.xlsx").read_bytes() == plan
    assert Path("integrado.key").stat().st_mode & 0o077 == 0


def test_without_a_database_the_first_step_is_named(cli: Cli) -> None:
    run = cli("--lang", "de", "status")

    assert run.code == 7
    assert "Datenbank" in run.err
    assert "init" in run.err


def test_a_wrong_word_on_the_command_line_ends_with_2(cli: Cli) -> None:
    assert cli("plan", "chek").code == 2
    assert cli("rehearse", SHIPPED, "--faults", "lost-replies").code == 2
    assert cli("plan", "check", SHIPPED, "--as-of", "gestern").code == 2


def test_help_starts_without_the_heavy_libraries() -> None:
    heavy = (
        "sqlalchemy|pydantic|requests|tweepy|facebook|typst|PIL|pypdfium2|xlsxwriter|regex|babel"
    )
    code = (
        "import sys; sys.argv = ['integrado-poster', '--help']\n"
        "from integrado_poster.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('HEAVY', sorted(set('{heavy}'.split('|')) & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "src"
    )

    assert "HEAVY []" in run.stdout


def test_the_version_is_told_without_a_command(cli: Cli) -> None:
    run = cli("--version")

    assert run.code == 0
    assert re.fullmatch(r"integrado-poster \d+\.\d+\.\d+\n", run.out)


def test_a_plan_that_is_not_there_is_told_with_the_one_that_is(cli: Cli) -> None:
    Path("plan.xlsx").write_bytes(b"")

    run = cli("--lang", "de", "plan", "check", "paln.xlsx")

    assert run.code == 3
    assert "Eine Datei „paln.xlsx“ gibt es nicht. Meinten Sie „plan.xlsx“?" in run.out


def test_the_log_of_a_post_that_nobody_knows_says_so(cli: Cli) -> None:
    cli("init")

    assert cli("--lang", "de", "log", "--post", "IKW-99").out.startswith("Zu IKW-99 steht nichts")


def test_what_a_post_says_is_headed_by_its_account_in_a_file_too(cli: Cli) -> None:
    cli("init")
    cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20")

    lines = cli("post", "show", "IKW-01").out.splitlines()
    assert "── mastodon (mastodon) ".ljust(60, "─") in lines


# --- Words that no command understands --------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("plan check", "Hier fehlt noch: plan."),
        ("plan chek", "Einen Befehl „chek“ gibt es nicht. Meinten Sie check?"),
        ("plan check plan.xlsx --fx", "Den Zusatz --fx gibt es bei diesem Befehl nicht. Meinten Sie --fix"),
        ("plan check plan.xlsx mehr", "Das sind zu viele Angaben: mehr."),
        ("plan check plan.xlsx --as-of", "Nach --as-of fehlt der Wert."),
        ("plan check plan.xlsx --json=3", "--json steht allein"),
        ("log -n viele", "Bei --last / -n muss eine Zahl stehen."),
        ("plan restore drei", "Bei number muss eine Zahl stehen."),
        ("post approve IKW-01 --by X --how tel", "Bei --how gibt es zur Wahl: phone, mail, meeting"),
        ("--lang fr status", "Bei --lang gibt es zur Wahl: de, en"),
    ],
)  # fmt: skip
def test_words_that_no_command_understands_are_told_in_german(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, words: str, said: str
) -> None:
    monkeypatch.setenv("INTEGRADO_LANGUAGE", "de")
    run = cli(*words.split())

    assert run.code == 2
    assert run.err.startswith(said)
    assert run.err.splitlines()[-1].startswith("Was dieser Befehl kann, zeigt: integrado-poster")


def test_words_that_no_command_understands_are_told_in_english(cli: Cli) -> None:
    run = cli("plan", "check", "plan.xlsx", "--fx")

    assert run.err.startswith("This command has no option --fx. Did you mean --fix")
    assert run.err.endswith("What this command can do: integrado-poster plan check --help\n")


def test_a_group_of_commands_alone_shows_its_help(cli: Cli) -> None:
    run = cli("plan")

    assert run.code == 2
    assert "restore" in run.out + run.err


def test_an_account_that_was_never_connected_is_told_as_that(cli: Cli) -> None:
    cli("init")
    cli("plan", "apply", SHIPPED, "--as-of", "2021-09-20")

    assert cli("--lang", "de", "account", "list").out.count("noch nicht verbunden") == 4


def test_no_word_of_the_rehearsal_is_cut_in_eighty_columns(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal

    rows = re.sub(r"\033\[[^m]*m", "", cli("--lang", "de", "rehearse", SHIPPED).out).splitlines()

    assert all(len(row) <= 80 for row in rows if "IKW-" in row)
    assert any("Stadtteil-Schule" in row for row in rows)


def test_a_plan_is_written_only_under_a_name_that_fits_it(cli: Cli) -> None:
    for words in (("template", "plan.ods"), ("export", "plan.pdf", "--from", str(SHIPPED))):
        run = cli("--lang", "de", "plan", *words)
        assert run.code == 2
        assert "Der Name muss so enden: .xlsx" in run.err
    assert not [*Path().iterdir()]


@pytest.mark.parametrize("moment", ["2021-09-20", "20.09.2021", "20.9.2021", "20.09.2021 00:00"])
def test_the_moment_to_act_as_if_may_be_written_as_people_do(cli: Cli, moment: str) -> None:
    run = cli("plan", "check", SHIPPED, "--as-of", moment, "--json")

    assert json.loads(run.out)["counts"]["error"] == 0
    assert "20.09.2021" in cli("--lang", "de", "plan", "check", SHIPPED, "--as-of", "bald").err


# --- Help ---------------------------------------------------------------------------------------


def explained(command: Any) -> Iterator[str]:
    """Every word of help in the program, as it is written there."""
    yield from filter(None, (command.help, command.epilog))
    yield from (parameter.help for parameter in command.params if parameter.help)
    for below in getattr(command, "commands", {}).values():
        yield from explained(below)


def test_all_help_is_there_in_german() -> None:
    written = {*explained(typer.main.get_command(commands)), "Show this message and exit."}

    assert written - german().keys() == set()
    assert german().keys() - written == set()


def test_commands_explain_themselves_in_the_language_of_the_house(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Write a copy with a note on each place." in cli("plan", "check", "--help").out
    monkeypatch.setenv("INTEGRADO_LANGUAGE", "de")
    for words in (("plan", "check", "--help"), ("plan",), ("-h",), ("--lang", "de", "post")):
        run = cli(*words)
        said = run.out + run.err
        assert "Aufruf: integrado-poster" in said
        assert "Diese Hilfe zeigen." in said
        assert not {"Options", "Commands", "Arguments", "Usage:"} & {*said.split()}

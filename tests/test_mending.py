"""What is certain is corrected in a copy, marked where it was, and the officer's file stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from integrado_poster import app, plan
from integrado_poster.cli import cli
from integrado_poster.line import Line
from integrado_poster.model import Fix
from integrado_poster.plan.marks import texts
from integrado_poster.plan.mending import replaced
from tests.test_marks import notes_of

SHIPPED = Path(__file__).parents[1] / "campaign" / "interkulturelle-woche-2021"
TEXT = (SHIPPED / "plan.yaml").read_text(encoding="utf-8")
SPOILT = (
    TEXT.replace("    link: https://awo.example.org\n", "    link: htps://awo.example.org\n")
    .replace(
        "So wird aus einer Straße eine Gemeinschaft.", "Kommen\u202e Sie! #integrado #Dortmund"
    )
    .replace("link: https://drk.example.org", "link: 'https://drk.example.org/?utm_source=x&a=1'")
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").symlink_to(SHIPPED / "pictures")
    (tmp_path / "plan.yaml").write_text(SPOILT, encoding="utf-8")
    read = plan.read(tmp_path / "plan.yaml")
    assert read.campaign
    for kind in ("xlsx", "csv"):
        plan.export(read.campaign, tmp_path / f"plan.{kind}")
    return tmp_path


def run(*arguments: object) -> str:
    words = ["--lang", "de", *map(str, arguments)]
    result = CliRunner().invoke(cli, words, env={"COLUMNS": "80"})
    assert result.exit_code in (0, 3), result.output
    return result.output


def fixed(folder: Path, kind: str) -> str:
    out = folder / f"neu.{kind}"
    whole = (folder / f"plan.{kind}").read_bytes()
    said = run("plan", "check", folder / f"plan.{kind}", "--as-of", "2021-09-20", "--fix", out)
    assert (folder / f"plan.{kind}").read_bytes() == whole
    return said


@pytest.mark.parametrize("kind", ["xlsx", "yaml", "csv"])
def test_the_copy_is_the_plan_with_everything_certain_corrected(folder: Path, kind: str) -> None:
    said = fixed(folder, kind)
    campaign = plan.read(folder / f"neu.{kind}").campaign
    before = plan.read(folder / f"plan.{kind}").campaign
    assert campaign
    assert before
    first, drk = campaign.posts[0], campaign.posts[6]

    assert first.link == "https://awo.example.org"
    assert first.text.endswith("Kommen Sie! #IntegraDo #Dortmund")
    assert drk.link == "https://drk.example.org/?a=1"
    assert campaign.posts[1:6] == before.posts[1:6]
    assert "„#integrado“ → „#IntegraDo“ (A11Y-04)" in said
    assert "Änderungen: 4" in said


@pytest.mark.parametrize("kind", ["xlsx", "yaml", "csv"])
def test_in_the_copy_there_is_nothing_left_to_correct(folder: Path, kind: str) -> None:
    fixed(folder, kind)
    again = run(
        "plan",
        "check",
        folder / f"neu.{kind}",
        "--as-of",
        "2021-09-20",
        "--fix",
        folder / f"noch.{kind}",
    )

    assert "Es wurde nichts geschrieben" in again
    assert not (folder / f"noch.{kind}").exists()


def test_in_a_workbook_the_cell_tells_what_stood_there(folder: Path) -> None:
    fixed(folder, "xlsx")
    told = notes_of((folder / "neu.xlsx").read_bytes())

    assert "Vorher:\nhtps://awo.example.org" in told["I2"]
    assert texts((folder / "neu.xlsx").read_bytes(), ["Beiträge!I2"]) == {
        "Beiträge!I2": "https://awo.example.org"
    }


def test_in_yaml_a_comment_tells_what_stood_there_and_the_rest_stays(folder: Path) -> None:
    fixed(folder, "yaml")
    lines = (folder / "neu.yaml").read_text(encoding="utf-8").splitlines()
    new = [line for line in lines if line not in SPOILT.splitlines()]

    assert "    # LINK-01. Vorher: htps://awo.example.org" in new
    assert "    # A11Y-04. Vorher: #integrado" in new
    assert "    # TEXT-04. Vorher: \\u202e" in new
    assert len(lines) == len(SPOILT.splitlines()) + 4


def test_in_csv_the_rows_note_tells_what_stood_there(folder: Path) -> None:
    fixed(folder, "csv")
    campaign = plan.read(folder / "neu.csv").campaign
    assert campaign

    assert "[LINK-01. Vorher: htps://awo.example.org]" in campaign.posts[0].note
    assert "[A11Y-04. Vorher: #integrado]" in campaign.posts[0].note
    assert campaign.posts[1].note == ""


@pytest.mark.parametrize(
    ("text", "fix", "expected"),
    [
        ("#ikw #ikw2021", Fix("#ikw", "#IKW"), "#IKW #ikw2021"),
        ("02:30", Fix("02:30", "03:30"), "03:30"),
        ("a\u200bb", Fix("\u200b", ""), "ab"),
        (r"C:\g<1>", Fix("C:", r"\1"), r"\1\g<1>"),
    ],
)
def test_a_fix_replaces_what_was_found_and_no_part_of_a_longer_word(
    text: str, fix: Fix, expected: str
) -> None:
    assert replaced(text, fix) == expected


def test_every_fix_of_the_shipped_rules_stands_in_a_cell(folder: Path) -> None:
    read = app.read(folder / "plan.xlsx", now=lambda _: datetime(2021, 9, 20, tzinfo=UTC))
    assert isinstance(read, Line)
    for finding in read.findings:
        if finding.fix:
            assert finding.where
            whole = texts((folder / "plan.xlsx").read_bytes(), [finding.where])
            assert finding.fix.old in whole[finding.where]

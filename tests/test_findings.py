"""Findings where people and programs work: in the terminal, as JSON, as SARIF, in the workbook."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from rich.console import Console
from typer.testing import CliRunner

from integrado_poster import plan
from integrado_poster.check import RULES, found
from integrado_poster.cli import cli
from integrado_poster.cli.findings import print_findings
from integrado_poster.cli.marking import mark
from integrado_poster.cli.sarif import sarif
from integrado_poster.cli.shell import Shell
from integrado_poster.model import Finding, Fix, Severity

SHIPPED = Path(__file__).parents[1] / "campaign" / "interkulturelle-woche-2021"


def run(*arguments: object, code: int = 0) -> Any:
    result = CliRunner().invoke(cli, ["--lang", "de", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def a_finding(rule: str = "TEXT-03", **facts: Any) -> Finding:
    given: dict[str, Any] = {"post": "IKW-01", "where": "Beiträge!G2", "value": "XXX"}
    return found(rule, **given | facts)


def printed(*findings: Finding, width: int = 80) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    print_findings(Shell(language="de"), list(findings), console)
    return out.getvalue()


# --- In the terminal ------------------------------------------------------------------------


def test_findings_stand_under_their_post_the_worst_first() -> None:
    hint = a_finding("A11Y-11", value="KIM")
    own = found("PLAN-31", where="Konten")
    said = printed(hint, a_finding(), own, a_finding(post="IKW-02"))
    order = ["Die ganze Kampagne", "PLAN-31", "IKW-01", "TEXT-03", "A11Y-11", "IKW-02", "TEXT-03"]

    places = [said.index(order[0])]
    for word in order[1:]:
        places.append(said.index(word, places[-1]))
    assert "Fehler: 2 · Warnungen: 1 · Hinweise: 1" in said


def test_eighty_columns_are_enough() -> None:
    long = a_finding(value="XXX", where="beitraege[2].bilder[0].beschreibung, Zeile 1234")
    said = printed(long, a_finding("PLAN-05", d="Jüdische Kultusgemeinde Dortmund", value="JGK"))

    assert max(map(len, said.splitlines())) <= 80
    assert "Tragen Sie ihn bei den Trägern ein" in " ".join(said.split())


def test_what_a_plan_says_is_never_taken_for_colours() -> None:
    said = printed(a_finding(value="[bold]XXX[/bold]", where="[red]!A1", post="[b]1"))

    assert "„[bold]XXX[/bold]“" in said
    assert "[b]1" in said
    assert "[red]!A1" in said


def test_of_very_many_findings_the_worst_are_shown_and_the_rest_is_counted() -> None:
    hints = [a_finding("A11Y-11", value=f"K{n}", post=f"P-{n}") for n in range(300)]
    said = printed(*hints, a_finding(post="P-LAST"))

    assert "P-LAST" in said
    assert "Es gibt 101 weitere" in said
    assert "Hinweise: 300" in said


def test_what_can_be_corrected_says_so() -> None:
    said = printed(
        a_finding("A11Y-04", suggestion="IntegraDo", fix=Fix("#integrado", "#IntegraDo"))
    )

    assert "A11Y-04 ✓" in said
    assert "✓ 1 davon verbessert --fix DATEI in einer Kopie." in said


# --- For programs -----------------------------------------------------------------------------


def test_json_has_the_shape_that_others_rely_on() -> None:
    result = run("plan", "check", SHIPPED, "--as-of", "2021-09-20", "--json")
    answer = json.loads(result.stdout)

    assert answer.keys() == {"plan", "counts", "findings"}
    assert answer["counts"] == {"error": 0, "warning": 0, "hint": 2}
    keys = ["rule", "severity", "post", "where", "value", "message"]
    assert [[*finding] for finding in answer["findings"]] == [keys, keys]


def test_sarif_names_rules_levels_and_places() -> None:
    findings = [a_finding(), a_finding("TEXT-08", n=9), found("A11Y-11", value="KIM"), a_finding()]
    log = sarif(Path("Plan Entwurf.xlsx"), findings, "de")
    (run_,) = log["runs"]
    rules = run_["tool"]["driver"]["rules"]

    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in rules] == ["TEXT-03", "TEXT-08", "A11Y-11"]
    for result, finding in zip(run_["results"], findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        assert result["message"]["text"] == finding.message.de
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == "Plan%20Entwurf.xlsx"
    assert [result["level"] for result in run_["results"]] == ["error", "note", "note", "error"]
    (first, *_) = run_["results"]
    assert first["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "Beiträge!G2"}]


def test_sarif_leads_an_editor_to_the_line_of_a_text_file() -> None:
    finding = a_finding(where="beitraege[0].link, Zeile 178")

    (result,) = sarif(Path("plan.yaml"), [finding], "en")["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 178}
    (result,) = sarif(Path("plan.xlsx"), [finding], "en")["runs"][0]["results"]
    assert "region" not in result["locations"][0]["physicalLocation"]


@pytest.mark.parametrize("language", ["de", "en"])
def test_sarif_fits_the_schema_of_its_standard(language: str) -> None:
    schema = pytest.importorskip("pydantic_sarif.model", reason="it is in requirements-dev.txt")
    standard = schema.StaticAnalysisResultsFormatSarifVersion210JsonSchema
    findings = [
        *(a_finding(where=where) for where in ("Beiträge!G2", "Zeile 3, Spalte Datum", None)),
        a_finding(
            "A11Y-04",
            value="#integrado",
            suggestion="IntegraDo",
            fix=Fix("#integrado", "#IntegraDo"),
        ),
        found("PLAN-31", where="konten, Zeile 12"),
    ]
    log = json.loads(json.dumps(sarif(Path("mein plan.yaml"), findings, language)))

    assert len(standard.model_validate(log).runs[0].results) == len(findings)
    log["runs"][0]["results"][0]["level"] = "hint"  # no word of the standard
    with pytest.raises(ValueError, match="level"):
        standard.model_validate(log)


def test_sarif_levels_are_those_of_the_format() -> None:
    levels = {
        result["level"]
        for severity in Severity
        for result in sarif(
            Path("p.yaml"),
            [Finding(rule="TEXT-03", severity=severity, message=a_finding().message)],
            "de",
        )["runs"][0]["results"]
    }
    assert levels == {"error", "warning", "note"}


def test_the_command_answers_as_sarif() -> None:
    log = json.loads(run("plan", "check", SHIPPED, "--as-of", "2021-09-20", "--sarif").stdout)

    assert {result["ruleId"] for result in log["runs"][0]["results"]} == {"PLAN-22", "TIME-02"}


# --- In the workbook ----------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").symlink_to(SHIPPED / "pictures")
    (tmp_path / "plan.xlsx").write_bytes((SHIPPED / "plan.xlsx").read_bytes())
    return tmp_path


def test_a_marked_copy_says_the_same_and_checks_the_same(folder: Path) -> None:
    marked = folder / "markiert.xlsx"
    result = run("plan", "check", folder / "plan.xlsx", "--as-of", "2021-09-20", "--mark", marked)

    assert "Markierte Stellen: 2" in result.output
    assert plan.read(marked).campaign == plan.read(folder / "plan.xlsx").campaign
    again = json.loads(run("plan", "check", marked, "--as-of", "2021-09-20", "--json").stdout)
    assert [one["rule"] for one in again["findings"]] == ["PLAN-22", "TIME-02"]


def test_the_sheet_of_findings_names_the_worst_first_and_then_as_one_reads(folder: Path) -> None:
    places = [
        ("LINK-02", "Beiträge!I3"), ("TEXT-03", "Beiträge!G10"), ("A11Y-11", "Beiträge!G2"), ("LINK-02", "Träger!G2"),
        ("MED-06", None), ("TEXT-03", "Beiträge!AA3"), ("TEXT-03", "Beiträge!G3"), ("PLAN-07", "Kampagne!B6"),
    ]  # fmt: skip
    found = [a_finding(rule, where=where) for rule, where in places]
    mark(Shell(language="de"), folder / "plan.xlsx", found, folder / "neu.xlsx")
    sheet = CalamineWorkbook.from_path(folder / "neu.xlsx").get_sheet_by_name("Befunde")

    assert [(row[0], row[2]) for row in sheet.to_python()[1:]] == [
        ("Fehler", "Beiträge!G3"), ("Fehler", "Beiträge!AA3"), ("Fehler", "Beiträge!G10"), ("Fehler", "Kampagne!B6"),
        ("Warnung", "Beiträge!I3"), ("Warnung", "Träger!G2"), ("Warnung", ""), ("Hinweis", "Beiträge!G2"),
    ]  # fmt: skip


def test_marking_goes_together_with_json(folder: Path) -> None:
    arguments = ("--as-of", "2021-09-20", "--json", "--mark", folder / "neu.xlsx")
    assert json.loads(run("plan", "check", folder / "plan.xlsx", *arguments).stdout)["findings"]


def test_no_file_is_ever_written_over(folder: Path) -> None:
    whole = (folder / "plan.xlsx").read_bytes()
    for option in ("--mark", "--fix"):
        result = run("plan", "check", folder / "plan.xlsx", option, folder / "plan.xlsx", code=2)
        assert "gibt es schon" in result.output
    assert (folder / "plan.xlsx").read_bytes() == whole


def test_what_cannot_be_marked_says_what_to_do_first(folder: Path) -> None:
    result = run("plan", "check", SHIPPED / "plan.yaml", "--mark", folder / "neu.xlsx", code=2)
    assert "integrado-poster plan export NEU.xlsx --from" in result.output

    result = run("plan", "check", folder / "plan.xlsx", "--mark", folder / "neu.pdf", code=2)
    assert "auf .xlsx enden" in result.output
    assert not (folder / "neu.pdf").exists()


def test_a_copy_that_cannot_be_written_is_one_sentence(folder: Path) -> None:
    away = folder / "nirgends" / "neu.xlsx"
    arguments = ("--as-of", "2021-09-20", "--mark", away)

    result = run("plan", "check", folder / "plan.xlsx", *arguments, code=2)
    assert "lässt sich nicht schreiben" in result.output


def test_a_file_that_was_refused_is_not_opened_again(folder: Path) -> None:
    broken = folder / "kaputt.xlsx"
    broken.write_bytes((folder / "plan.xlsx").read_bytes()[:3000])

    for option in ("--mark", "--fix"):
        result = run("plan", "check", broken, option, folder / "neu.xlsx", code=3)
        assert "lässt sich nicht lesen" in result.output
    assert not (folder / "neu.xlsx").exists()


# --- The list of rules --------------------------------------------------------------------------


def test_the_list_of_rules_has_each_with_its_severity_and_sentence() -> None:
    rules = json.loads(run("plan", "rules", "--json").stdout)

    assert {rule["rule"] for rule in rules} == RULES.keys()
    assert all(rule.keys() == {"rule", "severity", "floor", "fix", "de", "en"} for rule in rules)
    said = " ".join(run("plan", "rules").output.split())
    assert all(rule in said for rule in RULES)

"""A cell that nobody understands is one finding, and hides nothing of what else is wrong."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest
import yaml

from integrado_poster import app, plan
from integrado_poster.check import RULES
from integrado_poster.line import Line, Unusable

SHIPPED = Path(__file__).parents[1] / "campaign" / "interkulturelle-woche-2021"
FOLLOWS = {"TEXT-11", "MED-06", "PLAN-02", "PLAN-05", "PLAN-13", "PLAN-22", "PLAN-25", "PLAN-33"}
"""What may be said because of another cell: a name that nothing carries any more, a file that nobody names."""


def now(_: object) -> dt.datetime:
    return dt.datetime(2021, 9, 20, tzinfo=dt.UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "campaign"
    shutil.copytree(SHIPPED, copy, ignore=shutil.ignore_patterns("*.xlsx"))
    return copy


def written(folder: Path, change: dict[str, object], post: int = 2) -> None:
    """Change one post of the shipped plan; with None as its value a field goes."""
    file = folder / "plan.yaml"
    document = yaml.safe_load(file.read_text())
    fields = document["beitraege"][post] | change
    document["beitraege"][post] = {key: value for key, value in fields.items() if value is not None}
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))


def read(folder: Path) -> Line | Unusable:
    return app.read(folder, now=now)


def told(folder: Path) -> list[tuple[str, str | None]]:
    read_again = read(folder)
    assert isinstance(read_again, Unusable)
    return [(one.rule, one.post) for one in read_again.findings if one.severity == "error"]


def test_one_year_of_two_digits_hides_no_other_mistake(folder: Path) -> None:
    written(folder, {"datum": "28.9.21", "link": "gibt es bald"})
    written(folder, {"text": "Kommen Sie XXX vorbei."}, post=4)

    assert told(folder) == [("PLAN-50", "IKW-03"), ("LINK-01", "IKW-03"), ("TEXT-03", "IKW-05")]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"datum": "bald"}, "PLAN-06"),
        ({"datum": None}, "PLAN-03"),
        ({"datum": "Mo 28.09.2021"}, "PLAN-56"),
        ({"uhrzeit": "mittags"}, "PLAN-07"),
        ({"traeger": "Malteser"}, "PLAN-05"),
        ({"traeger": None}, "PLAN-03"),
        ({"text": None}, "PLAN-03"),
        ({"nr": "IKW-01"}, "PLAN-04"),
        ({"nr": None}, "PLAN-03"),
        ({"sprache": "?"}, "PLAN-23"),
    ],
)
def test_what_follows_from_a_cell_that_is_not_understood_is_not_told(
    folder: Path, change: dict[str, object], rule: str
) -> None:
    written(folder, {})
    usual = {(one.rule, one.message) for one in read(folder).findings}
    written(folder, change)

    found = read(folder).findings

    assert [one.rule for one in found if (one.rule, one.message) not in usual] == [rule]


def test_a_second_post_of_one_number_is_judged_at_its_own_place(folder: Path) -> None:
    written(folder, {"nr": "IKW-01", "text": "Kommen Sie XXX vorbei."})

    placeholder = next(one for one in read(folder).findings if one.rule == "TEXT-03")

    assert placeholder.post == "IKW-01"
    assert placeholder.where is not None
    assert placeholder.where.startswith("beitraege[2].text")


def test_any_cell_may_be_nonsense_and_the_rest_is_judged(folder: Path) -> None:
    file = folder / "plan.yaml"
    shutil.rmtree(folder / "pictures")  # looking at them a hundred times would take long
    usual = {(one.rule, one.message) for one in read(folder).findings}
    rows = yaml.safe_load(file.read_text())
    del rows["kampagne"]  # without its days nothing can be judged
    spoilt = 0
    for table, number, field in [(t, n, f) for t in rows for n in (0, -1) for f in rows[t][n]]:
        if isinstance(rows[table][number][field], dict | list):
            continue
        changed = yaml.safe_load(file.read_text())
        changed[table][number][field] = {"x": "y"}
        again = app.read(_saved(folder, changed), now=now)
        assert isinstance(again, Unusable), (table, field)
        assert again.sketch is not None, (table, field)
        new = [one for one in again.findings if (one.rule, one.message) not in usual]
        assert [one for one in new if one.severity == "error" and f".{field}" in str(one.where)]
        assert {one.rule for one in new if f".{field}" not in str(one.where)} <= FOLLOWS
        spoilt += 1
    assert spoilt > 30


def _saved(folder: Path, document: dict[str, object]) -> Path:
    other = folder / "spoilt"
    other.mkdir(exist_ok=True)
    (other / "plan.yaml").write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    return other


def test_without_the_days_of_the_campaign_no_rule_is_asked(folder: Path) -> None:
    file = folder / "plan.yaml"
    file.write_text(file.read_text().replace("von: 2021-09-26", "von: bald"))

    reading = plan.read(folder)

    assert (reading.campaign, reading.sketch) == (None, None)
    assert [one.rule for one in reading.findings] == ["PLAN-06"]


def test_what_keeps_a_plan_from_being_read_can_never_be_lowered() -> None:
    readers = (Path(plan.__file__).parent).glob("*.py")
    named = {rule for file in readers for rule in re.findall(r'"(PLAN-\d\d)"', file.read_text())}
    blocking = [RULES[rule] for rule in named if RULES[rule].severity == "error"]

    assert len(blocking) > 10
    assert [rule.id for rule in blocking if rule.floor != "error"] == []

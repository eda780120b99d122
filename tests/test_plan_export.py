"""What is exported reads back equal, in the same bytes, whatever a campaign holds."""

from __future__ import annotations

import datetime as dt
import itertools
import string
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from integrado_poster import plan
from integrado_poster.errors import PlanUnreadable
from integrado_poster.model import (
    Account,
    Approvals,
    Area,
    Cadence,
    Campaign,
    Channel,
    Consent,
    Funder,
    Gender,
    Languages,
    LongTexts,
    OnLate,
    Organisation,
    People,
    PlannedPicture,
    PlannedPost,
    Translation,
)
from integrado_poster.plan.spelling import fold, tidy
from integrado_poster.plan.yaml_file import load

# --- Any campaign -----------------------------------------------------------------------------

NASTY = (
    "=1+1", "=HYPERLINK(\"https://example.org\")", "+49 231 5550 100", "-1", "@awo", "'x", '"Zitat"', "a: b", "- Liste",
    "# kein Kommentar", "&anker", "*verweis", "!marke", "%a", "`x`", "{a: b}", "[a]", "|", ">", "?", "~", "null", "no", "ja",
    "10:00", "044137", "1e5", "0x1F", "TRUE", "2021-09-26", "<b>&amp;</b>", "_x000D_", "#REF!", "{{7*7}}", "a\\nb",
    "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645", "\u200fRTL\u200e", "\u2067x\u2069", "👩‍👩‍👧", "🏳️‍🌈", "e\u0301", "Z\u0308", "\tTab\tTab",
    "Zeile\n  eingerückt\n\n- Punkt\n", "a\r\nb\rc", "\x00\x07\x1b[31m", "\ufeffBOM", "\ud800", "\uffff", "x\u2028y", "\U000e0041", "\ue000", "ﬁ", " \u00a0 ", "---", "...",
)  # fmt: skip

words = (
    st.one_of(st.sampled_from(NASTY), st.text(max_size=40))
    .map(tidy)
    .filter(
        lambda text: (
            "\ufffd" not in text and "Ã" not in text and "ð" not in text and "â" not in text
        )
    )
)
some_words = words.filter(bool)
lines = words.map(lambda text: tidy(text.replace("\n", " ")))
some_lines = lines.filter(bool)
keys = st.text("abcdefgh0123-", min_size=1, max_size=8).filter(lambda key: key[0] != "-")
languages = st.sampled_from(["de", "en", "tr", "ar", "uk", "zh-Hant"])
days = st.dates(dt.date(1990, 1, 1), dt.date(2199, 12, 31))
times = st.one_of(
    st.builds(dt.time, st.integers(0, 23), st.integers(0, 59)), st.times(timezones=st.none())
)
fractions = st.floats(0, 1).map(lambda number: round(number, 4) + 0.0)


def unlike(values: st.SearchStrategy[str], most: int = 4) -> st.SearchStrategy[list[str]]:
    """Different values that still differ when spelling does not count."""
    return st.lists(values, max_size=most, unique_by=fold)


tags = st.text(string.ascii_letters + "äöüß", min_size=1, max_size=10).map(tidy)
pictures = st.builds(
    PlannedPicture,
    file=some_lines,
    alt=words,
    credit=lines,
    focus=st.tuples(fractions, fractions),
    people=st.none() | st.sampled_from(People),
    consent=lines,
    lettered=st.booleans(),
    ai=st.booleans(),
)
translations = st.builds(
    Translation, language=languages, text=some_words, headline=words, information=words, alt=words
)
funders = st.builds(
    Funder,
    line=lines,
    long_line=words,
    outdated=st.lists(some_lines, max_size=3).map(tuple),
    logo=st.booleans(),
)
names = st.text(string.ascii_letters + "äöüß -", min_size=1, max_size=10).map(tidy).filter(bool)
several_names = st.lists(names, max_size=3).map(tuple)
consents = st.builds(
    Consent,
    key=st.just("E-12"),
    shows=lines,
    form=lines,
    channels=several_names,
    until=st.none() | days,
    children=st.booleans(),
    withdrawn=st.none() | days,
)
moments = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2199, 1, 1)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


@st.composite
def campaigns(draw: st.DrawFn) -> Campaign:
    """Any campaign that a person could have written."""
    platforms = draw(unlike(keys, 3))
    accounts = draw(unlike(keys, 3)) if platforms else []
    used = {name: draw(st.sampled_from(platforms)) for name in accounts}
    members = draw(unlike(keys, 3).filter(bool))
    areas = draw(unlike(keys, 3))
    posts = [
        PlannedPost(
            id=number,
            date=draw(days),
            time=draw(st.none() | times),
            organisation=draw(st.sampled_from(members)),
            areas=tuple(draw(st.lists(st.sampled_from(areas), max_size=2))) if areas else (),
            headline=draw(words),
            text=draw(some_words),
            information=draw(words),
            link=draw(lines),
            language=draw(languages),
            translations=tuple(draw(st.lists(translations, max_size=2))),
            texts={name: draw(some_words) for name in draw(_some(sorted({*used.values()})))},
            channels={name: draw(st.sampled_from(Channel)) for name in draw(_some(accounts))},
            pictures=tuple(draw(st.lists(pictures, max_size=5))),
            card=draw(st.sampled_from(["", "text", "profile", "eigene_2"])),
            funder_logo=draw(st.booleans()),
            approve_by=draw(st.none() | moments),
            on_late=draw(st.none() | st.sampled_from(OnLate)),
            deadline=draw(st.none() | times),
            long_texts=draw(st.none() | st.sampled_from(LongTexts)),
            note=draw(words),
        )
        for number in draw(st.lists(some_lines, min_size=1, max_size=3, unique=True))
    ]
    first = draw(days)
    return Campaign(
        key=draw(keys),
        name=draw(some_lines),
        zone=draw(st.sampled_from(["Europe/Berlin", "UTC", "Asia/Kolkata"])),
        first_day=first,
        last_day=first + dt.timedelta(days=draw(st.integers(0, 9))),
        time=draw(times),
        cadence=draw(st.sampled_from(Cadence)),
        language=draw(st.sampled_from(["de", "en"])),
        card=draw(some_lines),
        hashtags=tuple(draw(st.lists(tags, max_size=3))),
        funder=draw(funders),
        on_late=draw(st.sampled_from(OnLate)),
        approvals=draw(st.sampled_from(Approvals)),
        gender=draw(st.none() | st.sampled_from(Gender)),
        glossary=draw(several_names),
        severities=draw(several_names),
        long_texts=draw(st.sampled_from(LongTexts)),
        languages=draw(st.sampled_from(Languages)),
        no_link=tuple(draw(_some(platforms))),
        consents=tuple(draw(st.lists(consents, max_size=1))),
        late_after=dt.timedelta(minutes=draw(st.integers(1, 10_000))),
        areas=[Area(key=key, name=draw(some_lines)) for key in areas],
        organisations=[_member(draw, key, platforms) for key in members],
        accounts=[
            Account(
                key=key,
                platform=used[key],
                owner=draw(st.none() | st.sampled_from(members)),
                handle=draw(lines),
            )
            for key in accounts
        ],
        posts=posts,
    )


def _some(names: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), unique=True) if names else st.just([])


def _member(draw: st.DrawFn, key: str, platforms: list[str]) -> Organisation:
    return Organisation(
        key=key,
        name=draw(some_lines),
        short=draw(some_lines),
        kind=draw(lines),
        focus=draw(lines),
        contact=draw(lines),
        website=draw(lines),
        handles={platform: draw(some_lines) for platform in draw(_some(platforms))},
        colour=draw(st.sampled_from(["#0b5d5e", "#FFaa00"])),
        monogram=draw(lines),
        no_post_days=tuple(draw(st.lists(tags, max_size=2))),
    )


# --- Round trips --------------------------------------------------------------------------------


def back(campaign: Campaign, file: Path) -> Campaign:
    plan.export(campaign, file)
    reading = plan.read(file)

    assert reading.findings == ()
    assert reading.campaign is not None
    return reading.campaign


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(campaign=campaigns())
def test_any_campaign_reads_back_equal_from_yaml(
    campaign: Campaign, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert back(campaign, tmp_path_factory.getbasetemp() / "any.yaml") == campaign


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(campaign=campaigns())
def test_any_campaign_reads_back_equal_from_a_workbook(
    campaign: Campaign, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert back(campaign, tmp_path_factory.getbasetemp() / "any.xlsx") == campaign


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(campaign=campaigns())
def test_any_campaign_reads_back_equal_from_csv(
    campaign: Campaign, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert back(campaign, tmp_path_factory.getbasetemp() / "any.csv") == campaign


def a_campaign(**changes: Any) -> Campaign:
    fields: dict[str, Any] = {
        "key": "ikw-2027",
        "name": "Interkulturelle Woche 2027",
        "first_day": dt.date(2027, 9, 19),
        "last_day": dt.date(2027, 9, 26),
        "time": dt.time(10),
        "areas": [Area(key="neighbourhood", name="Integrationsarbeit, im Sozialraum")],
        "organisations": [
            Organisation(key="awo", name="AWO Unterbezirk Dortmund", short="AWO"),
            Organisation(key="drk", name="Rotes Kreuz", short="drk"),
            Organisation(key="verein", name="Verein", short="AWO"),
        ],
        "accounts": [Account(key="mastodon", platform="mastodon")],
        "posts": [a_post()],
    }
    return Campaign(**fields | changes)


def a_post(**changes: Any) -> PlannedPost:
    fields: dict[str, Any] = {
        "id": "IKW-01", "date": dt.date(2027, 9, 19), "organisation": "awo", "text": "Guten Tag!"
    }  # fmt: skip
    return PlannedPost(**fields | changes)


@pytest.mark.parametrize("suffix", ["yaml", "xlsx", "csv"])
def test_every_nasty_text_comes_back(tmp_path: Path, suffix: str) -> None:
    posts = [
        a_post(id=f"IKW-{number}", text=tidy(text) or "x", headline=tidy(text), note=tidy(text))
        for number, text in enumerate(NASTY)
    ]
    campaign = a_campaign(posts=posts)

    assert back(campaign, tmp_path / f"plan.{suffix}") == campaign


@pytest.mark.parametrize("suffix", ["yaml", "xlsx", "csv"])
def test_every_minute_of_the_day_comes_back(tmp_path: Path, suffix: str) -> None:
    posts = [
        a_post(id=f"{minute}", time=dt.time(minute // 60, minute % 60)) for minute in range(1440)
    ]
    campaign = a_campaign(posts=posts)

    assert back(campaign, tmp_path / f"plan.{suffix}") == campaign


@pytest.mark.parametrize("suffix", ["yaml", "xlsx", "csv"])
def test_members_who_share_a_name_are_not_mistaken_for_each_other(
    tmp_path: Path, suffix: str
) -> None:
    members = ("awo", "drk", "verein")
    posts = [a_post(id=f"{key}", organisation=key, areas=["neighbourhood"]) for key in members]
    campaign = a_campaign(posts=posts)

    assert back(campaign, tmp_path / f"plan.{suffix}") == campaign


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("suffix", ["yaml", "xlsx", "csv"])
def test_the_same_campaign_gives_the_same_bytes_in_every_process(
    tmp_path: Path, suffix: str, language: str
) -> None:
    campaign = a_campaign(language=language)
    file = tmp_path / f"plan.{suffix}"
    plan.export(campaign, file)
    source = str(Path(plan.__file__).parents[2])
    program = (
        f"import sys; sys.path.insert(0, {source!r})\n"
        "from pathlib import Path; from integrado_poster import plan\n"
        f"plan.export(plan.read(Path({str(file)!r})).campaign, Path({str(file)!r}).with_stem('again'))"
    )
    time.sleep(0.01)
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONHASHSEED": "7"})

    assert file.with_stem("again").read_bytes() == file.read_bytes()


@given(st.text())
@example("  x \t\r\n y\x0b\u2028z  ")
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


def test_yaml_is_written_as_people_would_write_it(tmp_path: Path) -> None:
    post = a_post(
        time=dt.time(9, 30),
        text="Erste Zeile\nZweite Zeile",
        pictures=[PlannedPicture(file="tisch.jpg", alt="Ein Tisch.", focus=(0.5, 0.4))],
        texts={"mastodon": "Kurz"},
        channels={"mastodon": Channel.NO},
    )
    plan.export(a_campaign(posts=[post]), tmp_path / "plan.yaml")

    written = (tmp_path / "plan.yaml").read_text(encoding="utf-8")

    assert written.partition("beitraege:\n")[2] == (
        """\
- nr: IKW-01
  datum: 2027-09-19
  uhrzeit: "09:30"
  traeger: awo
  text: |-
    Erste Zeile
    Zweite Zeile
  bilder:
  - datei: tisch.jpg
    beschreibung: Ein Tisch.
    ausschnitt: 50 % 40 %
  texte:
    mastodon: Kurz
  konten:
    mastodon: nein
"""
    )


def test_a_text_too_long_for_a_cell_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    campaign = a_campaign(posts=[a_post(text="x" * 32_768)])

    with pytest.raises(PlanUnreadable, match="zu lang"):
        plan.export(campaign, tmp_path / "plan.xlsx")

    assert list(tmp_path.iterdir()) == []


def test_a_workbook_is_frozen_wrapped_and_offers_what_can_be_chosen(tmp_path: Path) -> None:
    plan.export(a_campaign(), tmp_path / "plan.xlsx")
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()

    assert '<pane xSplit="2" ySplit="1"' in sheet
    assert "'Träger'!$C$2" in sheet
    assert "ja,nein,von Hand" in sheet
    assert 'formatCode="@"' in styles
    assert 'wrapText="1"' in styles


# --- The template ---------------------------------------------------------------------------------


def test_the_template_reads_as_a_plan_in_which_everything_is_still_empty(tmp_path: Path) -> None:
    accounts = [Account(key="x", platform="x"), Account(key="awo-x", platform="x", owner="awo")]
    plan.template(tmp_path / "plan.xlsx", accounts)
    reading = plan.read(tmp_path / "plan.xlsx")

    assert reading.campaign is None
    assert {finding.rule for finding in reading.findings} == {"PLAN-03"}
    assert [finding.where for finding in reading.findings] == [
        "Kampagne!B2", "Kampagne!B3", "Kampagne!B5", "Kampagne!B6", "Kampagne!B7", "Träger", "Beiträge",
    ]  # fmt: skip


# --- Two campaigns ----------------------------------------------------------------------------------


def test_two_plans_are_compared_post_by_post_and_field_by_field() -> None:
    old = a_campaign(posts=[a_post(), a_post(id="IKW-02", text="Alt")])
    new = a_campaign(
        name="Woche",
        posts=[
            a_post(time=dt.time(9), pictures=[PlannedPicture(file="a.jpg", alt="Ein Tisch.")]),
            a_post(id="IKW-03", text="Neu"),
        ],
    )

    assert [(one.post, one.field, one.old, one.new) for one in plan.compare(old, new)] == [
        (None, "name", "Interkulturelle Woche 2027", "Woche"),
        ("IKW-01", "time", None, "09:00"),
        ("IKW-01", "pictures.1.file", None, "a.jpg"),
        ("IKW-01", "pictures.1.alt", None, "Ein Tisch."),
        ("IKW-01", "pictures.1.focus", None, "0.5, 0.5"),
        ("IKW-02", "", "Alt", None),
        ("IKW-03", "", None, "Neu"),
    ]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(campaign=campaigns())
def test_a_campaign_does_not_differ_from_itself(campaign: Campaign) -> None:
    assert plan.compare(campaign, campaign) == ()


# --- Large plans --------------------------------------------------------------------------------------


def test_reading_grows_with_the_number_of_posts_and_not_faster(tmp_path: Path) -> None:
    def calls(count: int) -> int:
        posts = [a_post(id=f"IKW-{number}", text=f"Guten Tag {number}!") for number in range(count)]
        plan.export(a_campaign(posts=posts), tmp_path / "plan.yaml")
        seen = itertools.count()
        sys.setprofile(lambda *_: next(seen))
        try:
            plan.read(tmp_path / "plan.yaml")
        finally:
            sys.setprofile(None)
        return next(seen)

    calls(10)  # what is done once

    assert calls(2_000) < 2.2 * calls(1_000)


def test_sixteen_megabytes_are_the_most_that_is_read() -> None:
    with pytest.raises(PlanUnreadable, match="16 MiB"):
        load(b"#" * (16 * 1024 * 1024 + 1))

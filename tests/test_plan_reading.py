"""What officers write is understood, and what is wrong is told with its place, all at once."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import random
import shutil
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrado_poster import plan
from integrado_poster.errors import PlanUnreadable
from integrado_poster.model import (
    Cadence,
    Campaign,
    Channel,
    Finding,
    Gender,
    Languages,
    LongTexts,
    OnLate,
    People,
)
from integrado_poster.plan.moments import read_moment
from tests.conftest import SHIPPED

HEAD = """\
kampagne:
  schluessel: ikw-2027
  name: Interkulturelle Woche 2027
  von: 2027-09-19
  bis: 26.09.2027
  uhrzeit: 10 Uhr
arbeitsfelder:
  - {schluessel: engagement, name: Bürgerschaftliches Engagement}
traeger:
  - {schluessel: awo, kurzname: AWO, name: AWO Unterbezirk Dortmund}
  - {schluessel: jkg, kurzname: Jüdische Gemeinde, name: Jüdische Kultusgemeinde Dortmund}
konten:
  - {schluessel: mastodon, plattform: mastodon}
  - {schluessel: awo-x, plattform: x, traeger: awo}
"""
POST = """\
beitraege:
  - nr: IKW-01
    datum: {datum}
    traeger: {traeger}
    text: Guten Tag!
"""


@pytest.fixture
def reading(tmp_path: Path) -> Callable[[str], plan.Reading]:
    """Reads a YAML plan."""

    def read(text: str) -> plan.Reading:
        file = tmp_path / "plan.yaml"
        file.write_bytes(text.encode())
        return plan.read(file)

    return read


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., plan.Reading]:
    """Reads an .xlsx made from lists of cells; the tables that are not given are complete."""

    def read(posts: Sequence[Sequence[Any]], **sheets: Sequence[Sequence[Any]]) -> plan.Reading:
        file = tmp_path / "plan.xlsx"
        book = xlsxwriter.Workbook(file, {"default_date_format": "dd.mm.yyyy"})
        clock = book.add_format({"num_format": "hh:mm"})
        for name, rows in {**SHEETS, "Beiträge": posts, **sheets}.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for index, cell in enumerate(row):
                    if isinstance(cell, dt.time):
                        sheet.write_datetime(number, index, cell, clock)
                    elif isinstance(cell, tuple):
                        sheet.write_formula(number, index, cell[0], None, cell[1])
                    elif cell is not None:
                        sheet.write(number, index, cell)
        book.close()
        return plan.read(file)

    return read


WORDS = [
    "kampagne", "traeger", "beitraege", "konten", "arbeitsfelder", "posts", "nr", "datum", "text", "bilder", "datei",
    "beschreibung", "texte", "uebersetzungen", "sprache", "namen", "schluessel", "name", "kurzname", "plattform", "funder",
    "hashtags", "ausschnitt", "verspaetet nach stunden", "mastodon", "Bild 1", "Text X", "Konto mastodon", "uhrzeit",
]  # fmt: skip

SHEETS: dict[str, Sequence[Sequence[Any]]] = {
    "Kampagne": (
        ("Angabe", "Wert"),
        ("Schlüssel", "ikw-2027"),
        ("Name", "Interkulturelle Woche 2027"),
        ("von", dt.date(2027, 9, 19)),
        ("BIS", "26. September 2027"),
        ("Uhrzeit", dt.time(10, 0)),
    ),
    "Träger": (
        ("Schlüssel", "Kurzname", "Name"),
        ("awo", "AWO", "AWO Unterbezirk Dortmund"),
        ("jkg", "Jüdische Gemeinde", "Jüdische Kultusgemeinde Dortmund"),
    ),
    "Konten": (("Schlüssel", "Plattform"), ("mastodon", "mastodon")),
}


def one(findings: Sequence[Finding]) -> Finding:
    assert len(findings) == 1, findings

    return findings[0]


def sound(reading: plan.Reading) -> Campaign:
    assert reading.findings == ()
    assert reading.campaign is not None

    return reading.campaign


# --- What is understood --------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    ["2027-09-21", "21.09.2027", "21.9.2027", "Di, 21.09.2027", "21. Sept. 2027", "21. September 2027",
     "Dienstag, 21. September 2027", "21 Sep 2027", "'21. 9. 2027'", "٢١.٩.٢٠٢٧"],
)  # fmt: skip
def test_a_date_may_be_written_in_many_ways(
    reading: Callable[[str], plan.Reading], written: str
) -> None:
    text = HEAD + POST.format(
        datum=written.replace("Di, ", '"Di, ') + '"' * ("Di, " in written), traeger="awo"
    )

    assert sound(reading(text)).posts[0].date == dt.date(2027, 9, 21)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("10:00", "10:00"), ("10 Uhr", "10:00"), ("10.30", "10:30"), ("10:30 Uhr", "10:30"), ("9 Uhr 15", "09:15"),
     ("17h", "17:00"), ("17h45", "17:45"), ("00:00", "00:00"),
     ("10:00:00 AM", "10:00"), ("6 p.m.", "18:00"), ("12:30 am", "00:30")],
)  # fmt: skip
def test_a_time_may_be_written_in_many_ways(
    reading: Callable[[str], plan.Reading], written: str, expected: str
) -> None:
    text = HEAD + POST.format(datum="2027-09-21", traeger="awo") + f"    uhrzeit: {written}\n"

    assert f"{sound(reading(text)).posts[0].time:%H:%M}" == expected


@pytest.mark.parametrize(
    "written", ["awo", "AWO", "Awo ", "AWO Unterbezirk Dortmund", "awo unterbezirk-dortmund"]
)
def test_an_organisation_is_known_by_key_short_and_full_name(
    reading: Callable[[str], plan.Reading], written: str
) -> None:
    campaign = sound(reading(HEAD + POST.format(datum="2027-09-21", traeger=written)))

    assert campaign.posts[0].organisation == "awo"


def test_umlauts_may_be_spelt_out_everywhere(reading: Callable[[str], plan.Reading]) -> None:
    text = HEAD.replace("traeger:\n", "Träger:\n")
    text += POST.format(datum="2027-09-21", traeger="juedische gemeinde").replace(
        "beitraege", "Beiträge"
    )

    assert sound(reading(text)).posts[0].organisation == "jkg"


def test_headings_stand_in_any_order_case_and_spelling(book: Callable[..., plan.Reading]) -> None:
    campaign = sound(
        book(
            [
                ["TEXT", "traeger", "Bild-Beschreibung 1", "bild1", "Uhr zeit", "datum", "Nr."],
                ["Guten Tag!", "awo", "Ein Tisch.", "tisch.jpg", "9 Uhr", "19.09.2027", 1],
            ]
        )
    )

    post = campaign.posts[0]
    assert (post.id, post.time, post.pictures[0].alt) == ("1", dt.time(9), "Ein Tisch.")


def test_a_spreadsheet_s_own_dates_and_times_are_read(book: Callable[..., plan.Reading]) -> None:
    campaign = sound(
        book(
            [
                ["Nr", "Datum", "Uhrzeit", "Träger", "Text"],
                ["IKW-01", dt.date(2027, 9, 21), dt.time(17, 5), "AWO", "Guten Tag!"],
            ]
        )
    )

    assert (campaign.posts[0].date, campaign.posts[0].time) == (
        dt.date(2027, 9, 21),
        dt.time(17, 5),
    )
    assert (campaign.first_day, campaign.last_day) == (dt.date(2027, 9, 19), dt.date(2027, 9, 26))


def test_empty_rows_in_between_and_sheets_for_helpers_do_no_harm(
    book: Callable[..., plan.Reading],
) -> None:
    reading = book(
        [
            ["Nr", "Datum", "Träger", "Text"],
            [None, "   ", None, ""],
            ["IKW-01", "19.09.2027", "AWO", "Guten Tag!"],
            [],
            [None, None, None, " "],
        ],
        Hilfe=[["Hier steht, wie es geht."]],
        _Listen=[["AWO"]],
    )

    assert len(sound(reading).posts) == 1
    assert reading.where("IKW-01", "date") == "Beiträge!B3"


def test_choices_are_read_in_both_languages(reading: Callable[[str], plan.Reading]) -> None:
    head = HEAD.replace(
        "  uhrzeit", "  bei_verspaetung: Senden\n  rhythmus: every-organisation-daily\n  uhrzeit"
    )
    text = head + POST.format(datum="2027-09-21", traeger="awo")
    campaign = sound(reading(text + "    konten: {mastodon: von Hand, AWO-X: no}\n"))

    assert campaign.posts[0].channels == {"mastodon": Channel.BY_HAND, "awo-x": Channel.NO}
    assert (campaign.on_late, campaign.cadence) == (OnLate.POST, Cadence.EVERY_DAILY)


@pytest.mark.parametrize(
    ("written", "card"), [("Foto", "poster"), ("Träger", "profile"), ("Eigene_2", "eigene_2")]
)
def test_a_post_may_ask_for_another_card(
    reading: Callable[[str], plan.Reading], written: str, card: str
) -> None:
    text = HEAD + POST.format(datum="2027-09-21", traeger="awo")

    assert sound(reading(text + f"    karte: {written}\n")).posts[0].card == card


def test_a_post_says_what_becomes_of_it_when_it_is_late(
    reading: Callable[[str], plan.Reading],
) -> None:
    text = HEAD + POST.format(datum="2027-09-21", traeger="awo")
    german = sound(reading(text + "    bei_verspaetung: auslassen\n    spaetestens: 18 Uhr\n"))
    english = sound(reading(text + "    on_late: skip\n    deadline: 18:00\n"))

    for campaign in (german, english):
        (post,) = campaign.posts
        assert (post.on_late, post.deadline) == (OnLate.SKIP, dt.time(18))


def test_yaml_keeps_what_looks_like_numbers_and_truths_as_text(
    reading: Callable[[str], plan.Reading],
) -> None:
    text = HEAD + POST.format(datum="2027-09-21", traeger="awo").replace("IKW-01", "007")
    post = sound(
        reading(text + "    ueberschrift: no\n    information: 0231\n    bemerkung: ~\n")
    ).posts[0]

    assert (post.id, post.headline, post.information, post.note) == ("007", "no", "0231", "")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[RiverWeek, clean water]", ("RiverWeek", "CleanWater")),
        ('["#RiverWeek", "# clean  water"]', ("RiverWeek", "CleanWater")),
        ("'#RiverWeek, #Dortmund IKW2027'", ("RiverWeek", "Dortmund", "IKW2027")),
    ],
)
def test_an_item_of_a_list_is_one_hashtag_and_a_text_holds_several(
    reading: Callable[[str], plan.Reading], written: str, read: tuple[str, ...]
) -> None:
    head = HEAD.replace("  uhrzeit", f"  hashtags: {written}\n  uhrzeit")
    text = head + POST.format(datum="2027-09-21", traeger="awo")

    assert sound(reading(text)).hashtags == read


def test_texts_are_tidied(reading: Callable[[str], plan.Reading]) -> None:
    text = HEAD + POST.format(datum="2027-09-21", traeger="awo").replace(
        "Guten Tag!", '"  Fu\\u0308r  alle \\r\\nund\\tjeden\\u200d \\n"'
    )

    assert sound(reading(text)).posts[0].text == "Für alle\nund\tjeden\u200d"


# --- What is told ----------------------------------------------------------------------------


def test_everything_wrong_is_told_at_once_with_its_cell(book: Callable[..., plan.Reading]) -> None:
    reading = book(
        [
            [
                "Nr",
                "Datum",
                "Uhrzeit",
                "Träger",
                "Text",
                "Konto mastodon",
                "Arbeitsfelder",
                "Wetter",
            ],
            ["IKW-01", "31.9.2027", "25:00", "AWQ", None, "vielleicht", "Kochen", "schön"],
            ["IKW-01", "21.09.2027", "10:00", "AWO", "Guten Tag!", "ja", None, None],
        ]
    )

    assert reading.campaign is None
    assert {(finding.rule, finding.where, finding.value) for finding in reading.findings} == {
        ("PLAN-06", "Beiträge!B2", "31.9.2027"),
        ("PLAN-07", "Beiträge!C2", "25:00"),
        ("PLAN-05", "Beiträge!D2", "AWQ"),
        ("PLAN-03", "Beiträge!E2", None),
        ("PLAN-23", "Beiträge!F2", "vielleicht"),
        ("PLAN-25", "Beiträge!G2", "Kochen"),
        ("PLAN-02", "Beiträge!H1", "Wetter"),
        ("PLAN-04", "Beiträge!A3", "IKW-01"),
    }
    assert {finding.post for finding in reading.findings} == {"IKW-01", None}


def test_an_unknown_organisation_is_answered_with_the_one_probably_meant(
    reading: Callable[[str], plan.Reading],
) -> None:
    finding = one(
        reading(HEAD + POST.format(datum="2027-09-21", traeger="Jüdische Gemeinte")).findings
    )

    assert (finding.rule, finding.where) == ("PLAN-05", "beitraege[0].traeger, Zeile 18")
    assert "Meinten Sie „Jüdische Gemeinde“?" in finding.message.de


def test_a_year_of_two_digits_is_asked_about_and_not_guessed(
    reading: Callable[[str], plan.Reading],
) -> None:
    finding = one(reading(HEAD + POST.format(datum="21.09.27", traeger="awo")).findings)

    assert finding.rule == "PLAN-50"
    assert "Welches Jahr ist gemeint?" in finding.message.de
    assert "21.09.2027" in finding.message.de


@pytest.mark.parametrize("written", ["21.09.", "21. Sept.", "Di, 21.9.", "21 September"])
def test_a_day_without_a_year_lies_in_the_campaign_s_year(
    reading: Callable[[str], plan.Reading], written: str
) -> None:
    campaign = sound(reading(HEAD + POST.format(datum=f'"{written}"', traeger="awo")))

    assert campaign.posts[0].date == dt.date(2027, 9, 21)


def test_a_day_without_a_year_is_asked_about_if_the_campaign_has_it_twice_or_never(
    reading: Callable[[str], plan.Reading],
) -> None:
    head = HEAD.replace("bis: 26.09.2027", "bis: 30.01.2028")

    assert (
        sound(reading(head + POST.format(datum="6.1.", traeger="awo"))).posts[0].date.year == 2028
    )
    assert one(reading(head + POST.format(datum="1.5.", traeger="awo")).findings).rule == "PLAN-50"


def test_a_weekday_that_the_date_does_not_have_is_asked_about(
    reading: Callable[[str], plan.Reading],
) -> None:
    written = '"Montag, den 21.09.2027"'
    finding = one(reading(HEAD + POST.format(datum=written, traeger="awo")).findings)

    assert finding.rule == "PLAN-56"
    assert "ist aber ein Dienstag" in finding.message.de


@pytest.mark.parametrize(
    "written",
    ["morgen", "2027", "09/21/2027", "31.02.2027", "31. Sept.", "31.12.9999", "0001-01-01"],
)
def test_what_is_no_date_is_told(reading: Callable[[str], plan.Reading], written: str) -> None:
    assert one(reading(HEAD + POST.format(datum=written, traeger="awo")).findings).rule == "PLAN-06"


@pytest.mark.parametrize("written", ["31.12.9999 23:59", "0001-01-01 00:10"])
def test_no_moment_is_in_a_year_that_nobody_lives_in(
    reading: Callable[[str], plan.Reading], written: str
) -> None:
    text = (
        HEAD + POST.format(datum="2027-09-21", traeger="awo") + f"    freigabe_bis: '{written}'\n"
    )
    assert one(reading(text).findings).rule == "PLAN-06"


@pytest.mark.parametrize("written", ["10", "mittags", "24:00", "10:60", "10 Uhrr", "10:5"])
def test_what_is_no_time_is_told(reading: Callable[[str], plan.Reading], written: str) -> None:
    text = HEAD + POST.format(datum="2027-09-21", traeger="awo") + f"    uhrzeit: '{written}'\n"

    assert one(reading(text).findings).rule == "PLAN-07"


def test_formulas_and_error_values_are_told_with_their_cell(
    book: Callable[..., plan.Reading],
) -> None:
    reading = book(
        [
            ["Nr", "Datum", "Träger", "Text", "Link"],
            ["IKW-01", ("=DATE(2027,9,19)", 46649), "AWO", "Guten Tag!", ("=1/0", "#DIV/0!")],
        ]
    )

    assert [(f.rule, f.where, f.value) for f in reading.findings] == [
        ("PLAN-17", "Beiträge!B2", "=DATE(2027,9,19)"),
        ("PLAN-17", "Beiträge!E2", "=1/0"),
    ]


def test_characters_lost_on_the_way_are_told(reading: Callable[[str], plan.Reading]) -> None:
    text = HEAD + POST.format(datum="2027-09-21", traeger="awo").replace("Guten Tag!", "FÃ¼r alle!")

    assert one(reading(text).findings).rule == "PLAN-18"


def test_a_missing_column_is_told_once_and_not_for_every_row(
    book: Callable[..., plan.Reading],
) -> None:
    reading = book([["Nr", "Datum", "Träger"], *[[n, "19.09.2027", "AWO"] for n in range(1, 20)]])

    assert [(f.rule, f.where) for f in reading.findings] == [("PLAN-01", "Beiträge")]


def test_a_no_for_an_unknown_account_is_an_error_and_not_ignored(
    reading: Callable[[str], plan.Reading],
) -> None:
    text = HEAD + POST.format(datum="2027-09-21", traeger="awo") + "    konten: {mastodn: nein}\n"
    finding = one(reading(text).findings)

    assert (finding.rule, finding.severity, finding.value) == ("PLAN-32", "error", "mastodn")
    assert "mastodon" in finding.message.de


def test_an_own_text_for_an_unknown_platform_is_a_warning(
    book: Callable[..., plan.Reading],
) -> None:
    reading = book(
        [
            ["Nr", "Datum", "Träger", "Text", "Text Mastodn"],
            ["1", "19.09.2027", "AWO", "Hallo!", "Kurz"],
        ]
    )

    assert reading.campaign is not None
    assert "Meinten Sie „Text mastodon“?" in one(reading.findings).message.de


def test_a_heading_that_only_names_an_account_is_not_ignored(
    book: Callable[..., plan.Reading],
) -> None:
    reading = book(
        [
            ["Nr", "Datum", "Träger", "Text", "Mastodon"],
            ["1", "19.09.2027", "AWO", "Hallo!", "nein"],
        ]
    )

    assert one(reading.findings).rule == "PLAN-23"
    assert "Konto mastodon" in one(reading.findings).message.de


def test_a_description_without_its_picture_is_told(book: Callable[..., plan.Reading]) -> None:
    reading = book(
        [
            ["Nr", "Datum", "Träger", "Text", "Bild 1", "Bildbeschreibung 1"],
            ["1", "19.09.2027", "AWO", "Hallo!", None, "Ein Tisch."],
        ]
    )

    assert (one(reading.findings).rule, one(reading.findings).where) == ("PLAN-03", "Beiträge!E2")


def test_the_campaign_s_own_fields_are_told_too(reading: Callable[[str], plan.Reading]) -> None:
    head = HEAD.replace("ikw-2027", "IKW 2027")
    head = head.replace("  uhrzeit", "  zeitzone: Europe/Berln\n  uhrzeit")
    findings = reading(head + POST.format(datum="2027-09-21", traeger="awo")).findings

    assert [(finding.value, finding.where) for finding in findings] == [
        ("IKW 2027", "kampagne.schluessel, Zeile 2"),
        ("Europe/Berln", "kampagne.zeitzone, Zeile 6"),
    ]
    assert "ikw-2027" in findings[0].message.de
    assert "Europe/Berlin" in findings[1].message.en


def test_shapes_that_are_no_rows_are_told_with_what_should_stand_there(
    reading: Callable[[str], plan.Reading],
) -> None:
    text = HEAD + POST.format(datum="2027-09-21", traeger="awo")
    findings = reading(text + "    bilder: {datei: a.jpg}\n    texte: kurz\n  - nur so\n").findings

    assert [(finding.rule, finding.where) for finding in findings] == [
        ("PLAN-23", "beitraege[0].texte, Zeile 21"),
        ("PLAN-23", "beitraege[1], Zeile 15"),
    ]


def test_findings_come_in_the_same_order_in_every_process(
    book: Callable[..., plan.Reading],
) -> None:
    rows = [["Nr", "Datum", "Träger", "Text"], *[[n, "x", "y", None] for n in range(1, 9)]]

    assert book(rows).findings == book(rows).findings


# --- Where things stand ------------------------------------------------------------------------


def test_a_place_is_named_even_where_a_cell_is_empty(
    reading: Callable[[str], plan.Reading],
) -> None:
    where = reading(HEAD + POST.format(datum="2027-09-21", traeger="awo")).where

    assert where("IKW-01", "date") == "beitraege[0].datum, Zeile 17"
    assert where("IKW-01", "link") == "beitraege[0], Zeile 16"
    assert where(None, "first_day") == "kampagne.von, Zeile 4"
    assert where(None, "organisations.jkg.name") == "traeger[1].name, Zeile 11"
    assert where(None, "accounts") == "konten"
    assert where("IKW-99", "date") is None


def test_the_first_picture_is_found_in_whichever_column_it_stands(
    book: Callable[..., plan.Reading],
) -> None:
    reading = book(
        [
            ["Nr", "Datum", "Träger", "Text", "Bild 1", "Bild 3", "Bildbeschreibung 3"],
            ["1", "19.09.2027", "AWO", "Hallo!", None, "tisch.jpg", "Ein Tisch."],
        ]
    )

    assert len(sound(reading).posts[0].pictures) == 1
    assert (reading.where("1", "image_1"), reading.where("1", "alt_1")) == (
        "Beiträge!F2",
        "Beiträge!G2",
    )


def test_members_and_accounts_with_mistakes_are_told(
    reading: Callable[[str], plan.Reading],
) -> None:
    head = HEAD.replace("traeger: awo}", "traeger: AWQ}").replace(
        "schluessel: jkg", "schluessel: awo"
    )
    findings = reading(head + POST.format(datum="2027-09-21", traeger="awo")).findings

    assert [(finding.rule, finding.where) for finding in findings] == [
        ("PLAN-35", "traeger[1].schluessel, Zeile 11"),
        ("PLAN-28", "konten[1].traeger, Zeile 14"),
    ]


# --- Whatever comes ------------------------------------------------------------------------------

shapes = st.recursive(
    st.none()
    | st.text(max_size=8)
    | st.sampled_from(["IKW-01", "awo", "ja", "10:00", "2027-09-21"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(whole=st.dictionaries(st.sampled_from(WORDS), shapes, max_size=6), data=st.data())
def test_no_document_brings_the_reader_down(
    whole: dict[str, Any], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole_plan = HEAD + POST.format(datum="2027-09-21", traeger="awo")
    document = yaml.load(whole_plan, Loader=yaml.BaseLoader)  # noqa: S506 - it makes only text
    for key in data.draw(st.lists(st.sampled_from(sorted(document)), max_size=2)):
        document.pop(key, None)
    document["beitraege"] = data.draw(st.lists(shapes, max_size=3)) + document.get("beitraege", [])
    file = tmp_path_factory.getbasetemp() / "plan.yaml"
    file.write_text(yaml.safe_dump(document | whole), encoding="utf-8")

    with contextlib.suppress(PlanUnreadable):
        reading = plan.read(file)
        assert (reading.campaign is None) == any(f.severity == "error" for f in reading.findings)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=60), cut=st.integers(0, 700))
def test_no_bytes_bring_the_reader_down(
    data: bytes, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "plan.yaml"
    whole = (HEAD + POST.format(datum="2027-09-21", traeger="awo")).encode()
    file.write_bytes(whole[:cut] + data + whole[cut + 2 :])

    with contextlib.suppress(PlanUnreadable):
        plan.read(file)


def test_no_damage_to_a_workbook_brings_the_reader_down(
    book: Callable[..., plan.Reading], tmp_path: Path
) -> None:
    book([["Nr", "Datum", "Träger", "Text"], ["1", "19.09.2027", "AWO", "Hallo!"]])
    whole = (tmp_path / "plan.xlsx").read_bytes()
    dice = random.Random(7)

    for _ in range(20):
        broken = bytearray(whole)
        for _ in range(3):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        (tmp_path / "kaputt.xlsx").write_bytes(broken)
        with contextlib.suppress(PlanUnreadable):
            plan.read(tmp_path / "kaputt.xlsx")


# --- Files that nobody can read ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("kampagne:\n  name: 'offen\nbeitraege: []\n", "Zeile 4"),
        ("kampagne:\n\tname: x\n", "Zeile 2"),
        ("kampagne:\n  name: a: b\n", "Zeile 2"),
        ("a: &x 1\n", "Zeile 1"),
        ("a:\n  - *x\n", "Zeile 2"),
        ("a: !!python/object/apply:os.system [ls]\n", "Zeile 1"),
        ("a: 1\nb: 2\na: 3\n", "Zeile 3"),
        ("a: 1\n---\nb: 2\n", "Zeile 2"),
        ("a: \x07\n", "Zeile 1"),
        ("a: " + "[" * 40 + "]" * 40, "Zeile 1"),
    ],
)
def test_broken_yaml_names_its_line(
    reading: Callable[[str], plan.Reading], text: str, where: str
) -> None:
    with pytest.raises(PlanUnreadable) as caught:
        reading(text)

    assert caught.value.where == where


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("kampagne:\n\tname: x\n", "Tabulator"),
        ("kampagne:\n  name: a: b\n", "Doppelpunkt"),
        ("kampagne:\n  name: 'offen\nbeitraege: []\n", "schließendes Anführungszeichen"),
        ("kampagne:\n  - x\n  name: y\n", "Einrückung"),
        ("a: @x\n", "Schreibweise"),
        ("a: *x\n", "Anführungszeichen"),
    ],
)
def test_broken_yaml_comes_with_advice(
    reading: Callable[[str], plan.Reading], text: str, advice: str
) -> None:
    with pytest.raises(PlanUnreadable, match=advice):
        reading(text)


@pytest.mark.parametrize(
    "text", ["", "  \n \n", "# nur ein Satz\n", "- a\n", "Guten Tag\n", "---\n"]
)
def test_a_file_without_a_plan_is_unreadable(
    reading: Callable[[str], plan.Reading], text: str
) -> None:
    with pytest.raises(PlanUnreadable):
        reading(text)


def test_yaml_that_is_not_utf_8_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_bytes("kampagne:\n  name: Für alle\n".encode("cp1252"))

    with pytest.raises(PlanUnreadable, match="UTF-8") as caught:
        plan.read(tmp_path)

    assert caught.value.where == "Zeile 2"


@pytest.mark.parametrize("name", ["plan.txt", "nirgends.yaml", "nirgends.xlsx", "."])
def test_a_missing_or_foreign_file_is_unreadable(tmp_path: Path, name: str) -> None:
    (tmp_path / "plan.txt").write_text("Guten Tag")

    with pytest.raises(PlanUnreadable):
        plan.read(tmp_path / name)


# --- Spreadsheets that nobody should open -----------------------------------------------------------


def test_a_truncated_workbook_is_damaged(book: Callable[..., plan.Reading], tmp_path: Path) -> None:
    book([["Nr"], ["1"]])
    whole = (tmp_path / "plan.xlsx").read_bytes()

    for length in (1, 30, len(whole) // 2, len(whole) - 10):
        (tmp_path / "halb.xlsx").write_bytes(whole[:length])
        with pytest.raises(PlanUnreadable, match="beschädigt"):
            plan.read(tmp_path / "halb.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/a.xml", "w") as file,
    ):
        for _ in range(210):
            file.write(bytes(1024 * 1024))
    (tmp_path / "plan.xlsx").write_bytes(bomb.getvalue())

    with pytest.raises(PlanUnreadable, match="zu groß"):
        plan.read(tmp_path / "plan.xlsx")


def test_a_zip_of_too_many_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "plan.xlsx", "w") as archive:
        for number in range(2_001):
            archive.writestr(f"{number}", "")

    with pytest.raises(PlanUnreadable, match="zu groß"):
        plan.read(tmp_path / "plan.xlsx")


def test_a_lone_cell_in_the_last_corner_kills_only_the_child(tmp_path: Path) -> None:
    file = tmp_path / "plan.xlsx"
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("Beiträge")
    sheet.write(0, 0, "Nr")
    sheet.write(1_048_575, 16_383, "weit weg")
    book.close()

    with pytest.raises(PlanUnreadable):
        plan.read(file)


def test_a_workbook_without_our_sheets_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "plan.xlsx"
    book = xlsxwriter.Workbook(file)
    book.add_worksheet("Tabelle1").write(0, 0, "Hallo")
    book.close()

    with pytest.raises(PlanUnreadable, match="Beiträge"):
        plan.read(file)


# --- Consents, and what else a post says about its pictures --------------------------------------


def test_what_a_plan_says_about_people_and_consents_is_understood(
    reading: Callable[[str], plan.Reading],
) -> None:
    campaign = reading(
        HEAD.replace(
            "uhrzeit: 10 Uhr",
            'uhrzeit: 10 Uhr\n  genderform: Doppelpunkt\n  pruefregeln: ["A11Y-05: aus", {TIME-02: Fehler}]',
        )
        + "einwilligungen:\n  - {nr: E-12, gueltig_bis: 31.12.2028, gilt_fuer: [Facebook], kinder: ja}\n"
        + POST.format(datum="2027-09-20", traeger="awo")
        + "    freigabe_bis: 18.09.2027, 18 Uhr\n    foerderlogo_im_bild: ja\n"
        + "    bilder:\n      - {datei: a.jpg, personen: Kinder, einwilligung: E-12, text_im_bild: nein, ki_bild: ja}\n"
    ).campaign
    assert campaign is not None

    (consent,) = campaign.consents
    (post,) = campaign.posts
    (picture,) = post.pictures
    assert (campaign.gender, campaign.severities) == (
        Gender.COLON,
        ("A11Y-05: aus", "TIME-02: Fehler"),
    )
    assert (consent.key, consent.until, consent.channels, consent.children) == (
        "E-12",
        dt.date(2028, 12, 31),
        ("Facebook",),
        True,
    )
    assert (post.approve_by, post.funder_logo) == (dt.datetime(2027, 9, 18, 18), True)
    assert (picture.people, picture.consent, picture.lettered, picture.ai) == (
        People.CHILDREN,
        "E-12",
        False,
        True,
    )


@pytest.mark.parametrize(
    "settings",
    [
        "lange_texte: als Kette\n  sprachfassungen: einzeln\n  ohne_link_auf: X, mastodon, x",
        "long texts: as a chain\n  Language versions: apart\n  no_link: [X, Mastodon]",
        "Lange Texte: Kette\n  Übersetzungen: getrennt\n  ohne Link: X; Mastodon",
    ],
)
def test_chains_languages_and_missing_links_are_settings_of_the_campaign(
    reading: Callable[[str], plan.Reading], settings: str
) -> None:
    head = HEAD.replace("uhrzeit: 10 Uhr", f"uhrzeit: 10 Uhr\n  {settings}")
    post = POST.format(datum="2027-09-19", traeger="AWO") + "    lange texte: kürzen lassen\n"
    found = reading(head + post)
    campaign = found.campaign

    assert found.findings == ()
    assert campaign is not None
    assert (campaign.long_texts, campaign.languages) == (LongTexts.CHAIN, Languages.APART)
    assert campaign.no_link == ("x", "mastodon")
    assert campaign.posts[0].long_texts is LongTexts.SHORTEN


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("18.09.2027 18:00", dt.datetime(2027, 9, 18, 18)),
        ("Sa, 18.09.2027 um 9.30 Uhr", dt.datetime(2027, 9, 18, 9, 30)),
        ("2027-09-18T18:00", dt.datetime(2027, 9, 18, 18)),
        ("18. 09. 2027", dt.datetime(2027, 9, 18, 23, 59)),
        (dt.datetime(2027, 9, 18), dt.datetime(2027, 9, 18, 23, 59)),
        (dt.date(2027, 9, 18), dt.datetime(2027, 9, 18, 23, 59)),
    ],
)
def test_a_day_until_which_something_is_due_lasts_until_its_end(
    written: object, moment: dt.datetime
) -> None:
    assert read_moment(written) == moment


# --- Sheets as people make them ----------------------------------------------------------------


HEADINGS = ["Nr.", "Datum", "Träger", "Text"]
ONE = ["IKW-01", "21.09.2027", "AWO", "Guten Tag!"]


def test_a_title_may_stand_above_the_headings(book: Callable[..., plan.Reading]) -> None:
    reading = book([["Redaktionsplan 2027 – Stand 1.2."], [], HEADINGS, [], ONE])

    assert reading.campaign is not None
    assert [post.text for post in reading.campaign.posts] == ["Guten Tag!"]
    assert reading.where("IKW-01", "text") == "Beiträge!D5"
    told = [one for one in reading.findings if one.rule == "PLAN-58"]
    assert [(finding.where, finding.severity) for finding in told] == [("Beiträge!A1", "hint")]


def test_a_csv_may_begin_with_a_title(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    loaded = plan.read(tmp_path / "plan.yaml").campaign
    file = tmp_path / "beitraege.csv"
    file.write_text("Unser Plan;;;\nNr;Datum;Träger;Text\nIKW-01;26.09.2021;AWO;Guten Tag!\n")

    reading = plan.read(file, loaded)

    told = next(one for one in reading.findings if one.rule == "PLAN-58")
    assert (told.where, told.value) == ("Zeile 1", "Unser Plan")


@pytest.mark.parametrize(
    ("row", "where"),
    [
        (["Summe", "", "", 8], "Beiträge!A4"),
        (["", "Gesamt:", "", "8"], "Beiträge!B4"),
        (["", "", "", "Anzahl: 8 Beiträge"], "Beiträge!D4"),
        (["", "", "Insgesamt", "=COUNTA(D2:D3)"], "Beiträge!C4"),
        (["TOTAL", "8 posts", "", ""], "Beiträge!A4"),
    ],
)
def test_a_total_below_the_posts_is_no_post_without_a_date(
    book: Callable[..., plan.Reading], row: list[object], where: str
) -> None:
    reading = book([HEADINGS, ONE, [], row])

    assert reading.campaign is not None
    assert [post.id for post in reading.campaign.posts] == ["IKW-01"]
    told = [one for one in reading.findings if one.rule == "PLAN-61"]
    assert [(finding.where, finding.severity) for finding in told] == [(where, "hint")]


@pytest.mark.parametrize(
    "row",
    [
        ["IKW-02", "", "", "Gesamt"],
        ["Summe", "22.09.2027", "AWO", "Guten Tag!"],
        ["IKW-02", "", "AWO", "Insgesamt 8 Beratungsstellen helfen."],
        ["Gesamtverband", "", "", 8],
        ["IKW-02", "", "", ""],
        ["", "", "", 8],
    ],
)
def test_a_row_that_may_be_a_post_is_never_taken_for_a_total(
    book: Callable[..., plan.Reading], row: list[object]
) -> None:
    reading = book([HEADINGS, ONE, row])

    assert "PLAN-61" not in {finding.rule for finding in reading.findings}
    posts = [post.id for post in reading.campaign.posts] if reading.campaign else []
    assert len(posts) == 2 or any(finding.rule == "PLAN-03" for finding in reading.findings)


def test_keys_and_platforms_may_begin_with_a_capital(book: Callable[..., plan.Reading]) -> None:
    reading = book(
        [HEADINGS, ONE],
        Konten=[["Schlüssel", "Plattform", "Träger"], ["Mastodon", "Mastodon", "AWO"]],
    )

    assert reading.campaign is not None
    account = reading.campaign.accounts[0]
    assert (account.key, account.platform) == ("mastodon", "mastodon")


def test_a_hidden_column_that_is_not_read_is_only_told_to_be_unknown(
    tmp_path: Path,
) -> None:
    file = tmp_path / "plan.xlsx"
    with xlsxwriter.Workbook(file) as made:
        for name, rows in {**SHEETS, "Beiträge": [[*HEADINGS, "intern"], [*ONE, "x"]]}.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, [str(cell) for cell in row])
            if name == "Beiträge":
                sheet.set_column("E:E", 10, None, {"hidden": 1})

    found = [(one.rule, one.message.de) for one in plan.read(file).findings]

    assert ("PLAN-02", "„intern“ kennen wir nicht und lesen es nicht.") in found
    assert "PLAN-19" not in dict(found)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("20.9.", dt.datetime(2027, 9, 20, 23, 59)),
        ("20.09. 18:00", dt.datetime(2027, 9, 20, 18)),
        ("20. Sept. um 18 Uhr", dt.datetime(2027, 9, 20, 18)),
    ],
)
def test_a_moment_without_its_year_gets_the_one_of_the_campaign(
    book: Callable[..., plan.Reading], written: str, moment: dt.datetime
) -> None:
    reading = book([[*HEADINGS, "Freigabe bis"], [*ONE, written]])

    assert reading.campaign is not None
    assert reading.campaign.posts[0].approve_by == moment


def test_a_moment_with_a_year_of_two_digits_is_asked_about_with_its_time(
    book: Callable[..., plan.Reading],
) -> None:
    reading = book([[*HEADINGS, "Freigabe bis"], [*ONE, "20.9.27 18:00"]])

    told = one(reading.findings)
    assert (told.rule, told.where) == ("PLAN-50", "Beiträge!E2")
    assert "vielleicht 20.09.2027 18:00" in told.message.de

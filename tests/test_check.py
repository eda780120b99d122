"""Every rule finds what it is there for, and a sound campaign passes without a word."""

from __future__ import annotations

import dataclasses
import gc
import re
import string
import time as clock
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrado_poster import check
from integrado_poster.check import RULES, PictureFact, found
from integrado_poster.model import (
    Approvals,
    Cadence,
    Campaign,
    Channel,
    Funder,
    Organisation,
    People,
    PlannedPost,
    Said,
    Severity,
    Translation,
    Wording,
)
from tests.campaigns import (
    AWO,
    FUNDER,
    JKG,
    MONDAY,
    NOW,
    PHOTO,
    PICTURE_FACTS,
    SUNDAY,
    a_campaign,
    a_post,
    agreed,
    an_account,
    another_post,
    look,
    on,
    one,
    pictured,
    to_approve,
    with_mosque,
    worded,
)


def test_a_sound_campaign_passes_without_a_word() -> None:
    assert look(a_campaign()) == []


# --- Every rule by an example -----------------------------------------------------------


def long(*words: str) -> str:
    return " ".join(words) + "."


WITHOUT_END = "und noch ein Wort " * 10
WIDE = PHOTO.model_copy(update={"file": "breit.jpg", "alt": "Eine lange Straße von oben."})

EXAMPLES: list[tuple[str, str | None, Campaign]] = [
    # rule, the finding's value, a campaign that breaks it
    ("PLAN-04", "IKW-01", a_campaign(a_post(), another_post(id="IKW-01"))),
    ("PLAN-05", "aow", one(organisation="aow")),
    ("PLAN-08", "19.09.2021 10:00", one(date=date(2021, 9, 19))),
    ("PLAN-09", "02:30", one(date=date(2027, 3, 28), time=time(2, 30))),
    ("PLAN-10", "02:30", one(date=date(2021, 10, 31), time=time(2, 30))),
    ("PLAN-11", "2021-09-28", one(date=date(2021, 9, 28))),
    ("PLAN-12", None, a_campaign(a_post(), another_post(date=SUNDAY))),
    ("PLAN-13", "2021-09-27", a_campaign(a_post(), another_post(date=SUNDAY))),
    ("PLAN-14", "2", a_campaign(a_post(), another_post(organisation="awo"))),
    ("PLAN-14", "0", a_campaign(a_post(), another_post(organisation="awo"))),
    ("PLAN-24", "2021-09-26", a_campaign(a_post(), another_post(date=SUNDAY, time=time(12)))),
    ("PLAN-25", "engagment", one(areas=("engagment",))),
    ("PLAN-26", None, one(areas=())),
    ("PLAN-27", None, one(channels={"x": Channel.NO, "m": Channel.NO})),
    ("PLAN-28", "aow", a_campaign(accounts=(an_account("x", "x", owner="aow"),))),
    ("PLAN-29", "2021-09-25", a_campaign(last_day=date(2021, 9, 25))),
    ("PLAN-30", "2031-09-27", a_campaign(last_day=date(2031, 9, 27))),
    ("PLAN-31", None, a_campaign(accounts=())),
    ("PLAN-32", "mm", one(channels={"mm": Channel.NO})),
    ("PLAN-33", "bluesky", one(texts={"bluesky": "Kommen Sie vorbei!"})),
    ("PLAN-34", "Europe/Dortmund", a_campaign(zone="Europe/Dortmund")),
    ("PLAN-35", "awo", a_campaign(organisations=(AWO, JKG, AWO))),
    ("PLAN-36", "mastodn", a_campaign(accounts=(an_account("x", "mastodn"),))),
    ("TIME-01", "05:30", one(time=time(5, 30))),
    ("TIME-02", "2021-10-03", one(date=date(2021, 10, 3))),
    ("TIME-03", "Montag, den 29.9.", one(text="Kommen Sie am Montag, den 29.9. um 10 Uhr.")),
    ("TIME-03", "Freitag, 2. Oktober 2021", one(text="Fest: Freitag, 2. Oktober 2021")),
    ("TIME-04", "2021-10-02", a_campaign(a_post(), another_post(date=date(2021, 10, 2)))),
    ("TIME-04", "2021-10-01", a_campaign(another_post(date=date(2021, 10, 1), time=time(19)))),
    ("TIME-04", "2021-09-28", a_campaign(a_post(), another_post(date=date(2021, 9, 28)))),
    ("TIME-04", "2021-09-29", a_campaign(a_post(), another_post(date=date(2021, 9, 29)))),
    ("TIME-04", "2021-12-24", a_campaign(a_post(), another_post(date=date(2021, 12, 24)))),
    ("TIME-05", "Samstag, 25.09.", one(text="Das Fest ist am Samstag, 25.09. um 15 Uhr.")),
    ("TIME-06", "IKW2020", one(text="Kommen Sie vorbei! #IKW2020")),
    (
        "TIME-08",
        "Vollmond",
        a_campaign(organisations=(AWO, JKG.model_copy(update={"no_post_days": ("Vollmond",)}))),
    ),
    ("TIME-09", "10:00", one(time=time(10), deadline=time(10))),
    ("TEXT-01", "291", one(text="Kommen Sie. " * 24 + "Ja!")),
    ("TEXT-01", "282", one(texts={"x": "Kommen Sie. " * 23 + "Ja, ja"})),
    ("TEXT-02", None, one(text=" ")),
    ("TEXT-03", "XXX", one(text="Telefon XXX, kommen Sie vorbei!")),
    ("TEXT-03", "[Link]", one(information="Mehr: [Link]")),
    ("TEXT-03", "hier einfügen", one(text="Bitte Ort hier einfügen.")),
    ("TEXT-04", "U+202E", one(text="Kommen Sie\u202e vorbei!")),
    ("TEXT-07", "@aw0@a.example", one(text="Danke an @aw0@a.example!")),
    ("TEXT-08", "6", one(text="Ja! #Aa #Bb #Cc #Dd #Ee #Ff")),
    ("TEXT-09", None, a_campaign(a_post(), another_post(text=a_post().text.upper()))),
    ("TEXT-11", "information", one(text="Kommen Sie. " * 18)),
    ("TEXT-12", "deutsch", one(language="deutsch")),
    ("TEXT-12", "arabisch", one(translations=(Translation(language="arabisch", text="مرحبا"),))),
    ("TEXT-14", "@awo_nrw@a.example", one(text="Danke an @awo_nrw@a.example!")),
    ("TEXT-14", "@stadt", one(text="Danke an @stadt!")),
    ("LINK-01", "awo.example.org", one(link="awo.example.org")),
    ("LINK-01", "javascript:alert(1)", one(link="javascript:alert(1)")),
    ("LINK-01", "https://a@b.example", one(link="https://a@b.example")),
    ("LINK-01", "htps://awo.example.org", one(text="Mehr: htps://awo.example.org")),
    ("LINK-02", "http://awo.example.org", one(link="http://awo.example.org")),
    ("LINK-03", "https://bit.ly/x", one(text="Mehr: https://bit.ly/x")),
    ("LINK-04", "utm_source", one(link="https://awo.example.org/?utm_source=x")),
    ("LINK-05", "аwo.example.org", one(link="https://аwo.example.org")),
    ("LINK-06", "hier klicken", one(text="Zum Programm hier klicken!")),
    ("A11Y-01", "tisch.jpg", pictured({"alt": " "})),
    ("A11Y-02", "Bild von einem Tisch", pictured({"alt": "Bild von einem Tisch"})),
    ("A11Y-02", "gruppe_awo_2021.jpg", pictured({"alt": "gruppe_awo_2021.jpg"})),
    ("A11Y-02", "Tisch", pictured({"alt": "Tisch"})),
    ("A11Y-03", ("Tisch, " * 150).strip(), pictured({"alt": "Tisch, " * 150})),
    ("A11Y-04", "interkulturellewoche", one(text="Ja! #interkulturellewoche")),
    ("A11Y-05", "4", one(text="Wir 🎉 feiern 👨‍👩‍👧‍👦 heute ❤️ alle 🇺🇦")),
    ("A11Y-06", "Bewohner:innen", one(text="Alle Bewohner:innen sind da.")),
    ("A11Y-06", "BesucherInnen", one(text="Alle BesucherInnen sind da.")),
    ("A11Y-07", "𝗪𝗶𝗹𝗹𝗸𝗼𝗺𝗺𝗲𝗻", one(text="𝗪𝗶𝗹𝗹𝗸𝗼𝗺𝗺𝗲𝗻 in Dortmund!")),
    ("A11Y-09", long(*["Wort"] * 21), one(text=long(*["Wort"] * 21))),
    (
        "A11Y-10",
        "Antidiskriminierungsberatungsstelle",
        one(text="Die Antidiskriminierungsberatungsstelle hilft."),
    ),
    ("A11Y-11", "KIM", one(text="Fragen Sie das KIM!")),
    ("A11Y-12", "ACHTUNG WICHTIG", one(text="ACHTUNG WICHTIG! Kommen Sie.")),
    ("A11Y-13", "de", one(text="لستم وحدكم. نستمع إليكم وندعمكم باللغة العربية")),
    (
        "A11Y-13",
        "ar",
        one(translations=(Translation(language="ar", text="Müzik hepimizi birleştirir. Gelin!"),)),
    ),
    ("A11Y-15", PHOTO.alt, pictured({}, {"file": "zwei.jpg"})),
    ("A11Y-17", "gemeinsamfürdortmund", one(text="Ja! #gemeinsamfürdortmund")),
    ("FUND-01", None, a_campaign(card="")),
    ("FUND-02", "MAIS", one(information="Gefördert vom MAIS")),
    (
        "FUND-02",
        "Ministerium für  Generationen und Familie",
        one(text="Danke an das Ministerium für  Generationen und Familie!"),
    ),
    ("FUND-03", None, a_campaign(funder=FUNDER.model_copy(update={"long_line": ""}))),
    (
        "FUND-05",
        "MAIS",
        a_campaign(funder=FUNDER.model_copy(update={"line": "Gefördert vom MAIS"})),
    ),
    ("MED-01", "tich.jpg", pictured({"file": "tich.jpg"})),
    ("MED-02", "text.jpg", pictured({"file": "text.jpg"})),
    ("MED-03", "riesig.png", pictured({"file": "riesig.png"})),
    ("MED-04", "klein.jpg", pictured({"file": "klein.jpg"})),
    ("MED-07", "tisch.jpg", a_campaign(a_post(pictures=[PHOTO]), another_post(pictures=[PHOTO]))),
    ("MED-08", "kaputt.jpg", pictured({"file": "kaputt.jpg"})),
    ("MED-09", None, pictured(*({"alt": f"{PHOTO.alt} {number}"} for number in range(5)))),
    ("PLAN-37", "Alles aus", a_campaign(severities=("Alles aus",))),
    ("PLAN-37", "A11Y-99: aus", a_campaign(severities=("A11Y-99: aus",))),
    ("PLAN-37", "A11Y-05: laut", a_campaign(severities=("A11Y-05: laut",))),
    ("PLAN-38", "PLAN-08: Warnung", a_campaign(severities=("PLAN-08: Warnung",))),
    ("PLAN-38", "DS-01: aus", a_campaign(severities=("DS-01: aus",))),
    ("TIME-04", "2022-05-02", with_mosque(date=date(2022, 5, 2))),
    ("TIME-04", "2022-07-08", with_mosque(date=date(2022, 7, 8), time=time(19))),
    ("TIME-07", None, to_approve(approve_by=datetime(2021, 9, 20, 18))),
    ("TEXT-06", WITHOUT_END[:70].strip(), on("photos", text=WITHOUT_END)),
    ("TEXT-10", None, on("photos", text="Mehr auf https://awo.example.org")),
    ("A11Y-06", "jede:r", one(text="Hier ist jede:r willkommen.")),
    ("A11Y-08", PHOTO.alt, pictured({"lettered": True})),
    ("A11Y-14", "film.MP4", pictured({"file": "film.MP4"})),
    ("A11Y-16", None, on("letters", pictures=(PHOTO,))),
    ("DS-01", "tisch.jpg", pictured({"people": None})),
    ("DS-02", "tisch.jpg", agreed(consent="")),
    ("DS-03", "E-12", agreed({"until": date(2021, 9, 25)})),
    ("DS-03", "E-12", agreed({"withdrawn": date(2021, 9, 19)})),
    ("DS-04", "E-12", agreed({"channels": ("Facebook", "x")})),
    ("DS-05", "tisch.jpg", agreed({}, people=People.CHILDREN)),
    ("DS-07", "0171 3920012", one(text="Rufen Sie an: 0171 3920012.")),
    ("DS-07", "+49 171 39 20 012", one(information="Telefon +49 171 39 20 012")),
    ("DS-07", "muster.beispiel@gmx.de", one(text="Schreiben Sie an muster.beispiel@gmx.de!")),
    (
        "CARD-04",
        "#e0443e",
        a_campaign(
            organisations=[a_campaign().organisations[0].model_copy(update={"colour": "#e0443e"})]
        ),
    ),
    ("DS-08", "tisch.jpg", pictured({"credit": ""})),
    ("DS-09", "tisch.jpg", pictured({"ai": True})),
    ("DS-10", "x", a_campaign(accounts=(an_account("x", "x", imprint=None),))),
    ("DS-11", "p", a_campaign(accounts=(an_account("p", "photos", privacy=None),))),
    ("DS-12", "E-13", agreed({}, consent="E-13")),
    ("FUND-04", None, a_campaign(funder=FUNDER.model_copy(update={"logo": True}))),
    ("MED-10", "rand.jpg", pictured({"file": "rand.jpg"})),
    ("MED-05", "breit.jpg", on("photos", pictures=(PHOTO, WIDE))),
    ("APPR-01", None, to_approve(approve_by=datetime(2021, 9, 19, 18))),
    ("APPR-02", "", a_campaign(approvals=Approvals.MEMBER)),
    ("APPR-04", None, to_approve(approve_by=datetime(2021, 9, 26, 18))),
]

FOUND_ELSEWHERE = {  # while reading, drawing, or by their own tests below
    *("PLAN-01", "PLAN-02", "PLAN-03", "PLAN-06", "PLAN-07", "PLAN-17", "PLAN-18", "PLAN-21"),
    "APPR-03",
    *("PLAN-15", "PLAN-16", "PLAN-19", "PLAN-20", "PLAN-22", "PLAN-23", "MED-06"),
    *("CARD-01", "CARD-02", "CARD-03"),
    *("TEXT-15", "TEXT-16", "TEXT-17", "TEXT-18", "COST-01", "COST-02"),  # check_parts
    *("PLAN-57", "PLAN-59"),  # check_parts, too
    *("PLAN-50", "PLAN-51", "PLAN-52", "PLAN-53", "PLAN-54", "PLAN-55", "PLAN-56", "MED-20"),
    *("PLAN-58", "PLAN-60", "PLAN-61"),  # plan_reading, cli
}


def test_no_two_rules_have_one_number() -> None:
    written = [
        number
        for file in Path(check.__file__).parent.glob("*.py")
        for number in re.findall(r'^    id="([A-Z0-9]+-\d+)"', file.read_text(), re.MULTILINE)
    ]
    assert sorted(written) == sorted(set(written))
    assert len(written) > 100


@pytest.mark.parametrize(("rule", "value", "campaign"), EXAMPLES)
def test_a_rule_finds_its_example(rule: str, value: str | None, campaign: Campaign) -> None:
    pictures = PICTURE_FACTS if rule.startswith("MED") else None
    findings = [f for f in look(campaign, pictures=pictures) if f.rule == rule]

    assert value in [finding.value for finding in findings]
    assert {finding.severity for finding in findings} == {RULES[rule].severity}


def test_every_rule_has_an_example() -> None:
    assert {rule for rule, _, _ in EXAMPLES} | FOUND_ELSEWHERE == set(RULES)
    assert len(RULES) >= 30


# --- What the sentences say ---------------------------------------------------------------


def facts_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_both_languages_tell_the_same_facts(rule: Any) -> None:
    assert facts_of(rule.de) == facts_of(rule.en)
    assert re.findall(r"[.?!:]\"?$", re.sub(r"[\[\]]", "", rule.de).replace("{suggestion}", "."))
    for sentence in (rule.de, rule.en):
        assert sentence.count("[") == sentence.count("]")


def test_optional_parts_of_a_sentence_go_when_their_facts_are_missing() -> None:
    with_guess = found("PLAN-05", value="aow", d="awo").message
    without = found("PLAN-05", value="aow").message

    assert with_guess.de.startswith("Den Träger „aow“ kennen wir nicht. Meinten Sie „awo“? Tragen")
    assert without.en.startswith("Organisation “aow” is unknown. Add it")


def test_facts_are_written_in_the_language_of_their_sentence() -> None:
    finding = found("PLAN-11", d=SUNDAY, a=SUNDAY, b=MONDAY)
    moment = found("PLAN-08", dt=datetime(2021, 9, 26, 9, 5))

    assert (
        "26.09.2021 liegt außerhalb der Kampagne (26.09.2021 bis 27.09.2021)" in finding.message.de
    )
    assert "2021-09-26 is outside the campaign (2021-09-26 to 2021-09-27)" in finding.message.en
    assert moment.message.de.startswith("26.09.2021, 09:05 Uhr ist schon vorbei.")


def test_a_reason_in_english_stays_out_of_the_german_sentence() -> None:
    facts = {"a.jpg": PictureFact(file="a.jpg", problem="MED-08", message="truncated")}
    (finding,) = look(pictured({"file": "a.jpg"}), pictures=facts)

    assert finding.message.de.startswith("Das Bild „a.jpg“ lässt sich nicht öffnen. Speichern")
    assert "cannot be opened (truncated)." in finding.message.en


def test_braces_and_brackets_in_a_value_stay_as_they_are() -> None:
    assert "„[{v}] {x}“" in found("TEXT-03", value="[{v}] {x}").message.de


def test_a_missing_fact_is_a_mistake_of_ours_and_is_not_hidden() -> None:
    with pytest.raises(KeyError):
        found("PLAN-11", d=SUNDAY)


# --- Order, places, noise -------------------------------------------------------------------


def test_findings_name_their_post_and_the_place_in_the_file() -> None:
    campaign = one(texts={"x": "Telefon XXX"}, link="awo.example.org")
    findings = look(campaign, where=lambda post, field: f"{post or 'campaign'}!{field}")

    assert [(f.rule, f.post, f.where) for f in findings] == [
        ("LINK-01", "IKW-01", "IKW-01!link"),
        ("TEXT-03", "IKW-01", "IKW-01!text_x"),
    ]


def test_findings_come_in_the_order_of_the_plan_after_those_of_the_campaign() -> None:
    campaign = a_campaign(a_post(link="x"), another_post(link="x"), zone="Europe/Dortmund")

    assert [f.post for f in look(campaign)] == [None, "IKW-01", "IKW-02"]


def test_the_same_hint_about_the_same_words_is_given_once_per_post() -> None:
    words = "Alle Bewohner:innen sind da."
    campaign = one(text=words, texts={"x": words, "mastodon": words})

    assert [f.rule for f in look(campaign)] == ["A11Y-06"]


def test_the_same_error_is_reported_in_each_cell_that_has_it() -> None:
    words = "Telefon XXX"
    findings = look(one(text=words, texts={"x": words}), where=lambda post, field: field)

    assert [f.where for f in findings] == ["text", "text_x"]


def test_no_connected_account_is_one_hint_for_the_whole_plan() -> None:
    for nothing in (None, (), {"of-another-campaign"}):
        (finding,) = look(a_campaign(), connected=nothing)

        assert (finding.rule, finding.severity) == ("PLAN-22", Severity.HINT)
        assert finding.value == "x, m"


def test_a_missing_account_among_connected_ones_is_an_error() -> None:
    (finding,) = look(a_campaign(), connected={"x"})

    assert (finding.rule, finding.severity, finding.value) == ("PLAN-22", Severity.ERROR, "m")
    assert finding.message.de.startswith("Mastodon ist nicht verbunden.")


def test_posts_that_cannot_be_worded_are_checked_for_everything_else() -> None:
    campaign = one(organisation="unbekannt", link="awo.example.org")

    def wordings(post: PlannedPost) -> list[Wording]:
        assert post.organisation in campaign.members
        return []

    assert {"PLAN-05", "LINK-01"} <= {f.rule for f in look(campaign, wordings=wordings)}


# --- The calendar ---------------------------------------------------------------------------


def test_every_organisation_daily_asks_for_each_member_on_each_day() -> None:
    daily = Cadence.EVERY_DAILY
    posts = [
        a_post(id="1"),
        another_post(id="2", date=SUNDAY, time=time(12), text="Am Sonntag machen wir Musik."),
        a_post(id="3", date=MONDAY, text="Am Montag decken wir den Tisch."),
        another_post(id="4", date=MONDAY, time=time(12)),
    ]
    assert look(a_campaign(*posts, cadence=daily)) == []

    (missing,) = look(a_campaign(*posts[:3], cadence=daily))
    assert (missing.rule, missing.value) == ("PLAN-13", "2021-09-27")
    assert missing.message.de == "Am 27.09.2021 ist kein Beitrag von JKG geplant. Fehlt eine Zeile?"

    twice = a_post(id="5", date=MONDAY, time=time(18), text="Am Abend essen wir.")
    (several,) = look(a_campaign(*posts, twice, cadence=daily))
    assert (several.rule, several.post) == ("PLAN-24", "5")


def test_a_clock_change_elsewhere_is_none_here() -> None:
    campaign = one(date=date(2021, 10, 31), time=time(2, 30))

    utc = campaign.model_copy(update={"zone": "UTC"})
    assert "PLAN-10" not in {f.rule for f in look(utc)}


def test_a_slip_in_the_year_does_not_take_minutes() -> None:
    started = clock.perf_counter()
    findings = look(a_campaign(last_day=date(9999, 12, 31)))

    assert {f.rule for f in findings} == {"PLAN-13", "PLAN-30"}
    assert clock.perf_counter() - started < 2


@pytest.mark.parametrize(
    "words",
    [
        "Am Mittwoch, den 29.9. um 10 Uhr",
        "Mi., 29. Sept. 2021",
        "Do 10.12 Uhr",
        "Seit Montag, 20. September, sind wir wieder da.",
        "Vom Montag, 20.9. bis Freitag, 1.10. ist die Tür offen.",
        "So 30.2.",
        "Mo.–Do. 9.30–12.00 Uhr",
        "In Zimmer 3. So 4. Stock.",
    ],
)
def test_days_that_fit_or_are_none_are_left_alone(words: str) -> None:
    assert not [f for f in look(one(text=words)) if f.rule.startswith("TIME")]


def test_a_weekday_over_the_turn_of_the_year_is_that_of_the_next_year() -> None:
    winter = {"first_day": date(2021, 12, 28), "last_day": date(2021, 12, 29)}
    posts = (
        a_post(date=date(2021, 12, 28), text="Kommen Sie am Montag, 10.1. um 10 Uhr!"),
        another_post(date=date(2021, 12, 29)),
    )
    assert look(a_campaign(*posts, **winter)) == []


def test_a_post_that_is_out_may_lie_in_the_past() -> None:
    tuesday = NOW + timedelta(days=8)

    assert {f.rule for f in look(a_campaign(), now=tuesday)} == {"PLAN-08"}
    assert look(a_campaign(), now=tuesday, settled={"IKW-01", "IKW-02"}) == []


# --- The funder -------------------------------------------------------------------------------


def test_a_card_names_the_funder_for_a_text_without_room() -> None:
    assert look(a_campaign()) == []  # its card carries the line, its texts do not


def test_a_campaign_that_nobody_funds_has_nothing_to_name() -> None:
    assert look(a_campaign(funder=Funder(), card="")) == []


def test_corn_is_not_the_old_ministry() -> None:
    assert look(one(text="Es gibt Mais und MAISKOLBEN.")) == []


def test_an_old_name_inside_todays_own_line_is_today() -> None:
    line = "Gefördert vom Ministerium für Arbeit und Soziales"
    funder = Funder(line=line, long_line=line + " NRW", outdated=("MAIS",))
    assert look(a_campaign(a_post(text=line + "."), another_post(), funder=funder)) == []


# --- Anything ---------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | st.text("aA.@#-: /1€\n", max_size=200))
def test_whatever_people_type_is_looked_at_without_a_crash(text: str) -> None:
    look(one(text=text, headline=text, link=text, language=text, areas=()))
    look(pictured({"alt": text}))


@pytest.mark.parametrize(
    "piece",
    ["a", "A", "AA ", "AAA ", "@", "@a", ".a", "a.", "#a", "1. ", "Mo 1. ", " ", "https://a."],
)
def test_no_rule_needs_more_than_a_moment_for_a_strange_text(piece: str) -> None:
    started = clock.process_time()
    look(one(text=piece * (20_000 // len(piece))))
    assert clock.process_time() - started < 2


# --- Many -------------------------------------------------------------------------------------


def many(number: int) -> Campaign:
    members = tuple(
        Organisation(key=f"t{index}", name=f"Träger Nummer {index}", short=f"T{index}")
        for index in range(10)
    )
    text = (
        "Am {n}. Tisch treffen sich alte und neue Nachbarinnen und Nachbarn aus dem Quartier. "
        "Wir hören zu, beraten vertraulich und helfen weiter, auch auf Türkisch. #InterkulturelleWoche"
    )
    posts = tuple(
        a_post(
            id=f"P-{index:05}",
            date=SUNDAY + timedelta(days=index // 10),
            time=time(8 + index % 10),
            organisation=f"t{index % 10}",
            text=text.format(n=index),
            translations=(
                Translation(language="ar", text="مرحبا بكم في دورتموند، نحن هنا من أجلكم"),
            ),
            pictures=(PHOTO,),
        )
        for index in range(number)
    )
    accounts = tuple(an_account(f"m{index}", "mastodon") for index in range(4))
    return a_campaign(
        *posts,
        last_day=posts[-1].date,
        organisations=members,
        accounts=accounts,
        cadence=Cadence.EVERY_DAILY,
    )


@pytest.mark.parametrize("on", [True, False])
def test_a_check_leaves_the_garbage_collector_as_it_was(on: bool) -> None:
    def broken(_: PlannedPost) -> Sequence[Wording]:
        assert not gc.isenabled()
        raise ZeroDivisionError

    before = gc.isenabled()
    (gc.enable if on else gc.disable)()
    try:
        with pytest.raises(ZeroDivisionError):
            look(one(), wordings=broken)
        assert gc.isenabled() is on
    finally:
        (gc.enable if before else gc.disable)()


def test_many_posts_are_checked_in_linear_time() -> None:
    def seconds(campaign: Campaign) -> float:
        ready = {post.id: worded(campaign, post) for post in campaign.posts}
        started = clock.process_time()
        look(campaign, wordings=lambda post: ready[post.id], pictures=PICTURE_FACTS)
        return clock.process_time() - started

    few, more = many(250), many(2000)
    seconds(few)  # warm
    assert seconds(more) < 8 * seconds(few) * 2.5 + 0.1


def test_a_finding_can_be_written_as_the_command_line_does() -> None:
    (finding,) = look(one(link="awo.example.org"))
    assert isinstance(finding.message, Said)
    assert dataclasses.asdict(finding)["severity"] == "error"

"""What only looks like a mistake: for every rule something near by that it leaves alone."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest

from integrado_poster.check import RULES
from integrado_poster.model import (
    Approvals,
    Area,
    Campaign,
    Channel,
    Finding,
    Fix,
    Funder,
    Gender,
    People,
    Severity,
    Translation,
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
)
from tests.test_check import FOUND_ELSEWHERE, WIDE

HOLIDAYS = ("Jüdische Feiertage",)


def wishing(*days: str) -> Any:
    return (AWO, JKG.model_copy(update={"no_post_days": days}))


NEAR: list[tuple[str, Campaign]] = [
    ("PLAN-04", a_campaign(a_post(id="IKW-1"), another_post(id="IKW-01"))),
    ("PLAN-05", one(organisation="jkg")),
    ("PLAN-08", one(date=date(2021, 9, 20), time=time(10, 1))),
    ("PLAN-09", one(date=date(2027, 3, 28), time=time(3))),
    ("PLAN-10", one(date=date(2021, 10, 31), time=time(3))),
    ("PLAN-11", one(date=MONDAY)),
    ("PLAN-12", a_campaign(a_post(), another_post(date=SUNDAY, time=time(10, 15)))),
    ("PLAN-13", a_campaign()),
    ("PLAN-14", a_campaign()),
    ("PLAN-24", a_campaign()),
    ("PLAN-25", one(areas=("engagement",))),
    ("PLAN-26", a_campaign(a_post(areas=()), another_post(areas=()), areas=())),
    ("PLAN-27", one(channels={"x": Channel.BY_HAND, "m": Channel.NO})),
    ("PLAN-28", a_campaign(accounts=(an_account("x", "x", owner="awo"),))),
    ("PLAN-29", a_campaign(a_post(), organisations=(AWO,), last_day=SUNDAY)),
    ("PLAN-30", a_campaign(last_day=date(2022, 9, 26))),
    ("PLAN-31", a_campaign(accounts=(an_account("x", "x"),))),
    ("PLAN-32", one(channels={"m": Channel.NO})),
    ("PLAN-33", one(texts={"mastodon": "Kommen Sie vorbei!"})),
    ("PLAN-34", a_campaign(zone="Europe/London")),
    ("PLAN-35", a_campaign(areas=(Area(key="awo", name="Heißt wie ein Träger"),))),
    ("PLAN-36", a_campaign(accounts=(an_account("mastodn", "mastodon"),))),
    ("PLAN-37", a_campaign(severities=("A11Y-05: aus", "time-02 = Fehler", "TEXT-08 error"))),
    ("PLAN-38", a_campaign(severities=("DS-01: Warnung", "A11Y-05: aus", "PLAN-08: Fehler"))),
    ("TIME-01", one(time=time(7))),
    ("TIME-01", one(time=time(21))),
    ("TIME-02", one(date=date(2021, 10, 4))),
    ("TIME-02", one(date=date(2021, 11, 1)).model_copy(update={"zone": "Europe/Vienna"})),
    ("TIME-03", one(text="Kommen Sie am Mittwoch, den 29.9. um 10 Uhr.")),
    ("TIME-04", a_campaign(a_post(), another_post(date=date(2021, 10, 1), time=time(17)))),
    ("TIME-04", one(date=date(2021, 9, 28))),  # Sukkot, but another organisation's
    ("TIME-04", with_mosque(date=date(2022, 5, 5))),
    ("TIME-05", one(text="Das Fest ist am Sonntag, 26.09. um 15 Uhr.")),
    ("TIME-06", one(text="Kommen Sie vorbei! #IKW2021 #Seit1998")),
    ("TIME-07", to_approve(approve_by=datetime(2021, 9, 21, 10, 1))),
    ("TIME-07", one(approve_by=datetime(2021, 9, 20, 18))),  # nobody is asked
    ("TIME-08", a_campaign(organisations=wishing("Jom Kippur", "Opferfest", "sonntags", "24.12."))),
    ("TIME-09", one(deadline=time(10, 1))),
    ("TEXT-01", one(text="Kommen Sie. " * 23 + "Ja")),
    ("TEXT-02", one(text="Ja!")),
    ("TEXT-03", one(text="Größe XXL, Film in 3D, Methode ToDo-Liste … und mehr?? [Foto: AWO]")),
    ("TEXT-04", one(text="Schiff\u00adfahrt mit Familie 👨‍👩‍👧‍👦, می\u200cتوانید")),
    ("TEXT-06", on("photos", text="Kommen Sie vorbei! " + "und noch ein Wort " * 10)),
    ("TEXT-06", one(text="und noch ein Wort " * 10)),
    ("TEXT-07", one(text="Danke an @awo@a.example!")),
    ("TEXT-08", one(text="Ja! #Aa #Bb #Cc #Dd #Ee")),
    ("TEXT-09", a_campaign(a_post(), another_post(text=a_post().text + " Bis bald!"))),
    ("TEXT-10", one(text="Mehr auf https://awo.example.org")),
    ("TEXT-11", one(text="Kommen Sie. " * 16)),
    ("TEXT-12", one(language="zh-Hant")),
    ("TEXT-14", one(text="Schreiben Sie an info@stadt.example")),
    ("LINK-01", one(link="https://example.org:8443/a?b=c#d")),
    ("LINK-01", one(text="Das Protokoll heißt https, nicht http://.")),
    ("LINK-02", one(link="https://awo.example.org/http-ist-alt")),
    ("LINK-03", one(text="Mehr: https://habit.ly/x und https://t.co.example/")),
    ("LINK-04", one(link="https://awo.example.org/?page=utm_source")),
    ("LINK-05", one(link="https://müller.example.org")),
    ("LINK-06", one(text="Hier finden Sie uns. Klicken Sie auf „Anmelden“.")),
    ("A11Y-01", pictured({})),
    ("A11Y-02", pictured({"alt": "Bildungsministerin Muster hält eine Rede."})),
    ("A11Y-02", pictured({"alt": "Fotoausstellung im Flur"})),
    ("A11Y-03", pictured({"alt": "T" * 1000})),
    ("A11Y-04", one(text="Ja! #InterkulturelleWoche #dortmund")),
    ("A11Y-05", one(text="Wir feiern heute 🎉👨‍👩‍👧‍👦❤️")),
    ("A11Y-06", one(text="Besucher*innen, Ort:innen und außen, Start 10:30, und/oder")),
    ("A11Y-07", one(text="50 m², 1½ Stunden, „Zitat“ und Ⓥ")),
    ("A11Y-08", pictured({"alt": "Ein Plakat: „Wir sagen Ja.“", "lettered": True})),
    ("A11Y-09", one(text=" ".join(["Wort"] * 20) + ". " + " ".join(["Wort"] * 20) + ".")),
    ("A11Y-10", one(text="Die Antidiskriminierungsarbeit hilft #Antidiskriminierungsberatung")),
    ("A11Y-11", one(text="Die AWO in NRW hilft.")),
    ("A11Y-11", a_campaign(a_post(text="Fragen Sie das KIM!"), another_post(), glossary=("KIM",))),
    ("A11Y-12", one(text="Wir sagen DANKE. AWO, DRK und LGBTIQA* in NRW")),
    ("A11Y-13", one(text="Willkommen! أهلًا وسهلًا")),
    ("A11Y-14", pictured({"file": "mp4.jpg"})),
    ("A11Y-15", pictured({}, {"file": "zwei.jpg", "alt": "Dieselben fünf, jetzt stehend."})),
    ("A11Y-16", on("letters")),
    ("A11Y-17", one(text="Ja! #Gemeinsamfürdortmund #dortmund")),
    ("FUND-01", a_campaign(a_post(text=FUNDER.line), another_post(text="X " + FUNDER.line), card="")),
    ("FUND-02", one(text="Popcorn aus Mais gibt es auch.")),
    ("FUND-03", a_campaign(funder=Funder())),
    ("FUND-04", a_campaign(*(p.model_copy(update={"funder_logo": True}) for p in a_campaign().posts),
                           funder=FUNDER.model_copy(update={"logo": True}))),
    ("FUND-05", a_campaign(funder=FUNDER.model_copy(update={"line": "Gefördert vom Land"}))),
    ("CARD-04", a_campaign(organisations=(AWO.model_copy(update={"colour": "#767676"}), JKG))),
    ("DS-01", pictured({"people": People.NO})),
    ("DS-02", agreed()),
    ("DS-03", agreed({"until": SUNDAY})),
    ("DS-04", agreed({"channels": ("X", "Mastodon")})),
    ("DS-05", agreed({"children": True}, people=People.CHILDREN)),
    ("DS-07", one(text="Telefon 0231 5550-171, info@awo.example.org, IBAN DE02 1234 0171 3920 0120 00")),
    ("DS-07", one(information="Spendenkonto 0171392001, Vorwahl 0157")),
    ("DS-08", pictured({"credit": "AWO"})),
    ("DS-09", pictured({"ai": True, "credit": "Muster, KI-generiertes Bild"})),
    ("DS-10", a_campaign()),
    ("DS-11", a_campaign(accounts=(an_account("x", "x", privacy=None),))),
    ("DS-12", agreed({}, consent="e-12")),
    ("MED-01", pictured({})),
    ("MED-02", pictured({"file": "klein.jpg"})),
    ("MED-03", pictured({"file": "klein.jpg"})),
    ("MED-04", pictured({})),
    ("MED-10", pictured({"file": "rand.jpg", "focus": (0.8, 0.5)}, {"file": "breit.jpg"})),
    ("MED-05", on("photos", pictures=(WIDE, PHOTO))),  # the first one is cropped for the card
    ("MED-07", a_campaign(a_post(pictures=[PHOTO]), another_post(pictures=[WIDE]))),
    ("MED-08", pictured({"file": "klein.jpg"})),
    ("MED-09", pictured(*({"alt": f"{PHOTO.alt} {number}"} for number in range(4)))),
    ("APPR-01", to_approve(approve_by=datetime(2021, 9, 20, 10, 1))),
    ("APPR-02", to_approve()),
    ("APPR-04", to_approve(approve_by=datetime(2021, 9, 26, 9))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "campaign"), NEAR)
def test_a_rule_leaves_its_near_miss_alone(rule: str, campaign: Campaign) -> None:
    pictures = PICTURE_FACTS if rule.startswith("MED") else None

    assert [found for found in look(campaign, pictures=pictures) if found.rule == rule] == []


def test_every_rule_has_a_near_miss() -> None:
    assert {rule for rule, _ in NEAR} | FOUND_ELSEWHERE == set(RULES)


# --- Approvals ------------------------------------------------------------------------------


def test_what_was_approved_and_then_changed_is_named() -> None:
    campaign = to_approve(text="Heute beginnt die Woche. Kommen Sie zu uns!", link="")
    approved = {"IKW-01": a_post(), "IKW-02": another_post()}

    (finding,) = look(campaign, approved=approved)

    assert (finding.rule, finding.post) == ("APPR-03", "IKW-01")
    assert finding.message.de == (
        "Nach der Freigabe wurde geändert: Text, Link. Bitten Sie AWO noch einmal um ein Ja."
    )


def test_a_note_may_change_after_the_approval() -> None:
    assert look(to_approve(note="Foto folgt"), approved={"IKW-01": a_post()}) == []


def test_whoever_has_approved_is_not_asked_again() -> None:
    late = to_approve(approve_by=datetime(2021, 9, 19, 18))

    assert [finding.rule for finding in look(late)] == ["APPR-01"]
    assert look(late, approved={"IKW-01": a_post(approve_by=datetime(2021, 9, 19, 18))}) == []


# --- The campaign's own view ----------------------------------------------------------------


def severity_of(rule: str, campaign: Campaign) -> list[Severity]:
    return [finding.severity for finding in look(campaign) if finding.rule == rule]


def test_a_rule_is_as_serious_as_the_campaign_takes_it() -> None:
    emoji = "Wir 🎉 feiern 🎉 heute 🎉 alle 🎉"
    for setting, expected in (
        ("A11Y-05: Fehler", [Severity.ERROR]),
        ("a11y-05 warning", [Severity.WARNING]),
        ("A11Y-05 = aus", []),
    ):
        posts = (a_post(text=emoji), another_post())
        assert severity_of("A11Y-05", a_campaign(*posts, severities=(setting,))) == expected


def test_no_rule_goes_below_its_floor() -> None:
    silent = a_campaign(
        a_post(date=date(2021, 9, 19), pictures=(PHOTO.model_copy(update={"people": None}),)),
        another_post(),
        severities=("PLAN-08: aus", "DS-01: aus"),
    )

    assert severity_of("PLAN-08", silent) == [Severity.ERROR]
    assert severity_of("DS-01", silent) == [Severity.WARNING]
    told = [found.message.de for found in look(silent) if found.rule == "PLAN-38"]
    assert told[0].startswith("PLAN-08 lässt sich höchstens auf „Fehler“ senken.")


def test_a_soft_case_of_a_rule_stays_soft_when_the_rule_is_raised() -> None:
    campaign = a_campaign(severities=("PLAN-22: Fehler",))

    assert [f.severity for f in look(campaign, connected=())] == [Severity.HINT]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_no_floor_lies_above_its_rule(rule: Any) -> None:
    order = [None, Severity.HINT, Severity.WARNING, Severity.ERROR]
    assert order.index(rule.least) <= order.index(rule.severity)


# --- Gender forms -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agreed_on", "words", "fixes"),
    [
        (Gender.STAR, "Besucher*innen", []),
        (Gender.STAR, "Besucher:innen", ["Besucher*innen"]),
        (Gender.STAR, "BesucherInnen und jede:r", ["jede*r", "Besucher*innen"]),
        (Gender.COLON, "Besucher*innen, Lehrer/-innen", ["Besucher:innen", "Lehrer:innen"]),
        (Gender.COLON, "eine Kolleg:in", []),
        (Gender.WORDS, "Besucher*innen", [None]),
        (Gender.WORDS, "Besucherinnen und Besucher", []),
        (Gender.ANY, "Besucher:innen, Freund*innen, Schüler_innen", []),
    ],
)
def test_people_are_written_of_as_agreed(
    agreed_on: Gender, words: str, fixes: list[str | None]
) -> None:
    campaign = a_campaign(a_post(text=f"Hier sind {words} da."), another_post(), gender=agreed_on)
    found = [finding for finding in look(campaign) if finding.rule == "A11Y-06"]

    assert [finding.fix.new if finding.fix else None for finding in found] == fixes


# --- Fixes ------------------------------------------------------------------------------------


def fix_of(rule: str, campaign: Campaign) -> Fix | None:
    (found,) = (finding for finding in look(campaign) if finding.rule == rule)
    assert RULES[rule].mends
    return found.fix


def fixes() -> list[tuple[str, Campaign, Fix | None]]:
    tracked = "https://awo.example.org/?utm_source=x&seite=2&fbclid=y#oben"
    return [
        ("PLAN-09", one(date=date(2027, 3, 28), time=time(2, 30)), Fix("02:30", "03:30")),
        ("TEXT-04", one(text="Kommen\u202e Sie!"), Fix("\u202e", "")),
        ("LINK-01", one(link="htps://awo.example.org"), Fix("htps://awo.example.org", "https://awo.example.org")),
        ("LINK-01", one(link="awo"), None),
        ("LINK-02", one(text="Mehr: http://awo.example.org/a"), Fix("http://awo.example.org/a", "https://awo.example.org/a")),
        ("LINK-02", one(text="Mehr: http://stadt.example.org/a"), None),
        ("LINK-04", one(link=tracked), Fix(tracked, "https://awo.example.org/?seite=2#oben")),
        ("A11Y-04", one(text="Ja! #integrado"), Fix("#integrado", "#IntegraDo")),
        ("A11Y-07", one(text="𝗪𝗶𝗹𝗹𝗸𝗼𝗺𝗺𝗲𝗻 alle"), Fix("𝗪𝗶𝗹𝗹𝗸𝗼𝗺𝗺𝗲𝗻", "Willkommen")),
        ("FUND-02", one(text="Kommen Sie! Gefördert vom MAIS NRW."), Fix("Gefördert vom MAIS NRW", FUNDER.line)),
        ("FUND-02", one(text="Das MAIS hat uns gefördert."), None),
        ("DS-09", pictured({"ai": True}), Fix("Zeichnung Muster", "Zeichnung Muster (KI-generiertes Bild)")),
        ("DS-09", pictured({"ai": True, "credit": ""}), None),
    ]  # fmt: skip


@pytest.mark.parametrize(("rule", "campaign", "fix"), fixes())
def test_what_can_only_mean_one_thing_is_corrected(
    rule: str, campaign: Campaign, fix: Fix | None
) -> None:
    assert fix_of(rule, campaign) == fix


def test_a_mended_text_is_not_found_again() -> None:
    for rule, campaign, fix in fixes():
        if fix and rule not in ("PLAN-09", "DS-09", "LINK-01"):
            text = campaign.posts[0].text.replace(fix.old, fix.new)
            post = campaign.posts[0].model_copy(update={"text": text, "link": ""})
            again = campaign.model_copy(update={"posts": (post, *campaign.posts[1:])})
            assert rule not in {found.rule for found in look(again)}


def findings_in(words: str, **changes: Any) -> list[Finding]:
    return look(one(text=words, **changes))


def test_a_translation_is_asked_about_its_own_language_only() -> None:
    turkish = Translation(language="tr", text="Danışmanlık ücretsizdir. Hoş geldiniz!")
    assert findings_in("Willkommen!", translations=(turkish,)) == []


def test_approvals_are_asked_about_only_where_they_are_wanted() -> None:
    assert look(a_campaign(approvals=Approvals.NONE), now=NOW) == []

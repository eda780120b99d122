"""Posts as welfare organisations write them: nothing that an officer would call wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from integrado_poster.check import check
from integrado_poster.contract import Limits, Ruler
from integrado_poster.model import (
    Account,
    Campaign,
    Finding,
    Funder,
    Organisation,
    PlannedPost,
    Severity,
    Shape,
    Translation,
    Wording,
)

POSTS = [
    "Heute öffnen wir unser Nachbarschaftscafé in der Nordstadt. Kommen Sie vorbei, der Kaffee ist "
    "schon fertig. Kostenlos und ohne Anmeldung: Mo., Mi. und Fr. von 9.30 bis 12.00 Uhr.",
    "Beratung für Migrant*innen und ihre Familien: dienstags 10–12 Uhr, donnerstags 14–16 Uhr. "
    "Telefon 0231 5550-110. Wir sprechen Arabisch, Kurdisch, Türkisch und Farsi.",
    "Ihr Name klingt „zu fremd“ für die Wohnung? Das ist Diskriminierung, und das AGG verbietet sie. "
    "Wir stehen an Ihrer Seite, vertraulich & kostenfrei. Mehr: https://beispiel.example.org/wohnen",
    "Am Mittwoch, den 29. September, um 17:30 Uhr laden wir zum Friedensgebet ein. "
    "Alle Religionen sind willkommen! 🕊️ #InterkulturelleWoche #Dortmund",
    "„Ich wollte nur mein Zeugnis anerkennen lassen“, erzählt Frau K. Nach 3 Terminen hatte sie alle "
    "Papiere zusammen. Seit dem 1. August arbeitet sie als Erzieherin in einer Kita.",
    "Die Integrationsagentur der AWO Unterbezirk Dortmund feiert ihr 15-jähriges Bestehen. "
    "Danke an alle Ehrenamtlichen, Kolleginnen und Kollegen, z. B. aus Hörde, Eving u. a.!",
    "Neu bei uns: Sprachcafé für Frauen mit Kinderbetreuung (0–3 Jahre). Wo? Musterstr. 12, "
    "44137 Dortmund, 2. OG, Aufzug vorhanden. Wann? Jeden Do. ab 10.15 Uhr. Wie viel? 0,– €.",
    "Rassismus hat viele Gesichter. Wir zeigen sie – und was man dagegen tun kann. Ausstellung bis "
    "Sonntag, 10.10.2021, täglich 11 bis 18 Uhr, Eintritt frei, Tel. 0231/5550-114.",
    "Wir suchen Sie! Für unser Patenprojekt brauchen wir noch fünf Menschen mit 2–3 Stunden Zeit pro "
    "Woche. Schreiben Sie uns: ehrenamt@beispiel.example.org. Wir freuen uns auf Sie 😊",
    "Antisemitismus ist keine Meinung. Wer ihn erlebt oder beobachtet, kann ihn bei ADIRA melden: "
    "anonym, auf Deutsch, Russisch oder Hebräisch. Seit 2017 begleiten wir Betroffene in ganz NRW.",
    "Vielfalt am Arbeitsplatz: Unser Kreisverband hat 1.200 Mitarbeitende aus 41 Ländern. Im Podcast "
    "(Folge 7) erzählen sie davon. Gefördert vom MKFFI NRW.",
    "Queer und geflüchtet: Unsere Gruppe trifft sich jeden 1. und 3. Freitag im Monat, 18 Uhr. "
    "Den Ort erfahren Sie am Telefon. Niemand muss seinen Namen sagen. 🏳️‍🌈",
    "Kochen verbindet: Heute gibt es Linsensuppe nach dem Rezept von Familie A. aus Aleppo.\n\n"
    "Zutaten: 250 g rote Linsen, 1 Zwiebel, 1 EL Öl, Kreuzkümmel …\n\nGuten Appetit! 🍲",
    "Danke, @awo@social.example, für die gute Zusammenarbeit! Gemeinsam haben wir 300 Schultüten "
    "gepackt. Das Bild zeigt, wie viel Freude das gemacht hat.",
    "Corona-Impfung ohne Termin: Das Impfmobil steht am Donnerstag (30.09.) von 10:00 bis 15:00 Uhr "
    "vor unserem Haus. Dolmetscher*innen sind da. Bitte bringen Sie einen Ausweis mit.",
    "Was ist eigentlich eine Integrationsagentur? Wir sind keine Behörde. Wir sind Ansprechpartner im "
    "Stadtteil, für Einzelne und für Vereine. Fragen kostet nichts!",
    "10 Jahre Train of Hope e.V.: Wir sagen DANKE! Am 02.10. feiern wir im Hof, bei Regen drinnen. "
    "Es gibt Musik, Essen und eine Hüpfburg.",
]
FOREIGN = [
    (
        "ar",
        "مرحبًا بكم! نقدّم المشورة مجانًا وبسرية تامة، يوم الخميس من 10 إلى 12. اتصلوا بنا: 0231 5550-106",
    ),
    (
        "tr",
        "Hoş geldiniz! Danışmanlığımız ücretsiz ve gizlidir. Perşembe günleri 10.00–12.00 arası buradayız.",
    ),
    (
        "uk",
        "Ласкаво просимо! Ми консультуємо безкоштовно та конфіденційно щочетверга з 10 до 12 години.",
    ),
    ("fa", "خوش آمدید! مشاورهٔ ما رایگان و محرمانه است. می‌توانید با ما تماس بگیرید."),
    ("ku", "Bi xêr hatin! Şêwirmendiya me belaş e û nepenî ye."),
    ("ru", "Добро пожаловать! Мы консультируем бесплатно и конфиденциально."),
    ("fr", "Bienvenue ! Nos conseils sont gratuits et confidentiels."),
]


def hints_and_worse(text: str, language: str = "de", *translations: Translation) -> list[Finding]:
    day = date(2021, 9, 28)
    campaign = Campaign(
        key="ikw",
        name="Interkulturelle Woche 2021",
        first_day=day,
        last_day=day,
        time=time(10),
        hashtags=("InterkulturelleWoche", "IntegraDo"),
        funder=Funder(
            line="Gefördert vom MKFFI NRW",
            long_line="Gefördert vom Ministerium für Kinder, Familie, Flüchtlinge und Integration",
            outdated=("MGFFI", "MAIS", "Ministerium für Arbeit, Integration und Soziales"),
        ),
        organisations=(
            Organisation(
                key="awo",
                name="AWO Unterbezirk Dortmund",
                short="AWO",
                handles={"mastodon": "@awo@social.example"},
            ),
        ),
        accounts=(Account(key="m", platform="mastodon", imprint=day),),
        posts=(
            PlannedPost(
                id="1",
                date=day,
                organisation="awo",
                text=text,
                language=language,
                translations=translations,
            ),
        ),
    )
    wording = Wording(account="m", platform="mastodon", text=text, language="de", length=1, limit=2)
    return check(
        campaign,
        now=datetime(2021, 9, 20, tzinfo=UTC),
        wordings=lambda post: (wording,),
        limits={
            "mastodon": Limits(
                rulers=(Ruler(limit=500, measure=len, unit="graphemes"),), shape=Shape.PORTRAIT
            )
        },
        connected={"m"},
    )


@pytest.mark.parametrize("text", POSTS)
def test_an_everyday_post_gets_hints_at_most(text: str) -> None:
    assert [f for f in hints_and_worse(text) if f.severity is not Severity.HINT] == []


def test_everyday_posts_do_not_drown_in_hints() -> None:
    hints = [finding.rule for text in POSTS for finding in hints_and_worse(text)]

    assert len(hints) <= len(POSTS) / 3, hints


@pytest.mark.parametrize(("language", "text"), FOREIGN)
def test_other_languages_and_scripts_are_welcome(language: str, text: str) -> None:
    assert hints_and_worse(text, language) == []
    assert hints_and_worse("Willkommen!", "de", Translation(language=language, text=text)) == []


def test_two_scripts_in_one_post_are_fine() -> None:
    assert hints_and_worse("Willkommen bei uns in Dortmund! أهلًا وسهلًا بكم في دورتموند") == []


@pytest.mark.parametrize(
    "words",
    [
        "Bewohner:innen",
        "Migrant_innen",
        "Freund·innen",
        "Lehrer/-innen",
        "BesucherInnen",
        "Kund/innen",
    ],
)
def test_gender_signs_are_hints_and_nothing_more(words: str) -> None:
    assert [(f.rule, f.value) for f in hints_and_worse(f"Alle {words} sind willkommen.")] == [
        ("A11Y-06", words)
    ]


@pytest.mark.parametrize(
    "words",
    [
        "Ort:innen und außen",
        "Start um 10:30 Uhr",
        "Telefon 0231/50-0",
        "und/oder",
        "LinkedIn",
        "Berlin",
        "Bewohnerinnen und Bewohner",
        "Künstler*innen",
        "https://example.org/leserInnen/in",
    ],
)
def test_what_only_looks_like_a_gender_sign_is_left_alone(words: str) -> None:
    assert hints_and_worse(f"Das ist: {words}.") == []

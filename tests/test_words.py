"""The words of a post: what is said where, what is dropped, what a card's alt text says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrado_poster import measure
from integrado_poster.contract import Limits, Ruler
from integrado_poster.model import Account, Campaign, Funder, PlannedPicture, Shape, Translation
from integrado_poster.render import captions, facts, words
from integrado_poster.render.sentences import sentences
from tests.builders import a_campaign, a_planned_post, an_organisation

MASTODON = Account(key="netz-mastodon", platform="mastodon", handle="@netz@social.example")
ARABIC = "أهلاً وسهلاً بكم"


def limits(most: int) -> Limits:
    return Limits(rulers=(Ruler(limit=most, measure=len, unit="characters"),), shape=Shape.PORTRAIT)


def full_campaign(**post: Any) -> Campaign:
    fields: dict[str, Any] = {
        "text": "Der Text.",
        "information": "Die Auskunft.",
        "link": "https://example.org",
        "translations": (Translation(language="ar", text=ARABIC),),
    }
    return a_campaign(
        organisations=(an_organisation(handles={"mastodon": "@awo@social.example"}),),
        hashtags=("EinTag", "ZweiterTag"),
        funder=Funder(line="Der Dank.", long_line="Der Dank in voller Länge."),
        posts=(a_planned_post(**fields | post),),
    )


def said(campaign: Campaign, most: int, account: Account = MASTODON) -> tuple[str, tuple[str, ...]]:
    wording = words.wording(campaign, campaign.posts[0], account, limits(most))
    return wording.text, wording.dropped


def test_with_room_for_all_each_part_stands_in_its_place() -> None:
    text, dropped = said(full_campaign(), 500)

    assert text == (
        f"Der Text.\n\n{ARABIC}\n\nDie Auskunft.\n\nhttps://example.org\n@awo@social.example\n\n"
        "Der Dank.\n\n#EinTag #ZweiterTag"
    )
    assert dropped == ()


@pytest.mark.parametrize(
    ("most", "text", "dropped"),
    [
        (9, "Der Text.", ("information", "link", "handle", "funder", "hashtags", "translation_1")),
        (
            30,
            "Der Text.\n\nDie Auskunft.",
            ("link", "handle", "funder", "hashtags", "translation_1"),
        ),
        (
            46,
            "Der Text.\n\nDie Auskunft.\n\nhttps://example.org",
            ("handle", "funder", "hashtags", "translation_1"),
        ),
        (
            96,
            "Der Text.\n\nDie Auskunft.\n\nhttps://example.org\n@awo@social.example\n\nDer Dank.\n\n#EinTag",
            ("hashtags", "translation_1"),
        ),
    ],
)
def test_what_does_not_fit_is_dropped_whole_and_named(
    most: int, text: str, dropped: tuple[str, ...]
) -> None:
    assert said(full_campaign(), most) == (text, dropped)


def test_a_part_too_long_for_its_turn_does_not_keep_shorter_ones_out() -> None:
    text, dropped = said(full_campaign(information="Auskunft. " * 30, translations=()), 95)

    assert "Der Dank." in text
    assert dropped == ("information",)


def test_the_words_for_a_platform_stand_instead_of_the_text() -> None:
    text, _ = said(full_campaign(texts={"mastodon": "Eigenes."}), 500)

    assert text.startswith(f"Eigenes.\n\n{ARABIC}\n\nDie Auskunft.")
    assert "Der Text." not in text


def test_what_the_text_already_says_is_not_said_again() -> None:
    text, dropped = said(full_campaign(text="Mehr auf https://example.org. Der Dank."), 500)

    assert text.count("https://example.org") == 1
    assert text.count("Der Dank.") == 1
    assert dropped == ()


def test_a_longer_address_in_the_text_does_not_stand_for_the_link() -> None:
    text, _ = said(full_campaign(text="Siehe https://example.org/anderes"), 500)

    assert "\nhttps://example.org\n" in text


def test_on_its_own_account_an_organisation_does_not_mention_itself() -> None:
    own = Account(key="awo-mastodon", platform="mastodon", owner="awo")

    assert "@awo@social.example" not in said(full_campaign(), 500, own)[0]


def test_a_text_that_is_too_long_alone_stays_whole_and_says_so() -> None:
    campaign = full_campaign(text="Wort " * 20)
    wording = words.wording(campaign, campaign.posts[0], MASTODON, limits(50))

    assert wording.text == ("Wort " * 20).strip()
    assert wording.over == 49
    assert wording.language == "de"


def test_the_tightest_way_of_counting_decides() -> None:
    campaign = full_campaign(text="äöü" * 10, information="ß" * 20, link="", translations=())
    tight = Limits(
        rulers=(
            Ruler(limit=300, measure=measure.graphemes, unit="graphemes"),
            Ruler(limit=90, measure=measure.utf8, unit="bytes"),
        ),
        shape=Shape.PORTRAIT,
    )
    wording = words.wording(campaign, campaign.posts[0], MASTODON, tight)

    assert wording.dropped[0] == "information"
    assert (wording.length, wording.limit) == (measure.utf8(wording.text), 90)


PIECES = st.sampled_from(
    [
        "Grüße",
        "👩‍👩‍👧",
        "https://example.org/weg?a=1",
        "example.org",
        "@a@b.example",
        "#Tag",
        "e\u0301",
        "🇺🇦",
        ".",
    ]
)
TEXTS = st.lists(PIECES, max_size=6).map(" ".join)


@settings(deadline=None)
@given(TEXTS.filter(bool), TEXTS, TEXTS, st.integers(20, 120))
def test_whatever_comes_along_never_makes_a_text_too_long(
    text: str, information: str, line: str, most: int
) -> None:
    campaign = a_campaign(
        hashtags=("EinTag", "Zwei"),
        funder=Funder(line=line),
        posts=(a_planned_post(text=text, information=information, link="https://example.org"),),
    )
    ways = (measure.weighted, measure.mastodon, measure.graphemes, measure.utf8, measure.utf16)
    tight = Limits(
        rulers=tuple(Ruler(limit=most, measure=way, unit="") for way in ways), shape=Shape.PORTRAIT
    )
    wording = words.wording(campaign, campaign.posts[0], MASTODON, tight)

    assert wording.over == 0 or wording.text == text.strip()
    assert (wording.length, wording.limit) == tight.tightest(wording.text)


def test_hashtags_get_capitals_and_stand_once() -> None:
    campaign = a_campaign(
        hashtags=("interkulturelle woche", "#InterkulturelleWoche", "vielfalt-leben", "")
    )

    assert words.hashtags(campaign) == ("#InterkulturelleWoche", "#VielfaltLeben")


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        ("ar", "rtl"),
        ("fa-AF", "rtl"),
        ("he", "rtl"),
        ("ku-Arab", "rtl"),
        ("ku", "ltr"),
        ("de", "ltr"),
    ],
)
def test_the_direction_follows_the_language(language: str, direction: str) -> None:
    assert words.direction(language) == direction


def pictured(*, credit: str = "Netz", **changes: Any) -> Campaign:
    picture = PlannedPicture(file="a.jpg", alt="Ein Tisch. Darauf steht Brot.", credit=credit)
    return full_campaign(headline="Alle an einen Tisch", pictures=(picture,), **changes)


def test_the_alt_text_says_the_words_on_the_card_and_what_the_picture_shows() -> None:
    campaign = pictured()

    assert captions.card_alt(campaign, campaign.posts[0]) == (
        "Auf der Karte steht: „Alle an einen Tisch“. Arbeiterwohlfahrt Muster, Sonntag, 26. September 2021. "
        "Im Bild: Ein Tisch. Darauf steht Brot. Arbeitsfeld: Beratung. Die Auskunft. "
        f"{ARABIC}. Interkulturelle Woche 2021. Der Dank in voller Länge. Bild: Netz. #EinTag #ZweiterTag"
    )


@pytest.mark.parametrize(
    ("credit", "said"),
    [
        ("Netz", "Bild: Netz."),
        ("Foto: Netz", "Foto: Netz."),
        ("FOTOS Netz", "FOTOS Netz."),
        ("© Netz", "© Netz."),
        ("Illustration von Netz", "Illustration von Netz."),
        ("Grafik: Netz", "Grafik: Netz."),
        ("Bilderhaus Netz", "Bild: Bilderhaus Netz."),
    ],
)
def test_a_credit_that_says_what_it_is_says_so_once(credit: str, said: str) -> None:
    campaign = pictured(credit=credit)
    alt = captions.card_alt(campaign, campaign.posts[0])

    assert f"Länge. {said} #EinTag" in alt


@pytest.mark.parametrize("most", range(0, 360, 7))
def test_the_alt_text_keeps_to_the_limit_and_cuts_no_sentence(most: int) -> None:
    campaign = pictured()
    whole = captions.card_alt(campaign, campaign.posts[0])
    alt = captions.card_alt(campaign, campaign.posts[0], most)

    assert len(alt) <= most
    assert set(sentences(alt)) <= set(sentences(whole))


def test_the_alt_text_leaves_out_what_the_card_does() -> None:
    campaign = pictured()
    post = campaign.posts[0]
    alt = captions.card_alt(campaign, post, shown=("text",), without=("photo", "areas"))

    assert "Im Bild" not in alt
    assert "Bild: Netz" not in alt
    assert "Beratung" not in alt
    assert post.text in alt
    assert post.text not in captions.card_alt(campaign, post)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Am 26. September. Um 9 Uhr!", ["Am 26. September.", "Um 9 Uhr!"]),
        ("Das ist z. B. so. Gut?  Ja", ["Das ist z. B. so.", "Gut?", "Ja"]),
        ("„Schon weg.“ Viele hören das.", ["„Schon weg.“", "Viele hören das."]),
        ("Planerladen e.V. und Dr. Muster kommen.", ["Planerladen e.V. und Dr. Muster kommen."]),
        ("أهلًا! هل تأتون؟ نعم.", ["أهلًا!", "هل تأتون؟", "نعم."]),
        ("ሰላም። ደሓን ምጹ።", ["ሰላም።", "ደሓን ምጹ።"]),
        ("Eine Zeile\n\nNoch eine", ["Eine Zeile", "Noch eine"]),
        ("", []),
    ],
)
def test_a_sentence_ends_where_people_hear_it_end(text: str, found: list[str]) -> None:
    assert sentences(text) == found


@pytest.mark.parametrize(
    ("line", "abouts"),
    [
        ("Musterstraße 1, Dortmund, ohne Stufen", ["place", "access"]),
        ("Dienstag und Donnerstag, 10 bis 15 Uhr", ["time"]),
        ("Kostenlos, Telefon 0231 5550-101", ["free", "phone"]),
        ("Kostenlos, auch auf Polnisch und Französisch", ["free", "language"]),
        ("Offene Probe: Donnerstag, 17 bis 19 Uhr", ["time"]),
        ("Telefon 0231 5550-108, auch ohne Namen", ["phone"]),
        ("Auf Deutsch, Arabisch und Englisch", ["language"]),
        ("awo@example.org, https://awo.example.org", ["mail", "web"]),
        ("Wir freuen uns", ["other"]),
        ("هاتف 0231 5550-106، مجانًا", ["phone", "free"]),
        ("Free of charge, step-free", ["free", "access"]),
    ],
)
def test_information_gets_the_icons_of_what_it_is_about(line: str, abouts: list[str]) -> None:
    found = facts.facts(line)

    assert [fact.about for fact in found] == abouts
    for fact in found:
        assert fact.text.replace("\N{NO-BREAK SPACE}", " ") in line


def test_hashtags_and_funder_leave_the_alt_text_first() -> None:
    campaign = pictured()
    whole = captions.card_alt(campaign, campaign.posts[0])
    shorter = captions.card_alt(campaign, campaign.posts[0], len(whole) - 1)
    shortest = captions.card_alt(campaign, campaign.posts[0], 140)

    assert shorter == whole.removesuffix(" #EinTag #ZweiterTag")
    assert "Im Bild: Ein Tisch." in shortest
    assert "Dank" not in shortest


def test_alt_texts_speak_english_where_the_campaign_does() -> None:
    campaign = pictured().model_copy(update={"language": "en-GB"})
    alt = captions.card_alt(campaign, campaign.posts[0])

    assert alt.startswith("The card says: “Alle an einen Tisch”. Arbeiterwohlfahrt Muster, Sunday")
    assert "26 September 2021" in alt


def test_a_card_without_headline_takes_the_texts_first_sentence() -> None:
    campaign = full_campaign(headline="", text="Kommen Sie! Wir warten.")

    assert captions.card_words(campaign, campaign.posts[0]).headline == "Kommen Sie!"

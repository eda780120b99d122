"""The rules about chains, language versions and missing links: an example and a near miss of each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from integrado_poster import line
from integrado_poster.contract import Limits, Price, Ruler
from integrado_poster.model import (
    Campaign,
    Finding,
    Funder,
    Languages,
    LongTexts,
    PlannedPost,
    Shape,
    Translation,
)
from tests.campaigns import MONDAY, SUNDAY, a_campaign, a_post, an_account, another_post, look

SENTENCE = "Wir helfen beim Ankommen in Dortmund, und alle sind willkommen. "  # 64 characters
ARABIC = Translation(language="ar", text="أهلاً وسهلاً بكم في دورتموند.")
PRICE = Price(
    post=Decimal("0.015"),
    linked=Decimal("0.200"),
    alt=Decimal("0.005"),
    has_link=lambda text: "example.org" in text,
)


def limits(most: int, **facts: Any) -> Limits:
    ruler = Ruler(limit=most, measure=len, unit="characters")
    return Limits(rulers=(ruler,), shape=Shape.PORTRAIT, **facts)


LIMITS = {
    "x": limits(280, chains=True, price=PRICE),
    "mastodon": limits(500, chains=True),
    "letters": limits(280),
}


def found(campaign: Campaign, *rules: str) -> list[Finding]:
    """What these rules say about a campaign with the words that would really go out."""

    def wordings(post: PlannedPost) -> Any:
        return tuple(line.wordings(campaign, post, LIMITS))

    every = look(campaign, wordings=wordings, limits=LIMITS)
    return [finding for finding in every if finding.rule in rules]


def on_x(*posts: PlannedPost, platform: str = "x", **changes: Any) -> Campaign:
    usual: dict[str, Any] = {
        "accounts": (an_account("konto", platform),),
        "long_texts": LongTexts.CHAIN,
        "hashtags": (),
        "funder": Funder(),
    }
    return a_campaign(*posts, **usual | changes)


def with_text(text: str, **changes: Any) -> Campaign:
    own = {"id", "texts", "link", "information", "translations", "long_texts"} & changes.keys()
    post = a_post(text=text, **{name: changes.pop(name) for name in own})
    return on_x(post, another_post(), **changes)


# --- Texts that are too long ---------------------------------------------------------------


def test_the_error_about_a_long_text_names_both_ways_out() -> None:
    text = SENTENCE * 5
    (finding,) = found(with_text(text, long_texts=LongTexts.SHORTEN), "TEXT-01")

    assert finding.message.de == (
        "X: 319 von 280 Zeichen. Kürzen Sie um 39 oder füllen Sie „Text X“ aus, "
        "oder wählen Sie bei „Lange Texte“ „als Kette“."
    )
    assert finding.message.en == (
        "X: 319 of 280 characters. Shorten it by 39, or fill in “text X”, "
        "or choose “as a chain” under “long texts”."
    )


def test_where_there_are_no_chains_none_is_offered() -> None:
    for wanted in LongTexts:
        campaign = with_text(SENTENCE * 5, long_texts=wanted, platform="letters")
        (finding,) = found(campaign, "TEXT-01", "TEXT-15", "TEXT-16")

        assert finding.rule == "TEXT-01"
        assert "Kette" not in finding.message.de


def test_a_chain_is_told_with_where_its_first_part_ends() -> None:
    (finding,) = found(with_text("Kommen Sie! " + SENTENCE * 5), "TEXT-01", "TEXT-16")

    assert (finding.rule, finding.post) == ("TEXT-16", "IKW-01")
    assert finding.message.de == (
        "Wird eine Kette: X (2 Beiträge). Viele lesen nur den ersten Teil. Auf X endet er mit "
        "„… helfen beim Ankommen in Dortmund, und alle sind willkommen.“ "
        "Steht das Wichtigste davor?"
    )


def test_the_chains_of_all_platforms_are_told_in_one_line() -> None:
    accounts = (an_account("x", "x"), an_account("m", "mastodon"), an_account("m2", "mastodon"))
    (finding,) = found(with_text(SENTENCE * 9, accounts=accounts, link=""), "TEXT-16")

    assert finding.message.en.startswith("Becomes a chain: X (3 posts), Mastodon (2 posts).")


@pytest.mark.parametrize("number", [4, 5])
def test_a_text_that_is_no_chain_is_not_told(number: int) -> None:
    campaign = with_text(SENTENCE * number, texts={"x": "Kommen Sie!"} if number > 4 else {})

    assert found(campaign, "TEXT-01", "TEXT-15", "TEXT-16", "TEXT-17") == []


def test_a_chain_that_nobody_reads_to_its_end_is_a_warning() -> None:
    (finding,) = found(with_text(SENTENCE * 24), "TEXT-16", "TEXT-17")

    assert (finding.rule, finding.value) == ("TEXT-17", "7")
    assert "Text X" in finding.message.de


def test_five_parts_are_not_too_many() -> None:
    (finding,) = found(with_text(SENTENCE * 20, link="", information=""), "TEXT-16", "TEXT-17")

    assert finding.rule == "TEXT-16"
    assert "X (5 " in finding.message.de


def test_a_sentence_that_fits_into_no_part_is_named() -> None:
    long = "Wort " * 60 + "Ende."
    (finding,) = found(with_text(f"Kommen Sie! {long}"), "TEXT-01", "TEXT-15")

    assert (finding.rule, finding.value) == ("TEXT-15", long)
    assert "füllen Sie „Text X“ aus" in finding.message.de


def test_findings_about_a_version_stand_at_its_translation() -> None:
    translations = (ARABIC, Translation(language="tr", text="Hoş geldiniz. " * 25))
    campaign = with_text("Kommen Sie!", translations=translations, languages=Languages.APART)
    findings = look(
        campaign,
        wordings=lambda post: tuple(line.wordings(campaign, post, LIMITS)),
        limits=LIMITS,
        where=lambda post, field: f"{post}.{field}",
    )
    (finding,) = (one for one in findings if one.rule == "TEXT-16")

    assert finding.where == "IKW-01.translation_2"


def test_a_version_without_room_is_an_error_at_its_translation() -> None:
    translations = (Translation(language="tr", text="Hoş geldiniz. " * 25),)
    campaign = with_text(
        "Kommen Sie!", translations=translations, languages=Languages.APART, platform="letters"
    )
    (finding,) = found(campaign, "TEXT-01")

    assert finding.message.de == "Letters: 349 von 280 Zeichen. Kürzen Sie um 69."


def test_what_a_version_has_no_room_for_is_told_at_its_translation() -> None:
    turkish = Translation(language="tr", text="Hoş geldiniz. " * 19, information="Ücretsiz. " * 3)
    campaign = with_text("Kommen Sie!", translations=(turkish,), languages=Languages.APART, link="")
    findings = look(
        campaign,
        wordings=lambda post: tuple(line.wordings(campaign, post, LIMITS)),
        limits=LIMITS,
        where=lambda post, field: f"{post}.{field}",
    )
    (finding,) = (one for one in findings if one.rule == "TEXT-11")

    assert (finding.where, finding.value) == ("IKW-01.translation_1", "information")


# --- Languages ---------------------------------------------------------------------------------


def week(number: int, without: int, **changes: Any) -> Campaign:
    """So many posts, of which the first ones are in one language only."""
    posts = [
        a_post(
            id=f"{each}",
            date=SUNDAY if each % 2 else MONDAY,
            text=f"Tag {each}: Kommen Sie!",
            translations=() if each < without else (ARABIC,),
        )
        for each in range(number)
    ]
    return on_x(*posts, **{"languages": Languages.APART, **changes})


def test_a_language_that_only_one_post_lacks_is_asked_about() -> None:
    (finding,) = found(week(4, 1), "TEXT-18")

    assert (finding.post, finding.value) == ("0", "ar")
    assert finding.message.de == (
        "Hier fehlt die Sprache „ar“, in der 3 von 4 Beiträgen auch erscheinen. Ist das gewollt?"
    )


@pytest.mark.parametrize(
    "campaign",
    [
        week(4, 0),
        week(4, 1, languages=Languages.TOGETHER),  # it may have had no room anyway
        week(3, 1),  # two are no habit
        week(8, 3),  # only some speak it
    ],
)
def test_a_language_that_is_not_a_habit_is_not_asked_about(campaign: Campaign) -> None:
    assert found(campaign, "TEXT-18") == []


@pytest.mark.parametrize(("languages", "number"), [(Languages.TOGETHER, 2), (Languages.APART, 0)])
def test_what_only_a_version_alone_can_show_is_not_used_together(
    languages: Languages, number: int
) -> None:
    translation = ARABIC.model_copy(update={"headline": "أهلاً", "alt": "طاولة طويلة في الشارع."})
    campaign = on_x(a_post(translations=(translation,)), languages=languages)

    assert len(found(campaign, "PLAN-59")) == number


# --- Without the link ----------------------------------------------------------------------------


def test_what_a_missing_link_saves_and_costs_is_told_once_for_a_platform() -> None:
    campaign = on_x(no_link=("x",))
    (finding,) = found(campaign, "COST-01", "COST-02")

    assert (finding.rule, finding.post, finding.value) == ("COST-01", None, "X")
    assert finding.message.de == (
        "Auf X bleibt der Link weg, bei 2 von 2 Beiträgen mit Link. Das spart etwa 0,37 US-Dollar. "
        "Wer dort liest, findet die Seite nicht: Sagen Sie im Text, wo man mehr erfährt."
    )


def test_each_language_of_a_post_saves_its_link() -> None:
    post = a_post(translations=(ARABIC,))
    (finding,) = found(on_x(post, no_link=("x",), languages=Languages.APART), "COST-01")

    assert "bei 1 von 1 Beiträgen mit Link. Das spart etwa 0,37 US-Dollar" in finding.message.de


def test_a_platform_without_a_price_saves_nothing() -> None:
    (finding,) = found(on_x(platform="mastodon", no_link=("mastodon",)), "COST-01")

    assert "Dollar" not in finding.message.de


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        ({"information": "Mehr: awo.example.org."}, "Nehmen Sie die Adresse heraus."),
        (
            {"text": "Mehr auf awo.example.org."},
            "Nehmen Sie die Adresse heraus, zum Beispiel mit einem eigenen „Text X“.",
        ),
    ],
)
def test_an_address_in_the_words_themselves_still_costs(
    words: dict[str, str], way_out: str
) -> None:
    (finding,) = found(on_x(a_post(**words), no_link=("x",)), "COST-01", "COST-02")

    assert (finding.rule, finding.post, finding.value) == ("COST-02", "IKW-01", "awo.example.org")
    assert finding.message.de == (
        "Auf X soll kein Link stehen; im Beitrag steht aber „awo.example.org“. "
        f"Er kostet trotzdem etwa 0,19 US-Dollar mehr. {way_out}"
    )


def test_where_links_are_welcome_nothing_is_said_about_them() -> None:
    assert found(on_x(), "COST-01", "COST-02") == []


def test_a_platform_without_an_account_is_asked_about() -> None:
    campaign = on_x(platform="mastodon", no_link=("mastodn",))
    (finding,) = found(campaign, "PLAN-57", "COST-01")

    assert finding.message.de == (
        "Bei „Ohne Link auf“ steht „mastodn“; dort gibt es kein Konto. Meinten Sie „mastodon“?"
    )


def test_the_funder_is_named_once_in_a_chain() -> None:
    funder = Funder(line="Gefördert vom Land", long_line="Gefördert vom Land")
    campaign = with_text(SENTENCE * 9, funder=funder, card="")

    assert found(campaign, "FUND-01") == []

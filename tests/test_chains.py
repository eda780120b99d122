"""Long texts as chains, language versions apart, and platforms without the link."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from integrado_poster import measure, render
from integrado_poster.contract import Limits, Ruler
from integrado_poster.errors import CardFault, CardRefused
from integrado_poster.model import (
    Account,
    Campaign,
    Funder,
    Languages,
    LongTexts,
    Message,
    PlannedPicture,
    Shape,
    Translation,
    Wording,
)
from integrado_poster.render import words
from integrado_poster.render.sentences import pieces, sentences
from tests.builders import a_campaign, a_planned_post, an_organisation

ACCOUNT = Account(key="netz-mastodon", platform="mastodon")
ARABIC = "أهلاً وسهلاً بكم في دورتموند. نحن نساعدكم."
WAYS = (measure.weighted, measure.mastodon, measure.graphemes, measure.utf8, measure.threads)


def limits(most: int, *ways: Any, chains: bool = True) -> Limits:
    rulers = tuple(Ruler(limit=most, measure=way, unit="") for way in ways or (len,))
    return Limits(rulers=rulers, shape=Shape.PORTRAIT, chains=chains)


def campaign(text: str, *, of_post: LongTexts | None = None, **changes: Any) -> Campaign:
    """A campaign with one bare post whose long text becomes a chain."""
    post = {"link", "information", "translations", "texts"} & changes.keys()
    fields = {name: changes.pop(name) for name in post}
    usual: dict[str, Any] = {"long_texts": LongTexts.CHAIN}
    planned = a_planned_post(text=text, long_texts=of_post, **fields)
    return a_campaign(**{**usual, **changes}, posts=(planned,))


def worded(said: Campaign, most: Limits) -> tuple[Wording, ...]:
    return words.wordings(said, said.posts[0], ACCOUNT, most)


def parts(text: str, most: int, **changes: Any) -> list[str]:
    return [one.text for one in worded(campaign(text, **changes), limits(most))]


# --- Chains ----------------------------------------------------------------------------


def test_a_text_that_fits_is_no_chain() -> None:
    assert parts("Kommen Sie. Wir warten.", 23) == ["Kommen Sie. Wir warten."]


def test_a_long_text_is_parted_between_sentences_and_counted() -> None:
    assert parts("Kommen Sie bald. Wir warten hier. Bis dann.", 32) == [
        "Kommen Sie bald. (1/2)",
        "Wir warten hier. Bis dann. (2/2)",
    ]


def sentence(length: int) -> str:
    return "Wort " * (length // 5 - 1) + "Ende."


def test_parts_are_equally_full() -> None:
    found = parts(" ".join([sentence(25)] * 4), 90)

    assert [each.count("Ende.") for each in found] == [2, 2]


@pytest.mark.parametrize(
    ("first", "second", "sentences_each"),
    [
        ([20, 20], [20, 20, 20, 20], [2, 4]),  # a paragraph stays whole,
        ([10], [20, 20, 20, 20], [3, 2]),  # unless the parts would be very unequal
    ],
)
def test_parts_begin_with_paragraphs_where_that_is_not_too_uneven(
    first: list[int], second: list[int], sentences_each: list[int]
) -> None:
    text = "\n\n".join(" ".join(map(sentence, each)) for each in (first, second))

    assert [each.count("Ende.") for each in parts(text, 94)] == sentences_each


def test_a_line_of_the_funder_that_fits_nowhere_goes_whole() -> None:
    funder = Funder(line="Dank an alle, die uns helfen")
    said = worded(campaign("Kommen Sie bald. Wir warten hier.", funder=funder), limits(30))

    assert said[-1].dropped == ("funder",)
    assert "Dank" not in said[-1].text


def test_paragraphs_within_a_part_stay_paragraphs() -> None:
    first, second = parts("Eins.\n\nZwei.\nDrei. Vier vier vier vier vier vier.", 40)

    assert first == "Eins.\n\nZwei.\nDrei. (1/2)"
    assert second == "Vier vier vier vier vier vier. (2/2)"


def test_a_post_may_decide_otherwise_than_its_campaign() -> None:
    text = "Kommen Sie bald. Wir warten hier."
    never = worded(campaign(text, of_post=LongTexts.SHORTEN), limits(25))
    always = worded(
        campaign(text, of_post=LongTexts.CHAIN, long_texts=LongTexts.SHORTEN), limits(25)
    )

    assert [one.over for one in never] == [8]
    assert [(one.part, one.follows) for one in always] == [(1, False), (2, True)]


def test_where_a_platform_has_no_chains_everything_stays_as_it_was() -> None:
    said = campaign("Kommen Sie bald. Wir warten hier.", link="https://example.org")
    (only,) = worded(said, limits(25, chains=False))

    assert (only.text, only.over) == ("Kommen Sie bald. Wir warten hier.", 8)


def test_a_sentence_that_is_too_long_for_a_part_is_named_and_nothing_is_cut() -> None:
    text = "Kurz. Dieser eine Satz ist viel zu lang. Kurz."
    (only,) = worded(campaign(text), limits(30))

    assert only.text == text
    assert only.over == 16
    assert only.stuck == "Dieser eine Satz ist viel zu lang."


def test_what_ends_a_post_stands_together_in_the_last_part_after_some_words() -> None:
    said = campaign(
        "Eins eins eins eins eins. Zwei zwei zwei zwei zwei. Drei drei drei drei drei. " * 2,
        link="https://example.org",
        information="Musterstraße 1\nKostenlos",
        hashtags=("EinTag", "ZweiterTag"),
        funder=Funder(line="Der Dank."),
        organisations=(an_organisation(handles={"mastodon": "@awo@social.example"}),),
    )
    first, *_, last = (one.text for one in worded(said, limits(120)))

    assert first.startswith("Eins eins eins eins eins.")
    assert "example.org" not in first
    assert last.endswith(
        "\n\nhttps://example.org\n@awo@social.example\n\nDer Dank.\n\n#EinTag #ZweiterTag"
    )
    assert not last.startswith("https")


def test_translations_follow_the_text_within_the_chain() -> None:
    arabic = Translation(language="ar", text=ARABIC)
    said = worded(campaign("Kommen Sie bald. " * 5, translations=(arabic,)), limits(60))
    whole = " ".join(one.text for one in said)

    assert ARABIC.split(". ")[0] in whole
    assert whole.index("Kommen") < whole.index(ARABIC[:10])
    assert {one.dropped for one in said} == {()}


def test_what_fits_into_no_part_is_left_out_and_named_once() -> None:
    said = worded(
        campaign("Kommen Sie bald. Wir warten hier.", information="Auskunft " * 9), limits(30)
    )

    assert [one.dropped for one in said] == [(), ("information",)]


def test_nobody_gets_an_endless_chain() -> None:
    (only,) = worded(campaign("Kommen Sie. " * 60), limits(25))

    assert only.over
    assert only.stuck == ""


def test_a_chain_of_ten_counts_with_two_figures() -> None:
    found = parts("Kommen Sie. " * 20, 31)

    assert len(found) == 10
    assert found[9] == "Kommen Sie. Kommen Sie. (10/10)"


SPOKEN = st.sampled_from(
    [
        "Grüße", "an", "alle", "Kommen", "Sie", "Donaudampfschifffahrtsgesellschaft",
        "👩‍👩‍👧", "🇺🇦", "e\u0301te\u0301", "z. B.", "am 26. September", "Dr. Muster", "bzw.",
        "https://example.org/weg?a=1.", "example.org", "@a@b.example", "#InterkulturelleWoche",
        "أهلاً", "وسهلاً", "ласкаво", "просимо", "ሰላም", "你好", "a\N{NO-BREAK SPACE}b",
    ]
)  # fmt: skip
SENTENCES = st.tuples(
    st.lists(SPOKEN, min_size=1, max_size=7).map(" ".join),
    st.sampled_from([".", "!", "?", "…", "؟", "።", ".“", ""]),
).map("".join)
LINES = st.lists(SENTENCES, min_size=1, max_size=5).map("  ".join)
TEXTS = st.lists(LINES, min_size=1, max_size=5).flatmap(
    lambda lines: st.lists(
        st.sampled_from(["\n", "\n\n", "\n \n\n"]), min_size=len(lines), max_size=len(lines)
    ).map(lambda gaps: "".join(a + b for a, b in zip(lines, gaps, strict=True)))
)


def bare(said: tuple[Wording, ...]) -> list[str]:
    """The parts without their counters, of which each must have one."""
    found = []
    for number, one in enumerate(said, start=1):
        counter = f" ({number}/{len(said)})"
        assert one.text.count(counter) == 1
        found.append(one.text.replace(counter, ""))
    return found


@settings(deadline=None, max_examples=300)
@given(TEXTS, st.integers(45, 300))
def test_a_chain_says_every_word_once_in_order_and_ends_no_part_within_a_sentence(
    text: str, most: int
) -> None:
    tight = limits(most, *WAYS)
    said = worded(campaign(text), tight)
    if len(said) == 1:
        longest = max(tight.tightest(f"{one.text} (9/9)")[0] for one in pieces(text.strip()))
        assert said[0].over == 0 or longest > most or measure.utf8(text) > most
        return

    assert [length <= limit for length, limit in (tight.tightest(one.text) for one in said)]
    for one in said:
        assert one.over == 0
        assert all(ruler.measure(one.text) <= most for ruler in tight.rulers)
    found = bare(said)
    assert " ".join(found).split() == text.split()
    assert [each for part in found for each in sentences(part)] == sentences(text)
    assert worded(campaign(text), tight) == said


@settings(deadline=None, max_examples=150)
@given(TEXTS, st.integers(60, 300))
def test_no_chain_has_a_part_more_than_it_needs(text: str, most: int) -> None:
    tight = limits(most, measure.weighted)
    said = worded(campaign(text), tight)
    if len(said) == 1 or len(said) > 9:
        return
    needed, part = 1, ""
    for each in pieces(text.strip()):
        longer = f"{part}{each.gap}{each.text}" if part else each.text
        if measure.weighted(f"{longer} (9/9)") > most:
            needed, longer = needed + 1, each.text
        part = longer

    assert len(said) == needed


@settings(deadline=None, max_examples=150)
@given(TEXTS, TEXTS, st.lists(SPOKEN, max_size=4).map(" ".join), st.integers(90, 300))
def test_whatever_comes_along_with_a_chain_is_said_whole_or_named(
    text: str, translated: str, line: str, most: int
) -> None:
    planned = campaign(
        text,
        information="Musterstraße 1\nKostenlos",
        link="https://example.org/mehr",
        translations=(Translation(language="uk", text=translated),),
        hashtags=("EinTag", "Zwei"),
        funder=Funder(line=line),
    )
    said = worded(planned, limits(most, *WAYS))
    if len(said) == 1:
        return

    whole = " ".join(bare(said)).split()
    dropped = said[-1].dropped
    assert all(one.over == 0 for one in said)
    assert whole[: len(text.split())] == text.split()
    assert ("translation_1" in dropped) != (" ".join(translated.split()) in " ".join(whole))
    for name, words_of_it in (
        ("information", "Musterstraße 1 Kostenlos"),
        ("hashtags", "#EinTag #Zwei"),
    ):
        assert (name in dropped) != (words_of_it in " ".join(whole))


# --- Language versions apart -------------------------------------------------------------------


def in_two(**changes: Any) -> Campaign:
    usual: dict[str, Any] = {
        "languages": Languages.APART,
        "link": "https://example.org",
        "information": "Musterstraße 1",
        "hashtags": ("EinTag",),
        "translations": (
            Translation(language="ar", text=ARABIC),
            Translation(language="tr", text="Hoş geldiniz."),
        ),
    }
    return campaign(changes.pop("text", "Willkommen."), **{**usual, **changes})


def test_each_language_is_a_post_of_its_own_with_link_and_hashtags() -> None:
    said = worded(in_two(), limits(200))

    assert [(one.part, one.follows, one.language, one.translation) for one in said] == [
        (1, False, "de", 0),
        (2, False, "ar", 1),
        (3, False, "tr", 2),
    ]
    assert [one.text for one in said] == [
        "Willkommen.\n\nMusterstraße 1\n\nhttps://example.org\n\n#EinTag",
        f"{ARABIC}\n\nhttps://example.org\n\n#EinTag",
        "Hoş geldiniz.\n\nhttps://example.org\n\n#EinTag",
    ]


def test_together_they_stay_one_post() -> None:
    (only,) = worded(in_two(languages=Languages.TOGETHER), limits(200))

    assert ARABIC in only.text
    assert (only.part, only.translation) == (1, 0)


def test_a_version_that_is_too_long_is_a_chain_of_its_own() -> None:
    said = worded(in_two(text="Willkommen.", link="", hashtags=(), information=""), limits(35))

    assert [(one.part, one.follows, one.language) for one in said] == [
        (1, False, "de"),
        (2, False, "ar"),
        (3, True, "ar"),
        (4, False, "tr"),
    ]
    assert said[1].text.endswith("(1/2)")


def test_own_words_for_a_platform_are_those_of_the_posts_own_language() -> None:
    said = worded(in_two(texts={"mastodon": "Nur hier."}), limits(200))

    assert said[0].text.startswith("Nur hier.")
    assert said[1].text.startswith(ARABIC)


def test_information_is_said_in_a_languages_own_words_or_not_at_all() -> None:
    turkish = Translation(language="tr", text="Hoş geldiniz.", information="Ücretsiz")
    said = worded(in_two(translations=(turkish,)), limits(200))

    assert said[1].text.startswith("Hoş geldiniz.\n\nÜcretsiz\n\nhttps://example.org")


# --- Their pictures ----------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plan's folder with one picture."""
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (1200, 900), "teal").save(tmp_path / "pictures" / "bild.jpg")
    return tmp_path


PHOTO = PlannedPicture(file="bild.jpg", alt="Ein blaues Feld.")


def drawn(
    folder: Path, translation: Translation, most: int = 200, **changes: Any
) -> tuple[Message, ...]:
    text = "Kommen Sie bald. Wir warten hier."
    said = in_two(text=text, translations=(translation,), **changes)
    (post,) = said.posts
    pictured = post.model_copy(update={"pictures": (PHOTO,)})
    said = said.model_copy(update={"posts": (pictured,), "accounts": (ACCOUNT,)})
    return render.messages(said, folder, {"mastodon": limits(most)})


def test_only_the_first_part_of_a_chain_has_the_pictures(folder: Path) -> None:
    turkish = Translation(language="tr", text="Hoş geldiniz. Sizi bekliyoruz.")
    found = drawn(folder, turkish, 25, link="", information="", hashtags=())

    assert [(each.part, each.follows, len(each.pictures)) for each in found] == [
        (1, False, 1),
        (2, True, 0),
        (3, False, 1),
        (4, True, 0),
    ]
    assert len({each.digest for each in found}) == 4


def test_a_version_without_a_headline_shows_the_posts_card_with_its_text(folder: Path) -> None:
    first, second = drawn(folder, Translation(language="ar", text=ARABIC))

    assert first.pictures == second.pictures
    assert ARABIC in first.pictures[0].alt


def test_a_version_with_a_headline_has_a_card_and_an_alt_text_in_its_language(folder: Path) -> None:
    arabic = Translation(
        language="ar",
        text=ARABIC,
        headline="أهلاً بكم",
        information="مجانًا",
        alt="حقل أزرق.",
    )
    first, second = drawn(folder, arabic)
    (card,), (own,) = first.pictures, second.pictures

    assert card.data != own.data
    assert "أهلاً بكم" not in card.alt
    assert ARABIC not in card.alt  # it has a card to itself
    assert own.alt.startswith("أهلاً بكم. Arbeiterwohlfahrt Muster, الأحد")
    for said in ("حقل أزرق.", "مجانًا."):
        assert said in own.alt
    for other in ("Auf der Karte", "The card", "Ein blaues Feld", "Wir fangen an"):
        assert other not in own.alt


def test_what_does_not_fit_on_a_versions_card_is_named_as_in_the_plan(folder: Path) -> None:
    long = Translation(language="tr", text="Hoş geldiniz.", headline="Donaudampfschiff" * 12)
    with pytest.raises(CardRefused) as refused:
        drawn(folder, long)

    assert refused.value.faults == (
        CardFault("CARD-01", "IKW-01", "translated_headline_1", "portrait"),
    )


# --- Without the link --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left_out", "there"), [((), True), (("x",), True), (("mastodon",), False)]
)
def test_the_link_is_left_out_on_the_platforms_that_the_plan_names(
    left_out: tuple[str, ...], there: bool
) -> None:
    said = campaign("Kommen Sie.", link="https://example.org", no_link=left_out)
    (only,) = worded(said, limits(100))

    assert ("https://example.org" in only.text) is there
    assert only.dropped == ()


# --- Plans that do not use any of this ---------------------------------------------------------


def test_a_plan_that_uses_none_of_it_keeps_the_digest_that_it_had() -> None:
    assert a_campaign().digest == "2d677b89dd61c5a08be46727f6310311dc950cea578bfc599212a05f57c17b54"


@pytest.mark.parametrize(
    "changes",
    [
        {"long_texts": LongTexts.CHAIN},
        {"languages": Languages.APART},
        {"no_link": ("x",)},
        {"posts": (a_planned_post(long_texts=LongTexts.SHORTEN),)},
    ],
)
def test_each_of_the_settings_makes_another_plan(changes: dict[str, Any]) -> None:
    assert a_campaign(**changes).digest != a_campaign().digest

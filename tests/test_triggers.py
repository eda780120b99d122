"""Triggers: most rules look at few posts only, and yet nothing is missed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integrado_poster import check, plan
from integrado_poster.check import a11y, funder, gender, links, moments, protection, text
from integrado_poster.check.case import Case, Seen, Text, all_words
from integrado_poster.check.triggers import NEVER, Triggers
from integrado_poster.model import Finding, Languages, Translation
from tests.campaigns import AWO, FUNDER, JKG, NOW, a_campaign, a_post
from tests.test_check_corpus import CORPUS

FAMILIES = (text, links, a11y, gender, protection, funder, moments)
LOOKS = {look: trigger for family in FAMILIES for look, trigger in family.PER_TEXT.items()}
CAMPAIGN = a_campaign(a_post(), organisations=(AWO, JKG), funder=FUNDER, hashtags=("VielfaltDO",))
NAMED = {look: t if isinstance(t, str) else t(CAMPAIGN) for look, t in LOOKS.items()}
ALL = Triggers((*NAMED.values(), *a11y.TRIGGERS), a11y.APART)
CASE = Case(
    campaign=CAMPAIGN,
    now=NOW,
    limits={},
    pictures=None,
    connected=(),
    settled=(),
    approved=None,
    where=check.nowhere,
    posts=(),
    names=frozenset(),
    consents={},
    contacts=(),
    hashtags={"vielfaltdo": "VielfaltDO"},
    handles={"awo@a.example": "awo@a.example"},
    outdated=funder.former_names(FUNDER),
)

PATTERNS = [
    pattern
    for family in FAMILIES
    for pattern in vars(family).values()
    if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str)
]
PIECES = (
    *("Kommen Sie vorbei! ", "Am Montag, den 29.9. ", "htps://a.example ", "http://b.example.org "),
    *("XXX ", "TODO ", "#interkulturellewoche ", "#IKW2020 ", "Besucher:innen ", "BesucherInnen "),
    *("\u202e", "𝗪𝗶𝗹𝗹𝗸𝗼𝗺𝗺𝗲𝗻 ", "🎉", "ACHTUNG WICHTIG ", "0171 3920012 ", "hier klicken ", "\n"),
    *("Wort " * 21, "z. B. ", "Donaudampfschifffahrtsgesellschaft ", "@aw0@a.example ", "MAIS. "),
)
NEAR = ("KLICKEN SIE HIER ", "İnsert lınk here ", "Do., 7.10. ", "Bıld eınfügen ", "MKFFI ", "Maıs ", "maiS ",
        "0171\u2009392 00 12 ", "Wort\u2003" * 21, "(vgl. Nr. 7 z. B. d. h.) ", "#VIELFALTdo ", "#vielfaltdo ",
        "Ministerium für Generationen ", "привет мир как дела сегодня ", "Lehrer/-in ", "jede*rſ ", "klİck\u2003hıer ", "Clıck here ",
        "hİer klicken ", "Sonnabend, 3. Oktober ", "Mittwoch den 28.9. ", "Dienstag 1. 10. ", "Kolleg·innen ")  # fmt: skip
SHORT_OR_TRACKED = (
    *("https://bit.ly/x", "https://www.t1p.de", "https://a.example/?utm_source=x", "https://a.example?b=1&fbclid=2"),
    *("https://a.example/utm_x=1", "https://a.example#gclid=1", "https://a.example/?a=1;igsh=2"),
)  # fmt: skip
words = st.lists(
    st.sampled_from((*PIECES, *NEAR))
    | st.sampled_from(PATTERNS).flatmap(st.from_regex)
    | st.sampled_from(PATTERNS).flatmap(st.from_regex).map(lambda text: str(text).replace("i", "ı"))
    | st.text(max_size=20),
    min_size=1,
    max_size=5,
).map(lambda parts: "".join(map(str, parts)))


def findings(words: str, language: str) -> Iterator[tuple[str, Finding]]:
    """What all rules about words say, each with its trigger."""
    one = Text(a_post(), check.nowhere, "text", words, language)
    for look, trigger in NAMED.items():
        for finding in look(CASE, one):
            yield trigger, finding


@pytest.mark.parametrize("piece", [*PIECES, *NEAR])
def test_nothing_is_found_without_its_trigger(piece: str) -> None:
    for language in ("de", "en", "tr"):
        found = list(findings(f"Heute: {piece}", language))
        assert {trigger for trigger, _ in found} <= {*ALL.within(f"Heute: {piece}")}


@settings(max_examples=400, deadline=None)
@given(words, st.sampled_from(("de", "en")))
@example("Nr. 7 " + "Wort " * 20, "de")
@example("Wort (bzw. " * 11 + "Ende", "de")
def test_nothing_is_found_without_its_trigger_in_any_text(words: str, language: str) -> None:
    present = {*ALL.within(words)}
    for trigger, finding in findings(words, language):
        assert trigger in present, (finding.rule, finding.value)


@settings(max_examples=200, deadline=None)
@given(st.lists(words, min_size=1, max_size=3), st.sampled_from(("de", "ar", "tr", "uk")))
def test_rules_that_ask_for_a_trigger_themselves_say_the_same_without_it(
    texts: list[str], language: str
) -> None:
    first, *others = texts
    said = tuple(Translation(language="ar", text=other) for other in others)
    post = a_post(text=first, language=language, translations=said)
    moment = datetime(2021, 9, 26, 10, tzinfo=UTC)

    def told(holds: Sequence[str]) -> list[Finding]:
        seen = Seen(
            post=post, where=check.nowhere, wall=moment.replace(tzinfo=None), at=moment,
            wordings=(), firsts=(), holds=holds,
        )  # fmt: skip
        return [*a11y.script(CASE, seen), *a11y.abbreviations(replace(CASE, posts=(seen,)))]

    assert told(ALL.within(all_words(post))) == told(ALL.all)


@pytest.mark.parametrize(
    "said",
    [
        *({"headline": "XXX"}, {"text": "XXX"}, {"information": "XXX"}, {"texts": {"x": "XXX"}}),
        {"translations": (Translation(language="en", text="XXX"),)},
        {"translations": (Translation(language="en", text="Hello.", headline="XXX"),)},
        {"translations": (Translation(language="en", text="Hello.", information="XXX"),)},
    ],
)
def test_a_trigger_is_seen_in_everything_that_readers_read(said: dict[str, object]) -> None:
    campaign = a_campaign(a_post(**said), languages=Languages.APART)

    found = check.check(campaign, now=NOW, wordings=lambda _: (), limits={})

    assert [each.value for each in found if each.rule == "TEXT-03"] == ["XXX"]


def test_most_everyday_posts_need_few_rules() -> None:
    campaign = plan.read(CORPUS).campaign
    assert campaign is not None
    asked = [len(ALL.within(all_words(post))) for post in campaign.posts]

    assert sum(asked) / len(asked) < 4 < len(NAMED)


def test_what_cannot_be_looked_at_asks_for_every_rule() -> None:
    some = Triggers(("#", "@"))

    assert some.within("#\ud83d") == some.all == ("#", "@")
    assert list(some.within("von @awo")) == ["@"]
    assert list(some.within("")) == []


def test_without_former_names_nobody_looks_for_any() -> None:
    bare = CAMPAIGN.model_copy(update={"funder": FUNDER.model_copy(update={"outdated": ()})})
    trigger = funder.PER_TEXT[funder.outdated](bare)

    assert trigger == NEVER
    assert not Triggers((trigger,)).within("Ministerium \x00 äöü 🎉")


@settings(max_examples=300, deadline=None)
@given(st.from_regex(links._EVERYDAY, fullmatch=True) | st.sampled_from(SHORT_OR_TRACKED))
def test_an_address_that_is_let_through_quickly_has_nothing_wrong_with_it(address: str) -> None:
    assert not links._everyday(address) or (
        links._sound(address) and not list(links._doubts(CASE, address))
    )

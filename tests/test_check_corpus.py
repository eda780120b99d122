"""Sixty-five posts as welfare organisations write them: whatever is found in them is right."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from integrado_poster import line, plan
from integrado_poster.app import LIMITS
from integrado_poster.check import check
from integrado_poster.model import Finding, PlannedPost
from tests.campaigns import a_campaign, a_post, look

CORPUS = Path(__file__).parent / "corpus" / "beitraege.yaml"

RIGHT = {
    "HV-15": ["TIME-02"],  # on the Day of German Unity
    "HV-22": ["TIME-05"],  # asks to sign up until 1 October, and appears on the tenth
    "HV-28": ["TIME-04", "TIME-04"],  # a Jewish community on a Sabbath in Sukkot
    "HV-36": ["TIME-04"],  # the same on Simchat Torah
    "HV-44": ["TIME-02", "TIME-05"],  # on All Saints', for the day before
    "HV-56": ["TIME-04"],  # on a Sabbath
}
"""By post: what an officer would be glad to be told."""


def findings() -> list[Finding]:
    reading = plan.read(CORPUS)
    campaign = reading.campaign
    assert campaign is not None
    assert reading.findings == ()
    return check(
        campaign,
        now=datetime(2027, 9, 1, tzinfo=UTC),
        wordings=lambda post: tuple(line.wordings(campaign, post, LIMITS)),
        limits=LIMITS,
        connected={account.key for account in campaign.accounts},
        where=reading.where,
    )


def test_nothing_is_found_in_everyday_posts_but_what_is_right() -> None:
    found: dict[str, list[str]] = {}
    for finding in findings():
        if finding.post:
            found.setdefault(finding.post, []).append(finding.rule)

    assert found == RIGHT


def test_of_the_campaign_itself_only_its_unusual_cadence_is_told() -> None:
    own = Counter(finding.rule for finding in findings() if finding.post is None)
    assert own == {"PLAN-14": 8}  # each member has eight posts, and one is usual


def test_the_corpus_is_worth_looking_at() -> None:
    campaign = plan.read(CORPUS).campaign
    assert campaign is not None
    texts = {post.text for post in campaign.posts}

    assert len(texts) == len(campaign.posts) >= 60
    assert {post.organisation for post in campaign.posts} == campaign.members.keys()
    assert sum(bool(post.translations) for post in campaign.posts) >= 10
    assert sum(bool(post.pictures) for post in campaign.posts) >= 20


# --- Looked at together, or one by one ------------------------------------------------------------

PIECES = (
    *("Kommen Sie vorbei! ", "Am Montag, den 29.9. ", "htps://a.example ", "http://b.example.org "),
    *("XXX ", "TODO ", "#interkulturellewoche ", "#IKW2020 ", "Besucher:innen ", "BesucherInnen "),
    *("\u202e", "𝗪𝗶𝗹𝗹𝗸𝗼𝗺𝗺𝗲𝗻 ", "🎉", "ACHTUNG WICHTIG ", "0171 3920012 ", "hier klicken ", "\n"),
    *("Wort " * 21, "z. B. ", "Donaudampfschifffahrtsgesellschaft ", "@aw0@a.example ", "MAIS. "),
)
texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)


@settings(max_examples=80, deadline=None)
@given(st.lists(texts, min_size=1, max_size=4))
def test_many_posts_together_are_told_the_same_as_each_alone(words: list[str]) -> None:
    """The rules look at many posts' words at once first; nothing may get lost in the crowd."""
    posts = [
        a_post(id=f"P{n}", text=text, headline="", information="", time=time(n + 8))
        for n, text in enumerate(words)
    ]

    def told(*some: PlannedPost) -> list[tuple[str | None, str, str | None]]:
        found = look(a_campaign(*some))
        return [(f.post, f.rule, f.value) for f in found if f.post and f.rule.startswith(ALONE)]

    assert sorted(told(*posts), key=str) == sorted(
        (one for post in posts for one in told(post)), key=str
    )


ALONE = ("LINK", "TIME-03", "TIME-06", "TEXT-03", "TEXT-04", "TEXT-07", "TEXT-08", "DS-07", "FUND-02",
         "A11Y-04", "A11Y-05", "A11Y-06", "A11Y-07", "A11Y-09", "A11Y-10", "A11Y-12")  # fmt: skip

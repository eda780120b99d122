"""Sixty-five posts as welfare organisations write them: whatever is found in them is right."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from integrado_poster import line, plan
from integrado_poster.app import LIMITS
from integrado_poster.check import check
from integrado_poster.model import Finding

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

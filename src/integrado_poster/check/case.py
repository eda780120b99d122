"""What the rules look at: the campaign, its posts and their texts, each prepared once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from integrado_poster.check.rule import Fact, Rule
from integrado_poster.contract import Limits
from integrado_poster.model import (
    Account,
    Campaign,
    Consent,
    Finding,
    Fix,
    PlannedPost,
    Said,
    Where,
    Wording,
)

UNUSUAL = "[^\n\x20-\x7e\xa0-\u02ff\u2010-\u2027\u20ac]"
"""What is more than Latin letters, figures and their signs; it is a trigger, too."""
_UNUSUAL = re.compile(UNUSUAL)

Wordings = Callable[[PlannedPost], Sequence[Wording]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFact:
    """What somebody who opened a picture's file knows about it.

    `problem` is the rule that it breaks (MED-01, MED-02, MED-03, MED-08), `message` a reason to
    add to that rule's sentence (a plain string is taken for English). Width and height are 0 if it could not be opened.
    """

    file: str
    problem: str | None = None
    message: str | Said | None = None
    width: int = 0
    height: int = 0
    striking: tuple[float, float] | None = None  #: Where people look first: right and down, 0 to 1.
    meant: str | None = None  #: A file that is there and was probably meant.


@dataclass(frozen=True, kw_only=True)
class Case:
    """One campaign at one moment, and what is known around it."""

    campaign: Campaign
    now: dt.datetime
    limits: Mapping[str, Limits]
    pictures: Mapping[str, PictureFact] | None
    connected: Collection[str]
    settled: Collection[str]  #: Posts that have gone out, or were given up.
    #: Posts with their member's yes, as they were when it was given; None: nobody is asked.
    approved: Mapping[str, PlannedPost] | None
    where: Where
    posts: tuple[Seen, ...]
    names: frozenset[str]  #: Words of the members' and funders' own names.
    consents: Mapping[str, Consent]  #: By their key.
    contacts: Collection[str]  #: The members' own mail addresses, in lower case.
    hashtags: Mapping[str, str]  #: Lower case: as the campaign writes it.
    handles: Mapping[str, str]  #: Lower case without @: as the campaign writes it.
    outdated: Callable[[str], Iterator[str]]  #: The funder's former names in a text.

    @cached_property
    def secure(self) -> Collection[str]:
        """The hosts that the campaign itself names with https: they surely answer there."""
        links = [member.website for member in self.campaign.organisations]
        links += [post.link for post in self.campaign.posts]
        hosts = (
            link[8:].partition("/")[0].lower() for link in links if link.startswith("https://")
        )
        return frozenset(hosts)

    @cached_property
    def areas(self) -> tuple[str, ...]:
        """The keys of the areas of work."""
        return tuple(area.key for area in self.campaign.areas)

    def finding(
        self,
        rule: Rule,
        field: str,
        *,
        value: str | None = None,
        fix: Fix | None = None,
        **facts: Fact | None,
    ) -> Finding:
        """A finding about the campaign's own field."""
        where = self.where(None, field)
        return rule.finding(post=None, where=where, value=value, fix=fix, **facts)

    def channel(self, account: Account) -> str:
        """An account as an officer calls it: "Mastodon", or "Mastodon (AWO)" for a member's own."""
        platform = account.platform.capitalize()
        owner = self.campaign.members.get(account.owner or "")
        return f"{platform} ({owner.short})" if owner else platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One post with what follows from it."""

    post: PlannedPost
    where: Where
    wall: dt.datetime  #: Naive: what the clock on the wall shows.
    at: dt.datetime | None  #: UTC; None if the campaign's zone is unknown.
    wordings: tuple[Wording, ...]
    firsts: Sequence[Wording]  #: The first part for each platform and language.
    holds: Collection[str]  #: The triggers that stand somewhere in its texts; see triggers.py.

    @property
    def texts(self) -> tuple[Text, ...]:
        """Everything that readers will read."""
        return tuple(texts(self.post, self.where))

    def finding(
        self,
        rule: Rule,
        field: str,
        *,
        value: str | None = None,
        fix: Fix | None = None,
        **facts: Fact | None,
    ) -> Finding:
        """A finding about one field of this post."""
        where = self.where(self.post.id, field)
        return rule.finding(post=self.post.id, where=where, value=value, fix=fix, **facts)

    def field(self, wording: Wording) -> str:
        """Where the words stand in the plan that a wording says."""
        if wording.translation:
            return f"translation_{wording.translation}"
        return f"text_{wording.platform}" if wording.platform in self.post.texts else "text"

    def own(self, wording: Wording) -> str | None:
        """The platform for which words of its own would help; None where there are some, or cannot be."""
        return wording.platform.capitalize() if self.field(wording) == "text" else None


@dataclass(frozen=True, slots=True)
class Text:
    """Words that readers will read, with their place and language."""

    post: PlannedPost
    where: Where
    field: str
    words: str
    language: str

    def finding(
        self, rule: Rule, *, value: str | None = None, fix: Fix | None = None, **facts: Fact | None
    ) -> Finding:
        """A finding about these words."""
        where = self.where(self.post.id, self.field)
        return rule.finding(post=self.post.id, where=where, value=value, fix=fix, **facts)


def texts(post: PlannedPost, where: Where) -> tuple[Text, ...]:
    """Everything of a post that readers will read, except the descriptions of its pictures."""
    return tuple(Text(post, where, *said) for said in _said(post))


def all_words(post: PlannedPost) -> str:
    """The words of all these texts."""
    return "\n".join([words for _, words, _ in _said(post)])


def _said(post: PlannedPost) -> Iterator[tuple[str, str, str]]:
    """What readers will read: field, words and language."""
    own = [("headline", post.headline), ("text", post.text), ("information", post.information)]
    own += [(f"text_{platform}", text) for platform, text in post.texts.items()]
    for field, words in own:
        if words:
            yield field, words, post.language
    for number, translation in enumerate(post.translations, start=1):
        yield f"translation_{number}", translation.text, translation.language
        for name in ("headline", "information"):
            if words := getattr(translation, name):
                yield f"translated_{name}_{number}", words, translation.language


def firsts(wordings: Sequence[Wording]) -> Sequence[Wording]:
    """The first part for each platform and language: accounts of one platform say the same."""
    found = {(one.platform, one.translation): one for one in wordings if not one.follows}
    return tuple(found.values()) if len(found) < len(wordings) else wordings


def unusual(words: str) -> bool:
    """Whether there is more in it than Latin letters, figures and their signs."""
    return _UNUSUAL.search(words) is not None

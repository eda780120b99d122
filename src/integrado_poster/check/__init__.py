"""Everything that a person should see before a campaign goes out, at once."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from integrado_poster.check import (
    a11y,
    alt,
    approval,
    calendar,
    colour,
    days,
    elsewhere,
    file,
    funder,
    gender,
    links,
    media,
    moments,
    parts,
    plan,
    protection,
    severities,
    text,
)
from integrado_poster.check.case import (
    Case,
    PictureFact,
    Seen,
    Text,
    Wordings,
    all_words,
    firsts,
)
from integrado_poster.check.gaps import Gaps, judged
from integrado_poster.check.rule import Fact, Rule
from integrado_poster.check.triggers import Triggers
from integrado_poster.contract import Limits
from integrado_poster.model import Campaign, Finding, Fix, PlannedPost, Said, Severity, Where
from integrado_poster.zones import instant, zone

__all__ = [
    "RULES",
    "Fact",
    "Gaps",
    "PictureFact",
    "Rule",
    "Wordings",
    "check",
    "found",
    "judged",
    "nowhere",
    "weighed",
]

_FAMILIES = (elsewhere, file, plan, severities, calendar, days, moments, text, parts, links, a11y, gender, alt, protection,
             colour, funder, media, approval)  # fmt: skip

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.id: rule
        for family in _FAMILIES
        for name, rule in vars(family).items()
        if isinstance(rule, Rule) and not name.startswith("_")
    }
)
"""The catalogue: every rule by its id."""

_PER_CAMPAIGN: tuple[Callable[[Case], Iterator[Finding]], ...] = tuple(
    look for family in _FAMILIES for look in getattr(family, "PER_CAMPAIGN", ())
)
_PER_POST: tuple[Callable[[Case, Seen], Iterator[Finding]], ...] = tuple(
    look for family in _FAMILIES for look in getattr(family, "PER_POST", ())
)
_PER_PICTURED: tuple[Callable[[Case, Seen], Iterator[Finding]], ...] = tuple(
    look for family in _FAMILIES for look in getattr(family, "PER_PICTURED", ())
)
"""About a post's pictures: not asked about a post without any."""

Look = Callable[[Case, Text], Iterator[Finding]]

_PER_TEXT: Mapping[Look, str | Callable[[Campaign], str]] = MappingProxyType(
    {
        look: trigger
        for family in _FAMILIES
        for look, trigger in getattr(family, "PER_TEXT", {}).items()
    }
)
"""About words: each with the trigger without which it has nothing to say; see triggers.py."""

_TRIGGERS: tuple[str, ...] = tuple(
    trigger for family in _FAMILIES for trigger in getattr(family, "TRIGGERS", ())
)
"""Those that other rules ask for."""

_APART: tuple[str, ...] = tuple(
    trigger for family in _FAMILIES for trigger in getattr(family, "APART", ())
)
"""Those that count far, and are looked for by themselves."""


def nowhere(post: str | None, field: str) -> str | None:
    """For a campaign that was not read from a file."""
    return None


def found(
    rule: str,
    *,
    post: str | None = None,
    where: str | None = None,
    value: str | None = None,
    fix: Fix | None = None,
    **facts: Fact | None,
) -> Finding:
    """A finding of this rule, with its severity and its sentence in both languages.

    A fact that the sentence puts in square brackets may be left out or None; any other one that is
    missing raises KeyError.
    """
    return RULES[rule].finding(post=post, where=where, value=value, fix=fix, **facts)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: nearly all that a check makes stays to its end, and is looked through in vain."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@_uncollected()
def check(
    campaign: Campaign,
    *,
    now: dt.datetime,
    wordings: Wordings,
    limits: Mapping[str, Limits],
    pictures: Mapping[str, PictureFact] | None = None,
    connected: Collection[str] | None = None,
    settled: Collection[str] = (),
    approved: Mapping[str, PlannedPost] | None = None,
    where: Where = nowhere,
) -> list[Finding]:
    """Look at everything and return all findings: the campaign's own first, then post by post.

    `now` is aware. `wordings` is asked only about posts whose organisation and platforms are known.
    Without `pictures` nothing is said about files; without any `connected` account that is one hint.
    Posts named in `settled` may lie in the past: they are out, and the plan is read once more.
    `approved` are the posts with their member's yes, as they were when it was given; without it,
    nobody is asked about approvals.
    The campaign's own settings make rules more or less serious.
    The time this takes grows linearly with the posts.
    """
    looks: dict[str, list[Look]] = {}
    for look, trigger in _PER_TEXT.items():
        named = trigger if isinstance(trigger, str) else trigger(campaign)
        looks.setdefault(named, []).append(look)
    triggers = Triggers((*looks, *_TRIGGERS), _APART)
    case = Case(
        campaign=campaign,
        now=now,
        limits=limits,
        pictures=pictures,
        connected=frozenset(connected or ()),
        settled=frozenset(settled),
        approved=approved,
        where=where,
        posts=_posts(campaign, wordings, limits.keys(), where, triggers),
        names=_names(campaign),
        consents={consent.key.casefold(): consent for consent in campaign.consents},
        contacts=frozenset(member.contact.lower() for member in campaign.organisations),
        hashtags={tag.strip("# ").lower(): tag.strip("# ") for tag in campaign.hashtags},
        handles=_handles(campaign),
        outdated=funder.former_names(campaign.funder),
    )
    order = {post.id: number for number, post in reversed([*enumerate(campaign.posts)])}
    found = sorted(_looked(case, looks), key=lambda finding: order.get(finding.post or "", -1))
    return severities.weighed(found, campaign, RULES)


def weighed(findings: Iterable[Finding], campaign: Campaign) -> list[Finding]:
    """Findings from elsewhere, as seriously as the campaign takes them."""
    return severities.weighed(findings, campaign, RULES)


def _looked(case: Case, looks: Mapping[str, Sequence[Look]]) -> Iterator[Finding]:
    yield from severities.settings(case, RULES)
    for about_all in _PER_CAMPAIGN:
        yield from about_all(case)
    for seen in case.posts:
        for about_one in (*_PER_POST, *_PER_PICTURED) if seen.post.pictures else _PER_POST:
            yield from about_one(case, seen)
        for trigger in seen.holds:
            for look in looks.get(trigger, ()):
                yield from _in_texts(case, seen, look)


def _in_texts(case: Case, seen: Seen, look: Look) -> Iterator[Finding]:
    said: set[Said] = set()
    for part in seen.texts:
        for finding in look(case, part):
            # The same hint about the same words in every own text would only be noise.
            if finding.severity is not Severity.HINT or finding.message not in said:
                yield finding
            said.add(finding.message)


def _posts(
    campaign: Campaign,
    wordings: Wordings,
    platforms: Collection[str],
    where: Where,
    triggers: Triggers,
) -> tuple[Seen, ...]:
    speakable = all(account.platform in platforms for account in campaign.accounts)
    local = zone(campaign.zone)

    def seen(post: PlannedPost) -> Seen:
        wall = dt.datetime.combine(post.date, post.time or campaign.time)
        worded = speakable and post.organisation in campaign.members
        said = tuple(wordings(post)) if worded else ()
        return Seen(
            post=post,
            where=where,
            wall=wall,
            at=instant(wall, local) if local else None,
            wordings=said,
            firsts=firsts(said),
            holds=triggers.within(all_words(post)),
        )

    return tuple(map(seen, campaign.posts))


def _handles(campaign: Campaign) -> Mapping[str, str]:
    handles = [h for member in campaign.organisations for h in member.handles.values()]
    handles += [account.handle for account in campaign.accounts]
    bare = [handle.strip().removeprefix("@") for handle in handles]
    return {handle.lower(): handle for handle in bare if handle}


def _names(campaign: Campaign) -> frozenset[str]:
    """The words of all names in the campaign: nobody has to spell them otherwise."""
    named = [campaign.name, campaign.funder.line, campaign.funder.long_line]
    named += [area.name for area in campaign.areas]
    for member in campaign.organisations:
        named += [member.name, member.short, member.kind, member.focus, member.monogram]
    return frozenset(
        word
        for name in named
        for word in name.translate(str.maketrans('()/,.:;*„“"-', " " * 12)).split()
    )

"""What cannot be judged while some cells of a plan are not understood."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from integrado_poster.check import approval, calendar, days, media, moments, plan, protection
from integrado_poster.check.rule import Rule
from integrado_poster.model import Finding


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """The cells that nobody understood, in a campaign in which something stands in for them."""

    places: Collection[str] = ()  #: Where they are; each has its own finding already.
    posts: Mapping[str, Collection[str]] = field(default_factory=dict)  #: Their fields, by post.
    guessed: bool = (
        True  #: Whether the campaign's days are known, and each post's day and member roughly.
    )
    #: Posts without a number of their own: what the plan calls them, if anything.
    numbers: Mapping[str, str | None] = field(default_factory=dict)


def _ids(*rules: Rule) -> frozenset[str]:
    return frozenset(rule.id for rule in rules)


_ON_ITS_DAY = _ids(
    *(rule for room in (days, moments) for rule in vars(room).values() if isinstance(rule, Rule)),
    calendar.OUTSIDE,
    approval.MISSING,
    approval.SHORT,
    approval.TOO_LATE,
    protection.WITHDRAWN,
)
_OF_ITS_MEMBER = _ids(plan.NO_ACCOUNT, plan.TEXT_UNUSED, days.NO_POST_DAY)
_NEEDS: Mapping[str, frozenset[str]] = {
    "date": _ON_ITS_DAY,
    "time": _ON_ITS_DAY,
    "organisation": _OF_ITS_MEMBER,
}
"""Which rules need a field of a post: without it they would judge what merely stands in for it."""

_BETWEEN_POSTS = _ids(
    calendar.OUTSIDE,
    calendar.SAME_MINUTE,
    calendar.DAY_WITHOUT,
    calendar.NOT_ONCE,
    calendar.SEVERAL_A_DAY,
    media.SHARED,
)
_COMPARED = _ids(approval.CHANGED)


def judged(findings: Iterable[Finding], gaps: Gaps) -> Iterator[Finding]:
    """The findings that hold whatever is meant in the cells that nobody understood."""
    for finding in findings:
        fields = gaps.posts.get(finding.post or "", ())
        needed = any(finding.rule in _NEEDS.get(field, ()) for field in fields)
        compared = fields and finding.rule in _COMPARED
        loose = not gaps.guessed and finding.rule in _BETWEEN_POSTS
        if needed or compared or loose or finding.where in gaps.places:
            continue
        named = gaps.numbers.get(finding.post or "", finding.post)
        yield finding if named == finding.post else replace(finding, post=named)

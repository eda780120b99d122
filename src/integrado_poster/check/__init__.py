"""Everything that a person should see before a campaign goes out, at once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from integrado_poster.check import plan
from integrado_poster.check.rule import Fact, Rule
from integrado_poster.model import Finding

__all__ = ["RULES", "Fact", "Rule", "found"]

_FAMILIES = (plan,)

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.id: rule
        for family in _FAMILIES
        for rule in vars(family).values()
        if isinstance(rule, Rule)
    }
)
"""The catalogue: every rule by its id."""


def found(
    rule: str,
    *,
    post: str | None = None,
    where: str | None = None,
    value: str | None = None,
    **facts: Fact | None,
) -> Finding:
    """A finding of this rule, with its severity and its sentence in both languages.

    A fact that the sentence puts in square brackets may be left out or None; any other one that is
    missing raises KeyError.
    """
    return RULES[rule].finding(post=post, where=where, value=value, **facts)

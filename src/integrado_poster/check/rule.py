"""What a rule is: a name, how bad it is, and its sentence in our two languages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from integrado_poster.model import Finding, Fix, Said, Severity

Fact = str | int | dt.date | dt.time | Said
"""What may stand in a sentence. Dates, times and `Said` are written in the sentence's language."""

WEEKDAYS = (
    Said("Montag", "Monday"),
    Said("Dienstag", "Tuesday"),
    Said("Mittwoch", "Wednesday"),
    Said("Donnerstag", "Thursday"),
    Said("Freitag", "Friday"),
    Said("Samstag", "Saturday"),
    Said("Sonntag", "Sunday"),
)

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that can be wrong.

    In `de` and `en`, `{name}` is a fact; a part in square brackets is left out unless all of its
    facts are given in its language. `{v}` is the finding's value and `{cell}` its place, unless given.
    """

    id: str
    severity: Severity
    de: str
    en: str
    floor: Severity | None = None  #: What it cannot be lowered beyond; see `least`.
    mends: bool = False  #: Whether `plan check --fix` can correct it, at least sometimes.

    @property
    def least(self) -> Severity | None:
        """How far a campaign may lower it: errors to warnings, the rest to nothing, unless told."""
        if self.floor is None and self.severity is Severity.ERROR:
            return Severity.WARNING
        return self.floor

    def finding(
        self,
        *,
        post: str | None = None,
        where: str | None = None,
        value: str | None = None,
        fix: Fix | None = None,
        **facts: Fact | None,
    ) -> Finding:
        """This rule, broken at one place. Raises KeyError if a fact of the sentence is missing."""
        named = _named(self.de, self.en)
        if "v" in named:
            facts.setdefault("v", _short(value) if value else "")
        if "cell" in named:
            facts.setdefault("cell", where or Said("einer Zelle", "a cell"))
        said = _said(self.de, self.en, tuple(facts.items()))
        return Finding(
            rule=self.id,
            severity=self.severity,
            message=said,
            post=post,
            where=where,
            value=value,
            fix=fix,
        )


@lru_cache(maxsize=1024, typed=True)  # many posts have the same to be said about them
def _said(german: str, english: str, told: tuple[tuple[str, Fact | None], ...]) -> Said:
    facts = dict(told)
    return Said(_fill(german, facts, german=True), _fill(english, facts, german=False))


@lru_cache(maxsize=512)
def _named(*sentences: str) -> Collection[str]:
    """The facts that these sentences tell."""
    return frozenset(_NAME.findall(" ".join(sentences)))


def _fill(sentence: str, facts: Mapping[str, Fact | None], *, german: bool) -> str:
    filled = []
    for optional, words in _parted(sentence):
        written = words[:]
        for place in range(1, len(words), 2):
            known = facts.get(words[place]) if optional else facts[words[place]]
            written[place] = _written(known, german=german)
        if not optional or all(written[1::2]):
            filled += written
    return "".join(filled)


@lru_cache(maxsize=512)
def _parted(sentence: str) -> list[tuple[bool, list[str]]]:
    """The parts of a sentence, every second one in brackets; each as words, name, words, name, words."""
    parts = _OPTIONAL.split(sentence)
    return [(place % 2 == 1, _NAME.split(part)) for place, part in enumerate(parts)]


def _written(fact: Fact | None, *, german: bool) -> str:
    if isinstance(fact, str):
        return fact
    if isinstance(fact, Said):
        return fact.de if german else fact.en
    if isinstance(fact, dt.datetime):
        clock = f"{fact:%H:%M}"
        day = _written(fact.date(), german=german)
        return f"{day}, {clock} Uhr" if german else f"{day} {clock}"
    if isinstance(fact, dt.date):
        return f"{fact:%d.%m.%Y}" if german else f"{fact:%Y-%m-%d}"
    if isinstance(fact, dt.time):
        return f"{fact:%H:%M}"
    return "" if fact is None else str(fact)


def _short(value: str, most: int = 80) -> str:
    """A value for a sentence: on one line, and not a whole novel."""
    line = " ".join(value.split())
    return line if len(line) <= most else f"{line[:most].rstrip()} …"

"""What a rule is: a name, how bad it is, and its sentence in our two languages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

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
        known: dict[str, Fact | None] = {
            "v": _short(value or ""),
            "cell": where or Said("einer Zelle", "a cell"),
            **facts,
        }
        said = Said(_fill(self.de, known, german=True), _fill(self.en, known, german=False))
        return Finding(
            rule=self.id,
            severity=self.severity,
            message=said,
            post=post,
            where=where,
            value=value,
            fix=fix,
        )


def _fill(sentence: str, facts: Mapping[str, Fact | None], *, german: bool) -> str:
    def optional(part: re.Match[str]) -> str:
        names = _NAME.findall(part[1])
        given = all(_written(facts.get(name), german=german) for name in names)
        return part[1] if given else ""

    def fact(name: re.Match[str]) -> str:
        return _written(facts[name[1]], german=german)

    if "[" in sentence:
        sentence = _OPTIONAL.sub(optional, sentence)
    return _NAME.sub(fact, sentence)


def _written(fact: Fact | None, *, german: bool) -> str:
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

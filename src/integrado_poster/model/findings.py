"""What is wrong with a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

Where = Callable[[str | None, str], str | None]
"""Where in the file a post's field stands: ("IKW-03", "date") -> "Beiträge!B5"; None if nowhere."""


class Severity(StrEnum):
    """How bad a finding is. Only an error keeps a plan from being applied."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


class Said(NamedTuple):
    """The same sentence in our two languages."""

    de: str
    en: str


class Fix(NamedTuple):
    """A correction that is certainly right: in the finding's cell, `new` in the place of `old`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a person should see before the plan goes out."""

    rule: str
    severity: Severity
    message: Said
    post: str | None = None
    where: str | None = None
    value: str | None = None
    fix: Fix | None = None

"""What a plan file says, cell by cell, before anything is understood: the same for every format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from integrado_poster.model import Said
from integrado_poster.plan.columns import Heading, Table
from integrado_poster.plan.values import Raw


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A cell that holds a formula or an error value instead of something to read."""

    text: str


class Row(Protocol):
    """One row of a table."""

    @property
    def cells(self) -> Mapping[str, Raw]:
        """What stands in it, by our key of the column ("date", "image_2"). Empty cells may be missing."""

    def at(self, key: str | None = None) -> str:
        """Where a cell stands, or the row if None or if the row has no such cell."""

    @property
    def line(self) -> str:
        """The row in short: "Zeile 31"."""


class Shapeless(NamedTuple):
    """Something that is no row or no cell at all; `right` shows what should stand there."""

    what: str
    value: str
    where: str
    right: str


class Odd(NamedTuple):
    """Something about the table itself that a person should know, with the rule that says it."""

    rule: str
    where: str
    value: str = ""
    named: Said | None = None


@dataclass(slots=True, kw_only=True)
class Rows:
    """One table of one file."""

    table: Table
    title: str  #: As the file calls it.
    german: bool
    above: int = 0  #: How many lines stand above the headings.
    headings: dict[str, Heading] = field(default_factory=dict)  #: By our key.
    unknown: dict[str, str] = field(
        default_factory=dict
    )  #: Strange headings, and where they stand.
    rows: Sequence[Row] = ()
    shapeless: list[Shapeless] = field(default_factory=list)
    odd: list[Odd] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A plan file: its tables by key, and what else it holds."""

    tables: Mapping[str, Rows]
    unknown: Mapping[str, str]  #: Strange tables, and where they stand.
    german: bool = True
    unicode: bool = True  #: Whether every character of the world could stand in it.

    def rows(self, key: str) -> Sequence[Row]:
        """The rows of a table; none if the file does not have it."""
        return self.tables[key].rows if key in self.tables else ()


LINE = Said("Zeile", "line")
"""How a place names its line."""

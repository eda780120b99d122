"""Gathers what is wrong with a plan while it is read."""

from __future__ import annotations

from typing import Any

from integrado_poster.check import RULES, found
from integrado_poster.check.rule import WEEKDAYS
from integrado_poster.model import Finding, Said, Severity
from integrado_poster.plan.columns import TABLES, Column, Heading, Table
from integrado_poster.plan.source import Row
from integrado_poster.plan.spelling import nearest
from integrado_poster.plan.values import Misread, shown

_MOST = 1_000


class Findings(list[Finding]):
    """The findings so far, in the file's order. After a thousand, the rest is only counted."""

    def __init__(self) -> None:
        super().__init__()
        self.places: set[str] = set()  #: Of the errors among them.
        self._more = 0
        self._blocks = 0

    def find(
        self, rule: str, where: str | None, row: Row | None, value: str | None, **facts: Any
    ) -> None:
        """Add one; the post's number is taken from its row."""
        if RULES[rule].severity is Severity.ERROR:
            self._blocks += 1
            self.places.add(where or "")
        if len(self) >= _MOST:
            self._more += 1
            return
        post = shown(row.cells.get("id")) or None if row else None
        self.append(found(rule, post=post, where=where, value=value, **facts))

    def misread(self, misread: Misread, row: Row, heading: Heading, text: str) -> None:
        """A value that its column did not understand."""
        where = row.at(heading.key)
        if misread.rule == "PLAN-23":
            column = heading.column
            said = column.said(heading.rest)
            self.find("PLAN-23", where, row, text, c=said, ex=column.example, d=misread.meant)
        elif misread.day is not None:
            weekday = WEEKDAYS[misread.day.weekday()]
            self.find(misread.rule, where, row, text, d=misread.day, wd=weekday)
        elif misread.rule == "PLAN-50":
            self.find(misread.rule, where, row, text, d=misread.meant)
        else:
            self.find(misread.rule, where, row, text)

    def misfit(self, table: str, row: Row, field: str, value: str) -> None:
        """A value that its column understood and the model refuses."""
        column = next((one for one in TABLES[table].columns if one.key == field), None)
        said = column.heading if column else Said(field, field)
        example = column.example if column else "…"
        self.find("PLAN-23", row.at(field), row, value, c=said, ex=example)

    def empty(self, row: Row, column: Column, rest: str = "") -> None:
        """A cell that must not be empty."""
        key = f"{column.key}_{rest}" if rest else column.key
        self.find("PLAN-03", row.at(key), row, None, c=column.said(rest), ex=column.example)

    def strange(self, table: Table, written: str, where: str, *, german: bool) -> None:
        """A heading that no column of the table has; what is suggested is in the table's language."""
        names = [column.heading[0 if german else 1] for column in table.columns]
        self.find("PLAN-02", where, None, written, c=written, d=nearest(written, names))

    @property
    def blocks(self) -> int:
        """How many errors there are among them, also of those that were only counted."""
        return self._blocks

    @property
    def countless(self) -> bool:
        """Whether there are more than anybody reads."""
        return self._more > 0

    def all(self) -> tuple[Finding, ...]:
        """All of them, with a last one for those that were only counted."""
        return (*self, found("PLAN-54", n=self._more)) if self._more else tuple(self)

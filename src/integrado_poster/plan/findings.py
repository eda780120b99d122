"""Gathers what is wrong with a plan while it is read."""

from __future__ import annotations

from typing import Any

from integrado_poster.check import found
from integrado_poster.model import Finding, Said, Severity
from integrado_poster.plan.columns import TABLES, Column, Heading, Table
from integrado_poster.plan.source import Row
from integrado_poster.plan.spelling import nearest
from integrado_poster.plan.values import Misread, shown


class Findings(list[Finding]):
    """The findings so far, in the file's order."""

    def find(
        self, rule: str, where: str | None, row: Row | None, value: str | None, **facts: Any
    ) -> None:
        """Add one; the post's number is taken from its row."""
        post = shown(row.cells.get("id")) or None if row else None
        self.append(found(rule, post=post, where=where, value=value, **facts))

    def misread(self, misread: Misread, row: Row, heading: Heading, text: str) -> None:
        """A value that its column did not understand."""
        where = row.at(heading.key)
        if misread.rule == "PLAN-23":
            column = heading.column
            said = column.said(heading.rest)
            self.find("PLAN-23", where, row, text, c=said, ex=column.example, d=misread.meant)
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

    def strange(self, table: Table, written: str, where: str) -> None:
        """A heading that no column of the table has."""
        names = [name for column in table.columns for name in column.heading]
        self.find("PLAN-02", where, None, written, c=written, d=nearest(written, names))

    def block(self, since: int = 0) -> bool:
        """Whether there is an error among them, counted from one on."""
        return any(finding.severity is Severity.ERROR for finding in self[since:])

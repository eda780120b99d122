"""From rows to a Campaign, with everything that is wrong named at once: one way for all formats."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from integrado_poster.check import Gaps
from integrado_poster.model import (
    Account,
    Area,
    Campaign,
    Consent,
    Funder,
    Organisation,
    PlannedPost,
)
from integrado_poster.plan import encodings
from integrado_poster.plan.columns import CAMPAIGN, TABLES, Column, Heading, Table
from integrado_poster.plan.findings import Findings
from integrado_poster.plan.moments import NoYear
from integrado_poster.plan.posts import Posts, Values, given, known, names_in
from integrado_poster.plan.sketch import sketched, stand_ins, unknown_fields
from integrado_poster.plan.source import Row, Rows, Source, Spoilt
from integrado_poster.plan.spelling import nearest
from integrado_poster.plan.values import Misread, Raw, shown

Model = TypeVar("Model", bound=BaseModel)

_NEEDED = frozenset(("campaign", "organisations", "posts"))  #: The tables that every plan has.
_LONGEST = 32_767
_LOST = re.compile("\ufffd|Ã[¤¶¼Ÿ„–œ]|â€[žœ]|ðŸ")
"""What remains of umlauts, quotes and emoji after a file was saved and read in different encodings."""


class Reader:
    """Reads one source; what is wrong gathers in `findings`."""

    def __init__(self, source: Source) -> None:
        self.findings = Findings()
        self.base: str | None = None  #: The digest of the plan from which the file was exported.
        self._source = source
        self._days: tuple[dt.date, dt.date] | None = None
        self._unknown: dict[str, list[str]] = {}  #: Fields that nobody understood, by post.
        self._numbers: dict[str, str | None] = {}  #: Of posts without a number of their own.
        self._guessed = True  #: Whether each post's day, time and member are known roughly.
        self._whole = True  #: Whether each row of the posts has become one.

    @property
    def gaps(self) -> Gaps:
        """What the sketch does not know."""
        return Gaps(
            places=frozenset(self.findings.places),
            posts=self._unknown,
            guessed=self._guessed,
            numbers=self._numbers,
        )

    def sketch(self) -> Campaign | None:
        """The whole campaign. Unless the `findings` block it, it is what the file says; else something
        stands in the place of what nobody understood, and None is what cannot even be judged.
        """
        missing = [table for key, table in TABLES.items() if key not in self._source.tables]
        titles = [title for table in missing for title in table.title]
        for name, where in self._source.unknown.items():
            self.findings.find("PLAN-02", where, None, name, c=name, d=nearest(name, titles))
        values = self._campaign()
        language = values.get("language") or ("de" if self._source.german else "en")
        posts = Posts(self._source, self.findings, language)
        for table in TABLES.values():
            self._look_at(table, posts)
        values["language"] = language
        values["areas"] = self._table("areas", Area)
        values["organisations"] = self._table("organisations", Organisation, _organisation)
        values["accounts"] = self._table("accounts", Account, self._account)
        values["consents"] = self._table("consents", Consent)
        values["posts"] = self._table("posts", PlannedPost, posts.fields)
        if not self.findings.blocks:
            return _built(Campaign, values, partial(self._misfit, CAMPAIGN.key))
        rows = self._source.rows(CAMPAIGN.key)
        self._guessed &= bool(values["posts"]) and bool(values["organisations"])
        if not rows or not self._whole or self.findings.countless:
            return None
        return sketched(Campaign, values, stand_ins(CAMPAIGN.key, rows[0], None))

    # --- Tables -----------------------------------------------------------------------

    def _look_at(self, table: Table, posts: Posts) -> None:
        """Missing and unknown columns, and what is no row at all."""
        rows = self._source.tables.get(table.key)
        needed = table.key in _NEEDED
        if rows is None:
            if needed:
                self.findings.find("PLAN-01", None, None, None, c=table.title)
            return
        for odd in rows.odd:
            self.findings.find(odd.rule, odd.where, None, odd.value, c=odd.named)
        for what, value, where, right in rows.shapeless:
            self.findings.find("PLAN-23", where, None, value, c=what, ex=right)
        strange = posts.strange if table.key == "posts" else partial(self.findings.strange, table)
        for written, where in rows.unknown.items():
            strange(written, where, german=rows.german)
        if rows.rows:
            self._look_for_columns(rows)
        elif needed and not rows.shapeless:
            example = table.columns[0].example
            self.findings.find("PLAN-03", rows.title, None, None, c=table.title, ex=example)

    def _look_for_columns(self, rows: Rows) -> None:
        at = rows.title if len(rows.rows) > 1 else rows.rows[0].at()
        for column in rows.table.required:
            if column.key not in rows.headings:
                self.findings.find("PLAN-01", at, None, None, c=column.heading)

    def _table(
        self,
        key: str,
        model: type[Model],
        fields: Callable[[Row, Values], Values] = lambda _, values: values,
    ) -> tuple[Model, ...]:
        """The rows of a table as values of ours; of a row with an error, what can be judged."""
        rows = self._source.tables.get(key)
        needed = {column.key for column in TABLES[key].required}
        seen: dict[str, str] = {}
        built = []
        for row in rows.rows if rows else ():
            before = self.findings.blocks
            values = fields(row, self._values(rows, row)) if rows else {}
            twice = self._twice(TABLES[key], row, values, seen)
            one = None
            if self.findings.blocks == before and needed <= values.keys():
                one = _built(model, values, partial(self._misfit, key, row=row))
            if one is None and not (twice and key != "posts"):
                one = self._sketched(key, model, row, values)
            built += [one] if one else []
        return tuple(built)

    def _sketched(self, key: str, model: type[Model], row: Row, values: Values) -> Model | None:
        """What can be judged of a row with an error; a post without a number goes by its line."""
        day = self._days[0] if self._days else None
        one = sketched(model, values, stand_ins(key, row, day))
        if key != "posts":
            return one
        number = values.setdefault("id", shown(row.cells.get("id")) or row.line)
        if number == row.line:
            self._numbers[number] = shown(row.cells.get("id")) or None
        if unknown := unknown_fields(row, values, self.findings.places):
            self._unknown[number] = unknown
            self._guessed &= all(values.get(field) is not None for field in unknown)
        self._whole &= one is not None
        return one

    def _twice(self, table: Table, row: Row, values: Values, seen: dict[str, str]) -> bool:
        """Whether its number or key stands in an earlier row, which is a finding."""
        column = table.columns[0].key
        name = values.get(column)
        if not name or seen.setdefault(name, row.line) == row.line:
            return False
        rule = "PLAN-04" if column == "id" else "PLAN-35"
        facts = {"id": name, "r": seen[name], "c": table.title}
        self.findings.find(rule, row.at(column), row, name, **facts)
        values[column] = row.line
        return True

    def _values(self, rows: Rows, row: Row) -> Values:
        """What stands in a row, understood; what is not understood becomes a finding."""
        values: Values = {}
        for key, raw in row.cells.items():
            heading = rows.headings[key]
            if isinstance(raw, Spoilt):
                self.findings.find("PLAN-17", row.at(key), row, raw.text)
            elif text := shown(raw):
                try:
                    values[key] = self._understood(heading, raw)
                except Misread as misread:
                    self.findings.misread(misread, row, heading, text)
                    if (guess := _guess(rows.table, heading.column, misread)) is not None:
                        values[key] = guess
                self._look_at_text(row, key, text)
        for column in rows.table.required:
            missing = column.key not in values and column.key in rows.headings
            if missing and not given(row.cells.get(column.key)):
                self.findings.empty(row, column)
        return values

    def _understood(self, heading: Heading, raw: Raw) -> object:
        try:
            return heading.column.read(raw)
        except NoYear as day:
            if self._days is None:
                raise
            return day.within(*self._days)

    def _look_at_text(self, row: Row, key: str, text: str) -> None:
        """Characters that were lost on the way, and more of them than a cell can hold."""
        broken = not text.isascii() and _LOST.search(text) is not None
        if broken or (not self._source.unicode and encodings.lost(text)):
            self.findings.find("PLAN-18", row.at(key), row, text)
        if len(text) > _LONGEST:
            self.findings.find("PLAN-53", row.at(key), row, text[:200], n=len(text))

    # --- The campaign's own fields, and the accounts' owners ---------------------------------

    def _campaign(self) -> Values:
        rows = self._source.tables.get(CAMPAIGN.key)
        if rows is None or not rows.rows:
            return {}
        row = rows.rows[0]
        values = self._values(rows, row)
        self.base = values.pop("base", None)
        days = ("first_day", "last_day")
        self._guessed = all(
            day in values and row.at(day) not in self.findings.places for day in days
        )
        if {"first_day", "last_day"} <= values.keys():
            self._days = values["first_day"], values["last_day"]
        funder = {key[7:]: values.pop(key) for key in [*values] if key.startswith("funder.")}
        values["funder"] = Funder(**funder)
        return values

    def _account(self, row: Row, values: Values) -> Values:
        if owner := values.get("owner"):
            names = names_in(self._source, "organisations", "short", "name")
            account = str(values.get("key", owner))
            values["owner"] = known("PLAN-28", names, owner, row, "owner", self.findings, c=account)
        return values

    def _misfit(self, table: str, field: str, value: str, row: Row | None = None) -> None:
        self.findings.misfit(table, row or self._source.rows(table)[0], field, value)


def _guess(table: Table, column: Column, misread: Misread) -> object:
    """What was probably meant, if that is clear: only good for judging the rest."""
    if misread.day is not None:
        return misread.day
    own = table.columns[0]
    if misread.meant is None or (column.read is own.read and column is not own):
        return None  # a guess at the key of something else would only be unknown, too
    try:
        return column.read(misread.meant)
    except Misread:
        return None


def _organisation(_row: Row, values: Values) -> Values:
    """Names on platforms in one mapping; who has no short name is called by the long one."""
    handles = [key for key in values if key.startswith("handle_")]
    values["handles"] = {key[7:].casefold(): values.pop(key) for key in handles}
    values.setdefault("short", values.get("name"))
    return values


def _built(model: type[Model], values: Values, misfit: Callable[[str, str], None]) -> Model | None:
    """The value, or None after reporting each field that does not fit."""
    try:
        return model(**values)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            misfit(str(problem["loc"][0]), str(problem["input"]))
        return None

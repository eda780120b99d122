"""From rows to a Campaign, with everything that is wrong named at once. One validator for all formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from integrado_poster.check import found
from integrado_poster.model import (
    Account,
    Area,
    Campaign,
    Channel,
    Finding,
    Funder,
    Organisation,
    PlannedPicture,
    PlannedPost,
    Said,
    Severity,
    Translation,
)
from integrado_poster.plan.columns import TABLES, Column, Heading, Many, Table
from integrado_poster.plan.names import Names
from integrado_poster.plan.source import Row, Rows, Source, Spoilt
from integrado_poster.plan.spelling import nearest, tidy
from integrado_poster.plan.values import Misread, Raw, read_choice, shown

Values = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)

_LOST = ("\ufffd", "Ã¤", "Ã¶", "Ã¼", "ÃŸ", "Ã„", "Ã–", "Ãœ", "â€ž", "â€œ", "ðŸ")
_read_channel = read_choice(Channel)


class Reader:
    """Reads one source. Findings gather in `findings`; what could be read is returned."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.findings: list[Finding] = []
        self._language = "de" if source.german else "en"
        self._organisations = self._names("organisations", "short", "name")
        self._areas = self._names("areas", "name")
        self._accounts = self._names("accounts")
        self._platforms = Names()

    @property
    def blocked(self) -> bool:
        """Whether an error was found."""
        return _blocked(self.findings)

    def campaign(self) -> Campaign | None:
        """The whole campaign, or None if anything stands in the way."""
        for name, where in self._source.unknown.items():
            titles = [title for table in TABLES.values() for title in table.title]
            self._find("PLAN-02", where, None, name, c=name, d=nearest(name, titles))
        for table in TABLES.values():
            self._look_at(table)
        head = self._head()
        areas = self._table("areas", Area)
        organisations = self._table("organisations", Organisation, self._organisation)
        accounts = self._table("accounts", Account, self._account)
        self._know_platforms(accounts, organisations)
        posts = self._table("posts", PlannedPost, self._post)
        if self.blocked:
            return None
        return _built(
            Campaign,
            {
                **head,
                "areas": areas,
                "organisations": organisations,
                "accounts": accounts,
                "posts": posts,
            },
            self._campaign_misfit,
        )

    # --- Tables -----------------------------------------------------------------------

    def _look_at(self, table: Table) -> None:
        """Missing and unknown columns, and what is no row at all."""
        rows = self._source.tables.get(table.key)
        needed = table.key in _NEEDED
        if rows is None:
            if needed:
                self._find("PLAN-01", None, None, None, c=table.title)
            return
        for what, value, where, right in rows.shapeless:
            self._find("PLAN-23", where, None, value, c=what, ex=right)
        for written, where in rows.unknown.items():
            self._strange(table, written, where)
        if rows.rows:
            self._look_for_columns(rows)
        elif needed and not rows.shapeless:
            example = table.columns[0].example
            self._find("PLAN-03", rows.title, None, None, c=table.title, ex=example)

    def _look_for_columns(self, rows: Rows) -> None:
        at = rows.title if len(rows.rows) > 1 else rows.rows[0].at()
        for column in rows.table.columns:
            if column.required and column.key not in rows.headings:
                self._find("PLAN-01", at, None, None, c=column.heading)

    def _strange(self, table: Table, written: str, where: str) -> None:
        account = self._accounts.key(written) if table.key == "posts" else None
        if account:  # Not just ignored: a "no" in it must not become a post.
            said = _column("posts", "channel").said(account)
            self._find("PLAN-23", where, None, written, c=Said("Spalte", "column"), ex=said)
        else:
            known = [name for column in table.columns for name in column.heading]
            self._find("PLAN-02", where, None, written, c=written, d=nearest(written, known))

    def _table(
        self, key: str, model: type[Model], finish: Callable[[Row, Values], Values] | None = None
    ) -> tuple[Model, ...]:
        """The rows of a table as values of ours; a row with an error is left out."""
        rows = self._source.tables.get(key)
        seen: dict[str, str] = {}
        built = []
        for row in rows.rows if rows else ():
            before = len(self.findings)
            values = self._values(rows, row) if rows else {}
            if finish:
                values = finish(row, values)
            name = values.get("id") or values.get("key")
            if name is not None and name in seen:
                column = "id" if "id" in values else "key"
                self._find("PLAN-04", row.at(column), row, name, id=name, r=seen[name])
            elif name is not None:
                seen[name] = row.line
            if not _blocked(self.findings[before:]):
                one = _built(model, values, partial(self._misfit, key, row))
                built += [one] if one else []
        return tuple(built)

    def _values(self, rows: Rows, row: Row) -> Values:
        """What stands in a row, understood; what is not understood becomes a finding."""
        values: Values = {}
        for key, raw in row.cells.items():
            heading = rows.headings[key]
            if isinstance(raw, Spoilt):
                self._find("PLAN-17", row.at(key), row, raw.text)
            elif (text := shown(raw)) and raw not in ([], {}):
                try:
                    values[key] = heading.column.read(raw)
                except Misread as misread:
                    self._misread(misread, row, heading, text)
                if any(lost in text for lost in _LOST):
                    self._find("PLAN-18", row.at(key), row, text)
        for column in rows.table.columns:
            if (
                column.required
                and column.key in rows.headings
                and not _given(row.cells.get(column.key))
            ):
                self._find(
                    "PLAN-03", row.at(column.key), row, None, c=column.heading, ex=column.example
                )
        return values

    def _misread(self, misread: Misread, row: Row, heading: Heading, text: str) -> None:
        column = heading.column
        where = row.at(heading.key)
        if misread.rule != "PLAN-23":
            self._find(misread.rule, where, row, text)
            return
        said = column.said(heading.rest)
        self._find("PLAN-23", where, row, text, c=said, ex=column.example, d=misread.meant)

    # --- The campaign's own fields, members and accounts -------------------------------------

    def _head(self) -> Values:
        rows = self._source.tables.get("campaign")
        if rows is None or not rows.rows:
            return {}
        values = self._values(rows, rows.rows[0])
        self._language = values.get("language", "de")
        funder = {
            key.removeprefix("funder."): values.pop(key)
            for key in [*values]
            if key.startswith("funder.")
        }
        if (
            not {"first_day", "last_day"} - values.keys()
            and values["last_day"] < values["first_day"]
        ):
            column = _column("campaign", "last_day")
            day = f"{values['first_day']:%d.%m.%Y}"
            text = f"{values['last_day']:%d.%m.%Y}"
            self._find("PLAN-23", rows.rows[0].at("last_day"), None, text, c=column.heading, ex=day)
        return {**values, "funder": Funder(**funder)}

    def _organisation(self, _row: Row, values: Values) -> Values:
        handles = {
            key.removeprefix("handle_"): values.pop(key)
            for key in [*values]
            if key[:7] == "handle_"
        }
        values["handles"] = {platform.casefold(): handle for platform, handle in handles.items()}
        values.setdefault("short", values.get("name"))
        return values

    def _account(self, row: Row, values: Values) -> Values:
        if owner := values.get("owner"):
            values["owner"] = self._known("PLAN-05", self._organisations, owner, row, "owner")
        return values

    def _know_platforms(
        self, accounts: Iterable[Account], organisations: Iterable[Organisation]
    ) -> None:
        platforms = {account.platform: None for account in accounts}
        platforms |= {name: None for one in organisations for name in one.handles}
        self._platforms.know((platform,) for platform in platforms)

    def _names(self, table: str, *others: str) -> Names:
        """The names in a table, taken from its cells, so that one bad cell does not hide the rest."""
        rows = self._source.rows(table)
        keys = [[shown(row.cells.get(column)) for column in ("key", *others)] for row in rows]
        return Names().know(tuple(names) for names in keys if names[0])

    # --- Posts ------------------------------------------------------------------------------

    def _post(self, row: Row, values: Values) -> Values:
        post = {key: value for key, value in values.items() if key in _PLAIN}
        post.setdefault("language", self._language)
        if written := post.get("organisation"):
            post["organisation"] = self._known(
                "PLAN-05", self._organisations, written, row, "organisation"
            )
        if areas := post.get("areas"):
            known = [self._known("PLAN-25", self._areas, area, row, "areas") for area in areas]
            post["areas"] = tuple(area for area in known if area)
        self._nested(row, [key for key in values if key not in _PLAIN], values, post)
        return post

    def _nested(self, row: Row, keys: Sequence[str], values: Values, post: Values) -> None:
        if not keys:
            return
        numbered: dict[str, dict[int, Values]] = {"picture": {}, "translation": {}}
        rows = self._source.tables["posts"]
        for key in keys:
            column, rest = rows.headings[key]
            if column.many is Many.NUMBERED:
                group = "translation" if column.key.startswith("translation") else "picture"
                numbered[group].setdefault(int(rest), {})[_FIELDS[column.key]] = values[key]
            elif column.key == "text":
                self._own_text(row, key, rest, values[key], post)
            else:
                self._channel(row, key, rest, values[key], post)
        post["pictures"] = self._all(row, numbered["picture"], PlannedPicture, ("image",))
        post["translations"] = self._all(
            row, numbered["translation"], Translation, ("translation_language", "translation")
        )

    def _all(
        self, row: Row, numbered: Mapping[int, Values], model: type[Model], needed: tuple[str, ...]
    ) -> tuple[Model, ...]:
        """Pictures or translations in their order; each needs its `needed` columns."""
        built = []
        for number in sorted(numbered):
            missing = [key for key in needed if _FIELDS[key] not in numbered[number]]
            for key in missing:
                cell = row.cells.get(f"{key}_{number}")
                if not _given(cell):  # else it was misread, and is reported already
                    column = _column("posts", key)
                    said = column.said(str(number))
                    at = row.at(f"{key}_{number}")
                    self._find("PLAN-03", at, row, None, c=said, ex=column.example)
            if not missing:
                built.append(model(**numbered[number]))
        return tuple(built)

    def _own_text(self, row: Row, key: str, rest: str, text: str, post: Values) -> None:
        platform = self._platforms.key(rest) or self._platforms.key(rest.casefold())
        if platform:
            post.setdefault("texts", {})[platform] = text
            return
        said = _column("posts", "text").said(rest)
        guess = self._platforms.guess(rest)
        meant = Said(f"Text {guess}", f"Text {guess}") if guess else None
        self._find("PLAN-02", row.at(key), row, text, c=said, d=meant)

    def _channel(self, row: Row, key: str, rest: str, channel: Channel, post: Values) -> None:
        account = self._accounts.key(rest)
        if account:
            post.setdefault("channels", {})[account] = channel
            return
        # Not just ignored: a "no" to a misspelt account must not become a post.
        names = self._accounts
        self._find(
            "PLAN-23", row.at(key), row, rest, c=_column("posts", "channel").heading,
            ex=names.examples or "mastodon", d=names.guess(rest),
        )  # fmt: skip

    def _known(self, rule: str, names: Names, written: str, row: Row, key: str) -> str | None:
        meant = names.key(written)
        if meant is None:
            self._find(rule, row.at(key), row, written, d=names.guess(written))
        return meant

    # --- Findings -----------------------------------------------------------------------------

    def _find(
        self, rule: str, where: str | None, row: Row | None, value: str | None, **facts: Any
    ) -> None:
        post = tidy(shown(row.cells.get("id"))) or None if row else None
        self.findings.append(found(rule, post=post, where=where, value=value, **facts))

    def _misfit(self, table: str, row: Row, field: str, value: str) -> None:
        """A value that its column understood and the model refuses."""
        column = next((one for one in TABLES[table].columns if one.key == field), None)
        said = column.heading if column else Said(field, field)
        self._find(
            "PLAN-23", row.at(field), row, value, c=said, ex=column.example if column else "…"
        )

    def _campaign_misfit(self, field: str, value: str) -> None:
        rows = self._source.rows("campaign")
        self._misfit("campaign", rows[0], field, value)


_NEEDED = frozenset(("campaign", "organisations", "posts"))  #: The tables that every plan has.

# Which fields of a picture or a translation the numbered columns fill.
_FIELDS = {
    "image": "file",
    "alt": "alt",
    "credit": "credit",
    "focus": "focus",
    "translation_language": "language",
    "translation": "text",
}
_PLAIN = frozenset(
    column.key for column in TABLES["posts"].columns if column.many is Many.ONE
)  #: The fields of a post that are one column each.


def _column(table: str, key: str) -> Column:
    return next(column for column in TABLES[table].columns if column.key == key)


def _blocked(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _given(raw: Raw) -> bool:
    return isinstance(raw, Spoilt) or bool(shown(raw))


def _built(model: type[Model], values: Values, misfit: Callable[[str, str], None]) -> Model | None:
    """The value, or None after reporting each field that does not fit."""
    try:
        return model(**values)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            misfit(str(problem["loc"][0]), str(problem["input"]))
        return None

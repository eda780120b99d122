"""From the cells of one row to the fields of one post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrado_poster.model import Channel, PlannedPicture, PlanValue, Said, Translation
from integrado_poster.plan.columns import POSTS, Heading, Many, is_key
from integrado_poster.plan.findings import Findings
from integrado_poster.plan.names import Names
from integrado_poster.plan.source import Row, Source, Spoilt
from integrado_poster.plan.spelling import slug
from integrado_poster.plan.values import Raw, shown

Values = dict[str, Any]

PLAIN = frozenset(column.key for column in POSTS.columns if column.many is Many.ONE)
"""The fields of a post that are one column each."""

_PICTURE = {"image": "file", "alt": "alt", "credit": "credit", "focus": "focus",
            "people": "people", "consent": "consent", "lettered": "lettered", "ai": "ai"}  # fmt: skip
_OF_TRANSLATION = ("translation_language", "translation")
_TRANSLATION = {"translation_language": "language", "translation": "text", "translated_headline": "headline",
                "translated_information": "information", "translated_alt": "alt"}  # fmt: skip
_FIELDS = _PICTURE | _TRANSLATION
_MANY = {column.key: column for column in POSTS.columns if column.many is not Many.ONE}


class Posts:
    """Turns rows into fields. It knows all names, so that those in a post can be looked up."""

    def __init__(self, source: Source, findings: Findings, language: str) -> None:
        self._findings = findings
        self._language = language
        self._headings: Mapping[str, Heading] = (
            source.tables[POSTS.key].headings if POSTS.key in source.tables else {}
        )
        self._organisations = names_in(source, "organisations", "short", "name")
        self._areas = names_in(source, "areas", "name")
        self._accounts = names_in(source, "accounts")
        self._platforms = _platforms(source)
        self._told: set[str] = set()

    def fields(self, row: Row, values: Values) -> Values:
        """The fields of `PlannedPost`, from the values of this row's cells."""
        post = {key: value for key, value in values.items() if key in PLAIN}
        post.setdefault("language", self._language)
        if written := post.get("organisation"):
            names = self._organisations
            meant = known("PLAN-05", names, written, row, "organisation", self._findings)
            post["organisation"] = meant or names.key(names.guess(written) or "")
        if areas := post.get("areas"):
            keys = [
                known("PLAN-25", self._areas, area, row, "areas", self._findings) for area in areas
            ]
            post["areas"] = tuple(key for key in keys if key)
        if rest := [key for key in values if key not in PLAIN]:
            self._nested(row, rest, values, post)
        return post

    def _nested(self, row: Row, keys: Sequence[str], values: Values, post: Values) -> None:
        pictures: dict[int, Values] = {}
        translations: dict[int, Values] = {}
        for key in keys:
            column, rest = self._headings[key]
            if column.key in _PICTURE:
                pictures.setdefault(int(rest), {})[_PICTURE[column.key]] = values[key]
            elif column.key in _TRANSLATION:
                translations.setdefault(int(rest), {})[_TRANSLATION[column.key]] = values[key]
            elif column.key == "text":
                self._own_text(row, key, rest, values[key], post)
            else:
                self._channel(row, key, rest, values[key], post)
        post["pictures"] = self._all(row, pictures, PlannedPicture, ("image",))
        post["translations"] = self._all(row, translations, Translation, _OF_TRANSLATION)

    def _all(
        self,
        row: Row,
        numbered: Mapping[int, Values],
        model: type[PlanValue],
        needed: tuple[str, ...],
    ) -> tuple[PlanValue, ...]:
        """Pictures or translations in their order; each must have its `needed` columns."""
        built = []
        for number in sorted(numbered):
            missing = [key for key in needed if _FIELDS[key] not in numbered[number]]
            for key in missing:
                if not given(row.cells.get(f"{key}_{number}")):  # else it is told as misread
                    self._findings.empty(row, _MANY[key], str(number))
            if not missing:
                built.append(model(**numbered[number]))
        return tuple(built)

    def _own_text(self, row: Row, key: str, rest: str, text: str, post: Values) -> None:
        if platform := self._platforms.key(rest):
            post.setdefault("texts", {})[platform] = text
        elif key not in self._told:
            self._told.add(key)
            column = _MANY["text"]
            guess = self._platforms.guess(rest)
            meant = column.said(guess) if guess else None
            self._findings.find("PLAN-02", row.at(key), row, text, c=column.said(rest), d=meant)

    def _channel(self, row: Row, key: str, rest: str, channel: Channel, post: Values) -> None:
        if account := self._accounts.key(rest):
            post.setdefault("channels", {})[account] = channel
            return
        # Not just ignored: a "no" to a misspelt account must not become a post.
        self._findings.find("PLAN-32", row.at(key), row, rest, d=self._accounts.guess(rest))

    def strange(self, written: str, where: str, *, german: bool) -> None:
        """A heading that no column has."""
        if account := self._accounts.key(written):
            # A bare "Mastodon" would be a column of accounts. A "no" in it must not be ignored.
            said = _MANY["channel"].said(account)
            column = Said("Spalte", "column")
            self._findings.find("PLAN-23", where, None, written, c=column, ex=said)
        else:
            self._findings.strange(POSTS, written, where, german=german)


def known(
    rule: str, names: Names, written: str, row: Row, key: str, findings: Findings, **facts: str
) -> str | None:
    """The key of who or what is meant; None after a finding by this rule."""
    meant = names.key(written)
    if meant is None:
        findings.find(rule, row.at(key), row, written, d=names.guess(written), **facts)
    return meant


def names_in(source: Source, table: str, *others: str) -> Names:
    """The names in a table, taken from its cells, so that one bad cell does not hide the rest."""
    keys = [
        tuple(shown(row.cells.get(column)) for column in ("key", *others))
        for row in source.rows(table)
    ]
    return Names().know((_as_key(names[0]), *names) for names in keys if names[0])


def _as_key(written: str) -> str:
    """The key that a cell means, or the one that stands in for it."""
    lower = written.lower()
    return lower if is_key(lower) else slug(written)


def _platforms(source: Source) -> Names:
    """The platforms of the accounts, and those on which members have a name."""
    names = {shown(row.cells.get("platform")): None for row in source.rows("accounts")}
    if "organisations" in source.tables:
        headings = source.tables["organisations"].headings.values()
        names |= {rest.casefold(): None for column, rest in headings if column.key == "handle"}
    return Names().know((name,) for name in names if name)


def given(raw: Raw) -> bool:
    """Whether anything stands in a cell."""
    return isinstance(raw, Spoilt) or bool(shown(raw))

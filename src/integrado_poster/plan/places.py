"""Where in the file a post's field stands."""

from __future__ import annotations

from collections.abc import Mapping

from integrado_poster.plan.source import Row, Source
from integrado_poster.plan.values import shown

_FIRST: Mapping[str, str] = {
    "pictures": "image_1",
    "alt": "alt_1",
    "image": "image_1",
    "credit": "credit_1",
    "focus": "focus_1",
    "translations": "translation_1",
    "translation": "translation_1",
    "people": "people_1",
    "consent": "consent_1",
    "funder": "funder.line",
}
"""Fields of the model that stand in a column of another name."""


class Places:
    """Answers `where(post, field)` for one file (see `model.Where`).

    A field is named as in the model or as our columns: "date", "image_2", "text_mastodon",
    "channel_x". A post's row is told if the field has no cell. Without a post it is a field of the
    campaign, a whole table ("accounts"), or a member's: "organisations.awo.contact".
    """

    def __init__(self, source: Source) -> None:
        self._posts: dict[str, Row] = {}
        for row in source.rows("posts"):
            number = shown(row.cells.get("id"))
            # Without a number of its own, a post goes by its line.
            self._posts.setdefault(row.line if number in self._posts else number or row.line, row)
        self._members: dict[tuple[str, str], Row] = {}
        for table in ("areas", "organisations", "accounts", "consents"):
            for row in source.rows(table):
                self._members.setdefault((table, shown(row.cells.get("key"))), row)
        self._campaign = source.rows("campaign")
        self._titles = {key: rows.title for key, rows in source.tables.items()}

    def __call__(self, post: str | None, field: str) -> str | None:
        if post is not None:
            row = self._posts.get(post)
            return row.at(self._spelt(row, field)) if row else None
        table, _, rest = field.partition(".")
        key, _, column = rest.partition(".")
        if row := self._members.get((table, key)):
            return row.at(_FIRST.get(column, column) or None)
        if field in self._titles:
            return self._titles[field]
        return self._campaign[0].at(_FIRST.get(field, field)) if self._campaign else None

    def _spelt(self, row: Row, field: str) -> str:
        field = _FIRST.get(field, field)
        stem, _, number = field.rpartition("_")
        if number.isdecimal():
            first = "translation" if stem.startswith("translat") else "image"
            return f"{stem}_{_nth(row, first, int(number))}"
        if field in row.cells or "_" not in field:
            return field
        folded = field.casefold()
        return next((key for key in row.cells if key.casefold() == folded), field)


def _nth(row: Row, stem: str, number: int) -> int:
    """The column of the nth picture or translation: "Bild 1" may be empty and "Bild 2" filled."""
    filled = sorted(
        int(key.removeprefix(f"{stem}_"))
        for key, raw in row.cells.items()
        if key.startswith(f"{stem}_") and key[len(stem) + 1 :].isdecimal() and shown(raw)
    )
    return filled[number - 1] if 0 < number <= len(filled) else number

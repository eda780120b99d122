"""A loaded YAML document as rows of cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from integrado_poster.plan.columns import CAMPAIGN, Heading, recognised, recognised_table
from integrado_poster.plan.source import LINE, Row, Rows, Shapeless, Source
from integrado_poster.plan.spelling import fold
from integrado_poster.plan.values import Raw, shown
from integrado_poster.plan.yaml_file import Mapped, load, unreadable

_NESTED: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "campaign": {
        "funder foerderung": {
            "line": "funder.line", "hinweis": "funder.line",
            "longline": "funder.long_line", "hinweislang": "funder.long_line",
            "logo": "funder.logo", "logoverlangt": "funder.logo",
            "outdated": "funder.outdated", "veraltetenamen": "funder.outdated",
        },
    },
    "organisations": {"namen handles": {"*": "handle"}},
    "posts": {
        "bilder pictures images": {
            "": "image", "datei": "image", "file": "image", "bild": "image", "image": "image",
            "beschreibung": "alt", "bildbeschreibung": "alt", "alt": "alt", "description": "alt",
            "urheber": "credit", "credit": "credit",
            "personen": "people", "personenerkennbar": "people", "people": "people",
            "einwilligung": "consent", "consent": "consent",
            "textimbild": "lettered", "textinimage": "lettered", "lettered": "lettered",
            "kibild": "ai", "ki": "ai", "aiimage": "ai", "ai": "ai",
            "ausschnitt": "focus", "bildausschnitt": "focus", "focus": "focus",
        },
        "uebersetzungen translations": {
            "sprache": "translation language", "language": "translation language",
            "text": "translation",
            "ueberschrift": "translated headline", "headline": "translated headline",
            "information": "translated information", "info": "translated information",
            "bildbeschreibung": "translated alt", "beschreibung": "translated alt", "alt": "translated alt",
            "description": "translated alt",
        },
        "texte texts": {"*": "text"},
        "konten kanaele channels accounts": {"*": "channel"},
    },
}  # fmt: skip


@lru_cache(maxsize=1024)
def _nested(table: str, written: str) -> Mapping[str, str] | None:
    """What the keys inside a nested value mean, if this is one: "*" stands for any name."""
    folded = fold(written)
    for names, inside in _NESTED.get(table, {}).items():
        if folded in names.split():
            return inside
    return None


@dataclass(slots=True, kw_only=True)
class YamlRow:
    """One mapping of a list in the file."""

    cells: dict[str, Raw] = field(default_factory=dict)
    path: str
    number: int
    word: str
    spots: dict[str, tuple[str, int]] = field(default_factory=dict)

    def at(self, key: str | None = None) -> str:
        name, number = self.spots.get(key or "", ("", self.number))
        return f"{self.path}{'.' if name else ''}{name}, {self.word} {number}"

    @property
    def line(self) -> str:
        return f"{self.word} {self.number}"


def source(document: Raw) -> Source:
    """A loaded document as rows; raises `PlanUnreadable` if it holds no plan at all."""
    if not isinstance(document, Mapped):
        raise unreadable(
            "oben müssen „kampagne:“, „traeger:“ und „beitraege:“ stehen",
            "“campaign:”, “organisations:” and “posts:” must stand at the top",
        )
    tables: dict[str, Rows] = {}
    unknown: dict[str, str] = {}
    for written, value in document.items():
        at = document.lines[written]
        table = recognised_table(written)
        if table is None:
            unknown[written] = f"{written}, {LINE.de} {at}"
            continue
        if table.key in tables:
            raise unreadable(
                f"„{written}“ steht hier noch einmal", f"“{written}” stands here again", at
            )
        german = fold(written) != table.key
        rows = Rows(table=table, title=written, german=german)
        tables[table.key] = rows
        _fill(rows, value, at)
    german = any(rows.german for rows in tables.values())
    return Source(tables=tables, unknown=unknown, german=german)


def _fill(rows: Rows, value: Raw, at: int) -> None:
    word = LINE.de if rows.german else LINE.en
    if rows.table is CAMPAIGN and isinstance(value, Mapped):
        value = [value]
    elif rows.table is CAMPAIGN or not isinstance(value, (list, type(None))):
        _shapeless(rows, rows.title, value, f"{rows.title}, {word} {at}")
        return
    filled: list[Row] = []
    for index, item in enumerate(cast("list[Raw]", value or [])):
        path = rows.title if rows.table is CAMPAIGN else f"{rows.title}[{index}]"
        if isinstance(item, Mapped):
            row = YamlRow(path=path, number=item.line, word=word)
            _read_row(rows, row, item)
            filled.append(row)
        elif item is not None:
            _shapeless(rows, path, item, f"{path}, {word} {at}")
    rows.rows = filled


def _shapeless(rows: Rows, what: str, value: Raw, where: str) -> None:
    column = rows.table.columns[0]
    name = fold(column.heading.de if rows.german else column.heading.en)
    dash = "" if rows.table is CAMPAIGN else "- "
    rows.shapeless.append(Shapeless(what, shown(value), where, f"{dash}{name}: {column.example}"))


def _read_row(rows: Rows, row: YamlRow, item: Mapped) -> None:
    table = rows.table
    for written, value in item.items():
        line = item.lines[written]
        if heading := recognised(table.key, written):
            _put(rows, row, heading, value, written, line)
        elif (inside := _nested(table.key, written)) is not None:
            _unfold(rows, row, inside, value, written, line)
        else:
            rows.unknown.setdefault(written, f"{row.path}.{written}, {row.word} {line}")


def _put(rows: Rows, row: YamlRow, heading: Heading, value: Raw, path: str, line: int) -> None:
    key = heading.key
    rows.headings.setdefault(key, heading)
    row.cells[key] = value
    row.spots[key] = (path, line)


def _unfold(
    rows: Rows, row: YamlRow, inside: Mapping[str, str], value: Raw, path: str, line: int
) -> None:
    """Spread a nested value over columns: bilder[0].datei becomes "Bild 1"."""
    if value is None:
        return
    numbered = "*" not in inside and rows.table is not CAMPAIGN
    items = value if numbered and isinstance(value, list) else [value]
    for index, item in enumerate(items):
        spot = f"{path}[{index}]" if numbered else path
        rest = f" {index + 1}" if numbered else ""
        if isinstance(item, str) and "" in inside:
            item = _only(item, line)
        if not isinstance(item, Mapped):
            example = "mastodon: …" if "*" in inside else f"{next(filter(None, inside))}: …"
            rows.shapeless.append(
                Shapeless(spot, shown(item), f"{row.path}.{spot}, {row.word} {line}", example)
            )
            continue
        for written, cell in item.items():
            stem = inside.get("*") or inside.get(fold(written) if written else "")
            name = f"{stem}{rest}" if "*" not in inside else f"{stem} {written}"
            heading = recognised(rows.table.key, name) if stem else None
            if heading is None:
                where = f"{row.path}.{spot}.{written}, {row.word} {item.lines[written]}"
                rows.unknown.setdefault(f"{spot}.{written}", where)
            else:
                _put(rows, row, heading, cell, f"{spot}.{written}".rstrip("."), item.lines[written])


def _only(text: str, line: int) -> Mapped:
    mapped = Mapped(line)
    mapped[""] = text
    mapped.lines[""] = line
    return mapped


def read(data: bytes) -> Source:
    """A YAML plan as rows."""
    document = load(data)
    if document is None:
        raise unreadable("sie ist leer", "it is empty")
    return source(document)

"""YAML into rows: every scalar is text, and nothing but lists, mappings and text is let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

import yaml

from integrado_poster.errors import PlanUnreadable
from integrado_poster.plan.columns import CAMPAIGN, Heading, recognised, recognised_table
from integrado_poster.plan.source import LINE, Row, Rows, Shapeless, Source
from integrado_poster.plan.spelling import fold
from integrado_poster.plan.values import Raw, shown

_MOST_BYTES = 16 * 1024 * 1024
_MOST_DEPTH = 10
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
# libyaml's parser; the pure one is the same but ten times slower.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


# --- From bytes to lists, mappings and text ------------------------------------------------


class Mapped(dict[str, Raw]):
    """A mapping that knows in which line each of its keys stands."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


def load(data: bytes) -> Raw:
    """The one document in these bytes; raises `PlanUnreadable` with the line of the fault."""
    if len(data) > _MOST_BYTES:
        raise unreadable("sie ist größer als 16 MiB", "it is larger than 16 MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(
            "sie ist nicht in UTF-8 gespeichert",
            "it is not saved as UTF-8",
            data[: error.start].count(b"\n") + 1,
        ) from None
    try:
        return _Composer(yaml.parse(text, Loader=_LOADER)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _broken(str(error.problem), mark.line + 1 if mark else None) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise _broken("a character that no text should hold", line) from None
    except yaml.YAMLError as error:
        raise _broken(str(error), None) from None


def unreadable(de: str, en: str, line: int | None = None) -> PlanUnreadable:
    """The error for a file that cannot be read, in both languages, with its line."""
    place = f"{LINE.de} {line}" if line else None
    return PlanUnreadable(
        f"{de} ({place})" if place else de, where=place, en=f"{en} (line {line})" if line else en
    )


def _broken(problem: str, line: int | None) -> PlanUnreadable:
    if "'\\t'" in problem:
        return unreadable(
            "die Zeile ist mit einem Tabulator eingerückt; nehmen Sie Leerzeichen",
            "the line is indented with a tab; use blanks",
            line,
        )
    return unreadable(
        f"hier oder kurz davor stimmt die Schreibweise nicht. Prüfen Sie Einrückung, "
        f"Anführungszeichen und Doppelpunkte [{problem}]",
        f"here or just before, the notation is wrong. Check indentation, quotes and colons "
        f"[{problem}]",
        line,
    )


class _Composer:
    """Builds values right from the parser's events: no nodes in between, and nothing to expand."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._next: Callable[[], Any] = events.__next__

    def document(self) -> Raw:
        if isinstance(self._next(), yaml.StreamStartEvent):
            event = self._next()
            if isinstance(event, yaml.StreamEndEvent):
                return None
        value = self._value(self._next(), 0)
        self._next()  # the document's end
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise unreadable(
                "hier beginnt ein zweites Dokument („---“)",
                "a second document begins here (“---”)",
                event.start_mark.line + 1,
            )
        return value

    def _value(self, event: Any, depth: int) -> Raw:
        kind = type(event)
        line = event.start_mark.line + 1
        if kind is yaml.AliasEvent or event.anchor is not None:
            raise unreadable(
                "Verweise („&“ und „*“) lesen wir nicht; Text, der so beginnt, "
                "gehört in Anführungszeichen",
                "aliases (“&” and “*”) are not read; text that begins like this needs quotes",
                line,
            )
        if event.tag is not None:
            raise unreadable(
                "Typangaben („!“) lesen wir nicht; Text, der so beginnt, gehört in Anführungszeichen",
                "tags (“!”) are not read; text that begins like this needs quotes",
                line,
            )
        if kind is yaml.ScalarEvent:
            plain = event.implicit[0]
            return None if plain and event.value in _NULLS else event.value
        if depth == _MOST_DEPTH:
            raise unreadable("sie ist zu tief verschachtelt", "it is nested too deeply", line)
        return self._list(depth) if kind is yaml.SequenceStartEvent else self._mapping(line, depth)

    def _list(self, depth: int) -> list[Raw]:
        items: list[Raw] = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            items.append(self._value(event, depth + 1))
        return items

    def _mapping(self, line: int, depth: int) -> Mapped:
        mapped = Mapped(line)
        while type(event := self._next()) is not yaml.MappingEndEvent:
            key = self._value(event, depth + 1)
            at = event.start_mark.line + 1
            if not isinstance(key, str):
                raise unreadable(
                    "vor dem Doppelpunkt fehlt ein Name", "a name is missing before the colon", at
                )
            if key in mapped:
                raise unreadable(
                    f"„{key}“ steht hier zum zweiten Mal, zuerst in Zeile {mapped.lines[key]}",
                    f"“{key}” stands here for the second time, first in line {mapped.lines[key]}",
                    at,
                )
            mapped[key] = self._value(self._next(), depth + 1)
            mapped.lines[key] = at
        return mapped


# --- From mappings to rows ------------------------------------------------------------------

_NESTED: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "campaign": {
        "funder foerderung": {
            "line": "funder.line", "hinweis": "funder.line",
            "longline": "funder.long_line", "hinweislang": "funder.long_line",
            "outdated": "funder.outdated", "veraltetenamen": "funder.outdated",
        },
    },
    "organisations": {"namen handles": {"*": "handle"}},
    "posts": {
        "bilder pictures images": {
            "": "image", "datei": "image", "file": "image", "bild": "image", "image": "image",
            "beschreibung": "alt", "bildbeschreibung": "alt", "alt": "alt", "description": "alt",
            "urheber": "credit", "credit": "credit",
            "ausschnitt": "focus", "bildausschnitt": "focus", "focus": "focus",
        },
        "uebersetzungen translations": {
            "sprache": "translation language", "language": "translation language",
            "text": "translation",
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

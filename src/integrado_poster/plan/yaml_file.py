"""YAML into rows: every scalar is text, and nothing but lists, mappings and text is let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml

from integrado_poster.errors import PlanUnreadable
from integrado_poster.plan.source import LINE
from integrado_poster.plan.values import Raw

_MOST_BYTES = 16 * 1024 * 1024
_MOST_DEPTH = 10
_MOST_VALUES = 1_500_000  #: A list or mapping counts as ten.
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
        line = mark.line + 1 if mark else None
        written = text.splitlines()[line - 1 : line] if line else []
        raise _broken(str(error.problem), line, "".join(written)) from None
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


def _broken(problem: str, line: int | None, written: str = "") -> PlanUnreadable:
    """A fault of notation, with the advice that most probably helps. `written` is the line's text."""
    if written.lstrip(" ").startswith("\t"):
        de = "die Zeile ist mit einem Tabulator eingerückt; nehmen Sie Leerzeichen"
        en = "the line is indented with a tab; use blanks"
    elif "mapping values" in problem:
        de = "Text mit einem Doppelpunkt darin gehört in Anführungszeichen"
        en = "text with a colon in it needs quotes"
    elif "end of stream" in problem or "quoted scalar" in problem:
        de = "weiter oben fehlt ein schließendes Anführungszeichen"
        en = "a closing quote is missing further up"
    else:
        de = (
            "hier oder kurz davor stimmt die Schreibweise nicht; "
            f"prüfen Sie Einrückung, Anführungszeichen und Doppelpunkte [{problem}]"
        )
        en = (
            "the notation is wrong here or just before; "
            f"check indentation, quotes and colons [{problem}]"
        )
    return unreadable(de, en, line)


class _Composer:
    """Builds values right from the parser's events: no nodes in between, and nothing to expand."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._next: Callable[[], Any] = events.__next__
        self._room = _MOST_VALUES

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
        self._room -= 1 if kind is yaml.ScalarEvent else 10
        if self._room < 0:
            raise unreadable("sie enthält zu viele Angaben", "it holds too many values", line)
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

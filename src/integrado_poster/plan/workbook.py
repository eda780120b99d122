"""A program of its own, run by sheet.py: a spreadsheet on stdin becomes lines of JSON on stdout.

It parses what strangers made, in a parser that can be brought to abort (tafia/calamine#693), so it
runs with limits and alone: it imports nothing of ours, and dies without harm.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import unescape

MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_CELLS = 500_000  #: Filled ones.
MOST_CHARACTERS = 16 * 1024 * 1024
MOST_ANSWER = 128 * 1024 * 1024
MOST_SHEETS = 30
MOST_ODD = 200


def limit_ourselves(memory: int, seconds: int) -> None:
    """At most this much memory and processor time, and no core file."""
    with contextlib.suppress(ImportError):  # only where there is POSIX
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_ANSWER, MOST_ANSWER))


def plain(value: object) -> object:
    """A moment as JSON, which has none: {"date": …} and the like."""
    if isinstance(value, dt.datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, dt.time):
        return {"time": value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"seconds": value.total_seconds()}
    raise TypeError(type(value).__name__)


def sheets(data: bytes) -> Iterator[object]:
    """Every sheet: first what is to be known of it, then its rows from A1 on, a list for each."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_object(io.BytesIO(data))
    parts = parts_of(data) if zipfile.is_zipfile(io.BytesIO(data)) else {}
    room = Room()
    for facts in book.sheets_metadata[:MOST_SHEETS]:
        head: dict[str, Any] = {
            "name": facts.name,
            "hidden": facts.visible != SheetVisibleEnum.Visible,
        }
        if facts.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(facts.name)
        if sheet.total_height > MOST_ROWS + 1 or sheet.total_width > MOST_COLUMNS:
            yield {**head, "too_large": True}
            continue
        xml = part(data, parts.get(facts.name))
        yield {**head, "spoilt": spoilt(xml), **unseen(xml)}
        del xml
        for cells in sheet.to_python(skip_empty_area=False):
            filled = len(cells)
            while filled and cells[filled - 1] == "":
                filled -= 1
            del cells[filled:]
            if not room.takes(cells):
                yield {**head, "too_large": True}
                return
            yield cells


class Room:
    """How much may still come."""

    def __init__(self) -> None:
        self.cells = MOST_CELLS
        self.characters = MOST_CHARACTERS

    def takes(self, cells: Sequence[object]) -> bool:
        """Whether these still fit."""
        self.cells -= len(cells) - cells.count("")
        self.characters -= sum([len(cell) for cell in cells if isinstance(cell, str)])
        return self.cells >= 0 and self.characters >= 0


# --- Formulas and errors: the parser gives a formula's last value, and nothing for an error --------

_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^>]*?)(?<!/)>"
    rb"(?:<(?:\w+:)?f\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?f>))?(?:<(?:\w+:)?v>(.*?)</(?:\w+:)?v>)?",
    re.DOTALL,
)
# Each begins with fixed letters, and so is found thirty times as fast as all in one pattern.
_MAYBE_SPOILT = tuple(map(re.compile, (rb"<f[\s/>]", rb":f[\s/>]", rb"t=[\"']e[\"']")))
_ATTRIBUTE = re.compile(rb"([\w:]+)=[\"']([^\"']*)[\"']")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")


def part(data: bytes, name: str | None) -> bytes:
    """One part of an .xlsx; nothing for other kinds of files."""
    if name is None:
        return b""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name) if name in archive.namelist() else b""


def attributes(written: bytes) -> dict[str, str]:
    """The attributes of an XML tag, without the prefixes of their names."""
    return {
        name.decode().rpartition(":")[2]: unescape(
            value.decode("utf-8", "replace"), {"&quot;": '"', "&apos;": "'"}
        )
        for name, value in _ATTRIBUTE.findall(written)
    }


def parts_of(data: bytes) -> dict[str, str]:
    """Which part of an .xlsx holds which sheet; nothing for other kinds of files."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        try:
            book = archive.read("xl/workbook.xml")
            relations = archive.read("xl/_rels/workbook.xml.rels")
        except KeyError:
            return {}
    targets = {
        relation.get("Id", ""): relation.get("Target", "")
        for relation in map(attributes, _RELATION.findall(relations))
    }
    named = {}
    for sheet in map(attributes, _SHEET.findall(book)):
        target = targets.get(sheet.get("id", ""), "")
        named[sheet.get("name", "")] = (
            target.removeprefix("/") if target[:1] == "/" else f"xl/{target}"
        )
    return named


def spoilt(xml: bytes) -> dict[str, str]:
    """Cells that hold a formula or an error value, by their name: {"B5": "=1/0"}."""
    if not any(maybe.search(xml) for maybe in _MAYBE_SPOILT):
        return {}
    cells = {}
    for written, formula, value in _CELL.findall(xml):
        cell = attributes(written)
        text = unescape((b"=" + formula if formula else value).decode("utf-8", "replace"))
        if formula or cell.get("t") == "e":
            cells[cell.get("r", "")] = text[:200]
    return cells


# --- What is there and not seen ----------------------------------------------------------------

_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*\bhidden=[\"'](?:1|true)[\"'][^>]*)>")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\s([^>]*\bhidden=[\"'](?:1|true)[\"'][^>]*)>")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s([^>]*)>")


def unseen(xml: bytes) -> dict[str, Any]:
    """Hidden rows and columns by their numbers, and merged cells: {"merged": ["A2:A4"]}."""
    merging = xml if b"mergeCell" in xml else b""
    hiding = xml if b"hidden=" in xml else b""
    rows = [attributes(found).get("r", "") for found in _HIDDEN_ROW.findall(hiding)]
    found = map(attributes, _HIDDEN_COLUMNS.findall(hiding))
    spans = [
        span for span in found if span.get("outlineLevel", "0") == "0"
    ]  # folded: a sign shows it
    return {
        "hidden_rows": [int(row) for row in rows[:MOST_ODD] if row.isdecimal()],
        "hidden_columns": [
            column
            for span in spans
            for column in range(
                int(span.get("min", 1)), min(int(span.get("max", 1)), MOST_COLUMNS) + 1
            )
        ],
        "merged": [attributes(found).get("ref", "") for found in _MERGED.findall(merging)][
            :MOST_ODD
        ],
    }


def main() -> None:
    """Read, limit, answer. Exit 0 with JSON, or 3 with one line that says why not."""
    memory, seconds = map(int, sys.argv[1:])
    limit_ourselves(memory, seconds)
    from python_calamine import CalamineError

    try:
        write = json.JSONEncoder(default=plain).encode
        for answer in sheets(sys.stdin.buffer.read()):
            sys.stdout.write(write(answer) + "\n")
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(3)


if __name__ == "__main__":
    main()

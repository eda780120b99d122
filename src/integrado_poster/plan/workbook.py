"""A program of its own, run by sheet.py: a spreadsheet on stdin becomes JSON on stdout.

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
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import unescape

MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_CHARACTERS = 64 * 1024 * 1024
MOST_SHEETS = 30


def limit_ourselves(memory: int, seconds: int) -> None:
    """At most this much memory and processor time, and no core file."""
    with contextlib.suppress(ImportError):  # only where there is POSIX
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def plain(value: object) -> object:
    """A cell as JSON: text, truths and numbers as they are, moments as {"date": …} and the like."""
    if isinstance(value, dt.datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, dt.time):
        return {"time": value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"seconds": value.total_seconds()}
    return value


def sheets(data: bytes) -> Iterator[dict[str, Any]]:
    """Every sheet with its name, its rows from A1 on, and its spoilt cells."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_object(io.BytesIO(data))
    parts = parts_of(data) if zipfile.is_zipfile(io.BytesIO(data)) else {}
    room = MOST_CHARACTERS
    for facts in book.sheets_metadata[:MOST_SHEETS]:
        name = facts.name
        head = {"name": name, "hidden": facts.visible != SheetVisibleEnum.Visible}
        if facts.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height > MOST_ROWS + 1 or sheet.total_width > MOST_COLUMNS:
            yield {**head, "too_large": True}
            continue
        rows = [[plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
        room -= sum(len(cell) for row in rows for cell in row if isinstance(cell, str))
        if room < 0:
            yield {**head, "too_large": True}
            return
        yield {**head, "rows": rows, "spoilt": spoilt(data, parts.get(name))}


# --- Formulas and errors: the parser gives a formula's last value, and nothing for an error --------

_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^>]*?)(?<!/)>"
    rb"(?:<(?:\w+:)?f\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?f>))?(?:<(?:\w+:)?v>(.*?)</(?:\w+:)?v>)?",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(rb"([\w:]+)=[\"']([^\"']*)[\"']")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")


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


def spoilt(data: bytes, part: str | None) -> dict[str, str]:
    """Cells that hold a formula or an error value, by their name: {"B5": "=1/0"}."""
    with zipfile.ZipFile(io.BytesIO(data)) if part else contextlib.nullcontext() as archive:
        try:
            xml = archive.read(part) if archive and part else b""
        except KeyError:
            return {}
    if b't="e"' not in xml and b"<f" not in xml and b":f" not in xml:
        return {}
    cells = {}
    for written, formula, value in _CELL.findall(xml):
        cell = attributes(written)
        text = unescape((b"=" + formula if formula else value).decode("utf-8", "replace"))
        if formula or cell.get("t") == "e":
            cells[cell.get("r", "")] = text[:200]
    return cells


def main() -> None:
    """Read, limit, answer. Exit 0 with JSON, or 3 with one line that says why not."""
    memory, seconds = map(int, sys.argv[1:])
    limit_ourselves(memory, seconds)
    from python_calamine import CalamineError

    try:
        answer = json.dumps(list(sheets(sys.stdin.buffer.read())), ensure_ascii=True)
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(3)
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()

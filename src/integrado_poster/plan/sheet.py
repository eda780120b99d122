"""Spreadsheets into rows. Parsing happens in a process of its own, with limits (workbook.py)."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from integrado_poster.plan.columns import CAMPAIGN, recognised, recognised_table
from integrado_poster.plan.source import LINE, Row, Rows, Source, Spoilt
from integrado_poster.plan.spelling import fold
from integrado_poster.plan.values import Raw, shown
from integrado_poster.plan.yaml_file import unreadable

_MOST_BYTES = 25 * 1024 * 1024
_MOST_MEMBERS = 2_000
_MOST_UNPACKED = 200 * 1024 * 1024
_MOST_ROWS = 20_001
_MOST_COLUMNS = 200
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_MEMORY = 1024 * 1024 * 1024
_CPU_SECONDS = 20
_SECONDS = 30
_HELP_SHEETS = frozenset(map(fold, ("Hilfe", "Help")))


def read(data: bytes) -> Source:
    """A spreadsheet plan as rows; raises `PlanUnreadable`."""
    if len(data) > _MOST_BYTES:
        raise unreadable("sie ist größer als 25 MiB", "it is larger than 25 MiB")
    if data[:2] == b"PK":
        _refuse_bombs(data)
    tables: dict[str, Rows] = {}
    unknown: dict[str, str] = {}
    for sheet in _parsed(data):
        name = sheet["name"]
        table = recognised_table(name)
        if table is None:
            if not _is_help(sheet):
                unknown[name] = name
        elif sheet.get("too_large"):
            raise unreadable(
                f"das Blatt „{name}“ hat mehr als 20 000 Zeilen oder 200 Spalten",
                f"the sheet “{name}” has more than 20 000 rows or 200 columns",
            )
        else:
            german = fold(name) != table.key
            rows = tables[table.key] = Rows(table=table, title=name, german=german)
            cells = _cells(sheet)
            (_fill_campaign if table is CAMPAIGN else _fill)(rows, cells)
    if not tables:
        raise unreadable(
            "sie hat kein Blatt namens „Beiträge“", "it has no sheet named “Beiträge” or “Posts”"
        )
    return Source(tables=tables, unknown=unknown, german=any(r.german for r in tables.values()))


# --- The other process -----------------------------------------------------------------------


def _refuse_bombs(data: bytes) -> None:
    """Look at the listing, and unpack every member once while counting: headers may lie."""
    room = _MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS or sum(m.file_size for m in members) > room:
                raise _too_much()
            for member in members:
                with archive.open(member) as file:
                    while chunk := file.read(1024 * 1024):
                        room -= len(chunk)
                        if room < 0:
                            raise _too_much()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged() from error


def _too_much() -> Exception:
    return unreadable("entpackt ist sie viel zu groß", "it is far too large when unpacked")


def _damaged() -> Exception:
    return unreadable("sie ist beschädigt oder unvollständig", "it is damaged or incomplete")


def _parsed(data: bytes) -> list[dict[str, Any]]:
    """What workbook.py makes of it. Whatever happens there, we live on."""
    program = [sys.executable, "-I", str(Path(__file__).with_name("workbook.py"))]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and the file goes in by stdin
            [*program, str(_MEMORY), str(_CPU_SECONDS)],
            input=data,
            capture_output=True,
            timeout=_SECONDS,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise unreadable("das Lesen dauert zu lange", "reading takes too long") from None
    if b"PasswordError" in done.stderr:
        raise unreadable("sie ist mit einem Kennwort geschützt", "it is protected by a password")
    if done.returncode != 0:
        raise _damaged()
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


# --- From sheets to rows -----------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class SheetRow:
    """One row of a sheet. `letters` is shared by all rows of a table."""

    cells: dict[str, Raw] = field(default_factory=dict)
    sheet: str
    number: int
    word: str
    letters: Mapping[str, str]

    def at(self, key: str | None = None) -> str:
        letter = self.letters.get(key or "")
        return f"{self.sheet}!{letter}{self.number}" if letter else f"{self.sheet}, {self.line}"

    @property
    def line(self) -> str:
        return f"{self.word} {self.number}"


def _is_help(sheet: dict[str, Any]) -> bool:
    """Whether a sheet that we do not know needs no word: empty, hidden, or for help."""
    return (
        sheet["hidden"]
        or sheet["name"].startswith("_")
        or fold(sheet["name"]) in _HELP_SHEETS
        or not any(any(row) for row in sheet.get("rows", ()))
    )


def _letter(index: int) -> str:
    """A column's name: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        name = chr(65 + digit) + name
    return name


def _index(letters: str) -> int:
    """A column's number by its name: A is 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _cells(sheet: dict[str, Any]) -> list[list[Raw]]:
    """The sheet's cells as values again, with the spoilt ones marked."""
    cells = [[_value(cell) for cell in row] for row in sheet["rows"]]
    for place, text in sheet["spoilt"].items():
        match = _PLACE.fullmatch(place)
        row, column = int(match[2]) - 1 if match else -1, _index(match[1]) if match else -1
        if 0 <= row < _MOST_ROWS and 0 <= column < _MOST_COLUMNS:
            cells.extend([] for _ in range(row + 1 - len(cells)))
            cells[row].extend([""] * (column + 1 - len(cells[row])))
            cells[row][column] = Spoilt(text)
    return cells


def _value(cell: Any) -> Raw:
    if not isinstance(cell, dict):
        return cell
    ((kind, value),) = cell.items()
    if kind == "seconds":
        return dt.timedelta(seconds=value)
    kinds: Mapping[str, Any] = {"datetime": dt.datetime, "date": dt.date, "time": dt.time}
    return kinds[kind].fromisoformat(value)


def _fill(rows: Rows, cells: list[list[Raw]]) -> None:
    """The first row with something in it holds the headings; empty rows are left out."""
    start = next((index for index, row in enumerate(cells) if any(map(_full, row))), len(cells))
    table, letters = rows.table.key, dict[str, str]()
    columns: list[tuple[int, str]] = []
    for index, cell in enumerate(cells[start] if start < len(cells) else ()):
        written = shown(cell) if not isinstance(cell, Spoilt) else ""
        heading = recognised(table, written) if written else None
        if heading and heading.key not in rows.headings:
            rows.headings[heading.key] = heading
            letters[heading.key] = _letter(index)
            columns.append((index, heading.key))
        elif written and any(
            _full(cell) for row in cells[start + 1 :] for cell in row[index : index + 1]
        ):
            rows.unknown.setdefault(written, f"{rows.title}!{_letter(index)}{start + 1}")
    word = LINE.de if rows.german else LINE.en
    filled: list[Row] = []
    for number, row in enumerate(cells[start + 1 :], start + 2):
        found = {
            key: row[index] for index, key in columns if index < len(row) and _full(row[index])
        }
        if found:
            filled.append(
                SheetRow(cells=found, sheet=rows.title, number=number, word=word, letters=letters)
            )
    rows.rows = filled


def _full(cell: Raw) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


@dataclass(slots=True, kw_only=True)
class CampaignRow:
    """The campaign's sheet: one field per line, its name in A and its value in B."""

    cells: dict[str, Raw] = field(default_factory=dict)
    sheet: str
    lines: dict[str, int] = field(default_factory=dict)

    def at(self, key: str | None = None) -> str:
        number = self.lines.get(key or "")
        return f"{self.sheet}!B{number}" if number else self.sheet

    @property
    def line(self) -> str:
        return self.sheet


def _fill_campaign(rows: Rows, cells: list[list[Raw]]) -> None:
    row = CampaignRow(sheet=rows.title)
    for number, line in enumerate(cells, 1):
        written = shown(line[0]) if line and not isinstance(line[0], Spoilt) else ""
        value = line[1] if len(line) > 1 else ""
        heading = recognised(CAMPAIGN.key, written) if written else None
        if heading and heading.key not in row.lines:
            rows.headings[heading.key] = heading
            row.lines[heading.key] = number
            row.cells[heading.key] = value
        elif _full(value) and written and fold(written) not in ("angabe", "field"):
            rows.unknown.setdefault(written, f"{rows.title}!A{number}")
    rows.rows = [row] if row.lines else []

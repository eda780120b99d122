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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from integrado_poster.model import Said
from integrado_poster.plan.bundle import Room
from integrado_poster.plan.columns import recognised_table
from integrado_poster.plan.grid import GridRow, Sheet, fill, full, index_of, letter
from integrado_poster.plan.source import Odd, Rows, Source, Spoilt
from integrado_poster.plan.spelling import fold
from integrado_poster.plan.values import Raw
from integrado_poster.plan.yaml_file import unreadable

_MOST_BYTES = 25 * 1024 * 1024
_MOST_ROWS = 20_001
_MOST_COLUMNS = 200
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_MEMORY = 1024 * 1024 * 1024
_CPU_SECONDS = 20
_SECONDS = 30
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  #: What Excel puts around a protected .xlsx.
Grid = list[list[Raw]]
_HELP_SHEETS = frozenset(map(fold, ("Hilfe", "Help", "Befunde", "Findings")))


def read(data: bytes) -> Source:
    """A spreadsheet plan as rows; raises `PlanUnreadable`."""
    if len(data) > _MOST_BYTES:
        raise unreadable("sie ist größer als 25 MiB", "it is larger than 25 MiB")
    if data[:2] == b"PK":
        _refuse_bombs(data)
    elif _ENCRYPTED in data:
        raise unreadable("sie ist mit einem Kennwort geschützt", "it is protected by a password")
    tables: dict[str, Rows] = {}
    unknown: dict[str, str] = {}
    with _parsed(data) as lines:
        for head, cells in _sheets(lines):
            name = head["name"]
            table = recognised_table(name)
            if table is None:
                if not _is_help(head, cells):
                    unknown[name] = name
                continue
            german = fold(name) != table.key
            rows = tables[table.key] = Rows(table=table, title=name, german=german)
            sheet = Sheet(name=name, german=german)
            _mark(cells, head["spoilt"])
            fill(rows, sheet, cells)
            rows.odd += unseen(head, sheet, cells, rows)
    if not tables:
        raise unreadable(
            "sie hat kein Blatt namens „Beiträge“", "it has no sheet named “Beiträge” or “Posts”"
        )
    return Source(tables=tables, unknown=unknown, german=any(r.german for r in tables.values()))


# --- The other process -----------------------------------------------------------------------


def _refuse_bombs(data: bytes) -> None:
    """Look at the listing, and unpack every member once while counting: headers may lie."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            room = Room(archive)
            for member in members:
                before = b""
                for part in room.parts(member):
                    if b"<!DOCTYPE" in before[-10:] + part:
                        raise unreadable(
                            "sie enthält eine Dokumentdefinition (DTD), die in keine Tabelle gehört",
                            "it contains a document type definition (DTD), which no spreadsheet needs",
                        )
                    before = part
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged() from error


def _damaged() -> Exception:
    return unreadable("sie ist beschädigt oder unvollständig", "it is damaged or incomplete")


@contextmanager
def _parsed(data: bytes) -> Iterator[IO[bytes]]:
    """What workbook.py makes of it, line by line. Whatever happens there, we live on."""
    program = [sys.executable, "-I", str(Path(__file__).with_name("workbook.py"))]
    with TemporaryFile() as file, TemporaryFile() as answer:
        file.write(data)
        file.seek(0)
        try:
            done = subprocess.run(  # noqa: S603 - our own program, and the file goes in by stdin
                [*program, str(_MEMORY), str(_CPU_SECONDS)],
                stdin=file,
                stdout=answer,
                stderr=subprocess.PIPE,
                timeout=_SECONDS,
                env={},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise unreadable("das Lesen dauert zu lange", "reading takes too long") from None
        if b"PasswordError" in done.stderr:
            raise unreadable(
                "sie ist mit einem Kennwort geschützt", "it is protected by a password"
            )
        if done.returncode < 0:  # killed, by its limits or by the parser's own fault
            raise unreadable(
                "sie braucht beim Lesen zu viel Speicher oder Zeit. Vielleicht steht weit außerhalb etwas in "
                "einer Zelle: Kopieren Sie nur den ausgefüllten Teil in eine neue Datei",
                "reading it takes too much memory or time. Perhaps there is something in a cell far "
                "outside: copy only the part that you filled in into a new file",
            )
        if done.returncode != 0:
            raise _damaged()
        answer.seek(0)
        yield answer


def _sheets(lines: IO[bytes]) -> Iterator[tuple[dict[str, Any], Grid]]:
    """Each sheet with what is to be known of it, and its cells; raises `PlanUnreadable`."""
    head: dict[str, Any] | None = None
    cells: Grid = []
    for line in lines:
        told = json.loads(line)
        if isinstance(told, list):
            cells.append([_value(cell) for cell in told])
            continue
        if head is not None:
            yield head, cells
        head, cells = told, []
        if told.get("too_large"):
            if recognised_table(told["name"]) is None:
                head = None
                continue
            raise unreadable(
                f"das Blatt „{told['name']}“ ist größer als 20 000 Zeilen, 200 Spalten und 500 000 Zellen",
                f"the sheet “{told['name']}” is larger than 20 000 rows, 200 columns and 500 000 cells",
            )
    if head is not None:
        yield head, cells


# --- From sheets to rows -----------------------------------------------------------------------


def _is_help(head: dict[str, Any], cells: Grid) -> bool:
    """Whether a sheet that we do not know needs no word: empty, hidden, or for help."""
    return (
        head["hidden"]
        or head["name"].startswith("_")
        or fold(head["name"]) in _HELP_SHEETS
        or not any(map(any, cells))
    )


def _mark(cells: Grid, spoilt: Mapping[str, str]) -> None:
    """Put `Spoilt` where a formula or an error value stands."""
    for place, text in spoilt.items():
        row, column = _spot(place)
        if 0 <= row < _MOST_ROWS and 0 <= column < _MOST_COLUMNS:
            cells.extend([] for _ in range(row + 1 - len(cells)))
            cells[row].extend([""] * (column + 1 - len(cells[row])))
            cells[row][column] = Spoilt(text)


def _spot(place: str) -> tuple[int, int]:
    """Row and column of "B5", from 0 on; (-1, -1) for what is no cell."""
    match = _PLACE.fullmatch(place)
    return (int(match[2]) - 1, index_of(match[1])) if match else (-1, -1)


def unseen(head: Mapping[str, Any], sheet: Sheet, cells: Grid, rows: Rows) -> list[Odd]:
    """What is in the sheet and a person does not see: hidden rows and columns, merged cells.

    A title above what is read may stretch over several cells.
    """
    found = []
    read = _columns_read(rows)
    if head["hidden"]:
        named = Said(f"Das Blatt „{sheet.name}“", f"The sheet “{sheet.name}”")
        found.append(Odd("PLAN-19", sheet.name, sheet.name, named))
    for number in head["hidden_rows"]:
        if number <= len(cells) and any(map(full, cells[number - 1])):
            named = Said(f"Zeile {number}", f"Row {number}")
            found.append(Odd("PLAN-19", sheet.row(number), str(number), named))
    for number in head["hidden_columns"]:
        where = f"{sheet.name}!{letter(number - 1)}{rows.above + 1}"
        if number in read and any(full(cell) for row in cells for cell in row[number - 1 : number]):
            named = Said(f"Spalte {letter(number - 1)}", f"Column {letter(number - 1)}")
            found.append(Odd("PLAN-19", where, "", named))
    for area in head["merged"]:
        row, column = _spot(area.partition(":")[0])
        if rows.above <= row < len(cells) and any(map(full, cells[row][column : column + 1])):
            found.append(Odd("PLAN-55", f"{sheet.name}!{area.partition(':')[0]}", area))
    return found


def _columns_read(rows: Rows) -> set[int]:
    """The columns under headings that we know; of the campaign's lines the first two."""
    first = next(iter(rows.rows), None)
    return {at + 1 for at, _ in first.columns.values()} if isinstance(first, GridRow) else {1, 2}


def _value(cell: Any) -> Raw:
    if not isinstance(cell, dict):
        return cell
    ((kind, value),) = cell.items()
    if kind == "seconds":
        return dt.timedelta(seconds=value)
    kinds: Mapping[str, Any] = {"datetime": dt.datetime, "date": dt.date, "time": dt.time}
    return kinds[kind].fromisoformat(value)

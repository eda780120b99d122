"""CSV into rows and back: one table, or several in one file, each below its name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import PurePath

from integrado_poster.model import Campaign, Said
from integrado_poster.plan.cells import Cells, cell_text, headings, tables
from integrado_poster.plan.columns import CAMPAIGN, TABLES, Table, recognised, recognised_table
from integrado_poster.plan.encodings import decode
from integrado_poster.plan.grid import Sheet, fill
from integrado_poster.plan.source import Rows, Source
from integrado_poster.plan.spelling import fold
from integrado_poster.plan.values import GUARDED
from integrado_poster.plan.yaml_file import unreadable

_MOST_BYTES = 16 * 1024 * 1024
_MOST_ROWS = 20_001
_MOST_COLUMNS = 200
_MOST_CELLS = 1_000_000
_SEPARATORS = (";", "\t", ",")
_LOOKED_AT = 40  #: Lines from which the separator is guessed.
_LONGEST = (
    100_000  #: Characters in a cell, for the parser; what is too long for us is told by its place.
)

_LONGEST_LINE = 1_000_000

Grid = list[list[str]]


def read(files: Mapping[str, bytes]) -> Source:
    """CSV files by their names as one plan; raises `PlanUnreadable`.

    A table's name on a line of its own begins this table; a file without one holds the table that
    its own name tells, else the posts.
    """
    found: dict[str, Rows] = {}
    unicode = True
    for file, data in files.items():
        grid, whole = _grid(data)
        unicode &= whole
        for table, title, first, cells in _stacked(file, grid):
            if table.key in found:
                raise unreadable(f"„{title}“ steht zweimal da", f"“{title}” stands there twice")
            german = fold(title) != table.key
            name = file if len(files) > 1 else ""
            rows = found[table.key] = Rows(table=table, title=title, german=german)
            fill(rows, Sheet(name=name, lettered=False, german=german, first=first), cells)
    if not any(rows.headings for rows in found.values()):
        raise unreadable(
            "sie hat keine Überschriften wie „Nr“, „Datum“, „Träger“ und „Text“",
            "it has no headings such as “No”, “Date”, “Organisation” and “Text”",
        )
    german = any(rows.german for rows in found.values())
    return Source(tables=found, unknown={}, german=german, unicode=unicode)


# --- From bytes to cells ---------------------------------------------------------------------


def _grid(data: bytes) -> tuple[Grid, bool]:
    """The cells line by line, and whether the file could hold every character."""
    if len(data) > _MOST_BYTES:
        raise unreadable("sie ist größer als 16 MiB", "it is larger than 16 MiB")
    try:
        written, unicode = decode(data)
    except UnicodeDecodeError:
        raise unreadable("sie ist kein Text", "it is not a text") from None
    if "\0" in written:
        raise unreadable("sie ist kein Text", "it is not a text")
    said, written = _said_separator(written)
    grid = _parsed(written, said or _separator(written))
    return ([[]] if said else []) + grid, unicode


def lines(data: bytes) -> tuple[Grid, str]:
    """The cells of a file that was read before, apostrophes and all, and the separator between them."""
    said, written = _said_separator(decode(data)[0])
    separator = said or _separator(written)
    rows = csv.reader(io.StringIO(written, newline=""), delimiter=separator, strict=True)
    return ([[f"sep={said}"]] if said else []) + [*rows], separator


def _said_separator(text: str) -> tuple[str | None, str]:
    """Excel's own first line "sep=;", and what is left without it."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.rstrip("\r")) == 5:
        return first[4], rest
    return None, text


def _separator(text: str) -> str:
    """The separator by which most headings are ours; if there are none, by which there are most cells."""
    beginning = text[:_LONGEST].splitlines()[:_LOOKED_AT]

    def known(separator: str) -> tuple[int, int]:
        cells = [cell.strip('" ') for line in beginning for cell in line.split(separator)]
        ours = [cell for cell in cells if any(recognised(table, cell) for table in TABLES)]
        return len(ours), len(cells)

    return max(_SEPARATORS, key=known)


def _parsed(text: str, separator: str) -> Grid:
    """The cells, without the apostrophe that guards against formulas."""
    csv.field_size_limit(_LONGEST)
    if max(map(len, text.split("\n"))) > _LONGEST_LINE:
        raise unreadable("eine Zeile ist viel zu lang", "a line is far too long")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    grid: Grid = []
    room = _MOST_CELLS
    try:
        for row in reader:
            room -= len(row)
            if len(grid) >= _MOST_ROWS or len(row) > _MOST_COLUMNS or room < 0:
                raise unreadable(
                    "sie hat mehr als 20 000 Zeilen oder 200 Spalten",
                    "it has more than 20 000 rows or 200 columns",
                )
            grid.append([cell[1:] if GUARDED.match(cell) else cell for cell in row])
    except csv.Error as error:
        raise _broken(str(error), grid, reader.line_num) from None
    return grid


def _broken(problem: str, grid: Grid, line: int) -> Exception:
    if "end of data" in problem or "field larger" in problem:
        began = len(grid) + 1
        return unreadable(
            "hier beginnt ein Text mit einem Anführungszeichen, und das schließende fehlt",
            "a text begins with a quote here, and the closing one is missing",
            began,
        )
    return unreadable(
        "nach einem schließenden Anführungszeichen steht noch etwas; "
        "ein Anführungszeichen im Text gehört doppelt geschrieben",
        "something follows a closing quote; a quote within a text must be doubled",
        line,
    )


# --- From cells to tables --------------------------------------------------------------------


def _stacked(file: str, grid: Grid) -> Iterator[tuple[Table, str, int, Grid]]:
    """The tables of one file: each with its title, the number of its first line, and its cells."""
    heads = [number for number, row in enumerate(grid) if _is_title(row)]
    table = recognised_table(PurePath(file).stem) or TABLES["posts"]
    alone = grid[: heads[0] if heads else len(grid)]
    if any(map(any, alone)):
        yield table, table.title.de, 1, alone
    for head, end in pairwise([*heads, len(grid)]):
        title = grid[head][0].strip()
        if named := recognised_table(title):
            yield named, title, head + 2, grid[head + 1 : end]


def _is_title(row: list[str]) -> bool:
    """Whether a line names the table that begins below it."""
    return bool(row and recognised_table(row[0])) and not any(map(str.strip, row[1:]))


# --- And back ------------------------------------------------------------------------------------

_NEEDS_GUARD = re.compile("'*[=+\\-@\t\r]")


def csv_text(campaign: Campaign, base: str | None = None) -> str:
    """The whole campaign as one CSV, as a German Excel likes it: with semicolons, table below table."""
    german = campaign.language.startswith("de")
    filled = tables(campaign)
    if base:
        filled["campaign"][0]["base"] = base
    file = io.StringIO(newline="")
    write = csv.writer(file, delimiter=";").writerow
    for key, table in TABLES.items():
        write([_said(table.title, german)])
        for row in _lines(table, filled[key], german):
            write([f"'{cell}" if _NEEDS_GUARD.match(cell) else cell for cell in row])
        write([])
    return file.getvalue()


def _lines(table: Table, filled: list[Cells], german: bool) -> Iterator[list[str]]:
    if table is CAMPAIGN:
        for column in table.columns:
            if (cell := filled[0].get(column.key)) is not None:
                yield [_said(column.heading, german), cell_text(column.key, cell, german)]
        return
    columns = headings(table, filled, {})
    yield [_said(heading.column.said(heading.rest), german) for heading in columns]
    for cells in filled:
        yield [cell_text(one.key, cells.get(one.key, ""), german) for one in columns]


def _said(said: Said, german: bool) -> str:
    return said.de if german else said.en

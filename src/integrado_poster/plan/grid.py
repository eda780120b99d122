"""A grid of cells into the rows of a table: sheets and CSV alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from integrado_poster.model import Said
from integrado_poster.plan.columns import CAMPAIGN, POSTS, recognised
from integrado_poster.plan.source import LINE, Odd, Row, Rows, Spoilt
from integrado_poster.plan.spelling import fold
from integrado_poster.plan.values import Raw, shown

_MOST_ABOVE = 20  #: Lines in which the headings are looked for.
_TOTAL = re.compile(
    r"(?:(?:zwischen|gesamt)?summe|gesamt(?:zahl)?|insgesamt|anzahl|(?:sub)?total|sum|count)\b"
    r"[\s:=]*(?:\d+(?:\s+(?:beiträge|posts))?)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[\d.,]+(?:\s+(?:beiträge|posts))?", re.IGNORECASE)
COLUMN = Said("Spalte", "column")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Where a grid stands: a sheet with cells like B5, or a text file with lines and columns."""

    name: str
    lettered: bool = True
    german: bool = True
    first: int = 1  #: The number of the grid's first line, as people count them.

    def line(self, number: int) -> str:
        """A whole line: "Zeile 5"."""
        return f"{LINE.de if self.german else LINE.en} {number}"

    def cell(self, number: int, index: int, heading: str) -> str:
        """One cell: "Beiträge!B5", or "Zeile 5, Spalte Datum"."""
        if self.lettered:
            return f"{self.name}!{letter(index)}{number}"
        named = f"{COLUMN.de if self.german else COLUMN.en} {heading}"
        return ", ".join(filter(None, (self.name, self.line(number), named)))

    def row(self, number: int) -> str:
        """One row: "Beiträge, Zeile 5"."""
        return ", ".join(filter(None, (self.name, self.line(number))))


def letter(index: int) -> str:
    """A column's name: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        name = chr(65 + digit) + name
    return name


def index_of(letters: str) -> int:
    """A column's number by its name: A is 0."""
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - 64
    return number - 1


@dataclass(slots=True, kw_only=True)
class GridRow:
    """One row of a grid. `sheet` and `columns` are shared by all rows of a table."""

    cells: dict[str, Raw] = field(default_factory=dict)
    number: int
    sheet: Sheet
    columns: Mapping[str, tuple[int, str]]  #: Where each key stands, and under which heading.

    def at(self, key: str | None = None) -> str:
        column = self.columns.get(key or "")
        return self.sheet.cell(self.number, *column) if column else self.sheet.row(self.number)

    @property
    def line(self) -> str:
        return self.sheet.line(self.number)


@dataclass(slots=True, kw_only=True)
class CampaignRow:
    """The campaign's grid: one field per line, its name in A and its value in B."""

    cells: dict[str, Raw] = field(default_factory=dict)
    sheet: Sheet
    title: str
    lines: dict[str, tuple[int, str]] = field(default_factory=dict)

    def at(self, key: str | None = None) -> str:
        number, heading = self.lines.get(key or "", (0, ""))
        return self.sheet.cell(number, 1, heading) if number else self.title

    @property
    def line(self) -> str:
        return self.title


def fill(rows: Rows, sheet: Sheet, cells: Sequence[Sequence[Raw]]) -> None:
    """Take in a grid: for the campaign line by line, else by the row of its headings."""
    if rows.table is CAMPAIGN:
        _fill_campaign(rows, sheet, cells)
    else:
        _fill_table(rows, sheet, cells)


def _fill_table(rows: Rows, sheet: Sheet, cells: Sequence[Sequence[Raw]]) -> None:
    start = _start(rows.table.key, cells)
    _note_above(rows, sheet, cells[:start])
    columns = _columns(rows, sheet, cells, start)
    places = {key: (index, written) for index, (key, written) in columns.items()}
    filled: list[Row] = []
    for number, row in enumerate(cells[start + 1 :], sheet.first + start + 1):
        found = {
            key: row[index]
            for index, (key, _) in columns.items()
            if index < len(row) and full(row[index])
        }
        if rows.table is POSTS and (total := _total(row)) is not None:
            heading = columns.get(total, ("", letter(total)))[1]
            where = sheet.cell(number, total, heading)
            rows.odd.append(Odd("PLAN-61", where, shown(row[total])))
        elif found:
            filled.append(GridRow(cells=found, number=number, sheet=sheet, columns=places))
    rows.rows = filled


def _total(row: Sequence[Raw]) -> int | None:
    """Where a row says that it is a total, if nothing but numbers and formulas stands beside that."""
    word = None
    for index, cell in enumerate(row):
        if not full(cell) or isinstance(cell, (int, float, Spoilt)):
            continue
        if _NUMBER.fullmatch(shown(cell)):
            continue
        if word is not None:
            return None
        word = index
    return word if word is not None and _TOTAL.fullmatch(shown(row[word])) else None


def _start(table: str, cells: Sequence[Sequence[Raw]]) -> int:
    """The row of the headings: the first with several that we know, for a title may stand above it."""
    first = next((index for index, row in enumerate(cells) if any(map(full, row))), len(cells))
    for index, row in enumerate(cells[first : first + _MOST_ABOVE], first):
        written = [shown(cell) for cell in row if full(cell) and not isinstance(cell, Spoilt)]
        if sum(recognised(table, name) is not None for name in written) > 1:
            return index
    return first


def _note_above(rows: Rows, sheet: Sheet, above: Sequence[Sequence[Raw]]) -> None:
    rows.above = len(above)
    for number, row in enumerate(above, sheet.first):
        for index, cell in enumerate(row):
            if full(cell):
                text = cell.text if isinstance(cell, Spoilt) else shown(cell)
                where = sheet.cell(number, index, "") if sheet.lettered else sheet.row(number)
                rows.odd.append(Odd("PLAN-58", where, text))


def _columns(
    rows: Rows, sheet: Sheet, cells: Sequence[Sequence[Raw]], start: int
) -> dict[int, tuple[str, str]]:
    """Our key of each column that we know, with its heading as written; strange ones are noted."""
    columns: dict[int, tuple[str, str]] = {}
    for index, cell in enumerate(cells[start] if start < len(cells) else ()):
        written = shown(cell) if not isinstance(cell, Spoilt) else ""
        heading = recognised(rows.table.key, written) if written else None
        if heading and heading.key not in rows.headings:
            rows.headings[heading.key] = heading
            columns[index] = heading.key, written
            continue
        if any(full(cell) for row in cells[start + 1 :] for cell in row[index : index + 1]):
            where = sheet.cell(sheet.first + start, index, written or letter(index))
            if heading or not written:
                rows.odd.append(Odd("PLAN-51" if heading else "PLAN-52", where, written))
            else:
                rows.unknown.setdefault(written, where)
    return columns


def _fill_campaign(rows: Rows, sheet: Sheet, cells: Sequence[Sequence[Raw]]) -> None:
    row = CampaignRow(sheet=sheet, title=rows.title)
    for number, line in enumerate(cells, sheet.first):
        written = shown(line[0]) if line and not isinstance(line[0], Spoilt) else ""
        value = line[1] if len(line) > 1 else ""
        heading = recognised(CAMPAIGN.key, written) if written else None
        if heading and heading.key not in row.lines:
            rows.headings[heading.key] = heading
            row.lines[heading.key] = number, written
            row.cells[heading.key] = value
        elif heading and full(value):
            rows.odd.append(Odd("PLAN-51", sheet.cell(number, 0, written), written))
        elif full(value) and written and fold(written) not in ("angabe", "field"):
            rows.unknown.setdefault(written, sheet.cell(number, 0, written))
    rows.above = min((number for number, _ in row.lines.values()), default=1) - sheet.first
    rows.rows = [row] if row.lines else []


def full(cell: Raw) -> bool:
    """Whether something stands in a cell."""
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))

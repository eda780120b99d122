"""A campaign as a workbook that is pleasant to work in: wrapped, frozen, with drop-downs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

from integrado_poster.model import Campaign
from integrado_poster.plan.cells import Cell, Cells, cell_text, headings, tables
from integrado_poster.plan.columns import CAMPAIGN, TABLES, Heading, Many, Table
from integrado_poster.plan.yaml_file import unreadable

_ORDER = ("posts", "organisations", "areas", "accounts", "consents", "campaign")
_MOST_ROWS = 20_000
_MOST_CHARACTERS = 32_767
_ROOM = 300  #: Rows for which the drop-downs are laid out beyond those that are filled.
_LINE = 15.0  #: Points.
_MOST_HEIGHT = 400.0  #: Excel refuses more than 409.
_CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - any fixed moment: the same plan, the same bytes


def workbook(campaign: Campaign, base: str | None = None) -> bytes:
    """The campaign as the bytes of an .xlsx; `base` is the digest of the plan that it is taken from."""
    german = campaign.language.startswith("de")
    filled = tables(campaign)
    if base:
        filled["campaign"][0]["base"] = base
    platforms = list(dict.fromkeys(account.platform for account in campaign.accounts))
    extra = {
        "image": ["1"], "alt": ["1"], "credit": ["1"], "focus": ["1"],
        "people": ["1"], "consent": ["1"],
        "text": platforms, "handle": platforms,
        "channel": [account.key for account in campaign.accounts],
    }  # fmt: skip
    return Book(german=german).written(filled, extra)


class Book:
    """One workbook in the making."""

    def __init__(self, *, german: bool, lengths: Mapping[str, int] | None = None) -> None:
        """`lengths` are the characters that fit, by our key: {"text_x": 280}."""
        import xlsxwriter

        self._german = german
        self._lengths = lengths or {}
        self._bytes = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._bytes,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._book.set_properties({"created": _CREATED})
        wrapped = {"text_wrap": True, "valign": "top", "font_name": "Calibri", "font_size": 11}
        days = "dd.mm.yyyy" if german else "yyyy-mm-dd"
        add = self._book.add_format
        self._text = add({**wrapped, "num_format": "@"})
        self._date = add({**wrapped, "num_format": days, "align": "left"})
        self._time = add({**wrapped, "num_format": "hh:mm", "align": "left"})
        head = {
            "bold": True,
            "text_wrap": True,
            "valign": "vcenter",
            "bottom": 2,
            "border_color": "#0b5d5e",
        }
        self._needed = add({**head, "bg_color": "#0b5d5e", "font_color": "#ffffff"})
        self._optional = add({**head, "bg_color": "#d9ecec", "font_color": "#0b3b3c"})
        self._too_long = add({"bg_color": "#ffe4b3"})

    def written(self, tables: Mapping[str, list[Cells]], extra: Mapping[str, list[str]]) -> bytes:
        """All sheets, then the bytes."""
        for key in _ORDER:
            if key == CAMPAIGN.key:
                self._campaign(tables[key][0])
            else:
                self._table(TABLES[key], tables[key], extra)
        self._help()
        self._book.close()
        return self._bytes.getvalue()

    def _said(self, said: Sequence[str]) -> str:
        return said[0 if self._german else 1]

    def _sheet(self, table: Table) -> Any:
        sheet = self._book.add_worksheet(self._said(table.title))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_print_scale(60)
        sheet.hide_gridlines(0)  # printed, too, and with letters and numbers: findings name cells
        sheet.print_row_col_headers()
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
        sheet.repeat_rows(0)
        sheet.set_row(0, 32)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        return sheet

    def _table(self, table: Table, filled: list[Cells], extra: Mapping[str, list[str]]) -> None:
        if len(filled) > _MOST_ROWS:
            raise unreadable("mehr als 20 000 Zeilen", "more than 20 000 rows")
        sheet = self._sheet(table)
        columns = headings(table, filled, extra)
        for index, heading in enumerate(columns):
            column = heading.column
            # Further pictures and translations can be folded away with one click.
            fold = {"level": 1} if column.many is Many.NUMBERED and heading.rest != "1" else {}
            sheet.set_column(index, index, column.width, self._format(column.key), fold)
            area = (1, index, len(filled) + _ROOM, index)
            self._head(sheet, 0, index, heading)
            self._drop_down(sheet, area, heading)
            self._colour_long(sheet, area, heading)
            for number, cells in enumerate(filled, 1):
                if (cell := cells.get(heading.key)) is not None:
                    self._write(sheet, number, index, heading, cell)
        for number, cells in enumerate(filled, 1):
            sheet.set_row(number, _height(columns, cells))
        sheet.freeze_panes(1, 2 if table.key == "posts" else 1)
        sheet.repeat_columns(0, 1 if table.key == "posts" else 0)
        if filled:
            sheet.autofilter(0, 0, len(filled), len(columns) - 1)

    def _campaign(self, cells: Cells) -> None:
        sheet = self._sheet(CAMPAIGN)
        sheet.set_column(0, 0, 26, self._text)
        sheet.set_column(1, 1, 70, self._text)
        for index, title in enumerate(("Angabe", "Wert") if self._german else ("Field", "Value")):
            sheet.write_string(0, index, title, self._needed)
        shown = [column for column in CAMPAIGN.columns if column.key != "base" or "base" in cells]
        for number, column in enumerate(shown, 1):
            heading = Heading(column)
            self._head(sheet, number, 0, heading)
            self._drop_down(sheet, (number, 1, number, 1), heading)
            if (cell := cells.get(column.key)) is not None:
                self._write(sheet, number, 1, heading, cell)
                sheet.set_row(number, _LINE * max(1, _lines(cell_text(column.key, cell), 70)))
            else:
                sheet.write_blank(number, 1, None, self._format(column.key))
        sheet.freeze_panes(1, 1)

    def _head(self, sheet: Any, row: int, index: int, heading: Heading) -> None:
        column = heading.column
        name = heading.rest.capitalize() if column.key in ("text", "handle") else heading.rest
        written = self._said(column.said(name))
        sheet.write_string(row, index, written, self._needed if column.required else self._optional)
        note = self._note(heading)
        options = {"author": "integrado-poster", "x_scale": 1.8, "y_scale": 0.5 + len(note) / 90}
        sheet.write_comment(row, index, note, options)

    def _note(self, heading: Heading) -> str:
        """What a person should know who fills in this column: whether it must be, an example, how much fits."""
        column = heading.column
        needed = "Pflichtangabe." if self._german else "Required."
        example = f"{'Beispiel' if self._german else 'Example'}: {column.example}"
        fits = "Höchstens etwa {} Zeichen." if self._german else "At most about {} characters."
        most = self._most(heading)
        parts = [
            needed if column.required else "",
            self._said(column.note) if column.note else "",
            example if column.example else "",
            fits.format(most) if most else "",
        ]
        return "\n".join(filter(None, parts))

    def _most(self, heading: Heading) -> int:
        return self._lengths.get(heading.key, heading.column.most)

    def _colour_long(self, sheet: Any, area: tuple[int, int, int, int], heading: Heading) -> None:
        """Colour what is probably too long; only the program can really tell."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        if most := self._most(heading):
            first = xl_rowcol_to_cell(area[0], area[1], col_abs=True)
            rule = {
                "type": "formula",
                "criteria": f"=LEN({first})>{most}",
                "format": self._too_long,
            }
            sheet.conditional_format(*area, rule)

    def _format(self, key: str) -> Any:
        if key in ("date", "first_day", "last_day"):
            return self._date
        return self._time if key in ("time", "deadline") else self._text

    def _drop_down(self, sheet: Any, area: tuple[int, int, int, int], heading: Heading) -> None:
        """What can be chosen: a few words, or the members by their short names."""
        column = heading.column
        source: str | list[str] = [self._said(said) for said in column.choices]
        if column.key in ("organisation", "owner"):
            title = self._said(TABLES["organisations"].title)
            source = f"='{title}'!$C$2:$C${_ROOM}"
        if source:
            # A warning and no wall: the program says what is wrong itself, and more patiently.
            rule = {"validate": "list", "source": source, "error_type": "warning"}
            sheet.data_validation(*area, rule)

    def _write(self, sheet: Any, row: int, index: int, heading: Heading, cell: Cell) -> None:
        key = heading.column.key
        if isinstance(cell, dt.date) and cell.year >= 1901:
            sheet.write_datetime(row, index, cell, self._date)
            return
        if isinstance(cell, dt.time) and not cell.microsecond and not cell.second:
            sheet.write_datetime(row, index, cell, self._time)
            return
        written = cell_text(key, cell)
        if len(written) > _MOST_CHARACTERS:
            name = self._said(heading.column.said(heading.rest))
            raise unreadable(
                f"„{name}“ ist für eine Zelle zu lang; exportieren Sie als .yaml",
                f"“{name}” is too long for a cell; export as .yaml",
            )
        sheet.write_string(row, index, written, self._text)

    def _help(self) -> None:
        """What each column is for, with an example."""
        german = self._german
        sheet = self._book.add_worksheet("Hilfe" if german else "Help")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_column(0, 0, 16, self._text)
        sheet.set_column(1, 1, 26, self._text)
        sheet.set_column(2, 2, 14, self._text)
        sheet.set_column(3, 3, 60, self._text)
        titles = (
            ("Blatt", "Spalte", "Pflicht", "Beispiel")
            if german
            else ("Sheet", "Column", "Required", "Example")
        )
        for index, title in enumerate(titles):
            sheet.write_string(0, index, title, self._needed)
        lines = [
            (TABLES[key], column)
            for key in _ORDER
            for column in TABLES[key].columns
            if column.key != "base"
        ]
        for row, (table, column) in enumerate(lines, 1):
            rest = {Many.ONE: "", Many.NUMBERED: "1", Many.NAMED: "…"}[column.many]
            sheet.write_string(row, 0, self._said(table.title), self._text)
            sheet.write_string(row, 1, self._said(column.said(rest)), self._text)
            sheet.write_string(row, 2, ("ja" if german else "yes") * column.required, self._text)
            sheet.write_string(row, 3, column.example, self._text)
        sheet.freeze_panes(1, 0)


def _height(columns: Sequence[Heading], cells: Cells) -> float:
    """A row in which all of its text can be seen: LibreOffice does not find that out by itself."""
    lines = [
        _lines(cell_text(one.key, cells[one.key]), one.column.width)
        for one in columns
        if one.key in cells
    ]
    return min(_LINE * max(lines, default=1), _MOST_HEIGHT)


def _lines(text: str, width: int) -> int:
    """How many lines a text probably takes in a column."""
    return sum(1 + len(line) // width for line in text.split("\n"))

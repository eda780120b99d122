"""Mark cells in a person's own workbook: a colour, a note, perhaps another value, and a sheet that lists it all.

The file is patched and not written anew, so that it stays hers: fonts, widths, filters, drop-downs,
pictures and everything that we do not know of are copied byte for byte. Only text is replaced;
no XML is parsed, so none can expand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from xml.sax.saxutils import quoteattr

from integrado_poster.plan.grid import index_of
from integrado_poster.plan.marked_cells import OURS, Styles, cell_texts, shared_strings, with_marks
from integrado_poster.plan.marked_notes import Notes, with_legacy_drawing
from integrado_poster.plan.package import Package
from integrado_poster.plan.workbook import parts_of
from integrado_poster.plan.yaml_file import unreadable

_BOOK = "xl/workbook.xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PLACE = re.compile(r"(?P<sheet>.+)!(?P<cell>[A-Z]{1,3}[1-9]\d{0,6})")
_ROW = re.compile(r"(?P<sheet>.+), (?:Zeile|line) (?P<row>[1-9]\d{0,6})")
_VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"


class Colour(Enum):
    """What a cell's background says."""

    ERROR, WARNING, HINT, CHANGED = OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One cell ("Beiträge!G5", or a row or a sheet by its name) with what is said about it."""

    where: str
    colour: Colour
    note: str
    value: str | None = None  #: What stands there from now on; None leaves it as it is.


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One more sheet at the end: headings, and rows of which one column names a cell to jump to."""

    title: str
    widths: Sequence[int]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    places: int = -1  #: The column whose cells are places.
    colours: Sequence[Colour] = ()  #: Of the first cell in each row.


def place(where: str) -> tuple[str, str]:
    """Sheet and cell of a place: a row's first cell, or a sheet's, if it names no cell."""
    if match := _PLACE.fullmatch(where):
        return match["sheet"], match["cell"]
    if match := _ROW.fullmatch(where):
        return match["sheet"], f"A{match['row']}"
    return where, "A1"


def spot(where: str) -> tuple[str, int, int]:
    """A place's sheet, row and column, for putting places in order."""
    sheet, cell = place(where)
    letters = cell.rstrip("0123456789")
    return sheet, int(cell[len(letters) :]), index_of(letters)


def marked(data: bytes, marks: Sequence[Mark], listing: Listing | None = None) -> bytes:
    """The workbook with these marks; raises `PlanUnreadable` if it is none that can be patched.

    It must have been read before, which refuses bombs. Marks of sheets that it does not have are
    left out: the listing names them all the same. With a listing, the marks of an earlier one go.
    """
    book = _Book(data)
    by_sheet: dict[str, dict[str, list[Mark]]] = {}
    for mark in marks:
        sheet, cell = place(mark.where)
        by_sheet.setdefault(sheet, {}).setdefault(cell, []).append(mark)
    for sheet, part in book.parts.items() if listing else ():
        if sheet != (listing and listing.title):
            book.unmark(part)
    for sheet, cells in by_sheet.items():
        if named := book.parts.get(sheet):
            book.mark(named, cells)
    if listing:
        book.list(listing)
    return book.bytes()


def texts(data: bytes, wanted: Collection[str]) -> dict[str, str]:
    """What stands in these cells as text; a number, a date or nothing is left out."""
    return _Book(data).texts(wanted)


class _Book:
    """One workbook, and what we do with its sheets."""

    def __init__(self, data: bytes) -> None:
        self._package = Package(data)
        self.parts: Mapping[str, str] = parts_of(data)
        self._styles_part = self._package.target(_BOOK, "styles") or ""
        if not self.parts or not self._styles_part:
            raise unreadable("sie ist keine .xlsx-Datei", "it is not an .xlsx file")
        self._styles = Styles(self._package.text(self._styles_part))

    def bytes(self) -> bytes:
        self._package.put(self._styles_part, self._styles.xml)
        return self._package.bytes()

    def texts(self, wanted: Collection[str]) -> dict[str, str]:
        by_sheet: dict[str, dict[str, str]] = {}
        for where in wanted:
            sheet, cell = place(where)
            by_sheet.setdefault(sheet, {})[cell] = where
        strings = self._package.target(_BOOK, "sharedStrings")
        shared = shared_strings(self._package.text(strings)) if strings else []
        return {
            cells[cell]: text
            for sheet, cells in by_sheet.items()
            if (part := self.parts.get(sheet))
            for cell, text in cell_texts(self._package.text(part), cells, shared)
        }

    def mark(self, part: str, cells: Mapping[str, Sequence[Mark]]) -> None:
        """Colour these cells of one sheet, fill in new values, and pin the notes to them."""
        notes = {cell: "\n\n".join(mark.note for mark in found) for cell, found in cells.items()}
        worst = {cell: min(found, key=_rank) for cell, found in cells.items()}
        values = {
            cell: mark.value
            for cell, found in cells.items()
            for mark in found
            if mark.value is not None
        }
        colours = {cell: mark.colour.value for cell, mark in worst.items()}
        sheet = with_marks(self._package.text(part), colours, values, self._styles)
        self._package.put(part, self._pinned(part, sheet, notes))

    def unmark(self, part: str) -> None:
        """Take away the notes of an earlier check, and the colours that came with them."""
        comments, drawing = self._notes_of(part)
        if comments and drawing:
            old = Notes(self._package.text(comments), self._package.text(drawing))
            words, boxes, cells = old.without_ours()
            if cells:
                self._package.put(comments, words)
                self._package.put(drawing, boxes)
                bare = dict.fromkeys(cells, "")
                sheet = with_marks(self._package.text(part), bare, {}, self._styles)
                self._package.put(part, sheet)

    def _notes_of(self, part: str) -> tuple[str | None, str | None]:
        found = [self._package.target(part, kind) for kind in ("comments", "vmlDrawing")]
        comments, drawing = (one if one and self._package.has(one) else None for one in found)
        return comments, drawing

    def _pinned(self, part: str, sheet: str, notes: Mapping[str, str]) -> str:
        """The sheet with its notes, beside those that it has."""
        package = self._package
        comments, drawing = self._notes_of(part)
        if comments is None or drawing is None:
            comments = package.free("xl/comments_{}.xml")
            drawing = package.free("xl/drawings/notes_{}.vml")
            fresh = Notes()
            package.relate(part, "comments", comments)
            id_ = package.relate(part, "vmlDrawing", drawing)
            package.declare(comments, f"{_KIND}.comments+xml")
            package.declare_ending("vml", _VML)
            sheet = with_legacy_drawing(sheet, id_)
        else:
            fresh = Notes(package.text(comments), package.text(drawing))
        words, boxes = fresh.with_these(notes)
        package.put(comments, words)
        package.put(drawing, boxes)
        return sheet

    def list(self, listing: Listing) -> None:
        """One more sheet at the end, or an earlier listing written anew."""
        from integrado_poster.plan.listing import sheet_xml

        part = self.parts.get(listing.title)
        if part is None or not self._is_listing(listing):
            part = self._package.free("xl/worksheets/listing_{}.xml")
            self._add_sheet(part, _free_title(listing.title, self.parts))
        self._package.put(part, sheet_xml(listing, self._styles, self.parts))

    def _is_listing(self, listing: Listing) -> bool:
        """Whether the sheet of this title is one of ours: by its headings."""
        places = [f"{listing.title}!{chr(65 + n)}1" for n in range(len(listing.headings))]
        return [*self.texts(places).values()] == [*listing.headings]

    def _add_sheet(self, part: str, title: str) -> None:
        self._package.declare(part, f"{_KIND}.worksheet+xml")
        id_ = self._package.relate(_BOOK, "worksheet", part)
        book = self._package.text(_BOOK)
        number = 1 + max(map(int, re.findall(r'\bsheetId="(\d+)"', book)), default=0)
        end = re.search(r"</((?:\w+:)?)sheets>", book)
        if end is None:
            raise unreadable("sie ist keine .xlsx-Datei", "it is not an .xlsx file")
        entry = f'<{end[1]}sheet name={quoteattr(title)} sheetId="{number}" xmlns:r="{_OFFICE}" r:id="{id_}"/>'
        self._package.put(_BOOK, book[: end.start()] + entry + book[end.start() :])


def _rank(mark: Mark) -> int:
    return list(Colour).index(mark.colour)


def _free_title(title: str, taken: Mapping[str, str]) -> str:
    used = {name.casefold() for name in taken}
    number, wanted = 1, title
    while wanted.casefold() in used:
        number += 1
        wanted = f"{title} {number}"
    return wanted

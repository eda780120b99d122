"""Mark cells in a person's own workbook: a colour, a note, perhaps another value, and a sheet that lists it all.

The file is patched and not written anew, so that it stays hers: fonts, widths, filters, drop-downs,
pictures and everything that we do not know of are copied byte for byte. Only text is replaced;
no XML is parsed, so none can expand.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from xml.sax.saxutils import quoteattr

from integrado_poster.plan.marked_cells import Styles, cell_texts, shared_strings, with_marks
from integrado_poster.plan.marked_notes import Notes, with_legacy_drawing
from integrado_poster.plan.workbook import attributes, parts_of
from integrado_poster.plan.yaml_file import unreadable

_TYPES = "[Content_Types].xml"
_BOOK, _BOOK_RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PLACE = re.compile(r"(?P<sheet>.+)!(?P<cell>[A-Z]{1,3}[1-9]\d{0,6})")
_ROW = re.compile(r"(?P<sheet>.+), (?:Zeile|line) (?P<row>[1-9]\d{0,6})")
_RELATIONS = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'


class Colour(Enum):
    """What a cell's background says."""

    ERROR = "FFFFC7CE"
    WARNING = "FFFFEB9C"
    HINT = "FFDDEBF7"
    CHANGED = "FFC6EFCE"


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


def marked(data: bytes, marks: Sequence[Mark], listing: Listing | None = None) -> bytes:
    """The workbook with these marks; raises `PlanUnreadable` if it is none that can be patched.

    It must have been read before, which refuses bombs. Marks of sheets that it does not have are
    left out: the listing names them all the same.
    """
    book = _Book(data)
    by_sheet: dict[str, dict[str, list[Mark]]] = {}
    for mark in marks:
        sheet, cell = place(mark.where)
        by_sheet.setdefault(sheet, {}).setdefault(cell, []).append(mark)
    for sheet, cells in by_sheet.items():
        if part := book.parts.get(sheet):
            book.mark(part, cells)
    if listing:
        book.add(listing)
    return book.bytes()


def texts(data: bytes, wanted: Collection[str]) -> dict[str, str]:
    """What stands in these cells as text; a number, a date or nothing is left out."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    parts = parts_of(data)
    shared: list[str] = []
    if "xl/sharedStrings.xml" in archive.namelist():
        shared = shared_strings(archive.read("xl/sharedStrings.xml").decode("utf-8-sig"))
    found: dict[str, str] = {}
    by_sheet: dict[str, dict[str, str]] = {}
    for where in wanted:
        sheet, cell = place(where)
        by_sheet.setdefault(sheet, {})[cell] = where
    for sheet, cells in by_sheet.items():
        if part := parts.get(sheet):
            for cell, text in cell_texts(archive.read(part).decode("utf-8-sig"), cells, shared):
                found[cells[cell]] = text
    return found


class _Book:
    """The parts of one workbook, as text where we change them."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._changed: dict[str, str] = {}
        self.parts: Mapping[str, str] = parts_of(data)
        styles = self._target(_BOOK_RELATIONS, "styles")
        if not self.parts or styles is None:
            raise unreadable("sie ist keine .xlsx-Datei", "it is not an .xlsx file")
        self._styles_part = styles
        self._styles = Styles(self._text(styles))

    def _text(self, part: str) -> str:
        if part not in self._changed:
            self._changed[part] = self._archive.read(part).decode("utf-8-sig")
        return self._changed[part]

    def _has(self, part: str) -> bool:
        return part in self._changed or part in self._archive.namelist()

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
        sheet = with_marks(self._text(part), colours, values, self._styles)
        self._changed[part] = self._pinned(part, sheet, notes)

    def _pinned(self, part: str, sheet: str, notes: Mapping[str, str]) -> str:
        """The sheet with its notes, beside those that it has."""
        relations = _relations_of(part)
        comments = self._target(relations, "comments")
        drawing = self._target(relations, "vmlDrawing")
        if comments is None or drawing is None or not self._has(comments):
            comments = self._free("xl/comments_{}.xml")
            drawing = self._free("xl/drawings/notes_{}.vml")
            fresh = Notes()
            self._relate(relations, "comments", comments)
            id_ = self._relate(relations, "vmlDrawing", drawing)
            self._declare(comments, f"{_KIND}.comments+xml")
            self._declare_ending("vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
            sheet = with_legacy_drawing(sheet, id_)
        else:
            fresh = Notes(self._text(comments), self._text(drawing))
        self._changed[comments], self._changed[drawing] = fresh.with_these(notes)
        return sheet

    def add(self, listing: Listing) -> None:
        """One more sheet at the end."""
        from integrado_poster.plan.listing import sheet_xml

        part = self._free("xl/worksheets/listing_{}.xml")
        title = _free_title(listing.title, self.parts)
        self._changed[part] = sheet_xml(listing, self._styles, self.parts)
        self._declare(part, f"{_KIND}.worksheet+xml")
        id_ = self._relate(_BOOK_RELATIONS, "worksheet", part)
        book = self._text(_BOOK)
        number = 1 + max(map(int, re.findall(r'\bsheetId="(\d+)"', book)), default=0)
        end = re.search(r"</((?:\w+:)?)sheets>", book)
        if end is None:
            raise unreadable("sie ist keine .xlsx-Datei", "it is not an .xlsx file")
        entry = f'<{end[1]}sheet name={quoteattr(title)} sheetId="{number}" xmlns:r="{_OFFICE}" r:id="{id_}"/>'
        self._changed[_BOOK] = book[: end.start()] + entry + book[end.start() :]

    def bytes(self) -> bytes:
        """The whole file again; what was not touched has the same content as before."""
        self._changed[self._styles_part] = self._styles.xml
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in self._archive.infolist():
                changed = self._changed.pop(member.filename, None)
                content = self._archive.read(member) if changed is None else changed.encode()
                archive.writestr(_info(member.filename), content)
            for part, text in self._changed.items():
                archive.writestr(_info(part), text)
        return target.getvalue()

    # --- How the parts know of one another ------------------------------------------------

    def _target(self, relations: str, kind: str) -> str | None:
        """The part to which a relation of this kind leads."""
        if not self._has(relations):
            return None
        for relation in re.findall(r"<(?:\w+:)?Relationship\s[^>]*>", self._text(relations)):
            facts = attributes(relation.encode())
            if facts.get("Type", "").rpartition("/")[2] == kind:
                return _resolved(relations, facts.get("Target", ""))
        return None

    def _relate(self, relations: str, kind: str, part: str) -> str:
        """Add a relation and return its id."""
        text = self._text(relations) if self._has(relations) else _RELATIONS
        number = 1
        while f'"rIdPoster{number}"' in text:
            number += 1
        id_ = f"rIdPoster{number}"
        relation = f'<Relationship Id="{id_}" Type="{_OFFICE}/{kind}" Target="/{part}"/>'
        self._changed[relations] = text.replace("</Relationships>", relation + "</Relationships>")
        return id_

    def _declare(self, part: str, kind: str) -> None:
        override = f'<Override PartName="/{part}" ContentType="{kind}"/>'
        self._changed[_TYPES] = self._text(_TYPES).replace("</Types>", override + "</Types>")

    def _declare_ending(self, ending: str, kind: str) -> None:
        types = self._text(_TYPES)
        if not re.search(rf'Extension="{ending}"', types, re.IGNORECASE):
            default = f'<Default Extension="{ending}" ContentType="{kind}"/>'
            self._changed[_TYPES] = re.sub(r"(<Types[^>]*>)", rf"\g<1>{default}", types, count=1)

    def _free(self, pattern: str) -> str:
        number = 1
        while self._has(pattern.format(number)):
            number += 1
        return pattern.format(number)


def _rank(mark: Mark) -> int:
    return list(Colour).index(mark.colour)


def _info(name: str) -> zipfile.ZipInfo:
    """A member with a fixed date: the same marks give the same bytes."""
    info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _relations_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def _resolved(relations: str, target: str) -> str:
    """A target as the name of a part: it is given from the folder of its owner, or from the root."""
    if target.startswith("/"):
        return target[1:]
    steps = relations.split("/")[:-2]
    for step in target.split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step != ".":
            steps.append(step)
    return "/".join(steps)


def _free_title(title: str, taken: Mapping[str, str]) -> str:
    used = {name.casefold() for name in taken}
    number, wanted = 1, title
    while wanted.casefold() in used:
        number += 1
        wanted = f"{title} {number}"
    return wanted

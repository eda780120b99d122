"""Notes on cells: their text in one part, their yellow boxes in an old drawing format in another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from integrado_poster.plan.marked_cells import split, words_of

_AUTHOR = "integrado-poster"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_EMPTY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<comments xmlns="{_MAIN}"><authors></authors><commentList></commentList></comments>'
)
_DRAWING = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel">'
    '<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout>'
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)
# What may come after <legacyDrawing> in a sheet; it has to stand before all of them.
_AFTER = re.compile(
    r"<(?:\w+:)?(?:legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst)\b"
)
_OURS = re.compile(
    r"(?:^|\n\n)(?:Fehler|Warnung|Hinweis|error|warning|hint) [A-Z][A-Z0-9]{1,4}-\d{2,3}\n"
)
_WIDE = 44  # characters in a line of a note's box
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Notes:
    """The notes of one sheet."""

    def __init__(self, comments: str = _EMPTY, drawing: str = _DRAWING) -> None:
        self._comments = comments
        self._drawing = drawing

    def with_these(self, notes: Mapping[str, str]) -> tuple[str, str]:
        """Both parts with these notes; on a cell that has one, ours goes below it."""
        root = re.search(r"<((?:\w+:)?)comments\b", self._comments)
        prefix = root[1] if root else ""
        author = len(re.findall(rf"<{prefix}author\b", self._comments))
        comments = re.sub(
            rf"<{prefix}authors\s*/>", f"<{prefix}authors></{prefix}authors>", self._comments
        )
        comments = re.sub(
            rf"<{prefix}commentList\s*/>", f"<{prefix}commentList></{prefix}commentList>", comments
        )
        end = f"</{prefix}authors>"
        comments = comments.replace(end, f"<{prefix}author>{_AUTHOR}</{prefix}author>{end}", 1)
        there = set(re.findall(r'\bref="([A-Z]+\d+)"', comments))
        new = "".join(
            _comment(prefix, author, cell, notes[cell])
            for cell in sorted(notes.keys() - there, key=split)
        )
        end = f"</{prefix}commentList>"
        comments = comments.replace(end, new + end, 1)
        if both := notes.keys() & there:
            comments = _below(comments, prefix, {cell: notes[cell] for cell in both})
        first = 9000 + len(re.findall(r"<v:shape\b", self._drawing))
        shapes = "".join(
            _shape(first + number, cell, notes[cell])
            for number, cell in enumerate(sorted(notes.keys() - there, key=split))
        )
        return comments, re.sub(r"</xml>\s*$", lambda _: shapes + "</xml>", self._drawing)

    def without_ours(self) -> tuple[str, str, list[str]]:
        """Both parts without what an earlier check has noted, and the cells where it did.

        Ours is known by its first words, "Fehler TEXT-03", however often the file was saved since.
        """
        cells: list[str] = []
        gone: set[str] = set()

        def kept(note: re.Match[str]) -> str:
            words = words_of(note[4])
            ours = _OURS.search(words)
            if ours is None:
                return note[0]
            cells.append(note[3])
            if not ours.start():
                gone.add(note[3])
                return ""
            before = words[: ours.start()].rstrip("\n")
            return f"{note[1]}<{note[2]}text>{_run(note[2], before)}</{note[2]}text></{note[2]}comment>"

        pattern = r'(<((?:\w+:)?)comment\b[^>]*\bref="([A-Z]+\d+)"[^>]*>)(.*?)</\2comment>'
        comments = re.sub(pattern, kept, self._comments, flags=re.DOTALL)
        places = {split(cell) for cell in gone}

        def box(shape: re.Match[str]) -> str:
            row, column = (re.search(rf"<x:{word}>(\d+)<", shape[0]) for word in ("Row", "Column"))
            there = (int(column[1]), int(row[1]) + 1) if row and column else None
            return "" if there in places else shape[0]

        boxes = re.sub(r"<v:shape\b.*?</v:shape>\s*", box, self._drawing, flags=re.DOTALL)
        return comments, boxes, cells


def _below(comments: str, prefix: str, notes: Mapping[str, str]) -> str:
    """Our words below what a cell's note says already."""

    def longer(found: re.Match[str]) -> str:
        note = notes.get(found[2])
        return found[0] if note is None else found[1] + _run(prefix, "\n\n" + note) + found[3]

    text = rf'(<{prefix}comment\b[^>]*\bref="([A-Z]+\d+)"[^>]*>.*?)(</{prefix}text>)'
    return re.sub(text, longer, comments, flags=re.DOTALL)


def _comment(prefix: str, author: int, cell: str, note: str) -> str:
    text = f"<{prefix}text>{_run(prefix, note)}</{prefix}text>"
    return f'<{prefix}comment ref="{cell}" authorId="{author}">{text}</{prefix}comment>'


def _run(prefix: str, text: str) -> str:
    look = f'<{prefix}rPr><{prefix}sz val="9"/><{prefix}rFont val="Tahoma"/></{prefix}rPr>'
    clean = escape(_NOT_TEXT.sub("", text))
    return f'<{prefix}r>{look}<{prefix}t xml:space="preserve">{clean}</{prefix}t></{prefix}r>'


def _shape(number: int, cell: str, note: str) -> str:
    """The box beside a cell, as high as its text needs, shown when the mouse is over the cell."""
    column, row = split(cell)
    lines = sum(1 + len(line) // _WIDE for line in note.split("\n"))
    height = min(400, 12 * lines + 14)
    top, rows = max(0, row - 2), 1 + height // 20
    anchor = f"{column + 1}, 15, {top}, 4, {column + 4}, 15, {top + rows}, 4"
    style = f"position:absolute;margin-left:60pt;margin-top:2pt;width:210pt;height:{height}pt;z-index:1;visibility:hidden"
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="{style}" fillcolor="#ffffe1" o:insetmode="auto">'
        '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row - 1}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )


def with_legacy_drawing(sheet: str, id_: str) -> str:
    """The sheet with a word on where the boxes of its notes are drawn."""
    end = re.search(r"</((?:\w+:)?)worksheet>", sheet)
    if end is None:
        return sheet
    data_end = max(sheet.rfind("sheetData>"), 0)
    after = _AFTER.search(sheet, data_end)
    at = after.start() if after else end.start()
    return f'{sheet[:at]}<{end[1]}legacyDrawing xmlns:r="{_OFFICE}" r:id="{id_}"/>{sheet[at:]}'

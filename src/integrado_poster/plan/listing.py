"""One more sheet for a person's workbook: a table of everything that was found, with ways to the cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from integrado_poster.plan.marked_cells import Styles, text_cell

if TYPE_CHECKING:
    from integrado_poster.plan.marks import Listing

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_FONT = '<name val="Calibri"/><family val="2"/>'
_TOP = '<alignment vertical="top" wrapText="1"/>'


def sheet_xml(listing: Listing, styles: Styles, sheets: Mapping[str, str]) -> str:
    """The whole sheet; `sheets` are those of the workbook, to which links may lead."""
    head = _format(styles, '<b/><sz val="11"/><color rgb="FFFFFFFF"/>', styles.fill("FF0B5D5E"))
    plain = _format(styles, '<sz val="11"/>', 0)
    link = _format(styles, '<u/><sz val="11"/><color rgb="FF0B5D5E"/>', 0)
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(listing.widths, 1)
    )
    looks = [link if number == listing.places else plain for number in range(len(listing.headings))]
    rows = [_row(1, listing.headings, [head] * len(looks), 1)]
    for number, cells in enumerate(listing.rows, 2):
        if listing.colours:
            looks[0] = styles.coloured(plain, listing.colours[number - 2].value)
        rows.append(_row(number, cells, looks, _lines(cells, listing.widths)))
    last = f"{_letter(len(looks) - 1)}{len(listing.rows) + 1}"
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{_MAIN}">'
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>{''.join(rows)}</sheetData>"
        f'<autoFilter ref="A1:{last}"/>{_links(listing, sheets)}'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _format(styles: Styles, font: str, fill: int) -> int:
    number = styles.font(f"<font>{font}{_FONT}</font>")
    facts = f'numFmtId="0" fontId="{number}" fillId="{fill}" borderId="0" xfId="0"'
    return styles.add(f'<xf {facts} applyFont="1" applyFill="1" applyAlignment="1">{_TOP}</xf>')


def _lines(cells: Sequence[str], widths: Sequence[int]) -> int:
    """How many lines the fullest cell needs; programs do not look for themselves when they open it."""
    return max(
        1 + len(cell) // max(1, width - 4) for cell, width in zip(cells, widths, strict=True)
    )


def _row(number: int, cells: Sequence[str], looks: Sequence[int], lines: int) -> str:
    written = (
        text_cell("", f"{_letter(column)}{number}", look, cell)
        for column, (cell, look) in enumerate(zip(cells, looks, strict=True))
    )
    return f'<row r="{number}" ht="{3 + 15 * lines}" customHeight="1">{"".join(written)}</row>'


def _links(listing: Listing, sheets: Mapping[str, str]) -> str:
    links = "".join(_link(listing, sheets))
    return f"<hyperlinks>{links}</hyperlinks>" if links else ""


def _link(listing: Listing, sheets: Mapping[str, str]) -> Iterator[str]:
    from integrado_poster.plan.marks import place

    for number, cells in enumerate(listing.rows, 2):
        if listing.places < 0 or not (where := cells[listing.places]):
            continue
        sheet, cell = place(where)
        if sheet in sheets:
            quoted = sheet.replace("'", "''")
            target = quoteattr(f"'{quoted}'!{cell}")
            yield f'<hyperlink ref="{_letter(listing.places)}{number}" location={target}/>'


def _letter(index: int) -> str:
    return chr(65 + index)

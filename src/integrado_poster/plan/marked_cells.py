"""Cells of a sheet's XML, coloured and filled anew; everything else in it stays as it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, unescape

_ROW = re.compile(r"<((?:\w+:)?)row\b([^>]*?)(?:/>|>(.*?)</\1row>)", re.DOTALL)
_CELL = re.compile(r"<((?:\w+:)?)c\b([^>]*?)(?:/>|>(.*?)</\1c>)", re.DOTALL)
_DATA = re.compile(r"<((?:\w+:)?)sheetData\b[^>]*?(?:/>|>(.*?)</\1sheetData>)", re.DOTALL)
_COLUMN = re.compile(r"<(?:\w+:)?col\b([^>]*)/?>")
_PLACE = re.compile(r"([A-Z]+)(\d+)")
_WHITE = re.compile(r'(<(?:\w+:)?color\b[^>]*?)(?:rgb="[Ff]{8}"|theme="0")')
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


OURS = ("FFFFC7CE", "FFFFEB9C", "FFDDEBF7", "FFC6EFCE")
"""Backgrounds for errors, warnings, hints and changes: those that Excel offers itself."""


class Styles:
    """A workbook's styles, with the same in other colours added as they are asked for."""

    def __init__(self, xml: str) -> None:
        self.xml = xml
        self._known: dict[tuple[int, str], int] = {}
        self._fills: dict[str, int] = {}
        self._ours: dict[int, bool] = {}

    def coloured(self, style: int, colour: str) -> int:
        """The number of the style that is like this one, on a background of this colour.

        Without a colour, one that we have put there goes, and any other stays.
        """
        if not colour and not self._is_ours(style):
            return style
        if (style, colour) not in self._known:
            formats = _items(self.xml, "cellXfs", "xf")
            like = (
                formats[style]
                if style < len(formats)
                else '<xf numFmtId="0" fontId="0" borderId="0"/>'
            )
            like = self._legible(re.sub(r'\s(?:fillId|applyFill)="[^"]*"', "", like))
            fill = f' fillId="{self._fill(colour) if colour else 0}" applyFill="1"'
            self._known[style, colour] = self.add(re.sub(r"^<((?:\w+:)?xf)\b", rf"<\1{fill}", like))
        return self._known[style, colour]

    def _legible(self, like: str) -> str:
        """The same format with black words if they are white, as on headings: our backgrounds are light."""
        used = re.search(r'\bfontId="(\d+)"', like)
        fonts = _items(self.xml, "fonts", "font")
        font = fonts[int(used[1])] if used and int(used[1]) < len(fonts) else ""
        black = _WHITE.sub(r'\1rgb="FF000000"', font)
        if used is None or black == font:
            return like
        return like.replace(used[0], f'fontId="{self.font(black)}"')

    def _is_ours(self, style: int) -> bool:
        if style not in self._ours:
            formats, fills = _items(self.xml, "cellXfs", "xf"), _items(self.xml, "fills", "fill")
            used = re.search(r'\bfillId="(\d+)"', formats[style]) if style < len(formats) else None
            fill = fills[int(used[1])] if used and int(used[1]) < len(fills) else ""
            self._ours[style] = any(f'rgb="{colour}"' in fill for colour in OURS)
        return self._ours[style]

    def add(self, format_: str) -> int:
        """One more format; its number."""
        return self._append("cellXfs", "xf", format_)

    def _fill(self, colour: str) -> int:
        if colour not in self._fills:
            solid = f'<patternFill patternType="solid"><fgColor rgb="{colour}"/><bgColor indexed="64"/></patternFill>'
            self._fills[colour] = self._append("fills", "fill", f"<fill>{solid}</fill>")
        return self._fills[colour]

    def font(self, xml: str) -> int:
        """One more font; its number."""
        return self._append("fonts", "font", xml)

    def fill(self, colour: str) -> int:
        """The number of the fill of this colour."""
        return self._fill(colour)

    def _append(self, group: str, item: str, xml: str) -> int:
        number = len(_items(self.xml, group, item))
        whole = re.search(rf"<((?:\w+:)?){group}\b[^>]*>.*?</\1{group}>", self.xml, re.DOTALL)
        if whole is None:  # some writers leave a group out if it is empty
            end = re.search(
                r"<(?:\w+:)?(?:borders|cellStyleXfs|cellXfs)\b|</(?:\w+:)?styleSheet>", self.xml
            )
            at = end.start() if end else len(self.xml)
            self.xml = f'{self.xml[:at]}<{group} count="1">{xml}</{group}>{self.xml[at:]}'
            return 0
        prefix = whole[1]
        xml = (
            re.sub(r"(</?)(?=\w)", rf"\g<1>{prefix}", xml) if prefix and ":" not in xml[:6] else xml
        )
        text = whole[0].replace(f"</{prefix}{group}>", f"{xml}</{prefix}{group}>")
        text = re.sub(r'(^<[^>]*\bcount=")\d+', rf"\g<1>{number + 1}", text)
        self.xml = self.xml[: whole.start()] + text + self.xml[whole.end() :]
        return number


def _items(xml: str, group: str, item: str) -> list[str]:
    whole = re.search(rf"<((?:\w+:)?){group}\b[^>]*>(.*?)</\1{group}>", xml, re.DOTALL)
    one = rf"<(?P<p>(?:\w+:)?){item}\b[^>]*?(?:/>|(?<!/)>.*?</(?P=p){item}>)"
    return [match[0] for match in re.finditer(one, whole[2], re.DOTALL)] if whole else []


def with_marks(
    xml: str, colours: Mapping[str, str], values: Mapping[str, str], styles: Styles
) -> str:
    """The sheet with these cells coloured, and those in `values` holding this text."""
    data = _DATA.search(xml)
    if data is None:
        return xml
    brush = _Brush(data[1], colours, values, styles, _column_styles(xml))
    inside = "".join(brush.rows(data[2] or ""))
    whole = f"<{data[1]}sheetData>{inside}</{data[1]}sheetData>"
    return xml[: data.start()] + whole + xml[data.end() :]


class _Brush:
    """Goes once over the rows of a sheet; `usual` are the styles of columns."""

    def __init__(
        self,
        prefix: str,
        colours: Mapping[str, str],
        values: Mapping[str, str],
        styles: Styles,
        usual: Mapping[int, int],
    ) -> None:
        self._prefix = prefix
        self._colours = colours
        self._values = values
        self._styles = styles
        self._usual = usual
        self._wanted: dict[int, dict[int, str]] = {}
        for cell in colours:
            column, row = split(cell)
            self._wanted.setdefault(row, {})[column] = cell

    def rows(self, inside: str) -> Iterator[str]:
        """The rows in their order, with those that were not there yet."""
        number = done = 0
        waiting = sorted(self._wanted)
        for row in _ROW.finditer(inside):
            yield inside[done : row.start()]
            done = row.end()
            number = int(_attribute(row[2], "r") or number + 1)
            while waiting and waiting[0] < number:
                yield self._new_row(waiting.pop(0))
            if waiting and waiting[0] == number:
                cells = self._cells(row[3] or "", row[2], self._wanted[waiting.pop(0)])
                # `spans` is a mere hint for readers, and a wrong one is a damaged file.
                facts = re.sub(r'\sspans="[^"]*"', "", row[2])
                yield f"<{self._prefix}row{facts}>{cells}</{self._prefix}row>"
            else:
                yield row[0]
        yield inside[done:]
        yield from map(self._new_row, waiting)

    def _new_row(self, number: int) -> str:
        cells = self._cells("", "", self._wanted[number])
        return f'<{self._prefix}row r="{number}">{cells}</{self._prefix}row>'

    def _cells(self, inside: str, row: str, wanted: Mapping[int, str]) -> str:
        """The cells of one row, with the wanted ones put among them."""
        own = _attribute(row, "s") if 'customFormat="1"' in row else None
        waiting, parts, column = sorted(wanted), list[str](), -1

        def fresh(new: int) -> str:
            return self._cell(wanted[new], "", None, int(own) if own else self._usual.get(new, 0))

        for given in _CELL.finditer(inside):
            named = _PLACE.fullmatch(_attribute(given[2], "r") or "")
            column = index(named[1]) if named else column + 1
            while waiting and waiting[0] < column:
                parts.append(fresh(waiting.pop(0)))
            if waiting and waiting[0] == column:
                style = int(_attribute(given[2], "s") or 0)
                parts.append(self._cell(wanted[waiting.pop(0)], given[2], given[3], style))
            else:
                parts.append(given[0])
        return "".join(parts) + "".join(map(fresh, waiting))

    def _cell(self, name: str, facts: str, inside: str | None, style: int) -> str:
        coloured = self._styles.coloured(style, self._colours[name])
        if (value := self._values.get(name)) is not None:
            return text_cell(self._prefix, name, coloured, value)
        rest = re.sub(r'\s(?:s|r)="[^"]*"', "", facts)
        head = f'{self._prefix}c r="{name}" s="{coloured}"{rest}'
        return f"<{head}>{inside}</{self._prefix}c>" if inside else f"<{head}/>"


def text_cell(prefix: str, name: str, style: int, value: str) -> str:
    """A cell that holds this text and nothing else."""
    text = escape(_NOT_TEXT.sub("", value).replace("\r", ""))
    # Spreadsheets take _x000D_ and the like for a sign; what is written that way is written out.
    text = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    inner = f'<{prefix}is><{prefix}t xml:space="preserve">{text}</{prefix}t></{prefix}is>'
    return f'<{prefix}c r="{name}" s="{style}" t="inlineStr">{inner}</{prefix}c>'


def shared_strings(xml: str) -> list[str]:
    """A workbook's texts, to which its cells refer by number."""
    items = re.findall(r"<((?:\w+:)?)si\b[^>]*?(?:/>|>(.*?)</\1si>)", xml, re.DOTALL)
    return [words_of(inside) for _, inside in items]


def cell_texts(
    xml: str, wanted: Collection[str], shared: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The texts of these cells of a sheet."""
    for cell in _CELL.finditer(xml):
        name, kind = _attribute(cell[2], "r") or "", _attribute(cell[2], "t")
        if name not in wanted:
            continue
        inside = cell[3] or ""
        value = re.search(r"<(?:\w+:)?v>(.*?)</", inside, re.DOTALL)
        if kind == "inlineStr":
            yield name, words_of(inside)
        elif kind == "str" and value:
            yield name, _plain(value[1])
        elif kind == "s" and value and int(value[1]) < len(shared):
            yield name, shared[int(value[1])]


def words_of(inside: str) -> str:
    """All runs of a text together, without the hints on how to pronounce it."""
    inside = re.sub(r"<((?:\w+:)?)rPh\b.*?</\1rPh>", "", inside, flags=re.DOTALL)
    return "".join(
        _plain(text) for text in re.findall(r"<(?:\w+:)?t\b[^>]*?(?<!/)>(.*?)</", inside, re.DOTALL)
    )


def _plain(written: str) -> str:
    text = re.sub(r"&#(x?)([0-9A-Fa-f]+);", lambda m: chr(int(m[2], 16 if m[1] else 10)), written)
    text = unescape(text, {"&quot;": '"', "&apos;": "'"})
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text)


def _column_styles(xml: str) -> dict[int, int]:
    """The style that empty cells of a column have; a column's cells that are not there look like it."""
    styles: dict[int, int] = {}
    for column in _COLUMN.finditer(xml):
        style, first, last = (_attribute(column[1], name) for name in ("style", "min", "max"))
        if style and first and last:
            for number in range(int(first), min(int(last), 1000) + 1):
                styles[number - 1] = int(style)
    return styles


def _attribute(written: str, name: str) -> str | None:
    match = re.search(rf'(?:^|\s){name}="([^"]*)"', written)
    return match[1] if match else None


def split(cell: str) -> tuple[int, int]:
    """Column (A is 0) and row (the first is 1) of a cell's name."""
    letters = cell.rstrip("0123456789")
    return index(letters), int(cell[len(letters) :])


def index(letters: str) -> int:
    """A column's number by its letters: A is 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1

"""Corrections in a CSV: the cell says what is right, and the row's note says what stood there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping

from integrado_poster.model import Said
from integrado_poster.plan.columns import POSTS, recognised
from integrado_poster.plan.delimited import lines

_PLACE = re.compile(r"(?:Zeile|line) (?P<line>\d+), (?:Spalte|column) (?P<heading>.+)")
_NOTE = Said("Bemerkung", "Note")

Mend = Callable[[str], str]


def with_these(
    data: bytes, mends: Mapping[str, tuple[Mend, str]], *, german: bool
) -> tuple[bytes, set[str]]:
    """The file with these cells mended, and the places where that was possible.

    By place: what becomes of the text, and the note. A column for notes is added if there is none.
    Everything else says what it said, in UTF-8 with the mark by which Excel knows it.
    """
    grid, separator = lines(data)
    done = set()
    for where, (mend, note) in mends.items():
        cell = _cell(grid, where)
        if cell is None:
            continue
        row, column, head = cell
        after = mend(grid[row][column])
        if after != grid[row][column]:
            grid[row][column] = after
            _append(grid, row, head, note, german)
            done.add(where)
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=separator).writerows(grid)
    return b"\xef\xbb\xbf" + target.getvalue().encode(), done


def _cell(grid: list[list[str]], where: str) -> tuple[int, int, int] | None:
    """Row and column of a place, and the row with its headings."""
    match = _PLACE.fullmatch(where)
    row = int(match["line"]) - 1 if match else len(grid)
    for head in range(min(row, len(grid)) - 1, -1, -1):
        for column, written in enumerate(grid[head]):
            if (
                match
                and written.strip() == match["heading"]
                and row < len(grid)
                and column < len(grid[row])
            ):
                return row, column, head
    return None


def _append(grid: list[list[str]], row: int, head: int, note: str, german: bool) -> None:
    columns = list(_note_columns(grid[head]))
    if not columns:
        columns = [len(grid[head])]
        grid[head].append(_NOTE.de if german else _NOTE.en)
    grid[row].extend("" for _ in range(columns[0] + 1 - len(grid[row])))
    grid[row][columns[0]] = "\n".join(filter(None, (grid[row][columns[0]], note)))


def _note_columns(headings: list[str]) -> Iterator[int]:
    for number, written in enumerate(headings):
        found = recognised(POSTS.key, written) if written.strip() else None
        if found and found.key == "note":
            yield number

"""What a file with nothing but posts leaves out: the campaign, its members and accounts as they are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from integrado_poster.model import Campaign, Said
from integrado_poster.plan.cells import Cells, headings, rows
from integrado_poster.plan.columns import TABLES
from integrado_poster.plan.source import Rows, Source
from integrado_poster.plan.values import Raw

_PLACE = Said("im geladenen Plan", "in the loaded plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRow:
    """A row that does not stand in the file."""

    cells: Mapping[str, Raw]
    place: str

    def at(self, key: str | None = None) -> str:
        return self.place

    @property
    def line(self) -> str:
        return self.place


def complete(source: Source, loaded: Campaign | None) -> Source:
    """The source with the loaded plan's tables, if it holds posts alone; else as it is."""
    if loaded is None or "campaign" in source.tables or "organisations" in source.tables:
        return source
    german = loaded.language.startswith("de")
    place = _PLACE.de if german else _PLACE.en
    tables = dict(source.tables)
    for key, table in TABLES.items():
        if key not in tables:
            filled = rows(loaded, table)
            tables[key] = Rows(
                table=table,
                title=table.title.de if german else table.title.en,
                german=german,
                headings={heading.key: heading for heading in headings(table, filled, {})},
                rows=[LoadedRow(cells=_raw(cells), place=place) for cells in filled],
            )
    return replace(source, tables=tables, german=german)


def _raw(cells: Cells) -> Mapping[str, Raw]:
    return {key: list(cell) if isinstance(cell, tuple) else cell for key, cell in cells.items()}

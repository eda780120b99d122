"""A file beside the plan that is loaded: what it may leave out, and what a person should know before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from integrado_poster.check import found
from integrado_poster.model import Campaign, Finding, Said, Where
from integrado_poster.plan.cells import Cells, headings, rows
from integrado_poster.plan.columns import TABLES
from integrado_poster.plan.diff import compare
from integrado_poster.plan.fields import named
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


def lost(
    loaded: Campaign | None, new: Campaign, online: Collection[str], where: Where
) -> list[Finding]:
    """Posts that the file leaves out, and changes to those that are online: neither is what people expect."""
    if loaded is None or loaded.key != new.key:
        return []
    changed: dict[str, list[Said]] = {}
    for change in compare(loaded, new):
        if change.post is not None:
            name = named(new, change.post, change.field) if change.field else Said("", "")
            changed.setdefault(change.post, []).append(name)
    there = {post.id for post in new.posts}
    found_here = []
    for post in loaded.posts:
        if post.id not in there and post.id not in online:
            found_here.append(
                found("PLAN-15", where=where(None, "posts"), value=post.id, id=post.id)
            )
        elif post.id in online and post.id in changed:
            fields = changed[post.id]
            said = Said(*(", ".join(filter(None, names)) for names in zip(*fields, strict=True)))
            fault = found("PLAN-16", post=post.id, where=where(post.id, "id"), id=post.id, c=said)
            found_here.append(fault)
    return found_here

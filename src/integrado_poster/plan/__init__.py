"""The plan file: read it, write it, compare two of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from integrado_poster.errors import PlanUnreadable
from integrado_poster.model import Campaign, Finding, Where
from integrado_poster.plan.diff import Change, Conflict, Piece, compare, conflicts, marked, pieces
from integrado_poster.plan.export import export
from integrado_poster.plan.fields import heading, named
from integrado_poster.plan.template import template

if TYPE_CHECKING:
    from integrado_poster.check import Gaps
    from integrado_poster.plan.source import Source

__all__ = [
    "Change",
    "Conflict",
    "Piece",
    "Reading",
    "compare",
    "conflicts",
    "export",
    "heading",
    "marked",
    "named",
    "pieces",
    "read",
    "template",
]


_SPREADSHEETS = (b"PK\3\4", b"\xd0\xcf\x11\xe0")  #: How .xlsx and .ods begin, and .xls.
_WEB_PAGES = (b"<!doctype", b"<html", b"<table", b"<?xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a plan file says."""

    campaign: Campaign | None  #: None if anything that blocks was found.
    #: What could be understood, with something in the place of what could not: to be judged, never
    #: to be taken over. None without its own days, names and rows.
    sketch: Campaign | None
    gaps: Gaps  #: What the sketch does not know.
    findings: tuple[Finding, ...]
    where: Where
    folder: Path  #: Pictures lie in it, as the campaign names them or in its folder `pictures`.
    base: str | None = None  #: The digest of the plan from which the file was exported.
    meant: Mapping[str, str] = field(
        default_factory=dict
    )  #: Pictures that are missing: the likely ones.
    kept: object = (
        None  #: Whoever uses `folder` keeps this: what was unpacked from a ZIP goes with it.
    )


def read(
    path: Path, loaded: Campaign | None = None, online: Collection[str] | None = None
) -> Reading:
    """Read a plan, or the one in a folder or a ZIP with its pictures: everything that is wrong, at once.

    A file with posts alone belongs to the plan that is `loaded`. With `online`, the posts of which
    nothing can be changed any more, it is told what the file would take out of that plan. Raises `PlanUnreadable` if there is
    nothing to read at all.
    """
    from integrado_poster.plan.bundle import bundle
    from integrado_poster.plan.loaded import complete, lost
    from integrado_poster.plan.pictures import Shelf
    from integrado_poster.plan.places import Places
    from integrado_poster.plan.reading import Reader

    found = bundle(path)
    source = complete(_source(found.files), loaded)
    reader = Reader(source)
    sketch = reader.sketch()
    shelf = Shelf(found)
    where = Places(source)
    if sketch is not None:
        sketch = shelf.matched(sketch, where)
    campaign = None if reader.findings.blocks else sketch
    gone = lost(loaded, campaign, online, where) if campaign and online is not None else []
    return Reading(
        campaign=campaign,
        sketch=sketch,
        gaps=reader.gaps,
        findings=(*reader.findings.all(), *shelf.findings, *gone),
        where=where,
        folder=found.folder,
        base=reader.base,
        meant=shelf.meant,
        kept=found,
    )


def _source(files: Mapping[str, bytes]) -> Source:
    """The files' cells, by what they are and not only by what they are called."""
    from integrado_poster.plan import delimited, sheet, yaml_rows
    from integrado_poster.plan.yaml_file import unreadable

    name, data = next(iter(files.items()))
    kind = PurePath(name).suffix.lower()
    start = data[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if data[:4] in _SPREADSHEETS:
        return sheet.read(data)
    if start.startswith(_WEB_PAGES):
        raise unreadable(
            "sie ist in Wirklichkeit eine Webseite; speichern Sie sie in Excel als „Excel-Arbeitsmappe (.xlsx)“",
            "it is a web page in truth; save it in Excel as “Excel Workbook (.xlsx)”",
        )
    if kind in (".yaml", ".yml"):
        return yaml_rows.read(data)
    try:
        return delimited.read(files)
    except PlanUnreadable:
        if kind == ".csv":
            raise
        return sheet.read(data)  # it was no text with tabs, which programs call .xls, too

"""The plan file: read it, write it, compare two of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from integrado_poster.model import Campaign, Finding, Said, Where
from integrado_poster.plan.diff import Change, compare
from integrado_poster.plan.export import export
from integrado_poster.plan.template import template

__all__ = ["Change", "Reading", "compare", "export", "heading", "read", "template"]

_NAMES = ("plan.yaml", "plan.yml", "plan.xlsx")
_SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a plan file says."""

    campaign: Campaign | None  #: None if anything that blocks was found.
    findings: tuple[Finding, ...]
    where: Where
    folder: Path  #: Pictures lie in its folder `pictures`.


def read(path: Path) -> Reading:
    """Read a plan, or the plan that lies in a folder: everything that is wrong with it, at once.

    Raises `PlanUnreadable` if there is nothing to read at all.
    """
    from integrado_poster.plan import sheet, yaml_rows
    from integrado_poster.plan.places import Places
    from integrado_poster.plan.reading import Reader

    file = _file(path)
    data = _bytes(file)
    source = (sheet if file.suffix.lower() in _SHEETS else yaml_rows).read(data)
    reader = Reader(source)
    campaign = reader.campaign()
    return Reading(
        campaign=campaign,
        findings=tuple(reader.findings),
        where=Places(source),
        folder=file.parent,
    )


def heading(field: str) -> Said:
    """What people call a field of the plan: "headline" is "Überschrift"; a strange one keeps its name."""
    from integrado_poster.plan.columns import recognised

    name = {"funder": "funder.long_line", "organisation": "name"}.get(field, field)
    for table in ("posts", "campaign", "organisations"):
        if found := recognised(table, name):
            return found.column.said(found.rest)
    return Said(field, field)


def _file(path: Path) -> Path:
    """The plan's file; raises `PlanUnreadable` if there is none of a kind that we read."""
    from integrado_poster.plan.yaml_file import unreadable

    if path.is_dir():
        found = [path / name for name in _NAMES if (path / name).is_file()]
        if not found:
            raise unreadable(
                f"im Ordner {path} liegt weder plan.yaml noch plan.xlsx",
                f"there is neither plan.yaml nor plan.xlsx in {path}",
            )
        return found[0]
    if path.suffix.lower() not in (".yaml", ".yml", *_SHEETS):
        raise unreadable(
            f"{path.name} ist keine Datei, die wir lesen (.xlsx oder .yaml)",
            f"{path.name} is no file that we read (.xlsx or .yaml)",
        )
    return path


def _bytes(file: Path) -> bytes:
    from integrado_poster.plan.yaml_file import unreadable

    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise unreadable(f"es gibt keine Datei {file}", f"there is no file {file}") from None
    except OSError as error:
        raise unreadable(f"{file}: {error.strerror}", f"{file}: {error.strerror}") from None
    if not data.strip():
        raise unreadable("sie ist leer", "it is empty")
    return data

"""A Campaign as rows of cells, the way back from reading.py: what all exports write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from enum import StrEnum

from pydantic import BaseModel

from integrado_poster.model import Campaign, PlannedPicture, PlannedPost
from integrado_poster.plan.columns import TABLES, Heading, Many, Table
from integrado_poster.plan.moments import write_hours, write_moment
from integrado_poster.plan.names import Names
from integrado_poster.plan.values import Truth, word, write_focus, write_time

Cell = str | dt.date | dt.time | tuple[str, ...]
Cells = dict[str, Cell]
"""One row: what stands under which of our keys. Empty ones are left out."""


def rows(campaign: Campaign, table: Table) -> list[Cells]:
    """The rows of one table."""
    if table.key == "campaign":
        return [_campaign(campaign)]
    return [
        _post(campaign, member) if isinstance(member, PlannedPost) else _member(campaign, member)
        for member in getattr(campaign, table.key)
    ]


def tables(campaign: Campaign) -> dict[str, list[Cells]]:
    """The rows of all tables, with names that people know in the place of keys, wherever that is clear."""
    filled = {key: rows(campaign, table) for key, table in TABLES.items()}
    members = Names().know((one.key, one.short, one.name) for one in campaign.organisations)
    areas = Names().know((area.key, area.name) for area in campaign.areas)
    for cells in (*filled["posts"], *filled["accounts"]):
        for column in ("organisation", "owner"):
            if isinstance(key := cells.get(column), str):
                cells[column] = members.best(key)
        if isinstance(keys := cells.get("areas"), tuple):
            names = [areas.best(key) for key in keys]
            clear = not any(mark in name for name in names for mark in ",;\n")
            cells["areas"] = tuple(names) if clear else keys
    return filled


def cell_text(key: str, cell: Cell, german: bool = False) -> str:
    """What stands in a cell, as text that reads as the same again."""
    if isinstance(cell, tuple):
        if key == "hashtags":
            return " ".join(f"#{tag}" for tag in cell)
        return ("\n" if key == "funder.outdated" else ", ").join(cell)
    if isinstance(cell, dt.time):
        return write_time(cell)
    if isinstance(cell, dt.date):
        return f"{cell.day:02}.{cell.month:02}.{cell.year:04}" if german else cell.isoformat()
    return cell


def headings(table: Table, filled: list[Cells], extra: Mapping[str, list[str]]) -> list[Heading]:
    """The columns that these rows need, in the table's order, and those in `extra` besides.

    `extra` names the rests of columns that stand more than once: {"image": ["1", "2"]}. A rest's
    columns stay together: image 1 with its description, then image 2 with its own.
    """
    wanted: list[Heading] = []
    waiting: list[Heading] = []
    for column in table.columns:
        if column.many is not Many.NUMBERED and waiting:
            wanted += sorted(waiting, key=lambda heading: (_group(heading), int(heading.rest)))
            waiting = []
        if column.many is Many.ONE:
            wanted.append(Heading(column))
            continue
        stem = f"{column.key}_"
        rests = dict.fromkeys(extra.get(column.key, ()))
        used = {key: None for cells in filled for key in cells if key.startswith(stem)}
        rests |= {
            key.removeprefix(stem): None for key in used if not key.startswith(f"{stem}language")
        }
        (waiting if column.many is Many.NUMBERED else wanted).extend(
            Heading(column, r) for r in rests
        )
    return wanted


def _group(heading: Heading) -> bool:
    return not heading.column.key.startswith("translat")


def _plain(values: BaseModel, names: Iterator[str] | tuple[str, ...], stem: str = "") -> Cells:
    """The fields that are one cell each, without the empty ones."""
    cells: Cells = {}
    for name in names:
        value = getattr(values, name)
        if isinstance(value, dt.timedelta):
            value = write_hours(value)
        elif isinstance(value, dt.datetime):
            value = write_moment(value)
        elif isinstance(value, bool):
            value = Truth.YES if value else None
        if value not in (None, "", ()):
            cells[stem + name] = value
    return cells


def _campaign(campaign: Campaign) -> Cells:
    german = campaign.language.startswith("de")
    fields = ("key", "name", "zone", "first_day", "last_day", "time", "cadence", "language", "card",
              "hashtags", "on_late", "late_after", "approvals", "gender", "glossary", "severities",
              "long_texts", "languages")  # fmt: skip
    cells = _plain(campaign, fields)
    if campaign.no_link:
        cells["no_link"] = tuple(map(str.capitalize, campaign.no_link))
    cells |= _plain(campaign.funder, ("line", "long_line", "outdated", "logo"), "funder.")
    return _worded(cells, german)


def _worded(cells: Cells, german: bool) -> Cells:
    """The same with choices in words."""
    return {
        key: _chosen(cell, german) if isinstance(cell, StrEnum) else cell
        for key, cell in cells.items()
    }


def _chosen(choice: StrEnum, german: bool) -> str:
    said = word(choice)
    return said.de if german else said.en


def _member(campaign: Campaign, member: BaseModel) -> Cells:
    fields = type(member).model_fields
    cells = _plain(member, tuple(name for name in fields if name != "handles"))
    for platform, handle in getattr(member, "handles", {}).items():
        cells[f"handle_{platform}"] = handle
    return _worded(cells, campaign.language.startswith("de"))


def _post(campaign: Campaign, post: PlannedPost) -> Cells:
    german = campaign.language.startswith("de")
    cells = _plain(post, _POST_FIELDS)
    if post.language == campaign.language:
        del cells["language"]
    for number, translation in enumerate(post.translations, 1):
        cells[f"translation_language_{number}"] = translation.language
        cells[f"translation_{number}"] = translation.text
        for name in ("headline", "information", "alt"):
            if said := getattr(translation, name):
                cells[f"translated_{name}_{number}"] = said
    for number, picture in enumerate(post.pictures, 1):
        cells |= _picture(number, picture)
    for platform, text in post.texts.items():
        cells[f"text_{platform}"] = text
    for account, channel in post.channels.items():
        cells[f"channel_{account}"] = channel
    return _worded(cells, german)


def _picture(number: int, picture: PlannedPicture) -> Cells:
    cells: Cells = {
        f"image_{number}": picture.file,
        f"alt_{number}": picture.alt,
        f"credit_{number}": picture.credit,
        f"people_{number}": picture.people or "",
        f"consent_{number}": picture.consent,
        f"lettered_{number}": Truth.YES if picture.lettered else "",
        f"ai_{number}": Truth.YES if picture.ai else "",
    }
    if picture.focus != (0.5, 0.5):
        cells[f"focus_{number}"] = write_focus(picture.focus)
    return {key: cell for key, cell in cells.items() if cell}


_POST_FIELDS = tuple(column.key for column in TABLES["posts"].columns if column.many is Many.ONE)

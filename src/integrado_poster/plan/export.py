"""Write a campaign as .xlsx, .csv or .yaml; reading the file again gives an equal campaign."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from integrado_poster.errors import PlanUnreadable
from integrado_poster.model import Campaign, Said
from integrado_poster.plan.cells import Cells, rows
from integrado_poster.plan.columns import TABLES, Column, Many
from integrado_poster.plan.spelling import fold
from integrado_poster.plan.values import write_time

_ORDER = ("campaign", "areas", "organisations", "accounts", "consents", "posts")


def export(campaign: Campaign, path: Path, base: str | None = None) -> None:
    """Write a campaign as .xlsx, .csv, .yaml or .yml: the same campaign gives the same bytes.

    German words if the campaign is in German, else English ones. Texts are equal again after
    reading if they are tidy (see `spelling.tidy`), as everything is that was read from a plan.
    `base` is the digest of the plan that this one was taken from, for the way back.
    """
    kind = path.suffix.lower()
    if kind == ".xlsx":
        from integrado_poster.plan.xlsx import workbook

        data = workbook(campaign, base)
    elif kind == ".csv":
        from integrado_poster.plan.delimited import csv_text

        data = csv_text(campaign, base).encode("utf-8-sig")  # Excel asks for the mark
    elif kind in (".yaml", ".yml"):
        data = yaml_text(campaign, base).encode()
    else:
        raise PlanUnreadable(
            f"{path.name}: wir schreiben .xlsx, .csv und .yaml",
            en=f"{path.name}: we write .xlsx, .csv and .yaml",
        )
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(data)
    unfinished.replace(path)


# --- YAML ----------------------------------------------------------------------------------

_LISTS = {
    "image": (Said("bilder", "pictures"), Said("datei", "file")),
    "alt": (Said("bilder", "pictures"), Said("beschreibung", "description")),
    "credit": (Said("bilder", "pictures"), Said("urheber", "credit")),
    "focus": (Said("bilder", "pictures"), Said("ausschnitt", "focus")),
    "people": (Said("bilder", "pictures"), Said("personen", "people")),
    "consent": (Said("bilder", "pictures"), Said("einwilligung", "consent")),
    "lettered": (Said("bilder", "pictures"), Said("text_im_bild", "text_in_image")),
    "ai": (Said("bilder", "pictures"), Said("ki_bild", "ai_image")),
    "translation_language": (Said("uebersetzungen", "translations"), Said("sprache", "language")),
    "translation": (Said("uebersetzungen", "translations"), Said("text", "text")),
    "translated_headline": (
        Said("uebersetzungen", "translations"),
        Said("ueberschrift", "headline"),
    ),
    "translated_information": (
        Said("uebersetzungen", "translations"),
        Said("information", "information"),
    ),
    "translated_alt": (Said("uebersetzungen", "translations"), Said("bildbeschreibung", "alt")),
}
_BASE = next(column for column in TABLES["campaign"].columns if column.key == "base")
_MAPPINGS = {
    "text": Said("texte", "texts"),
    "channel": Said("konten", "accounts"),
    "handle": Said("namen", "handles"),
}


def yaml_text(campaign: Campaign, base: str | None = None) -> str:
    """The campaign as YAML."""
    german = campaign.language.startswith("de")
    parts = []
    for key in _ORDER:
        table = TABLES[key]
        title = fold(table.title.de if german else table.title.en)
        filled = [_nested(key, cells, german) for cells in rows(campaign, table)]
        if key == "campaign":
            filled[0] |= {_name(_BASE, german): base} if base else {}
            parts.append(_dump({title: filled[0]}))
        elif filled:
            parts.append(
                f"{title}:\n"
                + ("\n" if len(filled[0]) > 2 else "").join(_dump([one]) for one in filled)
            )
    return "\n".join(parts)


def _nested(table: str, cells: Cells, german: bool) -> dict[str, Any]:
    """A row as people write it in YAML: pictures in a list, own texts by platform."""
    columns = {column.key: column for column in TABLES[table].columns if column.many is Many.ONE}
    row: dict[str, Any] = {}
    for key, cell in cells.items():
        value: Any = list(cell) if isinstance(cell, tuple) else cell
        if key == "late_after" and isinstance(cell, str) and cell.isdecimal():
            value = int(cell)
        stem, _, rest = key.rpartition("_")
        if key in columns:
            row[_name(columns[key], german)] = value
        elif stem in _LISTS:
            outer, inner = (said.de if german else said.en for said in _LISTS[stem])
            items = row.setdefault(outer, [])
            if len(items) < int(rest):
                items.append({})
            items[int(rest) - 1][inner] = value
        else:
            stem, _, rest = key.partition("_")
            said = _MAPPINGS[stem]
            row.setdefault(said.de if german else said.en, {})[rest] = value
    return row


def _name(column: Column, german: bool) -> str:
    heading = column.heading.de if german else column.heading.en
    words = re.split(r"[^\w]+", heading.casefold())
    return "_".join(fold(word) for word in words if word)


def _dump(value: object) -> str:
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        def ignore_aliases(self, data: object) -> bool:
            return True

    def text(dumper: Any, data: str) -> Any:
        style = "|" if "\n" in data else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    def clock(dumper: Any, data: dt.time) -> Any:
        # In quotes, because other programs take a bare 10:00 for 600.
        return dumper.represent_scalar("tag:yaml.org,2002:str", write_time(data), style='"')

    Dumper.add_representer(str, text)
    Dumper.add_representer(dt.time, clock)
    written: str = yaml.dump(value, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=96)
    return written

"""What people call a field of the model."""

from __future__ import annotations

from integrado_poster.model import Campaign, Said
from integrado_poster.plan.columns import TABLES, recognised

_LISTS = {"pictures": "", "translations": "translation"}
_NAMED = {"texts": "text", "channels": "channel", "handles": "handle"}
_IN_PICTURE = {"file": "image"}
_IN_TRANSLATION = {"text": "translation", "language": "translation_language"}
_TABLES = ("areas", "organisations", "accounts", "consents")


# What is called otherwise on a card than in the plan.
_ON_CARDS = {"funder": "funder.long_line", "organisation": "name", "campaign": "name"}


def heading(field: str) -> Said:
    """What people call a field of the plan: "headline" is "Überschrift"; a strange one keeps its name."""
    name = _ON_CARDS.get(field, field)
    for table in ("posts", "campaign", "organisations"):
        if found := recognised(table, name):
            return found.column.said(found.rest)
    return Said(field, field)


def named(campaign: Campaign, post: str | None, path: str) -> Said:
    """The same for a path as `diff.Change` has it: "pictures.1.alt" is "Bildbeschreibung 1"."""
    if post is not None:
        return _column("posts", path)
    table, _, rest = path.partition(".")
    if table not in _TABLES:
        return _column("campaign", path)
    key, _, field = rest.partition(".")
    column = _column(table, field)
    member = next((one for one in getattr(campaign, table) if getattr(one, "key", "") == key), None)
    who = getattr(member, "short", "") or getattr(member, "name", "") or key
    title = TABLES[table].title
    return Said(f"{title.de}, {who}: {column.de}", f"{title.en}, {who}: {column.en}")


def _column(table: str, path: str) -> Said:
    first, _, rest = path.partition(".")
    if first in _LISTS:
        number, _, field = rest.partition(".")
        stem = _IN_PICTURE.get(field, field)
        if first == "translations":
            stem = _IN_TRANSLATION.get(field, f"translated_{field}")
        path = f"{stem}_{number}"
    elif first in _NAMED:
        path = f"{_NAMED[first]} {rest}"
    found = recognised(table, path)
    return found.column.said(found.rest) if found else Said(path, path)

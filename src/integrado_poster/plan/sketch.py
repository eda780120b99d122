"""What stands in for cells that nobody understood, so that the rest of a plan can be judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from integrado_poster.plan.source import Row
from integrado_poster.plan.spelling import slug
from integrado_poster.plan.values import shown

Model = TypeVar("Model", bound=BaseModel)
Values = dict[str, Any]

FIELDS = ("date", "time", "organisation")
"""What other posts are compared with."""

_NOBODY = "nobody-knows"
_TIME = dt.time(10)


def stand_ins(table: str, row: Row, day: dt.date | None) -> Values:
    """For the fields that a row of this table must have; without a `day`, a post cannot be sketched."""
    if table == "posts":
        dated = {"date": day} if day else {}
        return {"id": row.line, "organisation": _NOBODY, "text": "", **dated}
    if table == "consents":
        return {"key": row.line}
    names = [shown(row.cells.get(column)) for column in ("key", "short", "name")]
    key = next(filter(None, map(slug, names)), _NOBODY)
    name = next(filter(None, names), key)
    if table == "campaign":
        return {"key": key, "name": name, "time": _TIME}
    named = {"name": name, "short": name} if table == "organisations" else {"name": name}
    return {"key": key} if table == "accounts" else {"key": key, **named}


def sketched(model: type[Model], values: Values, instead: Values) -> Model | None:
    """The value with what was understood, and something `instead` of the rest; None if that is not enough."""
    known = {field: value for field, value in values.items() if value is not None}
    try:
        return model(**(instead | known))
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors(include_url=False)}
    try:
        return model(**(instead | {f: value for f, value in known.items() if f not in wrong}))
    except ValidationError:
        return None


def unknown_fields(row: Row, values: Values, places: Collection[str]) -> list[str]:
    """Which of `FIELDS` nobody understood in this row."""
    needed = [field for field in FIELDS if field != "time"]
    missing = [field for field in needed if values.get(field) is None]
    misread = [field for field in FIELDS if field in row.cells and row.at(field) in places]
    return list(dict.fromkeys(missing + misread))

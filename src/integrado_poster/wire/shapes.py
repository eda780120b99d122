"""Facts out of a platform's JSON, whatever stands where they should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def named(value: object) -> str:
    """What a platform calls something: a text or a number. Anything else is no name, and gives ""."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def counted(value: object) -> int | None:
    """A count, None if it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def added(*values: object) -> int | None:
    """Several counts together, as far as they are there; None if none is."""
    counts = [count for count in map(counted, values) if count is not None]
    return sum(counts) if counts else None


def inside(value: object, *names: str) -> Mapping[str, Any]:
    """The object in an object, by the names on the way to it; an empty one if there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def each(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; nothing if it is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

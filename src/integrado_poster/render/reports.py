"""What a template says about the card that it has laid out (see lib.typ)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_PHOTOS = 8  # places for the photo on one card

Place = tuple[int, int, int, int]
"""x, y, width and height in pixels."""


@dataclass(slots=True)
class Reports:
    """Sorted: which fields fit, which are left out, where the photo lies."""

    fits: dict[str, bool] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    places: list[Place] = field(default_factory=list)

    @property
    def cramped(self) -> list[str]:
        """The fields whose words do not fit."""
        return sorted(name for name, fine in self.fits.items() if not fine)

    @property
    def without(self) -> list[str]:
        """What no part of the card shows."""
        missing = self.left_out - self.fits.keys()
        return sorted(missing if self.places else missing | {"photo"})


def read(values: Any, size: tuple[int, int]) -> Reports:
    """Sort what a template reported; a template is anybody's, so all of it is looked at.

    Raises `ValueError` with a sentence for the designer.
    """
    found = Reports()
    for value in values if isinstance(values, list) else [values]:
        match value:
            case {"name": str(name), "fits": bool(fine)}:
                found.fits[name] = fine and found.fits.get(name, True)
            case {"without": str(name)}:
                found.left_out.add(name)
            case {"x": _, "y": _, "w": _, "h": _}:
                found.places.append(_place(value, size))
            case _:
                raise ValueError("a <report> is none of report(), without() and photo()")
    if len(found.places) > MOST_PHOTOS:
        raise ValueError(f"it asks for the photo in {len(found.places)} places")
    return found


def _place(value: dict[str, Any], size: tuple[int, int]) -> Place:
    numbers: Sequence[Any] = [value[name] for name in "xywh"]
    # Typst's numbers may be infinite or no numbers at all, which no comparison lets through.
    if not all(type(number) in (int, float) and abs(number) <= 10_000 for number in numbers):
        raise ValueError("the place of its photo is not made of lengths")
    x, y, width, height = (round(number) for number in numbers)
    if width < 1 or height < 1 or width > size[0] or height > size[1]:
        raise ValueError(
            f"its photo is {width} × {height} pixels on a card of {size[0]} × {size[1]}"
        )
    return x, y, width, height

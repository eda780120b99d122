"""What a figure is, and how a thing is timed beside another."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value; `ratio` is the value divided by that of `against`."""

    name: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None


def side_by_side(*things: Callable[[], object], rounds: int = 15, warm: int = 2) -> list[float]:
    """Median milliseconds of each thing, run in turn so that all see the same machine."""
    times: list[list[float]] = [[] for _ in things]
    for turn in range(rounds + warm):
        for kept, thing in zip(times, things, strict=True):
            began = time.perf_counter()
            thing()
            if turn >= warm:
                kept.append((time.perf_counter() - began) * 1000)
    return [statistics.median(kept) for kept in times]

"""What a figure is, and how a thing is timed beside another."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


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


@dataclass(frozen=True)
class Effort:
    """A thing to be done again and again, and the processes that it keeps for that beside ours."""

    do: Callable[[], object]
    processes: frozenset[int] = frozenset()


def efforts(*things: Effort, rounds: int = 15, warm: int = 5) -> list[float]:
    """Mean milliseconds of processor time of each thing, in this process and in its own ones, run in turn.

    On a machine that is shared, the clock on the wall favours whoever has more processes.
    """
    spent = [0.0 for _ in things]
    before: list[float] = []
    for turn in range(rounds + warm):
        if turn == warm:
            spent, before = [0.0 for _ in things], [_spent(thing.processes) for thing in things]
        for place, thing in enumerate(things):
            began = time.process_time()
            thing.do()
            spent[place] += time.process_time() - began
    elsewhere = [_spent(each.processes) - used for each, used in zip(things, before, strict=True)]
    return [(here + there) * 1000 / rounds for here, there in zip(spent, elsewhere, strict=True)]


def below(process: int) -> frozenset[int]:
    """Every process that this one started, and those that they started."""
    parents = {int(place.name): _stat(place)[1] for place in Path("/proc").glob("[0-9]*")}
    found = {process}
    while more := {each for each, parent in parents.items() if parent in found} - found:
        found |= more
    return frozenset(found - {process})


def _spent(roots: frozenset[int]) -> float:
    """Seconds of processor time of these processes and of all below them."""
    everyone = roots.union(*(below(root) for root in roots))
    return sum(_stat(Path("/proc") / str(each))[0] for each in everyone)


def _stat(place: Path) -> tuple[float, int]:
    """Seconds of processor time of a process, with its ended children's, and its parent."""
    try:
        fields = (place / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0.0, 0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK"), int(fields[1])

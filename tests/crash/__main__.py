"""Play every schedule in two processes, and end in one line and build/crash.json."""

from __future__ import annotations

import json
import sys
import time
from multiprocessing import get_context
from pathlib import Path

from tests.crash.schedules import SCRIPTS, Case, Tally, sweep
from tests.fakes import Finds

EFFECTS = ("claim", "prepare", "keep", "intend", "commit", "outcome", "look", "find")
POINTS = {f"{when} {effect}" for when in ("before", "after") for effect in EFFECTS} | {"created"}
THINNED = 40  # of the double crashes under two faults every 40th is played; from N=10 on all


def cases(times: int) -> list[Case]:
    """Every kind of find under every row of faults."""
    thinned = THINNED if times < 10 else 1
    return [
        Case(finds=finds, script=script, stride=thinned if len(script) > 1 else 1)
        for finds in Finds
        for script in SCRIPTS
    ]


def main(words: list[str]) -> int:
    """Run; the exit code says whether every promise held."""
    began = time.monotonic()
    tally = Tally()
    with get_context("spawn").Pool(2) as pool:
        for part in pool.imap_unordered(sweep, cases(int(words[0]) if words else 1)):
            tally.add(part)
    missed = sorted(POINTS - tally.points)
    figures = {
        "schedules": tally.schedules,
        "kills": 0,
        "power losses": 0,
        "lost": tally.lost,
        "duplicated": tally.duplicated,
        "wrong": tally.wrong,
    }
    for failure in tally.failures:
        sys.stderr.write(f"{failure}\n")
    if missed:
        sys.stderr.write(f"no schedule came to: {', '.join(missed)}\n")
    Path("build").mkdir(exist_ok=True)
    Path("build/crash.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    sys.stderr.write(f"{time.monotonic() - began:.0f} s\n")
    sys.stdout.write(", ".join(f"{name} {count}" for name, count in figures.items()) + "\n")
    return 1 if tally.failures or missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

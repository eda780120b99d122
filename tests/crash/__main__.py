"""Play every part of the crash run in two processes; end in one line and build/crash.json."""

from __future__ import annotations

import json
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.crash.lives import POINTS
from tests.crash.schedules import SCRIPTS, Case, sweep
from tests.crash.tally import Tally
from tests.fakes import Finds

THINNED = 40  # of the pairs of crashes under two faults every 40th is played; from N=10 on all


def cases(times: int) -> list[Case]:
    """Every kind of find under every row of faults."""
    rest: dict[str, Any] = {"pairs": THINNED, "thin": True} if times < 10 else {}
    return [
        Case(
            finds=finds,
            script=script,
            nested=max(1, 80 // times),
            **(rest if len(script) > 1 else {}),
        )
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
    for failure in tally.failures:
        sys.stderr.write(f"{failure}\n")
    if missed:
        sys.stderr.write(f"no schedule came to: {', '.join(missed)}\n")
    Path("build").mkdir(exist_ok=True)
    Path("build/crash.json").write_text(
        json.dumps(tally.figures, indent=2) + "\n", encoding="utf-8"
    )
    sys.stderr.write(f"{time.monotonic() - began:.0f} s\n")
    sys.stdout.write(", ".join(f"{name} {count}" for name, count in tally.figures.items()) + "\n")
    return 1 if tally.failures or missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

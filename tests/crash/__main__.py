"""Play every part of the crash run in a few processes; end in one line and build/crash.json."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from random import SystemRandom

from tests.crash.parts import KILLS, judged, parts, play, unseen
from tests.crash.tally import Tally

PROCESSES = 3  # on two cores: one of them mostly waits, for the disk, for replies, for a death


def main(words: Sequence[str]) -> int:
    """Run; the exit code says whether every promise held."""
    options = argparse.ArgumentParser(prog="python -m tests.crash")
    options.add_argument("times", nargs="?", type=int, default=1, help="10 for ten times as long")
    options.add_argument("--seed", type=int, help="of what is drawn by chance; printed in any case")
    given = options.parse_args(words)
    seed = given.seed if given.seed is not None else SystemRandom().randrange(10**6)
    sys.stderr.write(f"seed {seed}\n")
    began, tally = time.monotonic(), Tally()
    all_parts = parts(given.times, seed)
    with get_context("spawn").Pool(PROCESSES) as pool:
        for number, part in pool.imap_unordered(play, list(enumerate(all_parts))):
            tally.add(judged(all_parts[number], part))
    missed = unseen(tally, KILLS * given.times)
    for line in (*tally.failures, *missed):
        sys.stderr.write(f"{line}\n")
    Path("build").mkdir(exist_ok=True)
    figures = json.dumps(tally.figures, indent=2)
    Path("build/crash.json").write_text(figures + "\n", encoding="utf-8")
    sys.stderr.write(f"seed {seed}, {time.monotonic() - began:.0f} s\n")
    sys.stdout.write(", ".join(f"{name} {count}" for name, count in tally.figures.items()) + "\n")
    return 1 if tally.failures or missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Play every part of the crash run in a few processes; end in one line and build/crash.json."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from random import SystemRandom

from tests.crash.parts import KILLS, SHARDS, judged, parts, unseen
from tests.crash.tally import Tally

WORKING, WAITING = 2, SHARDS  # processes: two keep two cores busy, and some more mostly wait
POLITE = 5  # the busy ones are, so that those that wait go on at once and are not the last to end


def main(words: Sequence[str]) -> int:
    """Run; the exit code says whether every promise held."""
    options = argparse.ArgumentParser(prog="python -m tests.crash")
    options.add_argument("times", nargs="?", type=int, default=1, help="10 for ten times as long")
    options.add_argument("--seed", type=int, help="of what is drawn by chance; printed in any case")
    given = options.parse_args(words)
    seed = given.seed if given.seed is not None else SystemRandom().randrange(10**6)
    sys.stderr.write(f"seed {seed}\n")
    began, tally = time.monotonic(), Tally()
    forks = get_context("forkserver")  # everything is loaded once
    forks.set_forkserver_preload(["tests.crash.parts"])
    with (
        ProcessPoolExecutor(WAITING, forks) as idle,
        ProcessPoolExecutor(WORKING, forks, initializer=os.nice, initargs=(POLITE,)) as busy,
    ):
        played = {
            (idle if part.waits else busy).submit(part.play): part
            for part in parts(given.times, seed)
        }
        for each in as_completed(played):
            tally.add(judged(played[each], each.result()))
    missed = unseen(tally, KILLS * given.times)
    for line in (*tally.failures, *missed):
        sys.stderr.write(f"{line}\n")
    Path("build").mkdir(exist_ok=True)
    figures = json.dumps(tally.figures | tally.details, indent=2)
    Path("build/crash.json").write_text(figures + "\n", encoding="utf-8")
    sys.stderr.write(f"seed {seed}, {time.monotonic() - began:.0f} s\n")
    sys.stdout.write(", ".join(f"{name} {count}" for name, count in tally.figures.items()) + "\n")
    return 1 if tally.failures or missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The real command, from a cold start to its death, under a clock that is set ahead.

`python -m tests.crash.cold MICROSECONDS TELL LEFT ...` is `integrado-poster ...` but for that clock,
and for a fuse on the wire that burns down at the LEFT-th connection or request.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from integrado_poster import worker
from integrado_poster.clock import SystemClock
from integrado_poster.schedule.local import Alarm
from tests.crash.fuse import ANY, Fuse

SAID = "cold.log"  # what the command has said, in its folder
_machine = SystemClock.now  # whatever is set ahead later


def start(folder: Path, ahead: timedelta, fuse: Fuse, *, once: bool) -> int:
    """Start `integrado-poster run` on a folder, and give its process id."""
    numbers = (ahead // timedelta(microseconds=1), fuse.tell, fuse.left)
    words = [sys.executable, "-m", __name__, *map(str, numbers), "--data", str(folder), "run"]
    with (folder / SAID).open("ab") as said:
        process = subprocess.Popen(
            [*words, *(["--once"] if once else [])],
            env={**os.environ, "INTEGRADO_KEY_FILE": str((folder / "key").absolute())},
            pass_fds=(fuse.tell,),
            stdout=said,
            stderr=said,
        )
    process.returncode = 0  # whoever asked for it waits for its end
    return process.pid


def alarm_of_this_machine(after: Callable[[], object] = lambda: None) -> None:
    """Let the worker's alarm ring by this machine's clock: APScheduler's own days are not ahead.

    `after` is called after every tick.
    """

    def alarm(tick: Callable[[], datetime | None], _now: object) -> Alarm:
        def ring() -> datetime | None:
            nearest = tick()
            after()
            return nearest

        return Alarm(ring, lambda: _machine(SystemClock()))

    worker.Alarm = alarm  # type: ignore[assignment, attr-defined]


def _set_ahead(span: timedelta) -> None:
    """Let this machine look as if it had slept for a while."""
    now, monotonic = SystemClock.now, SystemClock.monotonic
    alarm_of_this_machine()
    SystemClock.now = lambda self: now(self) + span  # type: ignore[method-assign]
    SystemClock.monotonic = lambda self: monotonic(self) + span.total_seconds()  # type: ignore[method-assign]


def main(ahead: str, tell: str, left: str, *words: str) -> None:
    """Be the command."""
    _set_ahead(timedelta(microseconds=int(ahead)))
    sys.addaudithook(Fuse(ANY, int(left), int(tell)).audit)
    sys.argv = ["integrado-poster", *words]
    from integrado_poster.cli import main as command

    command()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The stage in a process of its own, and a clock that all processes share."""

from __future__ import annotations

import mmap
import os
import signal
import struct
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from integrado_poster.clock import SystemClock
from integrado_poster.stage import Faults, Shown, Stage


class SharedClock(SystemClock):
    """This machine's clocks, as if it had slept; moved on for all processes forked from here."""

    def __init__(self) -> None:
        self._ahead = mmap.mmap(-1, 8)  # anonymous memory outlives a fork in both

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of this machine's."""
        (microseconds,) = struct.unpack("q", self._ahead[:])
        return timedelta(microseconds=microseconds)

    def now(self) -> datetime:
        return super().now() + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead.total_seconds()

    def pass_by(self, span: timedelta) -> None:
        """Let time go by, but never back."""
        ahead = self.ahead + max(span, timedelta())
        self._ahead[:] = struct.pack("q", ahead // timedelta(microseconds=1))

    def set_to(self, moment: datetime) -> None:
        """Let time go by until a moment; one that is past changes nothing."""
        self.pass_by(moment - self.now())


def forked(work: Callable[[], object]) -> int:
    """Do some work in a child of ours, which then ends: 0 if it came to its end, 70 after an error."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 a child must never come back into its parent's code
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


class StageProcess:
    """A stage that outlives every client; it is asked through a pipe. To be made before any thread."""

    def __init__(self, clock: SharedClock, faults: Faults) -> None:
        ours, theirs = Pipe()

        def serve() -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            ours.close()
            _serve(theirs, clock, faults)

        self._pid = forked(serve)
        theirs.close()
        self._pipe: Connection[str, Any] = ours

    def credentials(self) -> Mapping[str, Mapping[str, str]]:
        """What a client of each platform needs."""
        told: Mapping[str, Mapping[str, str]] = self._ask("credentials")
        return told

    def quiet(self) -> bool:
        """Wait until nothing is left to do for clients that have gone."""
        return bool(self._ask("quiet"))

    def timelines(self) -> Mapping[str, list[Shown]]:
        """What readers see on each platform: the judge."""
        told: Mapping[str, list[Shown]] = self._ask("timelines")
        return told

    def asked(self) -> tuple[int, list[tuple[str, str]]]:
        """How many requests came, and those to publish once more: by platform and post."""
        told: tuple[int, list[tuple[str, str]]] = self._ask("asked")
        return told

    def drawn(self) -> Mapping[str, int]:
        """How many faults of each kind there were."""
        told: Mapping[str, int] = self._ask("drawn")
        return told

    def close(self) -> None:
        """End it, and wait until it has."""
        self._pipe.close()
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def _ask(self, what: str) -> Any:
        self._pipe.send(what)
        return self._pipe.recv()


def _serve(pipe: Connection[Any, str], clock: SharedClock, faults: Faults) -> None:
    with Stage(now=clock.now, faults=faults) as stage:
        answers: Mapping[str, Callable[[], object]] = {
            "credentials": lambda: {name: stage.credentials(name) for name in stage.platforms},
            "quiet": stage.quiet,
            "timelines": stage.timelines,
            "asked": lambda: (
                len(stage.requests()),
                [(seen.platform, seen.repeats) for seen in stage.repeats()],
            ),
            "drawn": stage.drawn,
        }
        while True:
            try:
                asked = pipe.recv()
            except EOFError:
                return
            pipe.send(answers[asked]())

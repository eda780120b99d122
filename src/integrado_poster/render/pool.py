"""Drawing processes: started, fed, watched, replaced when they die."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, cast

Job = dict[str, Any]
Progress = Callable[[int, int], None]

SECONDS = 60.0  # for one card by the clock on the wall; the processor's time is limited within
CARDS_PER_WORKER = 4  # below that a second process costs more than it helps

# A process of its own sees nothing of our environment, and no way out to the network: a template
# may name a package to download, at run time even. One thread keeps its address space small.
_ENVIRONMENT = {
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "",
    "RAYON_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    # A card's pixels are asked for and given back some six times. From the system that costs a
    # third of the whole work, from memory that is kept almost nothing.
    "MALLOC_MMAP_THRESHOLD_": "64000000",
    "MALLOC_TRIM_THRESHOLD_": "256000000",
}
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from integrado_poster.render.drawer import serve; serve()"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a job: facts, and the finished picture's bytes."""

    facts: Job
    data: bytes = field(default=b"", repr=False)


def draw(
    setup: Job,
    jobs: Sequence[Job],
    *,
    workers: int = 2,
    progress: Progress | None = None,
    idle: list[Worker] | None = None,
) -> list[Answer]:
    """Give an answer for every job, in their order, drawn by as many processes as pay off.

    A process that dies over a job answers it with {"died": why} and is replaced for the others.
    Those in `idle` are asked first, and afterwards all wait there; without it they end.
    """
    if not jobs:
        return []
    waiting: SimpleQueue[int] = SimpleQueue()
    for number in range(len(jobs)):
        waiting.put(number)
    finished: SimpleQueue[tuple[int, Answer] | BaseException] = SimpleQueue()
    crew = max(1, min(workers, -(-len(jobs) // CARDS_PER_WORKER)), min(len(idle or ()), len(jobs)))
    threads = [
        threading.Thread(target=_work, args=(setup, jobs, waiting, finished, idle), daemon=True)
        for _ in range(crew)
    ]
    for thread in threads:
        thread.start()
    try:
        return _collected(finished, len(jobs), progress)
    finally:
        # After an error or Ctrl-C nothing new is begun.
        list(_drained(waiting))
        for thread in threads:
            thread.join()


def _collected(
    finished: SimpleQueue[tuple[int, Answer] | BaseException], total: int, progress: Progress | None
) -> list[Answer]:
    """The answers in the order of their jobs, once all are there."""
    answers: dict[int, Answer] = {}
    while len(answers) < total:
        result = finished.get()
        if isinstance(result, BaseException):
            raise result
        answers[result[0]] = result[1]
        if progress:
            progress(len(answers), total)
    return [answers[number] for number in range(total)]


def _drained(queue: SimpleQueue[int]) -> Iterator[int]:
    with suppress(Empty):
        while True:
            yield queue.get_nowait()


def _work(
    setup: Job,
    jobs: Sequence[Job],
    waiting: SimpleQueue[int],
    finished: SimpleQueue[tuple[int, Answer] | BaseException],
    idle: list[Worker] | None,
) -> None:
    """One thread: takes jobs until none is left and has its own process answer them."""
    worker: Worker | None = None
    try:
        for number in _drained(waiting):
            if worker is None:
                worker = _rested(idle, setup) or Worker(setup)
            answer = worker.ask(jobs[number])
            if "died" in answer.facts:
                worker.close()
                worker = None
            finished.put((number, answer))
    except BaseException as error:  # noqa: BLE001 - raised again where the answers are collected
        finished.put(error)
    finally:
        if worker is not None and idle is not None and worker.ready:
            idle.append(worker)
        elif worker is not None:
            worker.close()


def _rested(idle: list[Worker] | None, setup: Job) -> Worker | None:
    """A process that waits for work, set up for this; None if there is none."""
    with suppress(IndexError):
        if idle is not None:
            worker = idle.pop()
            worker.set_up(setup)
            return worker
    return None


class Desk:
    """Drawing for hours, while somebody edits: processes stay, and nothing is drawn twice.

    What was drawn last is kept by all that goes into it: words, template, the photo's bytes.
    """

    def __init__(self) -> None:
        self.drawn = 0  #: How many jobs the last call really had drawn.
        self._kept: dict[str, Answer] = {}
        self._idle: list[Worker] = []

    def draw(
        self,
        setup: Job,
        jobs: Sequence[Job],
        *,
        workers: int = 2,
        progress: Progress | None = None,
    ) -> list[Answer]:
        """Give the same as `pool.draw`."""
        base = _digest(setup)
        keys = [_digest([base, {**job, "photo": _content(job["photo"])}]) for job in jobs]
        missing = {key: job for key, job in zip(keys, jobs, strict=True) if key not in self._kept}
        self.drawn = len(missing)
        new = draw(
            setup, list(missing.values()), workers=workers, progress=progress, idle=self._idle
        )
        found = self._kept | dict(zip(missing, new, strict=True))
        # Too little time or memory may be otherwise the next time.
        self._kept = {key: found[key] for key in keys if "died" not in found[key].facts}
        return [found[key] for key in keys]

    def close(self) -> None:
        """End the processes."""
        while self._idle:
            self._idle.pop().close()


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _content(photo: str | None) -> str:
    """What is in a file, whatever it is called; nothing for one that cannot be read just now."""
    try:
        return hashlib.sha256(Path(photo).read_bytes()).hexdigest() if photo else ""
    except OSError:
        return ""


class Worker:
    """One drawing process; `pid` is its number."""

    def __init__(self, setup: Job) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter with our own code
            [sys.executable, "-I", "-c", _START, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env=_ENVIRONMENT,
        )
        self.pid = self._process.pid
        self._to = cast("IO[bytes]", self._process.stdin)
        self._from = cast("IO[bytes]", self._process.stdout)
        self._known = setup
        self._setup: Job | None = setup
        self.ready = True  #: Whether it waits for a job, with nothing half said on either side.

    def set_up(self, setup: Job) -> None:
        """Have the next jobs done with these fonts and templates."""
        if setup != self._known:
            self._known = self._setup = setup

    def ask(self, job: Job) -> Answer:
        """Have one job done; a process that dies or hangs over it is an answer too."""
        self.ready = False
        clock = threading.Timer(SECONDS, self._process.kill)
        clock.start()
        try:
            for frame in filter(None, (self._setup, job)):
                self._to.write(json.dumps(frame).encode() + b"\n")
            self._setup = None
            self._to.flush()
            line = self._from.readline()
            facts: Job = json.loads(line) if line.endswith(b"\n") else {}
            data = self._from.read(facts["bytes"]) if facts else b""
        except BrokenPipeError:
            facts, data = {}, b""
        finally:
            clock.cancel()
        if not facts or len(data) < facts["bytes"]:
            return Answer(facts={"died": self._last_words()})
        self.ready = True
        return Answer(facts=facts, data=data)

    def _last_words(self) -> str:
        """With which code the process ended, and the last line that it wrote."""
        code = self._process.wait()
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace").strip().splitlines()
        return f"exit {code}: {said[-1][:200]}" if said else f"exit {code}"

    def close(self) -> None:
        """End the process, kindly at first."""
        with suppress(OSError):
            self._to.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._from.close()
        self._complaints.close()

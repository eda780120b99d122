"""render --watch: the gallery follows the plan while somebody edits it."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import typer

from integrado_poster.cli.plans import rendered, usable
from integrado_poster.cli.shell import Shell

if TYPE_CHECKING:
    from integrado_poster.cli.plans import Moment
    from integrado_poster.render.pool import Desk

Stamps = Mapping[Path, tuple[int, int]]
"""By file when it was written and how large it is."""

PAUSE = 0.1  # seconds between two looks; programs take about as long to write a file
_MOST = 3  #: Files that are named in one line.


def watching(shell: Shell, plan: Path, out: Path, now: Moment) -> None:
    """Write the gallery, and again whenever a file of the plan changes, until Ctrl-C."""
    from integrado_poster.render.pool import Desk

    # A shell's background ignores Ctrl-C, and systems end what runs with SIGTERM.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt), closing(Desk()) as desk:
        seen = stamps(plan)
        if _drawn(shell, plan, out, now, desk):
            _say(shell, "render.opened", page=out / "index.html")
        _say(shell, "render.watching")
        for new in changes(plan, seen, Event()):
            names = sorted(path.name for path in _changed(seen, new))
            seen = new
            named = ", ".join(names[:_MOST]) + (" …" if len(names) > _MOST else "")
            started = time.perf_counter()
            if _drawn(shell, plan, out, now, desk):
                seconds = f"{time.perf_counter() - started:.1f}"
                _say(shell, "render.again", files=named, cards=desk.drawn, seconds=seconds)
            else:
                _say(shell, "render.waiting", files=named)
    _say(shell, "render.ended")


def _say(shell: Shell, key: str, **facts: object) -> None:
    shell.answer(key, **facts)
    sys.stdout.flush()  # whoever reads this over a pipe waits for it, too


def _drawn(shell: Shell, plan: Path, out: Path, now: Moment, desk: Desk) -> bool:
    """Whether the plan could be drawn; if not, it was said why, and the page says so, too."""
    from integrado_poster.render import live

    try:
        line = usable(shell, plan, now, asked=False)
        line.gallery(rendered(shell, line, desk), out, watched=True)
    except typer.Exit:
        live.say(out, stale=True)
        return False
    return True


def changes(plan: Path, seen: Stamps, halt: Event) -> Iterator[Stamps]:
    """Until `halt`: look often, and give what is there once it is new and stays so for a moment."""
    before = seen
    while not halt.wait(PAUSE):
        new = stamps(plan)
        if new != seen and new == before:
            seen = new
            yield new
        before = new


def stamps(plan: Path) -> Stamps:
    """What the files of a plan look like from outside."""
    from integrado_poster.plan.bundle import sources

    found = {}
    with suppress(OSError):  # a folder that is being written anew
        for path in sources(plan):
            with suppress(OSError):
                facts = path.stat()
                found[path] = facts.st_mtime_ns, facts.st_size
    return found


def _changed(old: Stamps, new: Stamps) -> set[Path]:
    """The files that are there anew, no more, or otherwise."""
    return {path for path in {*old, *new} if old.get(path) != new.get(path)}

"""How long commands take to start, and what an idle scheduler weighs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, side_by_side

PROGRAM = [str(Path(sys.executable).with_name("integrado-poster"))]


def figures(folder: Path) -> Iterator[Figure]:
    """Milliseconds from process start to end, beside a Python that does nothing; memory in MB."""
    home = folder / "idle"
    subprocess.run([*PROGRAM, "init", str(home)], check=True, capture_output=True)

    def run(*command: str) -> None:
        subprocess.run(command, cwd=home, check=False, capture_output=True)

    bare, helping, status = side_by_side(
        lambda: run(sys.executable, "-c", "pass"),
        lambda: run(*PROGRAM, "--help"),
        lambda: run(*PROGRAM, "status"),
        rounds=9,
    )
    yield Figure("start of --help", helping, "ms", "python -c pass", helping / bare)
    yield Figure("start of status", status, "ms", "python -c pass", status / bare)
    yield Figure("memory of an idle run", idle_memory(home), "MB")


def idle_memory(home: Path) -> float:
    """Resident megabytes of `run` after five seconds with nothing to do."""
    process = subprocess.Popen([*PROGRAM, "run"], cwd=home, stderr=subprocess.DEVNULL)
    try:
        time.sleep(5)
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(30)
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024

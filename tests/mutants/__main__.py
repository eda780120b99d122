"""Apply each fault to a copy of the source, and see that the suite notices: a table, exit 1 if not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.faults import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
COPIED = ("src", "tests", "migrations", "campaign", "docs", "pyproject.toml", "Makefile")
AT_ONCE = 2
FAILED = re.compile(r"^(?:FAILED|ERROR) \S*?(?:::)(\S+)", re.MULTILINE)


def suite(folder: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a part of the suite on the sources in a folder."""
    words = ("-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *tests)
    given = {
        **os.environ,
        "PYTHONPATH": f"{folder / 'src'}:{folder}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=given, capture_output=True, text=True, check=False
    )


def copy_to(folder: Path) -> None:
    """Copy what the tests need."""
    leave = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=leave)
        else:
            shutil.copy(source, folder / name)


def caught_by(mutant: Mutant) -> str | None:
    """The test that fails with this fault; None if all of them pass."""
    with TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        copy_to(folder)
        file = folder / mutant.file
        file.write_text(mutant.applied(file.read_text(encoding="utf-8")), encoding="utf-8")
        ran = suite(folder, mutant.tests)
    if ran.returncode == 0:
        return None
    found = FAILED.search(ran.stdout)
    if ran.returncode != 1 or found is None:  # a fault that breaks the import proves nothing
        raise RuntimeError(
            f"{mutant.name}: the tests could not run\n{ran.stdout[-2000:]}{ran.stderr}"
        )
    return found[1]


def main() -> int:
    """Print the table; 1 if a fault survives or the tests are red without one, 2 if a fault no longer fits."""
    began = time.monotonic()
    for mutant in MUTANTS:
        try:
            mutant.applied((ROOT / mutant.file).read_text(encoding="utf-8"))
        except ValueError as problem:
            sys.stderr.write(f"This fault no longer fits the source; write it anew. {problem}\n")
            return 2
    tests = list(dict.fromkeys(test for mutant in MUTANTS for test in mutant.tests))
    sound = suite(ROOT, tests)
    if sound.returncode:
        sys.stderr.write(f"{sound.stdout}{sound.stderr}The tests are red without any fault.\n")
        return 1
    survivors = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for mutant, test in zip(MUTANTS, pool.map(caught_by, MUTANTS), strict=True):
            survivors += test is None
            sys.stdout.write(f"{mutant.name:<64}  {test or 'SURVIVES: a test is missing'}\n")
            sys.stdout.flush()
    caught = len(MUTANTS) - survivors
    sys.stdout.write(f"mutants {len(MUTANTS)}, caught {caught}, survived {survivors}\n")
    sys.stderr.write(f"{time.monotonic() - began:.0f} s\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())

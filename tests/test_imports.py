"""The rooms keep their directions, and the linter that says so is awake."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as go; go()",
    ]
    return subprocess.run(
        [*command, "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_import_goes_down() -> None:
    result = lint(ROOT / "src")

    assert result.returncode == 0, result.stdout


def test_an_import_that_goes_up_is_caught(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src" / "integrado_poster", tmp_path / "integrado_poster")
    with (tmp_path / "integrado_poster" / "measure.py").open("a") as file:
        file.write("\nfrom integrado_poster import journal as up  # noqa\n")

    result = lint(tmp_path)

    assert result.returncode == 1
    assert "Rooms are stacked: imports only go down BROKEN" in result.stdout


def test_a_room_without_a_place_is_caught(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src" / "integrado_poster", tmp_path / "integrado_poster")
    (tmp_path / "integrado_poster" / "utils.py").write_text('"""No subject."""\n')

    result = lint(tmp_path)

    assert result.returncode != 0
    assert "integrado_poster.utils" in result.stdout + result.stderr

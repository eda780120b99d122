"""Which language the house speaks, for what must not wait for the settings: loading them takes as long as all of `--help`."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

FILE = "integrado.toml"
PREFIX = "INTEGRADO_"


def shell_language() -> str | None:
    """The language that the shell asks for ("de_DE.UTF-8"), or None if it names none.

    Asked of the environment in POSIX's order, not of the C library: that one knows only the
    languages that are installed, and a small server has none.
    """
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    found = next((value for value in named if value), "")
    return None if found.partition(".")[0] in ("", "C", "POSIX") else found


def house_language() -> str:
    """The language of the settings in the environment or the file, as far as they can be read; else the shell's."""
    named = os.environ.get(f"{PREFIX}LANGUAGE")
    try:
        path = Path(os.environ.get(f"{PREFIX}CONFIG") or FILE)
        told = tomllib.loads(path.read_text(encoding="utf-8")).get("language")
    except (OSError, ValueError):
        told = None
    return named or (told if isinstance(told, str) else None) or shell_language() or "en"

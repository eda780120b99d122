"""What the program says to people, in German and English: de.toml and en.toml, sentence by sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("de", "en")


@dataclass(frozen=True, slots=True)
class Speech:
    """One language. Calling it with a key gives the sentence with its facts filled in."""

    language: str
    sentences: Mapping[str, str]

    def __call__(self, key: str, **facts: object) -> str:
        """Say it; raises `KeyError` for a sentence that nobody wrote."""
        return self.sentences[key].format(**facts)

    def __contains__(self, key: str) -> bool:
        return key in self.sentences


@cache
def speech(language: str) -> Speech:
    """The sentences of a language; any other than German is English."""
    chosen = "de" if language.startswith("de") else "en"
    with files(__package__).joinpath(f"{chosen}.toml").open("rb") as file:
        return Speech(chosen, dict(_flat(tomllib.load(file))))


def _flat(tree: Mapping[str, object], stem: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in tree.items():
        if isinstance(value, dict):
            found += _flat(value, f"{stem}{name}.")
        else:
            found.append((f"{stem}{name}", str(value)))
    return found

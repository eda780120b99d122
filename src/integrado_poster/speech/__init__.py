"""What the program says to people, in German and English: de.toml and en.toml, sentence by sentence."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

LANGUAGES = ("de", "en")
LONGEST = 400  #: Characters of one fact in a note; platforms send whole pages.


class Sentence:
    """A sentence of ours that is in no language yet: its key, and the facts that fill it in.

    Errors and notes carry it to whoever reads them. What somebody else said is a fact, in their
    own words; a fact may be a sentence, or several.
    """

    __slots__ = ("facts", "key")

    def __init__(self, key: str, /, **facts: object) -> None:
        self.key = key
        self.facts: Mapping[str, object] = facts

    def __str__(self) -> str:
        """In English, for logs and tracebacks."""
        return speech("en").words(self)

    def __repr__(self) -> str:
        return f"Sentence({self.key!r})"

    @property
    def note(self) -> str:
        """A text to be kept, which `Speech.read` puts into words again."""
        return json.dumps(self._tree(), ensure_ascii=False)

    def _tree(self) -> dict[str, object]:
        return {_SAY: self.key} | {name: _kept(fact) for name, fact in self.facts.items()}


@dataclass(frozen=True, slots=True)
class Speech:
    """One language. Calling it with a key gives the sentence with its facts filled in."""

    language: str
    sentences: Mapping[str, str]

    def __call__(self, key: str, **facts: object) -> str:
        """Say it; raises `KeyError` for a sentence that nobody wrote."""
        return self.sentences[key].format(**{name: self._fact(f) for name, f in facts.items()})

    def moment(self, moment: datetime, zone: str | None, form: str = "said") -> str:
        """A moment as the clock on a wall there shows it: "So 26.09.2021, 10:00 Uhr"; None is this machine's zone."""
        return self.words(on_the_wall(moment, zone, form))

    def __contains__(self, key: str) -> bool:
        return key in self.sentences

    def words(self, said: str | Sentence) -> str:
        """The words of a sentence; what is in words already stays as it is."""
        return self(said.key, **said.facts) if isinstance(said, Sentence) else said

    def read(self, note: str) -> str:
        """What a note of the journal says."""
        return self.words(_recalled(note))

    def _fact(self, fact: object) -> object:
        if isinstance(fact, Sentence):
            return self.words(fact)
        if isinstance(fact, tuple | list):
            return "; ".join(str(self._fact(each)) for each in fact)
        return self.read(fact) if isinstance(fact, str) else fact


def on_the_wall(moment: datetime, zone: str | None = None, form: str = "said") -> Sentence:
    """A moment by the clock on a wall there, for a note; a naive one is what that clock shows.

    The forms are those of `[moment]`: in a sentence, in a column, in a column with its seconds.
    """
    local = moment if moment.tzinfo is None else moment.astimezone(ZoneInfo(zone) if zone else None)
    facts = {"day": f"{local:%d.%m.}", "clock": f"{local:%H:%M}"}
    facts["second" if form == "log" else "year"] = f"{local:%S}" if form == "log" else f"{local:%Y}"
    return Sentence(f"moment.{form}", weekday=Sentence(f"weekday.{local.weekday()}"), **facts)


@cache
def speech(language: str) -> Speech:
    """The sentences of a language; any other than German is English."""
    chosen = "de" if language.startswith("de") else "en"
    with files(__package__).joinpath(f"{chosen}.toml").open("rb") as file:
        return Speech(chosen, dict(_flat(tomllib.load(file))))


def cut(note: str, most: int) -> str:
    """A note of at most so many characters; one that is a sentence is kept whole, it is short."""
    return note if isinstance(_recalled(note), Sentence) else note[:most]


_SAY = "say"  # the entry of a kept sentence that names its key


def _kept(fact: object) -> object:
    if isinstance(fact, str):
        fact = _recalled(fact)  # a note within a note
    if isinstance(fact, Sentence):
        return fact._tree()
    if isinstance(fact, tuple | list):
        return [_kept(each) for each in fact]
    return fact if isinstance(fact, int | float) else str(fact)[:LONGEST]


def _recalled(note: str) -> str | Sentence:
    """The sentence that was kept; what somebody else said stays, even if it looks like one of ours."""
    if not note.startswith(f'{{"{_SAY}": '):
        return note
    try:
        recalled = json.loads(note, object_hook=_sentence)
        str(recalled)  # can it be said?
    except (ValueError, LookupError, AttributeError):
        return note
    return recalled if isinstance(recalled, Sentence) else note


def _sentence(tree: dict[str, object]) -> Sentence:
    return Sentence(str(tree.pop(_SAY, "")), **tree)


def _flat(tree: Mapping[str, object], stem: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in tree.items():
        if isinstance(value, dict):
            found += _flat(value, f"{stem}{name}.")
        else:
            found.append((f"{stem}{name}", str(value)))
    return found

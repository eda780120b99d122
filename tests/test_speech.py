"""Both languages say the same things."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrado_poster.app import LIMITS, asked
from integrado_poster.errors import TryLater
from integrado_poster.model import Held, State
from integrado_poster.speech import Sentence, cut, on_the_wall, speech

PLACES = re.compile(r"\{\w+[^}]*\}")
SOURCES = Path(__file__).parents[1] / "src" / "integrado_poster"


def test_german_and_english_have_the_same_sentences_with_the_same_facts() -> None:
    german, english = speech("de").sentences, speech("en").sentences

    assert german.keys() == english.keys()
    for key, sentence in german.items():
        assert set(PLACES.findall(sentence)) == set(PLACES.findall(english[key])), key


def test_every_sentence_that_a_command_says_is_written() -> None:
    asked = set()
    for file in (SOURCES / "cli").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        asked |= set(re.findall(r"""(?:answer|tell|say|progress)\(\s*"([a-z.-]+)\"""", text))
    assert len(asked) > 20
    assert not asked - speech("de").sentences.keys()


def test_a_moment_is_said_as_people_write_it_even_from_a_note() -> None:
    noon = datetime(2027, 9, 26, 8, 0, 5, tzinfo=UTC)
    note = on_the_wall(datetime(2027, 9, 26, 10)).note

    assert speech("de").moment(noon, "Europe/Berlin") == "So 26.09.2027, 10:00 Uhr"
    assert speech("de").moment(noon, "Europe/Berlin", "log") == "So 26.09., 10:00:05"
    assert speech("de").read(note) == "So 26.09.2027, 10:00 Uhr"
    assert speech("en").read(note) == "Sun 26.09.2027, 10:00"


def sentences_in_the_source() -> Iterator[tuple[str, set[str]]]:
    """Every `Sentence("key", fact=…)` that is written anywhere."""
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Sentence" and node.args:
                key = node.args[0]
                if isinstance(key, ast.Constant):
                    yield str(key.value), {str(word.arg) for word in node.keywords}


def test_every_sentence_that_an_error_or_a_note_carries_is_written() -> None:
    found = list(sentences_in_the_source())

    assert len(found) > 60
    for key, facts in found:
        wanted = {
            place[1:-1].split(":")[0] for place in PLACES.findall(speech("de").sentences[key])
        }
        assert wanted == facts, key
    assert {f"why.{held}" for held in Held} | {f"state.{state}" for state in State} <= set(
        speech("de").sentences
    )


def test_an_error_is_told_in_the_language_of_its_reader() -> None:
    error = TryLater(Sentence("wire.lost", host="x.example", why=Sentence("wire.slow", seconds=60)))

    assert str(error) == "the reply of x.example got lost (no whole reply within 60 s)"
    assert speech("de").words(error.said) == (
        "die Antwort von x.example ging verloren (in 60 s kam keine ganze Antwort)"
    )


def test_a_note_is_kept_in_no_language_and_read_in_any() -> None:
    inner = Sentence("wire.no-connection", host="x.example", cause="ConnectionRefusedError")
    note = Sentence("note.tried", number=6, why=inner.note).note

    assert speech("de").read(note) == (
        "6 Versuche; zuletzt: keine Verbindung zu x.example (ConnectionRefusedError)"
    )
    assert speech("en")(
        "need.failed", name="P", post="P", accounts="x", on="", note=note
    ).startswith("P on x was refused: tried 6 times; at last: no connection to x.example")


def test_what_a_platform_said_stays_in_its_own_words_however_odd() -> None:
    for words in ('{"say": 1}', '{"say": "', '{"say": "no.such.key"}', "{host}", "422: no", ""):
        assert speech("de").read(words) == words
        whole = Sentence("look.refused", detail=words)
        assert speech("de").read(whole.note) == f"nachsehen ging nicht: {words}"


def test_a_long_note_is_cut_without_losing_its_sentence() -> None:
    assert cut("x" * 900, 500) == "x" * 500

    page = Sentence("wire.garbled", status=200, said="<html>" * 900).note
    assert cut(page, 500) == page
    assert len(speech("de").read(page)) < 500


@pytest.mark.parametrize("platform", LIMITS)
def test_everything_that_an_account_needs_has_a_name(platform: str) -> None:
    for field in asked(platform):
        assert f"ask.{field.name}" in speech("de")


def test_any_other_language_is_english() -> None:
    assert speech("fr").language == "en"
    assert speech("de_DE").language == "de"

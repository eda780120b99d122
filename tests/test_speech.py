"""Both languages say the same things."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integrado_poster.app import LIMITS, asked
from integrado_poster.speech import speech

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


@pytest.mark.parametrize("platform", LIMITS)
def test_everything_that_an_account_needs_has_a_name(platform: str) -> None:
    for field in asked(platform):
        assert f"ask.{field.name}" in speech("de")


def test_any_other_language_is_english() -> None:
    assert speech("fr").language == "en"
    assert speech("de_DE").language == "de"

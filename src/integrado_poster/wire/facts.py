"""Make an adapter from what a person typed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from pydantic import ValidationError

from integrado_poster.errors import SettingsError
from integrado_poster.speech import Sentence
from integrado_poster.wire.line import address

T = TypeVar("T")


def filled(make: Callable[..., T], names: Sequence[str], facts: Mapping[str, str]) -> T:
    """The adapter with those of its fields that are given; raises `SettingsError` naming what is wrong.

    Blanks around a value are dropped: they come along when a token is copied.
    """
    given = {name: facts[name].strip() for name in names if facts.get(name, "").strip()}
    if "base_url" in given:
        given["base_url"] = address(given["base_url"])
    try:
        return make(**given)
    except ValidationError as error:
        # Its own text would quote the values.
        wrong = ", ".join(str(problem["loc"][-1]) for problem in error.errors(include_input=False))
        raise SettingsError(Sentence("login.facts", names=wrong)) from None

"""What several rooms' tests share: the shipped campaign, read and rendered once."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrado_poster import app, rehearse
from integrado_poster.line import Line
from integrado_poster.model import Message

SHIPPED = Path(__file__).parents[1] / "campaign" / "interkulturelle-woche-2021"


@pytest.fixture(scope="session")
def shipped() -> Line:
    """The campaign that we ship."""
    line = app.read(SHIPPED, now=rehearse.opening)
    assert isinstance(line, Line)
    return line


@pytest.fixture(scope="session")
def shipped_messages(shipped: Line) -> tuple[Message, ...]:
    """Every text and card of it."""
    return shipped.render()

"""What several rooms' tests share: the shipped campaign, read and rendered once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from integrado_poster import app, rehearse
from integrado_poster.journal import Place
from integrado_poster.line import Line
from integrado_poster.model import Message
from tests import builders
from tests.postgresql import Server, Unavailable

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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A real PostgreSQL."""
    try:
        server = Server()
    except Unavailable as reason:
        pytest.skip(f"not on PostgreSQL: {reason}")
    with server:
        yield server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses `every_database` on each, unless it is marked `sqlite_only`."""
    if "every_database" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("sqlite_only")
        kinds = ["sqlite"] if only else ["sqlite", "postgresql"]
        metafunc.parametrize("every_database", kinds, indirect=True)


@pytest.fixture(autouse=True)
def closed_at_the_end() -> Iterator[None]:
    """No journal outlives its test."""
    yield
    builders.close_all()


@pytest.fixture
def every_database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """What is said about a journal holds on every kind of database."""
    kind: str = request.param
    if kind == "sqlite":
        yield kind
        return
    server: Server = request.getfixturevalue("postgresql")
    made: dict[Path, SecretStr] = {}

    def place_in(folder: Path) -> Place:
        if folder not in made:
            made[folder] = server.database()
        return made[folder]

    monkeypatch.setattr(builders, "place_in", place_in)
    yield kind
    builders.close_all()
    for address in made.values():
        server.drop(address)

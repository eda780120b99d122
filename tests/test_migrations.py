"""The migrations make exactly the tables, and travel inside the wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection, create_mock_engine
from sqlalchemy.sql.ddl import ExecutableDDLElement

from integrado_poster.errors import AnotherInstance, DatabaseUnusable
from integrado_poster.journal import (
    Place,
    database,
    driver,
    kind_of,
    on_duty,
    open_journal,
    upgrade,
)
from integrado_poster.journal.database import migrations
from integrado_poster.journal.tables import HEAD, REVISIONS, metadata
from tests.postgresql import Server

ROOT = Path(__file__).parents[1]


Places = Iterator[Place]

ON_SQLITE = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
ON_POSTGRESQL = """
SELECT 'table ' || table_name, string_agg(
    concat_ws(' ', column_name, data_type, character_maximum_length, is_nullable, column_default), ', '
    ORDER BY column_name)
  FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name
UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def schema(place: Place) -> dict[str, str]:
    """Every table, index and trigger with its CHECKs, in one spelling."""
    opened = kind_of(place).open(create=False)
    with opened.connect() as connection:
        query = ON_SQLITE if isinstance(place, Path) else ON_POSTGRESQL
        rows = connection.exec_driver_sql(query).all()
    opened.dispose()
    return {name: re.sub(r'[\s"]', "", sql) for name, sql in rows}


@pytest.fixture
def nowhere(
    every_database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Places]:
    """Places at which nobody has made a journal yet."""
    if every_database == "sqlite":
        yield (tmp_path / f"{number}.db" for number in count())
        return
    server: Server = request.getfixturevalue("postgresql")
    made: list[SecretStr] = []

    def places() -> Places:
        while True:
            made.append(server.database(empty=True))
            yield made[-1]

    yield places()
    for address in made:
        server.drop(address)


def test_migrating_from_nothing_gives_exactly_the_tables(nowhere: Places) -> None:
    by_migrations, at_once = next(nowhere), next(nowhere)
    upgrade(by_migrations)
    open_journal(at_once, create=True).close()

    migrated, made = schema(by_migrations), schema(at_once)

    assert migrated == made
    assert "ck_delivery_receipt" in str(made)
    assert "uq_delivery_in_flight" in made
    assert {"posting_log_no_delete", "posting_log_no_change"} & set(made)


def test_postgresql_gets_the_same_promises() -> None:
    made: list[str] = []

    def note(statement: ExecutableDDLElement, *_: object) -> None:
        made.append(str(statement.compile(dialect=postgres.dialect)))

    postgres = create_mock_engine("postgresql+psycopg://", note)
    metadata.create_all(postgres, checkfirst=False)

    ddl = re.sub(r"\s+", " ", ";".join(made))
    assert "uq_delivery_in_flight ON delivery (account) WHERE state = 'sending'" in ddl
    assert "BEFORE UPDATE OR DELETE OR TRUNCATE ON posting_log" in ddl
    assert "handle JSONB NOT NULL" in ddl


def test_alembic_finds_nothing_left_to_do(nowhere: Places) -> None:
    place = next(nowhere)
    upgrade(place)

    opened = kind_of(place).open(create=False)
    with opened.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    opened.dispose()


def test_the_constants_name_the_scripts_that_there_are() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations()))
    scripts = ScriptDirectory.from_config(config)

    assert scripts.get_heads() == [HEAD]
    assert [script.revision for script in scripts.walk_revisions()] == list(reversed(REVISIONS))


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "poster.db"
    upgrade(path)
    before = path.read_bytes()

    assert upgrade(path) is None

    assert path.read_bytes() == before


def test_an_upgrade_that_breaks_off_leaves_nothing_half_done(
    nowhere: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = next(nowhere)
    run = database._run_alembic

    def broken_off(connection: Connection) -> None:
        run(connection)
        raise RuntimeError("the last statement failed")

    monkeypatch.setattr(database, "_run_alembic", broken_off)
    with pytest.raises(RuntimeError):
        upgrade(place)
    monkeypatch.undo()

    assert schema(place) == {}
    upgrade(place)
    open_journal(place).close()


def test_an_older_database_is_copied_before_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "poster.db"
    open_journal(path, create=True).close()
    as_if("0000", path)
    monkeypatch.setattr("integrado_poster.journal.database.REVISIONS", ("0000", "0001"))

    with pytest.raises(DatabaseUnusable, match="older"):
        open_journal(path)
    with pytest.raises(Exception, match="0000"):  # there is no such script, so Alembic gives up
        upgrade(path)

    assert schema(tmp_path / "poster-0000.db") == schema(path)


def test_a_delivery_of_the_first_version_is_still_there_and_due(nowhere: Places) -> None:
    path = next(nowhere)
    opened = kind_of(path).open(create=True)
    with opened.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(migrations()))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in (
            "INSERT INTO campaign VALUES ('k', 'K', 'UTC', 'ask', 'none', '{}', '', 0)",
            "INSERT INTO account VALUES ('m', 'mastodon', 'ok', '{}', NULL, NULL, NULL, 0)",
            "INSERT INTO message VALUES ('d', '{}')",
            "INSERT INTO delivery VALUES (1, 'k', 'P', 'm', 'mastodon', 'd', true, 5, '', 'UTC', 9, NULL, 5,"
            " 'scheduled', NULL, 0, 0, 0, 'a', 'b', NULL, NULL, '{}', NULL, NULL, '')",
            "INSERT INTO attempt VALUES (1, 1, 5, 6, 'retry', '')",
        ):
            connection.exec_driver_sql(statement)
    opened.dispose()

    upgrade(path)

    with closing(open_journal(path)) as journal:
        assert journal.due(datetime(2021, 1, 1, tzinfo=UTC), limit=9) == [1]
        (kept,) = journal.deliveries()
        assert (kept.part, kept.parts, kept.follows) == (1, 1, False)
        with journal.read() as connection:
            attempt = connection.exec_driver_sql("SELECT delivery, outcome FROM attempt").one()
        assert tuple(attempt) == (1, "retry")


@pytest.mark.parametrize("word", ["newer", "not a database of this program"])
def test_a_database_that_is_not_ours_to_use_is_refused(tmp_path: Path, word: str) -> None:
    path = tmp_path / "poster.db"
    if word == "newer":
        open_journal(path, create=True).close()
        as_if("9999", path)
    else:
        with closing(driver().connect(path)) as connection, connection:
            connection.execute("CREATE TABLE recipes (name TEXT)")

    for open_it in (open_journal, upgrade):
        with pytest.raises(DatabaseUnusable, match=word):
            open_it(path)
    with pytest.raises(DatabaseUnusable, match=word):
        open_journal(path, create=True)


def test_a_missing_or_broken_file_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="no database"):
        open_journal(tmp_path / "missing.db")
    assert not (tmp_path / "missing.db").exists()
    (tmp_path / "broken.db").write_bytes(b"This is a letter, not a database. " * 100)
    with pytest.raises(DatabaseUnusable):
        open_journal(tmp_path / "broken.db")


def test_nobody_upgrades_under_a_running_service(nowhere: Places) -> None:
    place = next(nowhere)
    with on_duty(place), pytest.raises(AnotherInstance):
        upgrade(place)

    upgrade(place)


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    open_journal(tmp_path / "made.db", create=True).close()
    upgrade(tmp_path / "migrated.db")

    for name in ("made.db", "migrated.db"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_opening_imports_nothing_slow(tmp_path: Path) -> None:
    upgrade(tmp_path / "poster.db")
    program = (
        "import sys; from pathlib import Path; from integrado_poster.journal import open_journal\n"
        "slow = 'alembic', 'cryptography', 'sqlalchemy.orm', 'sqlalchemy.dialects.postgresql'\n"
        f"open_journal(Path({str(tmp_path / 'poster.db')!r}))\n"
        "print([name for name in slow if name in sys.modules])"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_the_wheel_takes_the_migrations_along() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert wheel["force-include"]["migrations"] == "integrado_poster/migrations"


def test_an_installed_wheel_upgrades_from_inside(tmp_path: Path) -> None:
    from zipfile import ZipFile

    build = "from hatchling.builders.wheel import WheelBuilder as B; import sys\n"
    build += "print(next(B(sys.argv[1]).build(directory=sys.argv[2], versions=['standard'])))"
    made = subprocess.run(
        [sys.executable, "-c", build, str(ROOT), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    with ZipFile(made.stdout.strip()) as wheel:
        wheel.extractall(tmp_path / "site")
    program = (
        "import sys; from pathlib import Path\n"
        "from integrado_poster.journal import database, open_journal, upgrade\n"
        "upgrade(Path(sys.argv[1])); open_journal(Path(sys.argv[1])); print(database.migrations())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "poster.db")],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == str(tmp_path / "site" / "integrado_poster" / "migrations")


def as_if(revision: str, path: Path) -> None:
    """Make a database look as if another version had made it."""
    with closing(driver().connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))

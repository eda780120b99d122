"""Many threads write at once, and share the wait for the disk; to each it looks as if it were alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from integrado_poster.errors import DatabaseUnusable
from integrado_poster.journal import Journal, driver, open_journal, sqlite
from tests.builders import NOON

MANY = 24
SQLITE_DENY, SQLITE_SAVEPOINT = 1, 32


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    opened = open_journal(tmp_path / "poster.db", create=True)
    with opened.write() as connection:
        connection.exec_driver_sql("CREATE TABLE word (text TEXT PRIMARY KEY)")
    return opened


def words(journal: Journal) -> set[str]:
    """What another program sees."""
    with closing(driver().connect(str(journal._kind))) as other:
        return {text for (text,) in other.execute("SELECT text FROM word")}


def commits(journal: Journal) -> list[object]:
    counted: list[object] = []
    event.listen(journal._engine, "commit", counted.append)
    return counted


def at_once(count: int, work: Callable[[int], object]) -> list[object]:
    """Let so many threads do it at the same time; give what each gave or raised."""
    ready = threading.Barrier(count)

    def run(number: int) -> object:
        ready.wait()
        try:
            return work(number)
        except (ValueError, DatabaseUnusable, IntegrityError) as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_who_writes_at_once_shares_commits_and_each_is_on_the_disk_when_it_returns(
    journal: Journal,
) -> None:
    counted = commits(journal)

    def write(number: int) -> bool:
        with journal.write() as connection:
            connection.exec_driver_sql("INSERT INTO word VALUES (?)", (f"{number}",))
        return f"{number}" in words(journal)

    assert at_once(MANY, write) == [True] * MANY
    assert 1 <= len(counted) < MANY


def test_one_that_breaks_off_takes_nobody_with_it(journal: Journal) -> None:
    def write(number: int) -> None:
        with journal.write() as connection:
            connection.exec_driver_sql("INSERT INTO word VALUES (?)", (f"{number}",))
            if number % 3 == 0:
                raise ValueError("halfway")

    found = at_once(MANY, write)

    assert [isinstance(each, ValueError) for each in found] == [n % 3 == 0 for n in range(MANY)]
    assert words(journal) == {f"{n}" for n in range(MANY) if n % 3}


def test_a_commit_that_fails_fails_for_all_that_share_it(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY", 50)
    with journal.write() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE child (word REFERENCES word DEFERRABLE INITIALLY DEFERRED)"
        )

    def write(number: int) -> None:
        with journal.write() as connection:
            connection.exec_driver_sql("INSERT INTO word VALUES (?)", (f"{number}",))
            if number == 7:
                connection.exec_driver_sql("INSERT INTO child VALUES ('nobody')")

    found = at_once(MANY, write)

    missing = {f"{n}" for n, each in enumerate(found) if isinstance(each, Exception)}
    assert "7" in missing
    assert words(journal) == {f"{n}" for n in range(MANY)} - missing
    write(100)
    assert "100" in words(journal)


def test_one_that_cannot_be_taken_back_fails_for_all_and_the_next_one_goes_on(
    journal: Journal,
) -> None:
    def write(number: int) -> None:
        with journal.write() as connection:
            connection.exec_driver_sql("INSERT INTO word VALUES (?)", (f"{number}",))
            if number == 7:
                # What a full disk does: everything is undone, and no savepoint is left.
                connection.connection.driver_connection.execute("ROLLBACK")  # type: ignore[union-attr]
                raise ValueError("halfway")

    found = at_once(MANY, write)

    missing = {f"{n}" for n, each in enumerate(found) if isinstance(each, Exception)}
    assert "7" in missing
    assert words(journal) == {f"{n}" for n in range(MANY)} - missing
    write(100)
    assert "100" in words(journal)


def test_a_transaction_that_cannot_even_begin_is_trouble_like_any_other(journal: Journal) -> None:
    """Else whoever has a receipt to write would not try again."""
    with journal.write() as connection:
        driven = connection.connection.driver_connection
    assert driven is not None
    driven.set_authorizer(lambda action, *_: SQLITE_DENY if action == SQLITE_SAVEPOINT else 0)

    with pytest.raises(DatabaseUnusable), journal.write():
        raise AssertionError("it has begun")

    journal.stop("", "Ayşe", NOON)
    assert journal.stopped() is not None


def test_nobody_waits_for_another_program_once_for_each_that_came_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY", 100)
    tries: list[object] = []
    with closing(open_journal(tmp_path / "poster.db", create=True)) as journal:
        event.listen(journal._engine, "begin", tries.append)
        with closing(driver().connect(tmp_path / "poster.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")

            def write(_number: int) -> None:
                with journal.write():
                    pass

            found = at_once(MANY, write)

        assert all(isinstance(each, DatabaseUnusable) for each in found)
        assert len(tries) <= 3
        write(0)


def test_whoever_closes_meanwhile_leaves_nobody_waiting(journal: Journal) -> None:
    begun = threading.Event()

    def write() -> None:
        with journal.write() as connection:
            connection.exec_driver_sql("INSERT INTO word VALUES ('first')")
            begun.set()

    writer = journal._kind._writer  # type: ignore[attr-defined]
    writer._waiting += 1  # somebody who comes after the one who closes
    first = threading.Thread(target=write, daemon=True)
    first.start()
    assert begun.wait(10)
    journal.close()

    first.join(10)
    assert not first.is_alive()
    assert words(journal) == {"first"}

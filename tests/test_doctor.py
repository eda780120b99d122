"""The doctor names what is missing on this machine, and says what to do."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrado_poster import doctor
from integrado_poster.app import App
from integrado_poster.clock import SystemClock
from integrado_poster.doctor import Health
from integrado_poster.journal import beat, driver, journal_at, make_key, single_instance
from integrado_poster.speech import LANGUAGES, speech
from integrado_poster.stage import Stage
from tests.builders import a_campaign, a_planned
from tests.postgresql import Server

NOW = datetime(2021, 9, 20, 8, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A machine on which everything is as it should be."""
    make_key(tmp_path / "key")
    journal_at(tmp_path / "journal.sqlite", tmp_path / "key", create=True).close()
    beat(tmp_path, NOW)
    return tmp_path


def look(folder: Path, *, now: datetime = NOW, mounts: str = "") -> dict[str, doctor.Diagnosis]:
    found = doctor.examine(
        folder / "journal.sqlite", folder, folder / "key", now=now, mounts=mounts, online=True
    )
    return {each.part: each for each in found}


def trouble(found: dict[str, doctor.Diagnosis]) -> dict[str, str]:
    return {part: each.verdict for part, each in found.items() if each.health is not Health.GOOD}


def test_a_machine_in_order_has_no_complaint_and_every_part_is_named(folder: Path) -> None:
    found = look(folder)

    assert trouble(found) == {}
    assert set(found) == {
        "sqlite", "zones", "fonts", "disk", "key", "scheduler", "database", "durability", "clock",
    }  # fmt: skip


def test_a_lost_key_and_an_open_one_are_told_apart(folder: Path) -> None:
    (folder / "key").chmod(0o644)
    assert trouble(look(folder)) == {"key": "open"}

    (folder / "key").unlink()
    assert trouble(look(folder)) == {"key": "missing"}


def test_a_silent_scheduler_is_a_warning(folder: Path) -> None:
    assert trouble(look(folder, now=NOW + timedelta(minutes=1))) == {"scheduler": "silent"}


def test_a_scheduler_that_has_the_lock_but_gives_no_sign_of_life_hangs(folder: Path) -> None:
    with single_instance(folder):
        assert trouble(look(folder)) == {}
        assert trouble(look(folder, now=NOW + timedelta(minutes=5))) == {"scheduler": "hanging"}


def test_a_key_that_is_none_is_said_before_a_login_is_needed(folder: Path) -> None:
    for text in ("", "not a key\n"):
        (folder / "key").write_text(text)

        assert look(folder)["key"].verdict == "spoilt"


def test_an_older_database_asks_for_the_upgrade(folder: Path) -> None:
    with closing(driver().connect(folder / "journal.sqlite")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")

    found = look(folder)["database"]
    assert found.verdict == "unusable"
    assert "db upgrade" in speech("de")("doctor.database.unusable", **found.facts)


def test_the_settings_that_put_a_commit_on_the_disk_are_read_back(folder: Path) -> None:
    said = speech("en")("doctor.durability.good", **look(folder)["durability"].facts)

    assert "synchronous=extra" in said
    lax = doctor._durability({"fsync": "off", "synchronous_commit": "on"})
    assert (lax.verdict, lax.health) == ("lax", Health.BAD)


@pytest.mark.parametrize(
    ("limit", "verdict", "health"),
    [(-1, "good", Health.GOOD), (30, "one", Health.WARNING), (12, "none", Health.BAD)],
)
def test_the_servers_connections_are_counted_in_workers(
    folder: Path, postgresql: Server, limit: int, verdict: str, health: Health
) -> None:
    place = postgresql.database()
    name = place.get_secret_value().rpartition("/")[2]
    postgresql.execute(f"ALTER DATABASE {name} CONNECTION LIMIT {limit}")

    found = doctor.examine(place, folder, folder / "key", now=NOW, mounts="", online=False)
    (seen,) = [each for each in found if each.part == "connections"]

    assert (seen.verdict, seen.health) == (verdict, health)
    said = speech("en")(f"doctor.connections.{verdict}", **seen.facts)
    assert f"{97 if limit < 0 else limit} connections" in said
    assert "37" in said or "5 workers" in said
    postgresql.drop(place)


def test_a_network_drive_is_refused(folder: Path) -> None:
    mounts = f"/dev/vda / ext4 rw 0 0\nserver:/home {folder} nfs4 rw 0 0\n"

    assert trouble(look(folder, mounts=mounts)) == {"disk": "network"}


def test_without_a_database_it_still_looks_at_everything_else(tmp_path: Path) -> None:
    found = look(tmp_path / "nichts")

    assert trouble(found)["disk"] == "missing"
    assert trouble(found)["database"] == "unusable"
    assert found["fonts"].health is Health.GOOD


def test_a_damaged_database_is_seen(folder: Path) -> None:
    with closing(driver().connect(folder / "journal.sqlite")) as database:
        database.execute("PRAGMA journal_mode = delete")
        database.execute("CREATE TABLE filler AS SELECT randomblob(4000) AS bytes")
        database.commit()
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        size = database.execute("PRAGMA page_size").fetchone()[0]
    with (folder / "journal.sqlite").open("r+b") as file:
        file.seek(size * (pages - 2))
        file.write(b"\xff" * size)

    assert trouble(look(folder)) in ({"database": "damaged"}, {"database": "unusable"})


def test_a_clock_behind_the_log_is_seen(folder: Path) -> None:
    with closing(journal_at(folder / "journal.sqlite", folder / "key")) as journal:
        journal.stop("", by="Test", now=NOW + timedelta(hours=3))
        journal.resume(by="Test", now=NOW + timedelta(hours=3))

    found = look(folder)
    assert trouble(found) == {"clock": "behind"}
    here = speech("en").moment(NOW + timedelta(hours=3), None)
    assert here in speech("en")("doctor.clock.behind", **found["clock"].facts)


def test_the_time_is_told_as_the_campaigns_clocks_show_it(folder: Path) -> None:
    with closing(journal_at(folder / "journal.sqlite", folder / "key")) as journal:
        journal.apply(a_campaign(zone="Asia/Kathmandu"), [a_planned()], now=NOW)

    said = speech("de")("doctor.clock.good", **look(folder)["clock"].facts)

    assert said == "Die Uhr zeigt Mo 20.09.2021, 13:45 Uhr und passt zum Protokoll."


def test_a_stop_and_each_login_are_looked_at(folder: Path) -> None:
    with Stage(now=SystemClock().now) as stage:
        with closing(journal_at(folder / "journal.sqlite", folder / "key")) as journal:
            app = App(folder, journal)
            app.connect("mastodon", "mastodon", stage.credentials("mastodon"))
        now = SystemClock().now()
        beat(folder, now)
        assert look(folder, now=now)["account"].health is Health.GOOD

        stage.play("mastodon", "revoked")
        (folder / "STOP").touch()
        found = look(folder, now=now)
        assert trouble(found) == {"account": "login", "stop": "stopped"}
        assert found["account"].exit_code == 6

    assert trouble(look(folder, now=now))["account"] == "silent"


def test_every_verdict_has_a_sentence() -> None:
    source = Path(doctor.__file__).read_text(encoding="utf-8")
    import re

    verdicts = set(re.findall(r'_(?:warning|bad)\(\s*"(\w+)", "(\w+)"', source))
    verdicts |= {(part, "good") for part in re.findall(r'_good\(\s*"(\w+)"', source)}
    assert len(verdicts) > 20
    for language in LANGUAGES:
        for part, verdict in verdicts:
            assert f"doctor.{part}.{verdict}" in speech(language)

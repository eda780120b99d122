"""Many workers on one PostgreSQL: who has a delivery, who may call whom dead, and whose time it is."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from pydantic import SecretStr

from integrado_poster.app import App, clock_of
from integrado_poster.clock import SharedClock, SystemClock
from integrado_poster.contract import Receipt
from integrado_poster.errors import AnotherInstance, DatabaseUnusable, SettingsError
from integrado_poster.journal import (
    Journal,
    journal_at,
    kind_of,
    make_key,
    on_duty,
    open_journal,
    upgrade,
)
from integrado_poster.journal.postgresql import EACH
from integrado_poster.model import Held, State
from integrado_poster.publish import publish
from integrado_poster.settings import Settings
from integrado_poster.stage import Stage
from tests.builders import END_THE_OTHERS, LATER, NOON, a_planned, fill
from tests.fakes import FakeClock, FakePlatform
from tests.postgresql import PASSWORD, Server
from tests.test_worker import SAID, judge, plan, running, settled, until

SECOND = timedelta(seconds=1)

Worker = Callable[[], Journal]


@pytest.fixture
def address(postgresql: Server) -> Iterator[SecretStr]:
    made = postgresql.database()
    yield made
    postgresql.drop(made)


@pytest.fixture
def worker(address: SecretStr) -> Iterator[Worker]:
    """The journal as one more worker opens it."""
    opened: list[Journal] = []

    def another() -> Journal:
        opened.append(open_journal(address, chance=lambda: 1.0))
        return opened[-1]

    yield another
    for journal in opened:
        journal.close()


# --- Who may call a sender dead ---------------------------------------------------------


def test_a_sender_that_holds_its_delivery_is_never_called_dead(worker: Worker) -> None:
    sender, judge = fill(worker(), a_planned()), worker()
    with sender.hold(1) as ours:
        assert ours
        assert sender.claim(1, now=NOON) is not None

        assert judge.recover(NOON + timedelta(days=1)) == 0

    assert judge.recover(LATER) == 1


def test_a_sender_that_has_lost_its_lock_still_has_its_time(worker: Worker) -> None:
    sender, judge = fill(worker(), a_planned()), worker()
    claim = sender.claim(1, now=NOON)
    assert claim is not None
    assert judge.recover(NOON + 89 * SECOND) == 0

    assert sender.intend(claim, NOON + 60 * SECOND)

    assert judge.recover(NOON + 149 * SECOND) == 0
    assert judge.recover(NOON + 150 * SECOND) == 1
    assert judge.state(1) is State.UNKNOWN


def test_a_delivery_that_another_worker_holds_is_not_touched(worker: Worker) -> None:
    one, other = fill(worker(), a_planned()), worker()
    clock = FakeClock()
    platform = FakePlatform(clock)
    with one.hold(1):
        assert publish(1, journal=other, platform_for=lambda _: platform, clock=clock) is None

    assert publish(1, journal=other, platform_for=lambda _: platform, clock=clock) is not None
    assert platform.commits == 1


def test_a_sender_that_was_called_dead_does_not_send_any_more(worker: Worker) -> None:
    sender, judge = fill(worker(), a_planned()), worker()
    claim = sender.claim(1, now=NOON)
    assert claim is not None
    assert judge.recover(LATER) == 1

    assert not sender.intend(claim, LATER)
    assert sender.publish(claim, Receipt(id="77", url=None), LATER) is State.PUBLISHED  # yet it has


def test_a_lock_goes_with_the_process_that_holds_it(
    postgresql: Server, worker: Worker, address: SecretStr
) -> None:
    fill(worker(), a_planned())
    program = (
        "import sys; from pydantic import SecretStr; from integrado_poster.journal import open_journal\n"
        "with open_journal(SecretStr(sys.argv[1])).hold(1) as ours:\n"
        "    print(ours, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, address.get_secret_value()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        with worker().hold(1) as ours:
            assert not ours
        process.kill()

    for _ in range(1000):  # the server takes a moment to notice
        with worker().hold(1) as ours:
            if ours:
                return
    raise AssertionError("held by nobody")


def test_however_many_senders_there_are_a_worker_takes_few_connections(
    postgresql: Server, worker: Worker, address: SecretStr
) -> None:
    planned = [a_planned(post=f"P{number}", account=f"a{number}") for number in range(64)]
    journal = fill(worker(), *planned)
    name = address.get_secret_value().rpartition("/")[2]
    in_use = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 a name of ours
    together = Barrier(65)

    def send(number: int) -> bool:
        with journal.hold(number) as ours:
            together.wait(60)
            claimed = journal.claim(number, now=NOON) is not None
            together.wait(60)
            return ours and claimed

    with ThreadPoolExecutor(64) as pool, on_duty(address):
        sent = pool.map(send, range(1, 65))
        together.wait(60)
        together.wait(60)
        assert postgresql.execute(in_use) <= [(EACH,)]
        assert all(sent)
    with worker().hold(1) as ours:
        assert ours


def test_senders_of_one_worker_hold_their_deliveries_against_each_other(worker: Worker) -> None:
    journal = fill(worker(), a_planned(), a_planned(post="IKW-02"))
    with journal.hold(1) as one, journal.hold(2) as two, journal.hold(1) as again:
        assert (one, two, again) == (True, True, False)
    with journal.hold(1) as one:
        assert one


def test_a_worker_whose_session_broke_goes_on_with_a_new_one(worker: Worker) -> None:
    journal, other = fill(worker(), a_planned(), a_planned(post="IKW-02")), worker()
    with journal.hold(1) as one:
        with other.read() as connection:
            connection.execute(END_THE_OTHERS)

        with journal.hold(2) as two, journal.hold(1) as again, other.hold(2) as theirs:
            assert (one, two, again, theirs) == (True, True, False, False)
    with other.hold(1) as one, other.hold(2) as two:
        assert (one, two) == (True, True)


# --- Many at once -----------------------------------------------------------------------


def test_two_workers_publish_each_post_once_and_never_two_on_an_account(worker: Worker) -> None:
    accounts = ["netz-mastodon", "netz-x", "netz-facebook", "netz-bluesky"]
    planned = [a_planned(post=f"P{n}", account=account) for n in range(6) for account in accounts]
    workers, clock = [fill(worker(), *planned), worker()], FakeClock()
    platforms = {account: FakePlatform(clock) for account in accounts}

    def send(journal: Journal, id: int) -> None:
        publish(
            id,
            journal=journal,
            platform_for=lambda claim: platforms[claim.message.account],
            clock=clock,
        )

    with ThreadPoolExecutor(8) as pool:
        while due := workers[0].due(NOON, limit=99):
            both = [(journal, id) for id in due for journal in workers]
            list(pool.map(lambda pair: send(*pair), both))

    assert {row.state for row in workers[0].deliveries()} == {State.PUBLISHED}
    assert [platform.commits for platform in platforms.values()] == [6, 6, 6, 6]


def test_two_looks_do_not_adopt_the_same_post(worker: Worker) -> None:
    one, other = fill(worker(), a_planned(), a_planned(post="IKW-02")), worker()
    looks = []
    for id in (1, 2):
        claim = one.claim(id, now=NOON)
        assert claim is not None
        one.intend(claim, NOON)
        one.doubt(claim, "reset", NOON, timedelta())
    for journal, id in ((one, 1), (other, 2)):
        look = journal.take_look(id, now=NOON)
        assert look is not None
        looks.append((journal, look))

    with ThreadPoolExecutor(2) as pool:
        receipt = Receipt(id="77", url=None)
        list(pool.map(lambda pair: pair[0].publish(pair[1], receipt, NOON, found=True), looks))

    assert sorted((row.state, row.held) for row in one.deliveries()) == [
        (State.HELD, Held.UNCLEAR),
        (State.PUBLISHED, None),
    ]


def test_a_stop_file_beside_one_worker_is_noted_once(worker: Worker, tmp_path: Path) -> None:
    journal = worker()
    (tmp_path / "a").mkdir()
    apps = [App(tmp_path / name, journal) for name in ("a", "b")]
    (tmp_path / "a" / "STOP").touch()

    for app in (*apps, *apps):
        app.note_stop_file(NOON)
    (tmp_path / "a" / "STOP").unlink()
    for app in (*apps, *apps):
        app.note_stop_file(LATER)

    assert [line.event for line in journal.log(9)] == ["stopped", "resumed"]


def test_many_workers_are_on_duty_at_once_but_none_during_an_upgrade(address: SecretStr) -> None:
    with on_duty(address), on_duty(address), pytest.raises(AnotherInstance):
        upgrade(address)
    with kind_of(address).off_duty(), pytest.raises(AnotherInstance), on_duty(address):
        pass
    with on_duty(address):
        pass


# --- The server -------------------------------------------------------------------------


def test_a_database_with_nothing_in_it_is_said_to_be_empty(postgresql: Server) -> None:
    nothing = postgresql.database(empty=True)

    with pytest.raises(DatabaseUnusable, match=r"nothing in.*init"):
        open_journal(nothing)

    open_journal(nothing, create=True).close()
    open_journal(nothing).close()
    postgresql.drop(nothing)


def test_a_commit_is_on_the_servers_disk_whatever_its_default_is(
    postgresql: Server, worker: Worker, address: SecretStr
) -> None:
    name = address.get_secret_value().rpartition("/")[2]
    postgresql.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with worker().write() as connection:
        said = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()

    assert said == "on"
    assert "fsync" in worker().damage()  # the tests' own server is not to be trusted


def test_an_outcome_outlives_a_restart_of_the_server() -> None:
    with Server() as server:
        clock = FakeClock()
        journal, platform = fill(open_journal(server.database()), a_planned()), FakePlatform(clock)
        platform.before_commit = lambda: server.stop(signal.SIGQUIT)

        def again(_vain: int) -> bool:
            with pytest.raises(DatabaseUnusable, match="does not answer"):
                journal.due(NOON, limit=1)
            server.start()
            return True

        publish(1, journal=journal, platform_for=lambda _: platform, clock=clock, again=again)

        assert journal.state(1) is State.PUBLISHED
        assert platform.commits == 1
        journal.close()


def test_the_time_is_the_databases(worker: Worker, tmp_path: Path) -> None:
    journal = worker()
    app = App(tmp_path, journal, clock_of(journal))
    assert isinstance(app.clock, SharedClock)
    assert abs(app.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)

    clock = SharedClock(lambda: NOON)

    assert NOON <= clock.now() < NOON + timedelta(hours=1)


def test_two_real_workers_publish_a_campaign_once(
    address: SecretStr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTEGRADO_DATABASE", address.get_secret_value())
    make_key(tmp_path / "integrado.key")
    with (
        Stage(now=SystemClock().now) as stage,
        closing(journal_at(address, tmp_path / "integrado.key")) as journal,
    ):
        app = App(tmp_path, journal)
        messages = plan(app, stage, posts=5, at=datetime.now(UTC) - SECOND)
        with running(tmp_path) as one, running(tmp_path) as other:
            until(lambda: settled(app))
            for worker in (one, other):
                worker.send_signal(signal.SIGTERM)
                assert worker.wait(20) == 0
        assert judge(stage, messages) == (0, 0, 0)
    said = (tmp_path / SAID).read_text()
    assert said.count("Publishing from postgresql://127.0.0.1") == 2
    assert PASSWORD not in said


# --- The address ------------------------------------------------------------------------


def test_the_password_is_shown_nowhere(address: SecretStr, tmp_path: Path) -> None:
    secret = address.get_secret_value()
    settings = Settings(database=address)
    kind = kind_of(address)
    wrong = [
        secret + "_gone",
        secret.replace("geheim", "geheim-2"),
        secret.replace("127", "nowhere"),
    ]
    said = [str(kind), repr(kind), str(settings), repr(settings), repr(settings.place)]
    for place in wrong:
        with pytest.raises(DatabaseUnusable) as error, on_duty(SecretStr(place)):
            pass
        said += [str(error.value), str(error.value.__cause__)]
        with pytest.raises(DatabaseUnusable) as error:
            open_journal(SecretStr(place))
        said += [str(error.value), str(error.value.__cause__)]
    for slip in (f"{PASSWORD}@[::1/x", f"a@{PASSWORD}@localhost/x", f"{PASSWORD}@localhost:x/y"):
        with pytest.raises(SettingsError) as refused:
            open_journal(SecretStr(f"postgresql://poster:{slip}"))
        said += [str(refused.value), str(refused.value.__cause__)]

    assert all(PASSWORD not in words and "geheim" not in words for words in said)
    assert str(kind).startswith("postgresql://127.0.0.1:")


def test_a_file_needs_no_driver(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from integrado_poster.journal import open_journal\n"
        "open_journal(Path(sys.argv[1]), create=True).close()\n"
        "assert not [n for n in sys.modules if n.startswith(('psycopg', 'sqlalchemy.dialects.postgresql'))]"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "poster.db")], check=True)

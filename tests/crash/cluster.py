"""Two real workers on one real PostgreSQL: killed again and again, and the server restarted under them.

The judge is the stage's own list of posts.
"""

from __future__ import annotations

import json
import logging
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from pydantic import SecretStr

from integrado_poster import publish
from integrado_poster import worker as daemon
from integrado_poster.app import App, clock_of
from integrado_poster.clock import SystemClock
from integrado_poster.contract import Handle, Platform, Receipt
from integrado_poster.errors import DatabaseUnusable
from integrado_poster.journal import Journal, claiming, journal_at, make_key, on_duty, open_journal
from integrado_poster.model import Account, Delivery, Due, Held, Message, Planned, State
from integrado_poster.stage import Expected, Stage, verdict
from integrado_poster.stage.faults import Faults, kinds
from tests.builders import END_THE_OTHERS, a_campaign, a_message
from tests.crash.chains import ChainCase, sweep_chain
from tests.crash.schedules import SCRIPTS, Case, sweep, with_a_delivery_a_day
from tests.crash.tally import Tally
from tests.fakes import Blow, Finds
from tests.postgresql import Server

PLATFORMS = ("x", "facebook", "mastodon", "bluesky")
ACCOUNTS = {f"{name}-{n}": name for n in range(3) for name in PLATFORMS}
WORKERS = 2
KILLS = 60
POSTS = 30  # on each account
RESTARTED = 10  # the server, once in so many kills
HARD = timedelta(seconds=3)  # far longer than an answer of the stage takes, as 90 s are in earnest
FRESH = 0.5  # and from the intent to the request far less than that may pass, as 5 s in earnest
LINE = 2.0  # seconds that a request is on its way at most; mostly far less
OFTEN = timedelta(seconds=0.5)  # the dead are looked for
FAULTS = kinds(("dropped", "early-error", "lost-reply", "late-error", "garbled", "no-id"))
PATIENCE = 180.0  # seconds until everything has settled after the last kill
# What waits for its next look or try, or for a platform that has failed, has waited long enough:
# minutes, in earnest, and so has what keeps its distance since a person has let it go. What is in
# flight keeps its time.
LATER = """
UPDATE delivery SET extended_to = NULL WHERE state = 'scheduled';
UPDATE delivery SET next_at = due_at WHERE state IN ('unknown', 'scheduled') AND next_at > due_at;
UPDATE account SET next_allowed_at = NULL, failures = 0, down_at = NULL WHERE failures > 0;
DELETE FROM cooling;
"""
# What was claimed or announced in the last 0.7 s: the rest of HARD is still to come.
JUST_BEGUN = """
SELECT count(*) FROM delivery WHERE state = 'sending'
AND next_at > extract(epoch FROM clock_timestamp()) * 1000000 + 2300000
"""


# --- Every schedule, on a journal that others share ---------------------------------------


class Forgetful(Journal):
    """On a server that is restarted whenever somebody recovers: no lock outlives that."""

    def recover(self, now: datetime, **more: object) -> int:
        """Recover after every session has ended."""
        with self.read() as connection:
            connection.execute(END_THE_OTHERS)
        return super().recover(now, **more)  # type: ignore[arg-type]


def cases(times: int, scripts: Sequence[tuple[Blow, ...]]) -> list[Case]:
    """Every kind of find; thinner than on SQLite, where a play takes a third of the time."""
    thin = times < 10
    return [
        Case(
            finds=finds, script=script, pairs=12 if thin else 1, nested=max(1, 240 // times), thin=thin
        )
        for finds in Finds
        for script in scripts
    ]  # fmt: skip


def schedules(server: Server, times: int) -> Tally:
    """Play them under no fault and under each, while locks hold; and the worst where none does."""
    tally = Tally()
    single = [script for script in SCRIPTS if len(script) < 2]
    for kind, scripts in ((Journal, single), (Forgetful, [(), (Blow.LOST_AFTER,)])):

        def empty(_folder: Path, kind: type[Journal] = kind) -> Journal:
            journal = open_journal(server.database(), chance=lambda: 1.0)
            return kind(journal._engine, journal._kind, chance=lambda: 1.0)

        for case in cases(times, scripts):
            tally.add(sweep(case, opened=lambda folder: with_a_delivery_a_day(empty(folder))))
        tally.add(sweep_chain(ChainCase(finds=Finds.IN_LIST, pairs=12), opened=empty))
    return tally


# --- Real workers -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SlowLine:
    """A platform to which a request takes a while, so that it is often on its way when something happens."""

    platform: Platform

    def __getattr__(self, name: str) -> Any:
        return getattr(self.platform, name)

    def commit(self, message: Message, handle: Handle) -> Receipt:
        """Send it, a bit later."""
        time.sleep(LINE * random.random() ** 3)
        return self.platform.commit(message, handle)


class FarAway(App):
    """What publishes, over slow lines."""

    def platform(self, key: str, login: datetime | None = None) -> Platform:
        """The adapter of an account."""
        return cast(Platform, SlowLine(super().platform(key, login)))


def work(address: str, folder: str) -> None:
    """Do what `integrado-poster run` does, with less patience for the dead."""
    logging.disable()
    claiming.HARD, publish.FROZEN, daemon.RECOVER = HARD, FRESH, OFTEN
    place = SecretStr(address)
    try:
        with on_duty(place), closing(journal_at(place, Path(folder) / "key")) as journal:
            worker = daemon.Worker(FarAway(Path(folder), journal, clock_of(journal)))
            signal.signal(signal.SIGTERM, lambda *_: worker.halt.set())
            worker.run()
    except (
        DatabaseUnusable
    ):  # the server is being restarted; whoever looks after us starts us again
        sys.exit(daemon.RESTART)


@dataclass(kw_only=True)
class Storm:
    """A campaign on its way, and what is done to those who publish it."""

    server: Server
    address: SecretStr
    folder: Path
    chance: random.Random
    kills: int = 0
    restarts: int = 0
    workers: list[BaseProcess] = field(default_factory=list)

    def start(self) -> BaseProcess:
        """Start a worker; the fork server has everything loaded."""
        context = get_context("forkserver")
        context.set_forkserver_preload([__name__])
        process = context.Process(
            target=work, args=(self.address.get_secret_value(), str(self.folder)), daemon=True
        )
        process.start()
        return process

    def blow(self, kills: int) -> None:
        """Kill one worker after the other, and the server under all of them from time to time."""
        self.workers = [self.start() for _ in range(WORKERS)]
        while self.kills < kills:
            self.wait_for_work()
            which = self.kills % WORKERS
            self.workers[which].kill()
            self.workers[which].join()
            self.kills += 1
            if self.kills % RESTARTED == 0:
                self.server.stop(signal.SIGQUIT)
                self.server.start()
                self.restarts += 1
            self.look_after()

    def look_after(self) -> None:
        """Start whoever has ended, as a supervisor would."""
        self.workers = [each if each.is_alive() else self.start() for each in self.workers]

    def wait_for_work(self) -> None:
        """Wait until both workers are at it, and a bit longer."""
        for _ in range(50):
            self.let_time_pass()
            ((busy,),) = self.server.execute(JUST_BEGUN, self.address)
            if busy >= WORKERS:
                break
        time.sleep(self.chance.uniform(0, 0.3))

    def let_time_pass(self) -> None:
        """A tenth of a second, in which whatever waits has waited for minutes."""
        self.server.execute(LATER, self.address)
        time.sleep(0.1)

    def settle(self, journal: Journal) -> None:
        """Let the workers finish, and end them politely."""
        end = time.monotonic() + PATIENCE
        while waiting := [
            each for each in journal.deliveries() if each.state is not State.PUBLISHED
        ]:
            if time.monotonic() > end:
                break
            for delivery in waiting:
                ask_a_person(journal, delivery)
            self.look_after()
            self.let_time_pass()
        for worker in self.workers:
            worker.terminate()
            worker.join(30)


def ask_a_person(journal: Journal, delivery: Delivery) -> None:
    """Somebody wants sent what has been tried too often. No platform here leaves anything unclear."""
    if delivery.held is Held.LATE:
        journal.again(delivery.id, "Ayşe", SystemClock().now())


@contextmanager
def campaign(address: SecretStr, stage: Stage, folder: Path, posts: int) -> Iterator[Journal]:
    """Plan posts on twelve accounts, all of them due."""
    make_key(folder / "key")
    with closing(journal_at(address, folder / "key")) as journal:
        at = datetime.now(UTC) - timedelta(seconds=1)
        due = Due(at=at, wall=f"{at:%Y-%m-%d %H:%M}", zone="UTC")
        planned = [
            Planned(
                message=a_message(
                    post=f"P-{n}", account=key, platform=name, text=f"{n} auf {key}", pictures=()
                ),
                due=due,
                not_after=at + timedelta(hours=6),
            )
            for n in range(posts)
            for key, name in ACCOUNTS.items()
        ]
        accounts = tuple(Account(key=key, platform=name) for key, name in ACCOUNTS.items())
        journal.apply(a_campaign(accounts=accounts), planned, now=at)
        app = App(folder, journal)
        for key, name in ACCOUNTS.items():
            app.connect(key, name, stage.credentials(name))
        yield journal


def judge(journal: Journal, stage: Stage, tally: Tally) -> None:
    """Hold what should be online against what the stage shows, and the receipts against both."""
    deliveries = journal.deliveries()
    messages = [journal.message(delivery.digest) for delivery in deliveries]
    expected = [Expected(platform=m.platform, text=m.text, language=m.language) for m in messages]
    found = verdict(expected, stage.timelines())
    online = {(name, shown.id) for name in PLATFORMS for shown in stage.timeline(name)}
    told = [each for each in deliveries if each.state is State.PUBLISHED]
    wrong = [each for each in told if (each.platform, each.receipt_id) not in online]
    for problem, number in (
        ("lost", found.missing),
        ("duplicated", found.duplicates),
        ("wrong", found.different + len(wrong)),
    ):
        for _ in range(number):
            tally.fail(
                problem, f"{len(deliveries) - len(told)} not published, {len(wrong)} wrong receipts"
            )


def storm(server: Server, times: int, seed: int) -> tuple[Tally, dict[str, int]]:
    """Kill workers and the server while a campaign goes out; say also what that has hit."""
    tally = Tally()
    kills, address = KILLS * times, server.database()
    faults = Faults(kinds=FAULTS, seed=seed, rate=0.2)
    with (
        TemporaryDirectory(prefix="crash-") as name,
        Stage(now=SystemClock().now, faults=faults) as stage,
        campaign(address, stage, Path(name), posts=POSTS * times) as journal,
    ):
        blown = Storm(server=server, address=address, folder=Path(name), chance=random.Random(seed))
        blown.blow(kills)
        blown.settle(journal)
        judge(journal, stage, tally)
        events = Counter(line.event for line in journal.log(1_000_000))
    tally.kills = blown.kills
    met = {"workers": WORKERS, "deliveries": len(ACCOUNTS) * POSTS * times}
    return tally, met | {"server restarts": blown.restarts, "left in flight": events["recovered"]}


def main(words: list[str]) -> int:
    """Run; the exit code says whether every promise held."""
    began = time.monotonic()
    times = int(words[0]) if words else 1
    with Server(durable=True) as server:
        tally, met = storm(server, times, seed=7)
    with Server() as server:
        tally.add(schedules(server, times))
    figures = met | tally.figures
    del figures["power losses"]
    for failure in tally.failures[:50]:
        sys.stderr.write(f"{failure}\n")
    Path("build").mkdir(exist_ok=True)
    Path("build/crash-postgres.json").write_text(
        json.dumps(figures, indent=2) + "\n", encoding="utf-8"
    )
    sys.stderr.write(f"{time.monotonic() - began:.0f} s\n")
    sys.stdout.write(", ".join(f"{name} {count}" for name, count in figures.items()) + "\n")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

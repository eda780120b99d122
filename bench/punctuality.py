"""How long after its moment a request leaves, beside a bare thread pool that makes the same calls."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

from tests.stage_clients import MastodonClient

from bench.figures import Figure
from integrado_poster.app import App
from integrado_poster.clock import SystemClock
from integrado_poster.journal import journal_at, make_key
from integrado_poster.model import Account, Area, Campaign, Due, Message, Organisation, Planned
from integrado_poster.worker import Worker

ACCOUNTS = 50
ALL = 1000  #: Deliveries that are due in the same second.
ANSWER = 0.1  #: Seconds that the stage takes to answer.
SINGLE = 100  #: Deliveries that are due one by one.
APART = timedelta(milliseconds=250)
AHEAD = timedelta(seconds=3)  #: What is planned is due that much later, so that everybody is ready.
CLOCK = SystemClock()


def figures(folder: Path) -> Iterator[Figure]:
    """Milliseconds from the due moment until the stage has read the request; ratios against the bare pool."""
    with _stage() as stage:
        began = time.process_time()
        bare = _bare(stage)
        bare_work = time.process_time() - began
        ours, work = _ours(folder / "burst", stage, [timedelta()] * ALL)
        single, _ = _ours(folder / "single", stage, [APART * number for number in range(SINGLE)])
    for name, found in (("p50", 50), ("p99", 99)):
        mine, theirs = _percentile(ours, found), _percentile(bare, found)
        told = f"due to request, {ALL} at once over {ACCOUNTS} accounts, {name}"
        yield Figure(told, mine, "ms", f"bare thread pool: {theirs:.0f} ms", mine / theirs)
    mine, theirs = work / ALL * 1000, bare_work / ALL * 1000
    yield Figure(
        "processor time per delivery of these", mine, "ms", "bare thread pool", mine / theirs
    )
    for name, found in (("p50", 50), ("p99", 99)):
        yield Figure(f"due to request, one at a time, {name}", _percentile(single, found), "ms")


def _percentile(values: Sequence[float], which: int) -> float:
    return statistics.quantiles(values, n=100)[which - 1]


# --- Ours --------------------------------------------------------------------------------------


def _ours(folder: Path, stage: Stand, moments: Sequence[timedelta]) -> tuple[list[float], float]:
    """The real worker on a real journal: how late each post was, in milliseconds, and seconds of work.

    Where others use the machine, too, lateness is theirs as well; the processor time is ours alone.
    """
    folder.mkdir()
    make_key(folder / "key")
    with closing(journal_at(folder / "journal.sqlite", folder / "key", create=True)) as journal:
        app = App(folder, journal)
        due = _plan(app, stage, moments)
        began = time.process_time()
        worker = Worker(app)
        thread = Thread(target=worker.run)
        thread.start()
        time.sleep((max(due.values()) - CLOCK.now()).total_seconds())
        while worker.busy or journal.next_moment():
            time.sleep(0.05)
        work = time.process_time() - began
        worker.halt.set()
        thread.join()
        assert all(delivery.receipt_id for delivery in journal.deliveries())
    return [_late(due[text], at) for text, at in stage.arrived().items()], work


def _plan(app: App, stage: Stand, moments: Sequence[timedelta]) -> dict[str, datetime]:
    """Plan a text for each moment, by turns on all accounts; say when each is due."""
    keys = [f"konto-{number}" for number in range(ACCOUNTS)]
    for key in keys:
        app.connect(key, "mastodon", stage.login)
    begins = CLOCK.now() + AHEAD
    planned = [
        Planned(
            message=_message(keys[number % ACCOUNTS], number),
            due=_due(begins + after),
            not_after=begins + timedelta(days=1),
        )
        for number, after in enumerate(moments)
    ]
    app.journal.apply(_campaign(keys), planned, now=CLOCK.now())
    assert CLOCK.now() < begins, "planning took longer than it may"
    return {item.message.text: item.due.at for item in planned}


def _due(at: datetime) -> Due:
    return Due(at=at, wall=f"{at:%Y-%m-%d %H:%M}", zone="UTC")


def _campaign(keys: Sequence[str]) -> Campaign:
    day = date(2021, 9, 26)
    return Campaign(
        key="punctual", name="Pünktlich", first_day=day, last_day=day, time=wall_time(10),
        areas=(Area(key="a", name="A"),),
        organisations=(Organisation(key="o", name="Organisation Muster", short="OM"),),
        accounts=tuple(Account(key=key, platform="mastodon") for key in keys), posts=(),
    )  # fmt: skip


def _message(account: str, number: int) -> Message:
    return Message(
        post=f"P-{number}", account=account, platform="mastodon", text=f"Beitrag {number}",
        language="de", pictures=(),
    )  # fmt: skip


def _late(due: datetime, at: datetime) -> float:
    return (at - due) / timedelta(milliseconds=1)


# --- The bare thread pool --------------------------------------------------------------------------


def _bare(stage: Stand) -> list[float]:
    """A thread for each account, which sends its posts one after the other."""
    due = CLOCK.now() + AHEAD

    def send(account: int) -> None:
        client = MastodonClient(stage)  # type: ignore[arg-type]
        time.sleep((due - CLOCK.now()).total_seconds())
        for number in range(account, ALL, ACCOUNTS):
            status, _ = client.post(f"Beitrag {number}", key=f"{number}", language="de")
            assert status == 200

    with ThreadPoolExecutor(ACCOUNTS) as pool:
        list(pool.map(send, range(ACCOUNTS)))
    return [_late(due, at) for at in stage.arrived().values()]


# --- A stage that takes its time, in a process of its own --------------------------------------------


@dataclass(frozen=True)
class Stand:
    """A stage that runs elsewhere."""

    login: dict[str, str]
    pipe: Connection

    def credentials(self, _platform: str) -> dict[str, str]:
        """As the stage's own."""
        return self.login

    def arrived(self) -> dict[str, datetime]:
        """When each text was there, since this was asked last."""
        self.pipe.send("arrived")
        found: dict[str, datetime] = self.pipe.recv()
        return found


@contextmanager
def _stage() -> Iterator[Stand]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,))
    process.start()
    try:
        yield Stand(here.recv(), here)
    finally:
        here.send("enough")
        process.join()


def _serve(pipe: Connection) -> None:
    from integrado_poster.stage import Stage

    with Stage(now=CLOCK.now) as stage:
        stage._server.reply = _slowly(stage._server.reply)
        pipe.send(stage.credentials("mastodon"))
        told = 0
        while pipe.recv() == "arrived":
            shown = stage.timeline("mastodon")
            pipe.send({post.text: post.at for post in shown[: len(shown) - told]})
            told = len(shown)


def _slowly(reply: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def answer(raw: Any) -> Any:
        answered = reply(raw)
        time.sleep(ANSWER)
        return answered

    return answer

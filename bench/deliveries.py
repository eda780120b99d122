"""How fast deliveries go out, beside bare `requests` loops that send the same to the same stage."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

from tests.stage_clients import BlueskyClient, FacebookClient, MastodonClient, XClient

from bench.figures import Figure
from bench.plans import SHIPPED
from integrado_poster import app
from integrado_poster.app import App
from integrado_poster.clock import SystemClock
from integrado_poster.journal import journal_at, make_key
from integrado_poster.line import Line
from integrado_poster.model import Account, Due, Message, Picture, Planned
from integrado_poster.rehearse import opening
from integrado_poster.worker import Worker

EACH = 60  #: Deliveries on each account.
PLATFORMS = ("x", "facebook", "mastodon", "bluesky")


def figures(folder: Path) -> Iterator[Figure]:
    """Deliveries per second with a card each; the ratio is ours divided by the bare loop's."""
    line = app.read(SHIPPED, now=opening)
    assert isinstance(line, Line)
    cards = {message.platform: message.pictures[0] for message in line.render()}
    for platform in (*PLATFORMS, "all four"):
        names = PLATFORMS if platform == "all four" else (platform,)
        with _stage() as stage:
            bare = _rate(names, lambda: _bare(stage, names, cards, "bare"))  # noqa: B023
            threads = _rate(names, lambda: _bare_threads(stage, names, cards))  # noqa: B023
            ours = _ours(folder / platform, stage, names, cards, line)
        name = f"deliveries on {platform}"
        yield Figure(name, ours, "per s", "bare requests, one thread", ours / bare)
        if len(names) > 1:
            yield Figure(name, ours, "per s", "bare requests, a thread each", ours / threads)


def _rate(names: Sequence[str], work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return EACH * len(names) / (time.perf_counter() - began)


# --- Ours --------------------------------------------------------------------------------------


def _ours(
    folder: Path, stage: Logins, names: Sequence[str], cards: Mapping[str, Picture], line: Line
) -> float:
    """The real worker on a real journal, from its start until the last receipt is written."""
    make_key(folder / "key")
    with closing(journal_at(folder / "journal.sqlite", folder / "key", create=True)) as journal:
        publisher = App(folder, journal)
        now = publisher.clock.now()
        campaign = line.campaign.model_copy(
            update={"accounts": tuple(Account(key=name, platform=name) for name in names)}
        )
        due = Due(at=now, wall=f"{now:%Y-%m-%d %H:%M}", zone="UTC")
        planned = [
            Planned(message=_message(name, number, cards[name]), due=due, not_after=now + _DAY)
            for name in names
            for number in range(EACH)
        ]
        journal.apply(campaign, planned, now=now)
        for name in names:
            publisher.connect(name, name, stage.credentials(name))
        worker = Worker(publisher)
        thread = Thread(target=worker.run)
        began = time.perf_counter()
        thread.start()
        while worker.busy or journal.next_moment():
            time.sleep(0.02)
        took = time.perf_counter() - began
        worker.halt.set()
        thread.join()
        assert all(delivery.receipt_id for delivery in journal.deliveries())
    return len(planned) / took


_DAY = timedelta(days=1)


def _message(platform: str, number: int, card: Picture) -> Message:
    return Message(
        post=f"P-{number}",
        account=platform,
        platform=platform,
        text=f"Ein Beitrag wie jeder andere, Nummer {number} von uns",
        language="de",
        pictures=(card,),
    )


# --- The bare loops ----------------------------------------------------------------------------


def _bare_threads(stage: Logins, names: Sequence[str], cards: Mapping[str, Picture]) -> None:
    with ThreadPoolExecutor(len(names)) as pool:
        for done in [pool.submit(_bare, stage, [name], cards, "threads") for name in names]:
            done.result()


def _bare(stage: Logins, names: Sequence[str], cards: Mapping[str, Picture], run: str) -> None:
    """What a short script would do: kept connections, no journal, no second look."""
    senders = {name: _SENDERS[name](stage, cards[name]) for name in names}
    for number in range(EACH):
        for name in names:
            senders[name](f"Ein Beitrag wie jeder andere, Nummer {number} von {run}")


def _x(stage: Any, card: Picture) -> Callable[[str], None]:
    client = XClient(stage)

    def send(text: str) -> None:
        media = client.upload(card.data)
        given = {"id": media, "metadata": {"alt_text": {"text": card.alt}}}
        client("POST", "/2/media/metadata", json=given)
        status, _ = client(
            "POST", "/2/tweets", json={"text": text, "media": {"media_ids": [media]}}
        )
        assert status == 201

    return send


def _facebook(stage: Any, card: Picture) -> Callable[[str], None]:
    client = FacebookClient(stage)

    def send(text: str) -> None:
        post = client.draft(text, client.photo(card.data, card.alt))
        status, _ = client("POST", f"/{post}", data={"is_published": "true"})
        assert status == 200
        client("GET", f"/{post}", params={"fields": "permalink_url"})

    return send


def _mastodon(stage: Any, card: Picture) -> Callable[[str], None]:
    client = MastodonClient(stage)

    def send(text: str) -> None:
        media = client.upload(card.data, card.alt)
        status, _ = client.post(text, key=text, media_ids=[media], language="de")
        assert status == 200

    return send


def _bluesky(stage: Any, card: Picture) -> Callable[[str], None]:
    client = BlueskyClient(stage)
    alphabet = "234567abcdefghijklmnopqrstuvwxyz"
    keys = iter(range(1, 1_000_000))
    head = alphabet[time.time_ns() % 16 + 2]

    def send(text: str) -> None:
        number = next(keys) + time.time_ns() % 1_000_000 * 1000
        tail = "".join(alphabet[number >> 5 * place & 31] for place in range(10))
        image = {
            "image": client.upload(card.data),
            "alt": card.alt,
            "aspectRatio": {"width": card.width, "height": card.height},
        }
        now = SystemClock().now().strftime("%Y-%m-%d %H:%M:%S.%fZ")
        record = {
            "$type": "app.bsky.feed.post",
            "text": text,
            "createdAt": now,
            "langs": ["de"],
            "embed": {"$type": "app.bsky.embed.images", "images": [image]},
        }
        status, told = client.put(record, rkey=f"3{head}2{tail}")
        assert status == 200, told

    return send


_SENDERS = {"x": _x, "facebook": _facebook, "mastodon": _mastodon, "bluesky": _bluesky}


# --- The stage, in a process of its own -----------------------------------------------------------


@dataclass(frozen=True)
class Logins:
    """What a client needs to know of a stage that runs elsewhere."""

    found: Mapping[str, dict[str, str]]

    def credentials(self, platform: str) -> dict[str, str]:
        """The settings and secrets for a platform."""
        return self.found[platform]


@contextmanager
def _stage() -> Iterator[Logins]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,))
    process.start()
    yield Logins(here.recv())
    here.send("enough")
    process.join()


def _serve(pipe: Connection) -> None:
    from integrado_poster.stage import Stage

    with Stage(now=SystemClock().now) as stage:
        pipe.send({name: stage.credentials(name) for name in PLATFORMS})
        pipe.recv()

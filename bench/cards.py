"""How long a card takes, beside what no program can do without, and beside others who draw it."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

from PIL import Image

from bench.figures import Effort, Figure, efforts
from bench.plans import SHIPPED
from bench.rivals import rivals
from integrado_poster import plan
from integrado_poster.model import Campaign, Shape
from integrado_poster.render import cards, fonts, pictures, pool

CARD = "card 1080 x 1350"
RENDERS = 500


def figures(folder: Path) -> Iterator[Figure]:
    """Milliseconds of processor time for a portrait card with photo.

    Its words change each time, as Typst remembers layouts. What a whole campaign has in common stays.
    """
    campaign = plan.read(SHIPPED).campaign
    assert campaign is not None
    worker, jobs = pool.Worker(cards.setup(campaign, SHIPPED)), _jobs(campaign)

    def card() -> bytes:
        answer = worker.ask(next(jobs))
        assert answer.data, answer.facts
        return answer.data

    with closing(worker):
        ours = Effort(card, frozenset({worker.pid}))
        yield from _against_others(campaign, ours, jobs, folder)
        yield from _memory(card, worker.pid)
    yield from _in_two_processes(campaign, jobs)


def _jobs(campaign: Campaign) -> Iterator[pool.Job]:
    """The same card without end, with another headline, text and information each time."""
    post = campaign.posts[0]
    for number in count():
        # Typst remembers the lines of the last cards: other letters and digits make them new.
        draw = random.Random(number).choice
        told = post.model_copy(
            update={
                "headline": f"{post.headline} {number}",
                "text": _other(post.text, r"[a-z]\b", "aeilnrst", draw),
                "information": _other(post.information, r"\d", "123456789", draw),
            }
        )
        job: pool.Job = json.loads(json.dumps(cards.job(campaign, told, Shape.PORTRAIT, SHIPPED)))
        yield job


def _other(text: str, pattern: str, letters: str, draw: Callable[[str], str]) -> str:
    return re.sub(pattern, lambda _: draw(letters), text)


def _against_others(
    campaign: Campaign, card: Effort, jobs: Iterator[pool.Job], folder: Path
) -> Iterator[Figure]:
    photo = (SHIPPED / "pictures" / campaign.posts[0].pictures[0].file).read_bytes()
    drawn = card.do()
    assert isinstance(drawn, bytes)
    # Others get the photo as small as they show it: nobody pays for what we do once.
    small = pictures.prepare(photo, (1080, 640))
    raster = Image.open(BytesIO(drawn)).convert("RGB")
    floors = {
        "JPEG encode of its raster": Effort(lambda: pictures.encode(raster)),
        "photo decode+resize+encode": Effort(lambda: pictures.prepare(photo, (1080, 640))),
    }
    with rivals(small, fonts.folder(), folder) as others:
        for other in others:
            if other.missing:
                yield Figure(f"{CARD} by {other.name}: {other.missing}", float("nan"), "ms")
        drawing = {
            other.name: Effort(_drawing(other.draw, jobs), other.processes)
            for other in others
            if other.draw
        }
        ours, *times = efforts(card, *floors.values(), *drawing.values())
    for name, took in zip(floors, times, strict=False):
        yield Figure(CARD, ours, "ms", name, ours / took)
        yield Figure(name, took, "ms")
    for name, took in zip(drawing, times[len(floors) :], strict=True):
        yield Figure(f"{CARD} by {name}", took, "ms", CARD, took / ours)


def _drawing(
    draw: Callable[[dict[str, Any]], bytes], jobs: Iterator[pool.Job]
) -> Callable[[], bytes]:
    def drawn() -> bytes:
        data = draw(next(jobs)["card"])
        assert data
        return data

    return drawn


def _in_two_processes(campaign: Campaign, jobs: Iterator[pool.Job]) -> Iterator[Figure]:
    """Cards per second of one and of two processes, from their start; in turn, three times.

    Others on the machine spoil that. What a card takes of the processors says how much two would do
    with a core for each: twice as much, if a card took no longer beside another.
    """
    setup = cards.setup(campaign, SHIPPED)
    best, spent = {1: 0.0, 2: 0.0}, {1: 0.0, 2: 0.0}
    for _ in range(3):
        for workers in best:
            batch = [next(jobs) for _ in range(80)]
            began, before = time.perf_counter(), _used()
            pool.draw(setup, batch, workers=workers)
            best[workers] = max(best[workers], len(batch) / (time.perf_counter() - began))
            spent[workers] += (_used() - before) / len(batch) * 1000 / 3
    yield Figure("cards by two processes", best[2], "per s", "one process", best[2] / best[1])
    name = "processor time per card of two processes"
    yield Figure(name, spent[2], "ms", "of one; two do with a core each", 2 * spent[1] / spent[2])


def _used() -> float:
    """Seconds of processor time of this process and of those that it started and that have ended."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def _memory(card: Callable[[], bytes], process: int) -> Iterator[Figure]:
    """What the drawing process holds after many cards, against what it held after a fifth of them."""
    held = []
    for number in range(RENDERS):
        card()
        if number + 1 in (RENDERS // 5, RENDERS):
            held.append(_resident(process))
    name = f"memory after {RENDERS} cards"
    yield Figure(name, held[1], "MB", f"after {RENDERS // 5}", held[1] / held[0])


def _resident(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000

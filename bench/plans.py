"""How long a plan takes to be read and checked, by its size."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook

from bench.figures import Figure
from integrado_poster import app, plan
from integrado_poster.check import check
from integrado_poster.line import Line, wordings
from integrado_poster.model import Cadence, Campaign

SIZES = (10, 1_000, 10_000)
SHIPPED = Path(__file__).parents[1] / "campaign" / "interkulturelle-woche-2021"


def figures(folder: Path) -> Iterator[Figure]:
    """Milliseconds to read and check plans of three sizes, on four accounts.

    The ratio is the time per post against that of the plan of 1 000: 1 means that it grows linearly.
    The rules alone are held against a bare read of the same workbook.
    """
    campaign = plan.read(SHIPPED).campaign
    assert campaign is not None
    paths = {size: folder / f"plan-{size}.yaml" for size in SIZES}
    for size, path in paths.items():
        plan.export(grown(campaign, size), path)
    _read(paths[10], 10)  # the first one pays for the imports
    took = {size: min(_read(path, size) for _ in range(3)) for size, path in paths.items()}
    for size in SIZES:
        ratio = took[size] / size / (took[1_000] / 1_000)
        yield Figure(f"read and check {size} posts", took[size], "ms", "1 000, per post", ratio)
    for size in SIZES:
        path = folder / f"plan-{size}.xlsx"
        plan.export(grown(campaign, size), path)
        checked, bare = _checking(path)
        yield Figure(f"check {size} posts", checked, "ms", "bare read of the .xlsx", checked / bare)


def _checking(path: Path) -> tuple[float, float]:
    """Milliseconds of processor for the rules alone, and for reading the same file without understanding it."""
    campaign = plan.read(path).campaign
    assert campaign is not None
    ready = {post.id: tuple(wordings(campaign, post, app.LIMITS)) for post in campaign.posts}
    now = datetime(2021, 9, 1, tzinfo=UTC)

    def rules() -> None:
        check(campaign, now=now, wordings=lambda post: ready[post.id], limits=app.LIMITS)

    def bare() -> None:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python(skip_empty_area=False)

    return min(_processor(rules) for _ in range(3)), min(_processor(bare) for _ in range(3))


def _processor(thing: Callable[[], None]) -> float:
    began = time.process_time()
    thing()
    return (time.process_time() - began) * 1000


def _read(path: Path, size: int) -> float:
    began = time.perf_counter()
    read = app.read(path, now=lambda _: datetime(2021, 9, 1, tzinfo=UTC))
    took = (time.perf_counter() - began) * 1000
    assert isinstance(read, Line), read.findings[:3]
    assert len(read.campaign.posts) == size
    return took


def grown(campaign: Campaign, size: int) -> Campaign:
    """The shipped campaign with as many posts as wanted, each with words of its own."""
    posts = []
    for number in range(size):
        model = campaign.posts[number % len(campaign.posts)]
        posts.append(
            model.model_copy(
                update={
                    "id": f"P-{number:05}",
                    "date": campaign.first_day + timedelta(days=number),
                    "text": f"{model.text} Das ist Beitrag Nummer {number}.",
                    "texts": {},
                    "pictures": (),
                }
            )
        )
    return campaign.model_copy(
        update={
            "posts": tuple(posts),
            "last_day": posts[-1].date,
            "cadence": Cadence.ONE_PER_DAY,
        }
    )

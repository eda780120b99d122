"""How long a plan takes to be read and checked, by its size."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from python_calamine import CalamineWorkbook

from bench.figures import Figure, side_by_side
from integrado_poster import app, plan
from integrado_poster.check import check
from integrado_poster.line import Line, wordings
from integrado_poster.model import Cadence, Campaign, PlannedPost

SIZES = (8, 1_000, 10_000)
ROUNDS = {8: 9, 1_000: 5, 10_000: 3}
SHIPPED = Path(__file__).parents[1] / "campaign" / "interkulturelle-woche-2021"


def figures(folder: Path) -> Iterator[Figure]:
    """Milliseconds to read and to check workbooks of three sizes, on four accounts.

    Everything is held against calamine's bare read of the same file, in turn in the same run; and per
    post against the plan of 1 000: 1 means that it grows linearly.
    """
    campaign = plan.read(SHIPPED).campaign
    assert campaign is not None
    paths = {size: folder / f"plan-{size}.xlsx" for size in SIZES}
    took = {}
    for size, path in paths.items():
        plan.export(grown(campaign, size), path)
        took[size] = side_by_side(
            partial(_bare, path), partial(_read, path, size), partial(_whole, path, size),
            rounds=ROUNDS[size], warm=1,
        )  # fmt: skip
    for size, (bare, read, whole) in took.items():
        yield Figure(f"bare read of {size} rows", bare, "ms")
        yield Figure(f"read {size} posts", read, "ms", "bare read of the .xlsx", read / bare)
        checked, parsed = _checking(paths[size])
        yield Figure(
            f"check {size} posts", checked, "ms", "bare read of the .xlsx", checked / parsed
        )
        yield Figure(f"read and check {size}", whole, "ms", "bare read of the .xlsx", whole / bare)
        linear = whole / size / (took[1_000][2] / 1_000)
        yield Figure(f"read and check {size}", whole, "ms", "1 000, per post", linear)


def _checking(path: Path) -> tuple[float, float]:
    """Milliseconds of processor for the rules alone, and for reading the same file without understanding it."""
    campaign = plan.read(path).campaign
    assert campaign is not None
    ready = {post.id: tuple(wordings(campaign, post, app.LIMITS)) for post in campaign.posts}
    now = datetime(2021, 9, 1, tzinfo=UTC)

    def rules() -> None:
        check(campaign, now=now, wordings=lambda post: ready[post.id], limits=app.LIMITS)

    bare = partial(_bare, path)
    return min(_processor(rules) for _ in range(3)), min(_processor(bare) for _ in range(3))


def _processor(thing: Callable[[], None]) -> float:
    began = time.process_time()
    thing()
    return (time.process_time() - began) * 1000


def _bare(path: Path) -> None:
    """All cells of all sheets, with nothing made of them."""
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def _read(path: Path, size: int) -> None:
    campaign = plan.read(path).campaign
    assert campaign is not None
    assert len(campaign.posts) == size


def _whole(path: Path, size: int) -> None:
    read = app.read(path, now=lambda _: datetime(2021, 9, 1, tzinfo=UTC))
    assert isinstance(read, Line), read.findings[:3]
    assert len(read.campaign.posts) == size


def grown(campaign: Campaign, size: int) -> Campaign:
    """The shipped campaign with as many posts as wanted: no text, no link and no translation stands twice.

    Their sentences are those of the shipped posts, drawn anew for each. They have no pictures.
    """
    sentences = [part for post in campaign.posts for part in post.text.rstrip(".").split(". ")]
    posts = tuple(_drawn(campaign, number, sentences) for number in range(size))
    last_day = posts[-1].date
    return campaign.model_copy(
        update={"posts": posts, "last_day": last_day, "cadence": Cadence.ONE_PER_DAY}
    )


def _drawn(campaign: Campaign, number: int, sentences: list[str]) -> PlannedPost:
    model = campaign.posts[number % len(campaign.posts)]
    text = f"Das ist Beitrag Nummer {number}."
    for sentence in Random(number).sample(sentences, len(sentences)):
        if len(text) + len(sentence) < len(model.text):
            text = f"{sentence}. {text}"
    return model.model_copy(
        update={
            "id": f"P-{number:05}",
            "date": campaign.first_day + timedelta(days=number),
            "headline": f"{model.headline} {number}",
            "text": text,
            "information": f"{model.information} Raum {number}.",
            "link": f"{model.link}?beitrag={number}",
            "translations": tuple(
                each.model_copy(update={"text": f"{each.text} {number}"})
                for each in model.translations
            ),
            "texts": {},
            "pictures": (),
        }
    )

"""How long a plan takes to be read and checked, by its size."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figures import Figure
from integrado_poster import app, plan
from integrado_poster.model import Cadence, Campaign

SIZES = (10, 1_000, 10_000)
SHIPPED = Path(__file__).parents[1] / "campaign" / "interkulturelle-woche-2021"


def figures(folder: Path) -> Iterator[Figure]:
    """Milliseconds to read and check YAML plans of three sizes; the ratio is the time per post."""
    campaign = plan.read(SHIPPED).campaign
    assert campaign is not None
    per_post = {}
    for size in SIZES:
        path = folder / f"plan-{size}.yaml"
        plan.export(grown(campaign, size), path)
        began = time.perf_counter()
        read = app.read(path, now=datetime(2021, 9, 1, tzinfo=UTC))
        took = (time.perf_counter() - began) * 1000
        assert isinstance(read, app.Line), read.findings[:3]
        assert len(read.campaign.posts) == size
        per_post[size] = took / size
        yield Figure(
            f"read and check {size} posts", took, "ms", f"{SIZES[0]} posts, per post",
            per_post[size] / per_post[SIZES[0]],
        )  # fmt: skip


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

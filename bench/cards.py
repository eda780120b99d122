"""How long a card takes, beside what no program can do without: the photo and the JPEG."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from itertools import count
from pathlib import Path

from PIL import Image

from bench.figures import Figure, side_by_side
from bench.plans import SHIPPED
from integrado_poster import plan
from integrado_poster.model import Shape
from integrado_poster.render import cards, pictures
from integrado_poster.render.drawer import Press


def figures(folder: Path) -> Iterator[Figure]:
    """Milliseconds for a portrait card with photo; its words change each time, as Typst remembers layouts."""
    campaign = plan.read(SHIPPED).campaign
    assert campaign is not None
    post = campaign.posts[0]
    empty = folder / "empty"
    empty.mkdir()
    press = Press(cards.setup(campaign, SHIPPED), empty)
    photo = (SHIPPED / "pictures" / post.pictures[0].file).read_bytes()
    numbers = count()

    def card() -> bytes:
        told = post.model_copy(update={"headline": f"{post.headline} {next(numbers)}"})
        job = json.loads(json.dumps(cards.job(campaign, told, Shape.PORTRAIT, SHIPPED)))
        facts, data = press.answer(job)
        assert data, facts
        return data

    raster = Image.open(BytesIO(card())).convert("RGB")
    drawn, encoded, decoded = side_by_side(
        card, lambda: pictures.encode(raster), lambda: pictures.prepare(photo, (1080, 640))
    )
    yield Figure("card 1080 x 1350", drawn, "ms", "JPEG encode of its raster", drawn / encoded)
    yield Figure("card 1080 x 1350", drawn, "ms", "photo decode+resize+encode", drawn / decoded)
    yield Figure("JPEG encode of its raster", encoded, "ms")
    yield Figure("photo decode+resize+encode", decoded, "ms")

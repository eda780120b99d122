"""Draw the contact sheets of the docs: every card of the shipped campaign, and every template.

Run after changing a template, then look at both:  .venv/bin/python tools/contact_sheet.py
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from integrado_poster import plan
from integrado_poster.model import Campaign, PlannedPost, Shape
from integrado_poster.render import cards

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "campaign" / "interkulturelle-woche-2021"
PICTURES = ROOT / "docs" / "pictures"
GAP = 20
GROUND = "#d9d6d0"


def drawn(
    campaign: Campaign, posts: Sequence[PlannedPost]
) -> Mapping[tuple[str, Shape], Image.Image]:
    """Every card of these posts in every shape."""
    found = cards.cards(campaign, posts, tuple(Shape), SHIPPED)
    return {key: Image.open(BytesIO(picture.data)) for key, picture in found.items()}


def rows(found: Mapping[tuple[str, Shape], Image.Image], width: int) -> Image.Image:
    """One column for each post, one row for each shape."""
    names = list(dict.fromkeys(name for name, _ in found))
    heights = [round(width * shape.size[1] / shape.size[0]) for shape in Shape]
    size = (GAP + len(names) * (width + GAP), GAP + sum(height + GAP for height in heights))
    sheet = Image.new("RGB", size, GROUND)
    for column, name in enumerate(names):
        y = GAP
        for shape, height in zip(Shape, heights, strict=True):
            small = found[name, shape].resize((width, height), Image.Resampling.LANCZOS)
            sheet.paste(small, (GAP + column * (width + GAP), y))
            y += height + GAP
    return sheet


def line(found: Mapping[tuple[str, Shape], Image.Image], height: int) -> Image.Image:
    """One line for each post, its shapes beside one another at one height."""
    names = list(dict.fromkeys(name for name, _ in found))
    widths = [round(height * shape.size[0] / shape.size[1]) for shape in Shape]
    size = (GAP + sum(width + GAP for width in widths), GAP + len(names) * (height + GAP))
    sheet = Image.new("RGB", size, GROUND)
    for row, name in enumerate(names):
        x = GAP
        for shape, width in zip(Shape, widths, strict=True):
            small = found[name, shape].resize((width, height), Image.Resampling.LANCZOS)
            sheet.paste(small, (x, GAP + row * (height + GAP)))
            x += width + GAP
    return sheet


def main() -> None:
    """Draw both."""
    campaign = plan.read(SHIPPED).campaign
    if campaign is None:
        raise SystemExit(f"{SHIPPED} cannot be read")
    shown = zip((campaign.posts[n] for n in (1, 2, 6)), ("poster", "text", "profile"), strict=True)
    templates = [post.model_copy(update={"card": card}) for post, card in shown]
    for name, sheet in (
        ("cards", rows(drawn(campaign, campaign.posts), 236)),
        ("templates", line(drawn(campaign, templates), 480)),
    ):
        path = PICTURES / f"{name}.jpg"
        sheet.save(path, quality=84, optimize=True)
        sys.stdout.write(f"{path.name}  {path.stat().st_size // 1000} kB  {sheet.size}\n")


if __name__ == "__main__":
    main()

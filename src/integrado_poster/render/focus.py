"""Where people would look first in a picture: a suggestion for its focus point."""

from __future__ import annotations

from integrado_poster.render import pictures
from integrado_poster.render.pictures import Focus

SIDE = 96  # pixels of the small copy that is looked at
_SHARE = 0.12  # of its pixels, the most striking ones, decide


def suggested(data: bytes, size: tuple[int, int]) -> Focus:
    """Give the point around which the most striking part of a picture lies, in hundredths.

    Striking is what has edges, strong colours and not the colour of the rest; near the middle a
    little more than at the edges. No faces are looked for. `size` is what `pictures.look` gave:
    to decode a large PNG once more would take a second. Raises `PictureRefused` as `look` does.
    """
    from PIL import Image, ImageChops, ImageFilter, ImageStat

    scale = SIDE / max(size)
    size = (max(8, round(size[0] * scale)), max(8, round(size[1] * scale)))
    small = pictures.crop(data, size)
    edges = small.convert("L").filter(ImageFilter.FIND_EDGES)
    mean = tuple(round(value) for value in ImageStat.Stat(small).mean)
    strange = ImageChops.difference(small, Image.new("RGB", size, mean)).convert("L")
    colourful = small.convert("HSV").getchannel("S")
    striking = ImageChops.add(ImageChops.add(edges, strange), colourful, scale=2)
    weights = striking.filter(ImageFilter.GaussianBlur(SIDE / 12)).tobytes()
    return _middle([weight * _near(n, size) for n, weight in enumerate(weights)], size[0])


def _near(number: int, size: tuple[int, int]) -> float:
    """1 in the middle of the picture, 0.5 in its corners."""
    y, x = divmod(number, size[0])
    dx, dy = x / (size[0] - 1) - 0.5, y / (size[1] - 1) - 0.5
    return 1 - (dx * dx + dy * dy)


def _middle(weights: list[float], width: int) -> Focus:
    """The middle of the largest weights, as a share of the width and of the height."""
    least = sorted(weights)[-max(1, int(len(weights) * _SHARE))]
    points = [(*divmod(n, width), weight) for n, weight in enumerate(weights) if weight >= least]
    total = sum(weight for _, _, weight in points) or 1
    height = len(weights) // width
    x = sum(x * weight for _, x, weight in points) / total / (width - 1)
    y = sum(y * weight for y, _, weight in points) / total / (height - 1)
    return round(x, 2), round(y, 2)

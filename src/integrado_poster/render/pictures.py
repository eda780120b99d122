"""Pictures from strangers' devices, made safe: decoded within limits, cropped, stripped bare."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from integrado_poster.errors import PictureRefused

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")  # JPEG brings MPO along, as phones write it
MOST_BYTES = 25_000_000
MOST_PIXELS = 50_000_000
QUALITY = 88
_SMALLEST = 64  # pixels: below that nothing is left to see

Focus = tuple[float, float]
"""What must stay visible when a picture is cropped: right and down, 0 to 1."""


def look(data: bytes) -> tuple[int, int]:
    """Give width and height as a viewer sees them, after decoding coarsely to the last byte.

    Raises `PictureRefused`: MED-02 not a kind that we take, MED-03 too large, MED-08 broken.
    """
    with _opened(data) as image:
        size = image.size
        if image.format in ("JPEG", "MPO"):
            image.draft("L", (1, 1))
        image.load()
        return size[::-1] if _orientation(image) >= 5 else size


def glance(data: bytes) -> tuple[int, int]:
    """Give width and height as they are stored, without decoding anything; raises as `look` does."""
    with _opened(data) as image:
        return image.size


def prepare(data: bytes, size: tuple[int, int], focus: Focus = (0.5, 0.5)) -> bytes:
    """Give a JPEG of exactly this size that shows the focus and carries no metadata at all.

    Raises `PictureRefused` as `look` does.
    """
    return encode(crop(data, size, focus))


def bounded(
    data: bytes,
    longest: int,
    most_bytes: int,
    *,
    aspect: tuple[float, float] | None = None,
    focus: Focus = (0.5, 0.5),
) -> tuple[bytes, int, int]:
    """Give the picture as a bare JPEG with its width and height, no side over `longest`.

    It stays whole unless `aspect`, the least and the most of width to height, asks for a crop around
    the focus. Quality and at last size go down as far as `most_bytes` asks for. Raises
    `PictureRefused` as `look` does.
    """
    width, height = _within(look(data), aspect)
    scale = min(1.0, longest / max(width, height))
    while True:
        image = crop(data, (max(1, round(width * scale)), max(1, round(height * scale))), focus)
        try:
            return encode(image, most_bytes), image.width, image.height
        except PictureRefused:
            if max(image.size) < _SMALLEST:
                raise
            scale *= 0.75


def _within(size: tuple[int, int], aspect: tuple[float, float] | None) -> tuple[float, float]:
    """The largest size in this one whose width to height lies between the two."""
    width, height = size
    if aspect is None:
        return width, height
    least, most = aspect
    return min(width, height * most), min(height, width / least)


def encode(image: Image.Image, most_bytes: int | None = None) -> bytes:
    """Give an RGB image (or RGBX) as a JPEG without metadata; the same image gives the same bytes."""
    # Pillow would write a comment that it finds there.
    image.info = {}
    for quality in (QUALITY, 80, 72, 64, 56, 48):
        target = BytesIO()
        image.save(target, "JPEG", quality=quality, subsampling="4:2:0")
        if most_bytes is None or target.tell() <= most_bytes:
            return target.getvalue()
    raise PictureRefused("the picture does not fit into the platform's bytes", rule="MED-03")


def crop(data: bytes, size: tuple[int, int], focus: Focus = (0.5, 0.5)) -> Image.Image:
    """Give the part of a picture around its focus as upright sRGB pixels of exactly this size."""
    from PIL import Image

    with _opened(data) as image:
        turn = _orientation(image)
        stored = size[::-1] if turn >= 5 else size
        box = _box(image.size, stored, _as_stored(turn, focus))
        if image.format in ("JPEG", "MPO"):
            full = image.size
            # Decoding at a half, a quarter or an eighth is much cheaper, if enough is left.
            needed = (
                stored[0] * full[0] / (box[2] - box[0]),
                stored[1] * full[1] / (box[3] - box[1]),
            )
            image.draft(None, (int(needed[0]) + 1, int(needed[1]) + 1))
            fx, fy = image.width / full[0], image.height / full[1]
            box = (box[0] * fx, box[1] * fy, box[2] * fx, box[3] * fy)
        image.load()
        profile = image.info.get("icc_profile")
        small = _plain(image).resize(stored, Image.Resampling.LANCZOS, box=box)
    if turn > 1:
        small = small.transpose(Image.Transpose(_TURNS[turn]))
    return _srgb(small, profile)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Open a picture within our limits and put what goes wrong with it into our words."""
    from PIL import Image, UnidentifiedImageError

    _learn_heif()
    if len(data) > MOST_BYTES:
        raise PictureRefused(f"the file has {len(data):,} bytes", rule="MED-03")
    try:
        with warnings.catch_warnings():
            # By default Pillow only warns between 89 and 179 megapixels.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # A damaged EXIF block is no reason to refuse a picture whose EXIF we drop.
            warnings.simplefilter("ignore", UserWarning)
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise PictureRefused(f"{image.width} × {image.height} pixels", rule="MED-03")
                yield image
    except UnidentifiedImageError:
        raise PictureRefused("not a JPEG, PNG, WebP, AVIF or HEIC picture", rule="MED-02") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise PictureRefused("far too many pixels", rule="MED-03") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise PictureRefused(f"the file is damaged: {error}", rule="MED-08") from error


def _learn_heif() -> None:
    from PIL import Image

    if "HEIF" not in Image.OPEN:
        import pi_heif  # type: ignore[import-untyped]

        # Without init() Pillow does not know the formats' names yet.
        Image.init()
        pi_heif.register_heif_opener()


def _orientation(image: Image.Image) -> int:
    """By how much a viewer turns the picture (EXIF 1 to 8); 1 if it does not say or says nonsense."""
    try:
        value = image.getexif().get(0x0112, 1)
    except (ValueError, TypeError, KeyError, SyntaxError, OSError):
        return 1
    return value if value in range(1, 9) else 1


# From the pixels as stored to the picture as seen, in Pillow's numbers
# (FLIP_LEFT_RIGHT 0, FLIP_TOP_BOTTOM 1, ROTATE_90 2, ROTATE_180 3, ROTATE_270 4, TRANSPOSE 5, TRANSVERSE 6).
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}


def _as_stored(turn: int, focus: Focus) -> Focus:
    """Where the focus lies in the pixels as they are stored."""
    x, y = (min(1.0, max(0.0, value)) for value in focus)
    return {
        1: (x, y),
        2: (1 - x, y),
        3: (1 - x, 1 - y),
        4: (x, 1 - y),
        5: (y, x),
        6: (y, 1 - x),
        7: (1 - y, 1 - x),
        8: (1 - y, x),
    }[turn]


def _box(
    full: tuple[int, int], size: tuple[int, int], focus: Focus
) -> tuple[float, float, float, float]:
    """The largest part of `full` in the proportions of `size` with the focus as central as may be."""
    scale = min(full[0] / size[0], full[1] / size[1])
    width, height = size[0] * scale, size[1] * scale
    left = min(max(focus[0] * full[0] - width / 2, 0), full[0] - width)
    top = min(max(focus[1] * full[1] - height / 2, 0), full[1] - height)
    return left, top, min(left + width, full[0]), min(top + height, full[1])


def _plain(image: Image.Image) -> Image.Image:
    """The same picture in a mode that can be resized well."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return image.convert("I").point(lambda value: value / 257).convert("L")
    if image.mode in ("P", "PA", "LA", "1") or "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB on white, by its colour profile if it has a usable one."""
    from PIL import Image, ImageCms

    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")

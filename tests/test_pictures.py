"""Pictures from anywhere: what is refused, and what comes out bare and upright."""

from __future__ import annotations

import base64
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageDraw

from integrado_poster.errors import PictureRefused
from integrado_poster.render import pictures

RED, BLUE = (200, 30, 40), (30, 60, 200)


def drawn(size: tuple[int, int] = (400, 300), mode: str = "RGB") -> Image.Image:
    """A red picture whose left quarter is blue."""
    image = Image.new("RGB", size, RED)
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1]), fill=BLUE)
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def seen(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def is_near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 14 for one, other in zip(pixel, colour, strict=True))


def huge_png(side: int = 30_000) -> bytes:
    """A one-bit PNG of 900 megapixels in about 100 kB."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = zlib.compressobj(9)
    body = b"".join(rows.compress(bytes(side // 8 + 1)) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


JPEG = saved(drawn())
# 64 × 48 pixels of RED, as a phone would write them; Pillow itself cannot.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAa1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAAA5waXRtAAAAAAACAAAAEGlkYXQAAAAAAEAAMAAAADhpbG9jAQAAAERAAAIAAQAAAAAAAAHRAAEA"
    "AAAAAAAAGgACAAEAAAAAAAAAAQAAAAAAAAAIAAAAOGlpbmYAAAAAAAIAAAAVaW5mZQIAAAEAAQAAaHZjMQAAAAAV"
    "aW5mZQIAAAAAAgAAZ3JpZAAAAADYaXBycAAAALZpcGNvAAAAdmh2Y0MBA3AAAAAAAAAAAAAe8AD8/fj4AAAPAyAA"
    "AQAYQAEMAf//A3AAAAMAkAAAAwAAAwAeugJAIQABACpCAQEDcAAAAwCQAAADAAADAB6gIIEFlurkprm4EBAwIAAA"
    "AwAgAAADACEiAAEABkQBwXPAiQAAABRpc3BlAAAAAAAAAEAAAABAAAAAFGlzcGUAAAAAAAAAQAAAADAAAAAQcGl4"
    "aQAAAAADCAgIAAAAGmlwbWEAAAAAAAAAAgABAoECAAICA4QAAAAaaXJlZgAAAAAAAAAOZGltZwACAAEAAQAAACJt"
    "ZGF0AAAAFigBrxmA70mlv//fX9/0B6/4mrWmPm4="
)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        pytest.param(b"", "MED-02", id="empty"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "MED-02", id="svg"),
        pytest.param(saved(drawn(), "GIF"), "MED-02", id="gif"),
        pytest.param(saved(drawn(), "TIFF"), "MED-02", id="tiff"),
        pytest.param(JPEG[: len(JPEG) * 2 // 3], "MED-08", id="truncated jpeg"),
        pytest.param(saved(drawn(), "PNG")[:-40], "MED-08", id="truncated png"),
        pytest.param(saved(drawn(), "WEBP")[:60], "MED-08", id="truncated webp"),
        pytest.param(HEIC[:-30], "MED-08", id="truncated heic"),
        pytest.param(huge_png(), "MED-03", id="900 megapixels"),
        pytest.param(saved(Image.new("1", (12_000, 9_000)), "PNG"), "MED-03", id="108 megapixels"),
        pytest.param(saved(Image.new("1", (9_000, 6_000)), "PNG"), "MED-03", id="54 megapixels"),
        pytest.param(JPEG + bytes(pictures.MOST_BYTES), "MED-03", id="too many bytes"),
    ],
)
def test_what_we_do_not_open_is_refused_with_its_rule(data: bytes, rule: str) -> None:
    with pytest.raises(PictureRefused) as looked:
        pictures.look(data)
    with pytest.raises(PictureRefused) as prepared:
        pictures.prepare(data, (100, 100))

    assert (looked.value.rule, prepared.value.rule) == (rule, rule)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "MPO"])
def test_every_kind_that_we_take_becomes_a_jpeg_of_the_wanted_size(kind: str) -> None:
    data = saved(drawn(), kind)
    image = seen(pictures.prepare(data, (120, 160)))

    assert pictures.look(data) == (400, 300)
    assert (image.format, image.size, image.mode) == ("JPEG", (120, 160), "RGB")


def test_a_phones_heic_is_taken_too() -> None:
    assert pictures.look(HEIC) == (64, 48)
    assert is_near(seen(pictures.prepare(HEIC, (32, 32))).getpixel((16, 16)), RED)


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "RGBA", "LA", "I;16"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = drawn(mode="L").convert("I;16") if mode == "I;16" else drawn(mode=mode)

    assert seen(pictures.prepare(saved(image, kind), (80, 60))).mode == "RGB"


def test_what_is_transparent_becomes_white() -> None:
    data = saved(Image.new("RGBA", (100, 100), (255, 0, 0, 0)), "PNG")

    assert is_near(seen(pictures.prepare(data, (10, 10))).getpixel((5, 5)), (255, 255, 255))


def test_no_metadata_is_left() -> None:
    exif = Image.Exif()
    exif[0x010E] = "geheime Beschreibung"
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(drawn(), exif=exif, icc_profile=profile, comment=b"geheim", dpi=(300, 300))
    result = pictures.prepare(data, (200, 150))

    assert b"geheim" in data
    assert b"geheim" not in result
    assert not seen(result).getexif()
    assert set(seen(result).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_turned_picture_comes_out_upright_and_keeps_its_focus(turn: int) -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    image = drawn((400, 300))
    stored = image.transpose(Image.Transpose(back[turn])) if turn > 1 else image
    exif = Image.Exif()
    exif[0x0112] = turn
    data = saved(stored, exif=exif, quality=95)

    assert pictures.look(data) == (400, 300)
    assert is_near(seen(pictures.prepare(data, (100, 300), (0.0, 0.5))).getpixel((50, 150)), BLUE)
    assert is_near(seen(pictures.prepare(data, (100, 300), (1.0, 0.5))).getpixel((50, 150)), RED)


def test_a_colour_profile_is_followed() -> None:
    # A profile in which red and blue have changed places: who ignores it shows the wrong colours.
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    data = saved(Image.new("RGB", (50, 50), (200, 0, 0)), "PNG", icc_profile=bytes(profile))
    pixel: Any = seen(pictures.prepare(data, (10, 10))).getpixel((5, 5))

    assert pixel[2] > 150 > pixel[0]


def test_a_broken_colour_profile_is_no_reason_to_refuse() -> None:
    data = saved(drawn(), icc_profile=b"nonsense")

    assert seen(pictures.prepare(data, (40, 30))).size == (40, 30)


def test_the_whole_picture_stays_within_bounds_and_bytes() -> None:
    noise = Image.effect_noise((1800, 900), 90).convert("RGB")
    data, width, height = pictures.bounded(saved(noise, quality=95), 1600, 600_000)

    assert (width, height) == seen(data).size == (1600, 800)
    assert len(data) <= 600_000


def test_a_small_picture_is_not_blown_up() -> None:
    _, width, height = pictures.bounded(saved(drawn((64, 48))), 1600, 600_000)

    assert (width, height) == (64, 48)


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert pictures.prepare(JPEG, (90, 90)) == pictures.prepare(JPEG, (90, 90))

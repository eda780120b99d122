"""Pictures from anywhere: what is refused, and what comes out bare and upright."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from integrado_poster.errors import PictureRefused
from integrado_poster.model import PlannedPicture, Shape
from integrado_poster.render import cards, focus, pictures
from tests.builders import a_campaign, a_planned_post

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


PLANTED = [b"51.5136", b"Erika Musterfoto", b"geheime Notiz", b"Kamera-4711", b"planted-thumbnail"]


def planted(kind: str) -> bytes:
    """A picture that tells where, by whom and with what it was made, in every way its kind knows."""
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x0110] = "geheime Notiz", "Erika Musterfoto", "Kamera-4711"
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0geheime Notiz"
    exif.get_ifd(0x8825)[29] = "51.5136"
    told = exif.tobytes() + b"planted-thumbnail"
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>51.5136 Erika Musterfoto Kamera-4711</x:xmpmeta>"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, Any] = {"exif": told, "icc_profile": profile, "xmp": xmp}
    if kind == "PNG":
        text = PngInfo()
        text.add_text("Author", "Erika Musterfoto")
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options |= {"pnginfo": text}
    if kind == "JPEG":
        options |= {"comment": b"geheime Notiz", "dpi": (300, 300)}
    data = saved(drawn(), kind, **options)
    if kind == "JPEG":  # IPTC, a second picture behind the end, and a thumbnail
        iptc = b"\xff\xed\0\x2ePhotoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x10Erika Musterfoto\0"
        data = data[:2] + iptc + data[2:] + b"planted-thumbnail"
    return data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_nothing_that_a_picture_tells_beside_its_pixels_is_left(kind: str, tmp_path: Path) -> None:
    data = planted(kind)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "bild").write_bytes(data)
    post = a_planned_post(pictures=(PlannedPicture(file="bild", alt="Ein Feld."),))
    found = cards.cards(a_campaign(posts=(post,)), (post,), tuple(Shape), tmp_path)
    published = [
        pictures.prepare(data, (200, 150)),
        pictures.bounded(data, 1600, 600_000)[0],
        *(picture.data for picture in found.values()),
    ]

    assert [mark for mark in PLANTED if mark not in data] == []
    for result in published:
        assert [mark for mark in PLANTED if mark in result] == []
        assert not seen(result).getexif()
        assert set(seen(result).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        # Nothing but the marks that a decoder needs: no APP1 to APP15, no comment.
        assert set(marks(result)) <= {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def marks(jpeg: bytes) -> Iterator[int]:
    """The kinds of a JPEG's segments up to its pixels."""
    place = 0
    while place < len(jpeg):
        assert jpeg[place] == 0xFF
        kind = jpeg[place + 1]
        yield kind
        if kind == 0xDA:
            return
        place += 2 if kind == 0xD8 else 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_other_kinds_are_turned_upright_too(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = drawn((400, 300)).transpose(Image.Transpose.ROTATE_90)
    data = saved(stored, kind, exif=exif, quality=95)

    assert pictures.look(data) == (400, 300)
    assert is_near(seen(pictures.prepare(data, (100, 300), (0.0, 0.5))).getpixel((50, 150)), BLUE)


def display_p3() -> bytes:
    """The profile of a newer phone: sRGB's curves between wider primaries."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for number in range(int.from_bytes(profile[128:132], "big")):
        name, place, _ = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        if name in primaries:
            values = (round(value * 65536) for value in primaries[name])
            struct.pack_into(">3i", profile, place + 8, *values)
    return bytes(profile)


def test_a_wide_gamut_becomes_srgb_by_its_profile() -> None:
    # Display P3 (200, 100, 100) is sRGB (214, 94, 97); pure green lies outside and is cut to the edge.
    image = Image.new("RGB", (60, 30), (200, 100, 100))
    ImageDraw.Draw(image).rectangle((30, 0, 60, 30), fill=(0, 255, 0))
    result = seen(pictures.prepare(saved(image, "PNG", icc_profile=display_p3()), (60, 30)))
    left, right = result.getpixel((10, 15)), result.getpixel((50, 15))

    assert all(
        abs(one - other) <= 3
        for one, other in zip(left, (214, 94, 97), strict=True)  # type: ignore[arg-type]
    ), left
    assert is_near(right, (0, 255, 0))


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


def test_a_picture_shrinks_where_the_least_quality_is_too_many_bytes() -> None:
    noise = Image.effect_noise((1800, 900), 90).convert("RGB")
    data, width, height = pictures.bounded(saved(noise, quality=95), 1600, 60_000)

    assert len(data) <= 60_000
    assert width < 1600
    assert abs(width / height - 2) < 0.02


@pytest.mark.parametrize(
    ("size", "aspect", "expected"),
    [
        ((400, 300), None, (400, 300)),
        ((400, 300), (0.8, 1.91), (400, 300)),
        ((1000, 200), (0.8, 1.91), (382, 200)),
        ((200, 1000), (0.8, 1.91), (200, 250)),
    ],
)
def test_a_picture_is_cropped_around_its_focus_only_where_its_shape_is_refused(
    size: tuple[int, int], aspect: tuple[float, float] | None, expected: tuple[int, int]
) -> None:
    data, width, height = pictures.bounded(
        saved(drawn(size)), 1600, 600_000, aspect=aspect, focus=(0.0, 0.0)
    )

    assert (width, height) == expected
    assert is_near(seen(data).getpixel((3, 3)), BLUE)


def test_the_suggested_focus_lies_where_the_eye_goes() -> None:
    image = Image.new("RGB", (800, 600), (210, 214, 220))
    ImageDraw.Draw(image).ellipse((560, 60, 700, 200), fill=(220, 40, 30))
    x, y = focus.suggested(saved(image), image.size)

    assert abs(x - 630 / 800) < 0.08
    assert abs(y - 130 / 600) < 0.08
    assert focus.suggested(saved(Image.new("RGB", (90, 60), "gray")), (90, 60)) == (0.5, 0.5)


def test_a_small_picture_is_not_blown_up() -> None:
    _, width, height = pictures.bounded(saved(drawn((64, 48))), 1600, 600_000)

    assert (width, height) == (64, 48)


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert pictures.prepare(JPEG, (90, 90)) == pictures.prepare(JPEG, (90, 90))

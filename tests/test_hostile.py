"""Templates and pictures that mean harm: none kills, hangs or escapes, and each ends in a clear error."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from integrado_poster.errors import CardRefused, PictureRefused
from integrado_poster.model import PlannedPicture, PlannedPost, Shape
from integrado_poster.render import cards, pool
from tests.builders import a_campaign, a_planned_post

SECRET = "integrado-canary-5550"
HEAD = '#import "/lib.typ": *\n#show: sheet\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign's folder with one good picture and one good template, and a secret beside it."""
    (tmp_path / "secret.txt").write_text(SECRET)
    folder = tmp_path / "campaign"
    (folder / "pictures").mkdir(parents=True)
    (folder / "cards" / "logos").mkdir(parents=True)
    Image.new("RGB", (900, 700), "navy").save(folder / "pictures" / "bild.jpg")
    (folder / "cards" / "good.typ").write_text(HEAD + "Gut")
    return folder


def a_post(card: str, picture: str = "bild.jpg") -> PlannedPost:
    return a_planned_post(card=card, pictures=(PlannedPicture(file=picture, alt="Ein Feld."),))


def drawn(folder: Path, post: PlannedPost, *, seconds: int = 2) -> list[pool.Answer]:
    """One process draws the bad card, and then (it or its heir) a good one, which must succeed."""
    campaign = a_campaign(posts=(post,))
    jobs = [cards.job(campaign, each, Shape.SQUARE, folder) for each in (post, a_post("good"))]
    setup = cards.setup(campaign, folder) | {"cpu_seconds": seconds}
    answers = pool.draw(setup, jobs, workers=1)
    assert answers[1].data, answers[1].facts
    cards.refuse(jobs, answers)
    return answers


def refused(folder: Path, template: str) -> str:
    """What is said about a template; it never holds the secret."""
    (folder / "cards" / "bad.typ").write_text(HEAD + template)
    with pytest.raises(CardRefused) as caught:
        drawn(folder, a_post("bad"))
    assert (caught.value.rule, caught.value.fields) == ("CARD-03", ("card",))
    assert SECRET not in str(caught.value)
    return str(caught.value)


# --- Templates --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ('#read("/etc/hostname")', "not found"),
        ('#read("../secret.txt")', "escape"),
        ('#read("../../../../../../etc/hostname")', "escape"),
        ('#eval("read(\\"../secret.txt\\")")', "escape"),
        ('#import "@preview/cetz:0.3.1"', "package"),
        ('#let name = "@pre" + "view/x:1.0.0"\n#import name: *', "package"),
        ('#image("https://example.org/a.png")', "not found"),
        ('#image("/pictures/bild.jpg")', "not found"),
        ('#plugin("/good.typ")', "WebAssembly"),
        ("#let f(n) = f(n + 1)\n#f(0)", "call depth"),
        ("#while true {}", "always true"),
        ("#let x = () => x()\n#context { let y = () => 1; panic(y) }", "panicked"),
        ('#let s = "x"\n#for i in range(60) { s = s + s }', "memory"),
        ("#let a = range(900000000).map(str)", "memory"),
        ("#for a in range(99999) { for b in range(99999) { [] } }", "time"),
        ("#for i in range(3000) { [Seite #i]; pagebreak() }", "pages"),
        ("#set page(width: 200000pt, height: 200000pt)\nGroß", "page is"),
        ("Eins\n#pagebreak()\nZwei", "2 pages"),
        ("#unknown", "unknown variable"),
        ("#photo(0pt, 0pt, 90000000pt, 90000000pt)", "photo"),
        ("#photo(0pt, 0pt, 1pt * float.inf, 10pt)", "photo"),
        ("#photo(0pt, 0pt, 2000pt, 10pt)", "photo"),
        ('#[#metadata((x: "a", y: 0, w: 1, h: 1))<report>]', "photo"),
        ("#for i in range(5000) { photo(i * 0.1pt, 0pt, 900pt, 900pt) }", "places"),
        ("#[#metadata(7)<report>]", "report"),
        ("#[#metadata((name: 1, fits: true))<report>]", "report"),
    ],
)
def test_a_template_that_means_harm_is_refused(folder: Path, attack: str, said: str) -> None:
    assert said in refused(folder, attack)


def svg(body: str, head: str = "") -> bytes:
    return (
        f"{head}<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'"
        f" viewBox='0 0 9 9'>{body}</svg>"
    ).encode()


BOMB = "".join(f"<g id='g{n}'>" + f"<use xlink:href='#g{n + 1}'/>" * 10 + "</g>" for n in range(8))
ENTITIES = "<!DOCTYPE s [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
)


def huge_png() -> bytes:
    """900 megapixels in about 100 kB."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = zlib.compressobj(9)
    body = b"".join(rows.compress(bytes(3751)) for _ in range(30_000)) + rows.flush()
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("name", "logo"),
    [
        ("svg", svg("<image xlink:href='../../secret.txt' width='9' height='9'/>")),
        ("svg", svg("<image xlink:href='file:///etc/hostname' width='9' height='9'/>")),
        ("svg", svg("<image xlink:href='http://127.0.0.1:9/a.png' width='9' height='9'/>")),
        ("svg", svg(BOMB + "<g id='g8'><rect width='1' height='1'/></g><use xlink:href='#g0'/>")),
        ("svg", svg("<text>&j;</text>", ENTITIES + "]>")),
        (
            "svg",
            svg("<text>&x;</text>", "<!DOCTYPE s [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"),
        ),
    ],
    ids=["path", "file", "http", "use bomb", "entity bomb", "entity of a file"],
)
def test_a_logo_that_means_harm_draws_nothing_or_is_refused(
    folder: Path, name: str, logo: bytes
) -> None:
    place = folder / "cards" / "logos" / f"awo.{name}"
    place.write_bytes(logo)
    found = outcome(folder)
    if found != "CARD-03":
        # Typst leaves out what it may not load; then the card is as good as with an empty logo.
        place.write_bytes(svg(""))
        assert found == outcome(folder)


@pytest.mark.parametrize(
    ("logo", "said"),
    [(huge_png(), "too many pixels"), (b"\x89PNG\r\n\x1a\n" + b"garbage" * 99, "is damaged")],
    ids=["huge", "garbage"],
)
def test_a_logo_that_is_no_picture_of_use_is_refused_by_its_name(
    folder: Path, logo: bytes, said: str
) -> None:
    (folder / "cards" / "logos" / "awo.png").write_bytes(logo)

    with pytest.raises(CardRefused, match=rf"cards/logos/awo\.png: .*{said}"):
        drawn(folder, a_post("poster"))


def outcome(folder: Path) -> bytes | str:
    """The card, or the rule by which it is refused."""
    try:
        return drawn(folder, a_post("poster"))[0].data
    except CardRefused as error:
        return error.rule if SECRET not in str(error) else "it escaped"


def test_a_logo_stands_in_the_place_of_the_monogram(folder: Path) -> None:
    without = outcome(folder)
    image = BytesIO()
    Image.new("RGB", (90, 90), "red").save(image, "PNG")
    (folder / "cards" / "logos" / "awo.png").write_bytes(image.getvalue())

    assert outcome(folder) not in (without, "CARD-03")


def link_a_file(folder: Path) -> None:
    (folder / "cards" / "bild.svg").symlink_to("/etc/hostname")


def link_a_folder(folder: Path) -> None:
    (folder / "cards" / "more").symlink_to(folder.parent)


def link_cards_itself(folder: Path) -> None:
    (folder / "cards").rename(folder / "other")
    (folder / "cards").symlink_to(folder / "other")


def fill_the_folder(folder: Path) -> None:
    with (folder / "cards" / "large.bin").open("wb") as file:
        file.truncate(cards.MOST_TEMPLATE_BYTES + 1)


def break_the_encoding(folder: Path) -> None:
    (folder / "cards" / "poster.typ").write_bytes(b"\xff\xfe\x00Gr\xfc\xdfe")


@pytest.mark.parametrize(
    "harm", [link_a_file, link_a_folder, link_cards_itself, fill_the_folder, break_the_encoding]
)
def test_a_folder_of_templates_that_means_harm_is_refused(
    folder: Path, harm: Callable[[Path], None]
) -> None:
    harm(folder)
    with pytest.raises(CardRefused) as caught:
        drawn(folder, a_post("poster"))

    assert caught.value.rule == "CARD-03"


def test_a_pipe_among_the_templates_does_not_hang(folder: Path) -> None:
    os.mkfifo(folder / "cards" / "pipe.typ")

    assert drawn(folder, a_post("poster"))[0].data


def test_a_template_cannot_tell_the_time(folder: Path) -> None:
    """Else the same plan would give other bytes tomorrow."""
    (folder / "cards" / "bad.typ").write_text(HEAD + "#datetime.today().display()")
    (folder / "cards" / "then.typ").write_text(HEAD + "1970-01-01")
    now, then = (drawn(folder, a_post(card))[0].data for card in ("bad", "then"))

    assert now == then


# --- Pictures ---------------------------------------------------------------------------------


def saved(kind: str, **options: object) -> bytes:
    target = BytesIO()
    Image.new("RGB", (64, 48), "navy").save(target, kind, **options)
    return target.getvalue()


def with_size(jpeg: bytes, size: int) -> bytes:
    """A JPEG that claims to be that wide and high."""
    place = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:place] + struct.pack(">HH", size, size) + jpeg[place + 4 :]


def with_text_bomb() -> bytes:
    """A PNG with a comment of 200 MB in 200 kB."""
    png = saved("PNG")
    body = b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body
    return png[:33] + chunk + struct.pack(">I", zlib.crc32(b"zTXt" + body)) + png[33:]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (lambda: b"", "MED-02"),
        (lambda: svg("<script/>"), "MED-02"),
        (lambda: saved("GIF"), "MED-02"),
        (lambda: saved("ICO"), "MED-02"),
        (lambda: b"%PDF-1.7\n%%EOF", "MED-02"),
        (lambda: b"PK\x03\x04" + bytes(9000), "MED-02"),
        (huge_png, "MED-03"),
        (lambda: with_size(saved("JPEG"), 65_000), "MED-03"),
        (lambda: with_size(saved("JPEG"), 7_000)[:-9], "MED-08"),
        (with_text_bomb, "MED-08"),
        (lambda: saved("WEBP")[:40], "MED-08"),
        (lambda: saved("AVIF")[:-20], "MED-08"),
        (lambda: saved("JPEG")[:-90], "MED-08"),
        (lambda: saved("JPEG") + bytes(25_000_001), "MED-03"),
    ],
    ids=["empty", "svg", "gif", "ico", "pdf", "zip", "900 MP", "4225 MP", "more pixels than data",
         "text bomb", "webp", "avif", "jpeg", "25 MB"],
)  # fmt: skip
def test_a_picture_that_means_harm_is_refused(
    folder: Path, data: Callable[[], bytes], rule: str
) -> None:
    (folder / "pictures" / "bad.jpg").write_bytes(data())
    with pytest.raises(PictureRefused, match=r"bad\.jpg") as caught:
        drawn(folder, a_post("poster", "bad.jpg"), seconds=5)

    assert caught.value.rule == rule


def test_a_picture_outside_of_the_folder_is_not_there(folder: Path) -> None:
    (folder / "pictures" / "link.jpg").symlink_to(folder.parent / "secret.txt")
    (folder / "pictures" / "zero.jpg").symlink_to("/dev/zero")
    os.mkfifo(folder / "pictures" / "pipe.jpg")
    (folder / "pictures" / "folder.jpg").mkdir()
    for name in (
        "link.jpg",
        "zero.jpg",
        "pipe.jpg",
        "folder.jpg",
        "../secret.txt",
        "/etc/hostname",
    ):
        with pytest.raises(PictureRefused) as caught:
            drawn(folder, a_post("poster", name))

        assert caught.value.rule == "MED-01"

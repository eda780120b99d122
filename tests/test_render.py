"""Cards: what is drawn, what is refused, and that nothing gets out of the drawing process."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from integrado_poster import measure, render
from integrado_poster.contract import Limits, Ruler
from integrado_poster.errors import CardFault, CardRefused, PictureRefused, SettingsError
from integrado_poster.model import (
    Account,
    Campaign,
    Funder,
    PlannedPicture,
    PlannedPost,
    Shape,
    Translation,
)
from integrado_poster.render import captions, cards, fonts, tones
from tests.builders import a_campaign, a_planned_post, an_organisation

BLUE = (30, 60, 200)
PHOTO = PlannedPicture(file="bild.jpg", alt="Ein blaues Feld.", focus=(0.1, 0.5))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plan's folder with one picture: red, and blue where its focus is."""
    image = Image.new("RGB", (1600, 1200), (200, 30, 40))
    ImageDraw.Draw(image).rectangle((0, 0, 400, 1200), fill=BLUE)
    (tmp_path / "pictures").mkdir()
    image.save(tmp_path / "pictures" / "bild.jpg", quality=92)
    return tmp_path


def a_post(**changes: Any) -> PlannedPost:
    fields: dict[str, Any] = {
        "information": "Musterstraße 1, ohne Stufen\nMo bis Do 9–12 Uhr, Telefon 0231 5550 101",
        "pictures": (PHOTO,),
    }
    return a_planned_post(**fields | changes)


def campaign_of(*posts: PlannedPost, **changes: Any) -> Campaign:
    fields: dict[str, Any] = {
        "organisations": (an_organisation(colour="#7b1e3a", monogram="AW"),),
        "hashtags": ("EinTag",),
        "funder": Funder(line="Dank", long_line="Mit Dank an das Ministerium für gute Dinge"),
        "posts": posts,
    }
    return a_campaign(**fields | changes)


def drawn(campaign: Campaign, folder: Path, *shapes: Shape) -> dict[tuple[str, Shape], Image.Image]:
    found = cards.cards(campaign, campaign.posts, shapes or (Shape.PORTRAIT,), folder)
    return {key: Image.open(BytesIO(picture.data)) for key, picture in found.items()}


def refused(campaign: Campaign, folder: Path, *shapes: Shape) -> CardRefused:
    with pytest.raises(CardRefused) as caught:
        drawn(campaign, folder, *shapes)
    return caught.value


def own_template(folder: Path, text: str) -> Campaign:
    (folder / "cards").mkdir(exist_ok=True)
    (folder / "cards" / "eigene.typ").write_text('#import "/lib.typ": *\n#show: sheet\n' + text)
    return campaign_of(a_post(), card="eigene")


def is_near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 14 for one, other in zip(pixel, colour, strict=True))


# --- What is drawn ------------------------------------------------------------------------


def test_every_shape_is_drawn_at_its_size_with_the_words_in_its_alt_text(folder: Path) -> None:
    translations = (
        Translation(language="ar", text="مرحبًا بكم جميعًا (مجانًا)، الاثنين 10–12."),
        Translation(language="tr", text="Hepiniz hoş geldiniz."),
    )
    posts = (
        a_post(id="IKW-01", translations=translations),
        a_post(id="IKW-02", pictures=(), headline="Ganz ohne Bild 🏡 ♿ ☎"),
    )
    found = cards.cards(campaign_of(*posts), posts, tuple(Shape), folder)

    assert set(found) == {(post.id, shape) for post in posts for shape in Shape}
    for (_, shape), picture in found.items():
        image = Image.open(BytesIO(picture.data))
        assert (image.format, image.size) == ("JPEG", shape.size)
        assert (picture.width, picture.height) == shape.size
        assert not image.getexif()
    assert "مرحبًا" in found["IKW-01", Shape.STORY].alt
    whole = captions.card_alt(campaign_of(*posts), posts[1], shown=("text",))
    assert found["IKW-02", Shape.SQUARE].alt == whole
    assert "Wir fangen an & freuen uns." in whole


def test_the_photo_is_shown_around_its_focus_above_the_members_colour(folder: Path) -> None:
    campaign = campaign_of(a_post())
    images = drawn(campaign, folder, Shape.PORTRAIT, Shape.LANDSCAPE)
    portrait, landscape = images["IKW-01", Shape.PORTRAIT], images["IKW-01", Shape.LANDSCAPE]
    colour = [portrait.getpixel((20, y)) for y in range(0, 1350, 10)]

    assert is_near(portrait.getpixel((10, 300)), BLUE)
    assert is_near(landscape.getpixel((150, 500)), BLUE)
    assert any(is_near(pixel, (0x7B, 0x1E, 0x3A)) for pixel in colour)


def test_two_processes_draw_the_same_bytes(folder: Path) -> None:
    campaign = campaign_of(a_post(), a_post(id="IKW-02", pictures=()))
    here = cards.cards(campaign, campaign.posts, (Shape.PORTRAIT, Shape.LANDSCAPE), folder)
    program = (
        "import sys, json, pathlib; sys.path[:] = json.loads(sys.argv[1])\n"
        "from integrado_poster.model import Campaign, Shape\n"
        "from integrado_poster.render import cards\n"
        "campaign = Campaign.model_validate_json(sys.stdin.read())\n"
        "found = cards.cards(campaign, campaign.posts, (Shape.PORTRAIT, Shape.LANDSCAPE),"
        " pathlib.Path(sys.argv[2]), workers=1)\n"
        "print(json.dumps([picture.sha256 for picture in found.values()]))"
    )
    there = subprocess.run(
        [sys.executable, "-c", program, json.dumps(sys.path), str(folder)],
        input=campaign.model_dump_json(),
        capture_output=True,
        check=True,
        text=True,
    )

    assert json.loads(there.stdout) == [picture.sha256 for picture in here.values()]


def test_words_are_never_read_as_markup(folder: Path) -> None:
    headline = '#read("/etc/passwd") $x$ *b* \\ "a" <c> @d'
    campaign = campaign_of(a_post(headline=headline, information="#panic()\n= Titel\n- [x]"))

    assert drawn(campaign, folder)


def test_progress_is_told_card_by_card(folder: Path) -> None:
    campaign = campaign_of(*(a_post(id=f"IKW-0{n}") for n in range(1, 6)))
    told: list[tuple[int, int]] = []
    cards.cards(
        campaign,
        campaign.posts,
        (Shape.SQUARE,),
        folder,
        progress=lambda done, total: told.append((done, total)),
    )

    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_gives_tones_that_can_be_read(number: int) -> None:
    found = tones.tones(f"#{number:06x}")

    assert measure.contrast(found["colour"], found["on-colour"]) >= 4.5
    for ground in ("paper", "tint"):
        assert measure.contrast(found["deep"], found[ground]) >= 4.5
        assert measure.contrast(found["text"], found[ground]) >= 7
        assert measure.contrast(found["muted"], found[ground]) >= 4.5


def test_a_light_colour_stays_light() -> None:
    assert tones.tones("#f2bb47")["colour"] == "#f2bb47"


# --- What is refused ----------------------------------------------------------------------


def test_every_field_of_every_card_that_does_not_fit_is_named_at_once(folder: Path) -> None:
    campaign = campaign_of(
        a_post(id="IKW-01", headline="Sehr langes Wort " * 40),
        a_post(id="IKW-02", information="Zeile\n" * 40),
        a_post(id="IKW-03"),
        a_post(id="IKW-04", translations=(Translation(language="tr", text="Merhaba. " * 200),)),
    )
    error = refused(campaign, folder, Shape.PORTRAIT, Shape.LANDSCAPE)

    assert error.rule == "CARD-01"
    assert set(error.fields) == {"headline", "information", "translation_1"}
    for shape in ("portrait", "landscape"):
        assert CardFault("CARD-01", "IKW-01", "headline", shape) in error.faults
        assert CardFault("CARD-01", "IKW-02", "information", shape) in error.faults
        assert CardFault("CARD-01", "IKW-04", "translation_1", shape) in error.faults
    assert "IKW-03" not in {fault.post for fault in error.faults}


def test_a_word_that_is_wider_than_the_card_is_refused(folder: Path) -> None:
    assert refused(campaign_of(a_post(headline="W" * 60)), folder).fields == ("headline",)


def test_characters_without_a_font_are_named_with_their_field(folder: Path) -> None:
    campaign = campaign_of(a_post(headline="Gut 水", information="Alt 𓀀 und 水"))
    error = refused(campaign, folder)

    assert error.rule == "CARD-02"
    assert set(error.faults) == {
        CardFault("CARD-02", "IKW-01", "headline", "水"),
        CardFault("CARD-02", "IKW-01", "information", "水"),
        CardFault("CARD-02", "IKW-01", "information", "𓀀"),
    }


@pytest.mark.parametrize("name", ["fehlt.jpg", "../geheim.jpg", "/etc/hostname", ""])
def test_only_pictures_of_the_campaign_are_taken(folder: Path, name: str) -> None:
    (folder / "geheim.jpg").write_bytes((folder / "pictures" / "bild.jpg").read_bytes())
    campaign = campaign_of(a_post(pictures=(PlannedPicture(file=name),)))
    with pytest.raises(PictureRefused) as caught:
        drawn(campaign, folder)

    assert caught.value.rule == "MED-01"


def test_a_broken_photo_is_refused_by_its_name(folder: Path) -> None:
    photo = folder / "pictures" / "bild.jpg"
    photo.write_bytes(photo.read_bytes()[:5000])
    with pytest.raises(PictureRefused, match=r"bild\.jpg") as caught:
        drawn(campaign_of(a_post()), folder)

    assert caught.value.rule == "MED-08"


def test_a_font_that_is_not_ours_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "NotoEmoji[wght].ttf").write_bytes(b"something else")

    with pytest.raises(SettingsError, match="NotoEmoji"):
        fonts.verify(tmp_path, fonts.KNOWN)


# --- Templates of the campaign's own --------------------------------------------------------


def test_a_campaign_may_bring_its_own_template(folder: Path) -> None:
    campaign = own_template(
        folder,
        "#photo(100pt, 100pt, 400pt, 300pt)\n"
        '#at(100pt, 500pt, field("headline", 800pt, 200pt, 80, 20, card.headline.first()))',
    )
    image = drawn(campaign, folder)["IKW-01", Shape.PORTRAIT]

    assert is_near(image.getpixel((140, 200)), BLUE)
    assert is_near(image.getpixel((50, 50)), (255, 255, 255))


def test_a_post_may_ask_for_another_template_than_its_campaign(folder: Path) -> None:
    own = own_template(folder, '#at(0pt, 0pt, rect(width: W, height: H, fill: rgb("#1e3cc8")))')
    posts = (a_post(id="IKW-01", card="eigene"), a_post(id="IKW-02"))
    images = drawn(own.model_copy(update={"card": "poster", "posts": posts}), folder, Shape.SQUARE)
    edges = [images[post.id, Shape.SQUARE].getpixel((540, 1070)) for post in posts]

    assert [is_near(pixel, BLUE) for pixel in edges] == [True, False]


def test_a_field_of_an_own_template_is_refused_by_its_name(folder: Path) -> None:
    campaign = own_template(folder, '#field("text", 90pt, 40pt, 80, 60, card.campaign)')

    assert refused(campaign, folder).fields == ("text",)


@pytest.mark.parametrize("name", ["fehlt", "../eigene", "lib/../eigene"])
def test_a_template_that_is_not_there_is_named(folder: Path, name: str) -> None:
    error = refused(campaign_of(a_post(), card=name), folder)

    assert error.rule == "CARD-03"
    assert repr(name) in str(error)


# --- Messages -------------------------------------------------------------------------------


def limits(shape: Shape, **changes: Any) -> Limits:
    fields: dict[str, Any] = {"rulers": (Ruler(limit=500, measure=len, unit=""),), "shape": shape}
    return Limits(**fields | changes)


def test_every_post_gets_a_message_for_every_account_with_the_card_it_likes(folder: Path) -> None:
    second = PlannedPicture(file="zwei.png", alt="Noch ein Bild")
    Image.new("RGBA", (3000, 1500), "#0080ff").save(folder / "pictures" / "zwei.png")
    campaign = campaign_of(
        a_post(pictures=(PHOTO, second)),
        a_post(id="IKW-02", pictures=()),
        accounts=(
            Account(key="a", platform="one"),
            Account(key="b", platform="two"),
            Account(key="c", platform="text"),
        ),
    )
    facts = {
        "one": limits(Shape.PORTRAIT, alt=120),
        "two": limits(Shape.LANDSCAPE, images=1),
        "text": limits(Shape.SQUARE, images=0),
    }
    told: list[tuple[int, int]] = []
    found = render.messages(
        campaign, folder, facts, progress=lambda done, total: told.append((done, total))
    )
    sizes = [[(each.width, each.height) for each in message.pictures] for message in found]

    assert [(each.post, each.account) for each in found] == [
        (post, account) for post in ("IKW-01", "IKW-02") for account in "abc"
    ]
    assert sizes == [
        [(1080, 1350), (1600, 800)],
        [(1600, 900)],
        [],
        [(1080, 1350)],
        [(1600, 900)],
        [],
    ]
    assert len(found[0].pictures[0].alt) <= 120
    assert "#EinTag" in found[1].pictures[0].alt
    assert found[0].pictures[1].alt == "Noch ein Bild"
    assert told[-1] == (5, 5)
    assert "Wir fangen an & freuen uns\n\nMusterstraße 1" in found[2].text


def test_each_platform_gets_files_within_its_limits(folder: Path) -> None:
    wide = PlannedPicture(file="breit.png", alt="Breit")
    Image.effect_noise((3000, 900), 60).save(folder / "pictures" / "breit.png")
    campaign = campaign_of(
        a_post(pictures=(PHOTO, wide)),
        accounts=(Account(key="a", platform="roomy"), Account(key="b", platform="narrow")),
    )
    facts = {
        "roomy": limits(Shape.SQUARE),
        "narrow": limits(Shape.SQUARE, image_bytes=90_000, image_side=1080, aspect=(0.8, 1.91)),
    }
    roomy, narrow = render.messages(campaign, folder, facts)

    assert (roomy.pictures[1].width, roomy.pictures[1].height) == (1600, 480)
    assert all(len(picture.data) <= 90_000 for picture in narrow.pictures)
    assert narrow.pictures[0].width == 1080
    assert narrow.pictures[1].width <= 1080
    assert abs(narrow.pictures[1].width / narrow.pictures[1].height - 1.91) < 0.01


def test_rendering_again_gives_the_same_messages(folder: Path) -> None:
    campaign = campaign_of(a_post())
    facts = {"mastodon": limits(Shape.PORTRAIT)}
    first, again = (render.messages(campaign, folder, facts) for _ in range(2))

    assert [each.digest for each in first] == [each.digest for each in again]
    assert first[0].pictures[0].sha256 == hashlib.sha256(again[0].pictures[0].data).hexdigest()

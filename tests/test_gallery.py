"""The gallery: everything that goes out, on one page that needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from integrado_poster import render
from integrado_poster.contract import Limits, Ruler
from integrado_poster.model import Account, Campaign, Message, Picture, Shape, Translation
from tests.builders import a_campaign, a_message, a_planned_post, an_organisation

EVIL = "<script>alert('x')</script> & \"so\""
LIMITS = {
    "mastodon": Limits(rulers=(Ruler(limit=500, measure=len, unit=""),), shape=Shape.PORTRAIT)
}
ARABIC = "أهلاً وسهلاً بكم"


class Page(HTMLParser):
    """The tags of a page with their attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def a_card(alt: str = "Auf der Karte steht viel.", colour: str = "teal") -> Picture:
    target = BytesIO()
    Image.new("RGB", (108, 135), colour).save(target, "JPEG")
    return Picture(data=target.getvalue(), alt=alt, width=108, height=135)


def shown(
    folder: Path, campaign: Campaign, *messages: Message, limits: Any = LIMITS
) -> tuple[Page, str]:
    text = render.gallery(campaign, messages, folder, limits=limits).read_text(encoding="utf-8")
    return Page(text), text


def test_each_post_shows_what_each_account_says_with_its_count(tmp_path: Path) -> None:
    campaign = a_campaign(
        accounts=(
            Account(key="netz-mastodon", platform="mastodon", handle="@netz@social.example"),
        ),
        posts=(a_planned_post(), a_planned_post(id="IKW-02")),
    )
    messages = [a_message(post=post.id, pictures=(a_card(),)) for post in campaign.posts]
    page, text = shown(tmp_path, campaign, *messages)

    assert len(page.all("section")) == len(page.all("article")) == 2
    assert "Wir fangen an & freuen uns" in page.words
    assert "26 von 500" in page.words
    assert "@netz@social.example" in page.words
    assert "Sonntag, 26. September 2021, 14:00 Uhr · IKW-01" in page.words
    assert text.startswith('<!doctype html>\n<html lang="de" dir="ltr">')


def test_each_picture_lies_beside_the_page_once_with_its_alt_text_to_read(tmp_path: Path) -> None:
    messages = [a_message(account=key, pictures=(a_card(),)) for key in ("a", "b")]
    accounts = tuple(Account(key=key, platform="mastodon") for key in ("a", "b"))
    page, _ = shown(tmp_path, a_campaign(accounts=accounts), *messages)
    images = page.all("img")

    assert [image["alt"] for image in images] == ["Auf der Karte steht viel."] * 2
    assert (tmp_path / str(images[0]["src"])).read_bytes() == a_card().data
    assert len(list((tmp_path / "pictures").iterdir())) == 1
    assert page.words.count("Bildbeschreibung (25 Zeichen)") == 2
    assert page.words.count("Auf der Karte steht viel.") == 2


def test_the_page_needs_no_script_and_no_other_host(tmp_path: Path) -> None:
    page, text = shown(tmp_path, a_campaign(), a_message(pictures=(a_card(),)))
    addresses = [
        value for _, each in page.tags for key, value in each.items() if key in ("src", "href")
    ]

    assert addresses
    assert all(re.match(r"(#|pictures/)", str(address)) for address in addresses)
    assert not {"script", "link", "iframe"} & {tag for tag, _ in page.tags}
    assert "url(" not in text
    assert "@import" not in text


def test_words_from_a_plan_never_become_markup(tmp_path: Path) -> None:
    campaign = a_campaign(
        name=EVIL,
        accounts=(Account(key="netz-mastodon", platform="mastodon", handle=EVIL),),
        organisations=(an_organisation(name=EVIL, monogram="<b>"),),
        posts=(a_planned_post(headline=EVIL, text=EVIL),),
    )
    page, _ = shown(tmp_path, campaign, a_message(text=EVIL, pictures=(a_card(alt=EVIL),)))
    tame, _ = shown(tmp_path, a_campaign(), a_message(text="Zahm", pictures=(a_card(),)))

    assert [tag for tag, _ in page.tags] == [tag for tag, _ in tame.tags]
    assert page.all("img")[0]["alt"] == EVIL
    assert page.words.count(EVIL) >= 6


def test_translations_name_their_language_and_direction(tmp_path: Path) -> None:
    post = a_planned_post(translations=(Translation(language="ar", text=ARABIC),))
    text = f"Willkommen\n\n{ARABIC}\n\nhttps://example.org #EinTag"
    page, source = shown(tmp_path, a_campaign(posts=(post,)), a_message(text=text))

    assert {"lang": "ar", "dir": "rtl"} in page.all("p")
    assert "<b>https://example.org</b> <b>#EinTag</b>" in source


def test_a_message_without_picture_says_so_and_a_page_without_limits_counts_nothing(
    tmp_path: Path,
) -> None:
    page, _ = shown(tmp_path, a_campaign(), a_message(pictures=()), limits=None)

    assert "Ohne Bild." in page.words
    assert " von 500" not in page.words


def test_an_english_campaign_gets_an_english_page(tmp_path: Path) -> None:
    page, text = shown(tmp_path, a_campaign(language="en"), a_message(pictures=(a_card(),)))

    assert '<html lang="en" dir="ltr">' in text
    assert "26 of 500" in page.words
    assert "Description (25 characters)" in page.words


def test_the_same_messages_give_the_same_page(tmp_path: Path) -> None:
    _, first = shown(tmp_path / "a", a_campaign(), a_message(pictures=(a_card(),)))
    _, again = shown(tmp_path / "b", a_campaign(), a_message(pictures=(a_card(),)))

    assert first == again

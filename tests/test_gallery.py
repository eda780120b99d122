"""The gallery: everything that goes out, on one page that needs nothing else."""

from __future__ import annotations

import re
from decimal import Decimal
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from integrado_poster import render
from integrado_poster.contract import Feed, Limits, Price, Ruler
from integrado_poster.model import Account, Campaign, Message, Picture, Shape, Translation
from tests.builders import a_campaign, a_message, a_planned_post, an_organisation

EVIL = "<script>alert('x')</script> & \"so\""
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


def a_card(
    alt: str = "Auf der Karte steht viel.",
    colour: str = "teal",
    size: tuple[int, int] = (108, 135),
) -> Picture:
    target = BytesIO()
    Image.new("RGB", size, colour).save(target, "JPEG")
    return Picture(data=target.getvalue(), alt=alt, width=size[0], height=size[1])


def known(most: int = 500, **facts: Any) -> dict[str, Limits]:
    """What is known of the one platform."""
    ruler = Ruler(limit=most, measure=len, unit="")
    return {"mastodon": Limits(rulers=(ruler,), shape=Shape.PORTRAIT, **facts)}


def shown(
    folder: Path, campaign: Campaign, *messages: Message, limits: Any = ()
) -> tuple[Page, str]:
    limits = known() if limits == () else limits
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
    assert page.words.count("Bild 1 von 1, Beschreibung (25 von 1.000 Zeichen)") == 2
    assert page.words.count("Auf der Karte steht viel.") == 2


def test_pictures_that_no_post_shows_any_more_go_and_strangers_stay(tmp_path: Path) -> None:
    shown(tmp_path, a_campaign(), a_message(pictures=(a_card(colour="red"),)))
    (tmp_path / "pictures" / "urlaub.jpg").write_bytes(b"mine")
    page, _ = shown(tmp_path, a_campaign(), a_message(pictures=(a_card(colour="blue"),)))

    kept = {f"pictures/{path.name}" for path in (tmp_path / "pictures").iterdir()}
    assert kept == {page.all("img")[0]["src"], "pictures/urlaub.jpg"}


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

    # A handle may break before its dots, and the evil one has none.
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in tame.tags if tag != "wbr"]
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
    assert "description (25 of 1,000 characters)" in page.words


def test_the_same_messages_give_the_same_page(tmp_path: Path) -> None:
    _, first = shown(tmp_path / "a", a_campaign(), a_message(pictures=(a_card(),)))
    _, again = shown(tmp_path / "b", a_campaign(), a_message(pictures=(a_card(),)))

    assert first == again


# --- As the platform shows it ---------------------------------------------------------


def test_what_a_platform_folds_away_is_there_after_a_tap(tmp_path: Path) -> None:
    message = a_message(text="Eins zwei drei.\n\nVier fünf sechs.", pictures=())
    page, source = shown(tmp_path, a_campaign(), message, limits=known(fold=23))
    before, after = source.split('<summary lang="de" dir="ltr">… Mehr anzeigen</summary>')

    assert '<p dir="auto">Vier</p>' in before
    assert after.startswith('\n<p dir="auto">fünf sechs.</p></details>')
    assert len(page.all("details")) == 2


def test_nothing_is_folded_where_all_can_be_seen_or_no_fold_is_known(tmp_path: Path) -> None:
    message = a_message(text="Eins zwei drei.", pictures=())
    for facts in ({"fold": 15}, {}):
        _, source = shown(tmp_path, a_campaign(), message, limits=known(**facts))
        assert "Mehr anzeigen" not in source


def test_a_translation_keeps_its_language_on_both_sides_of_the_fold(tmp_path: Path) -> None:
    post = a_planned_post(translations=(Translation(language="ar", text=ARABIC),))
    message = a_message(text=f"Willkommen\n\n{ARABIC}", pictures=())
    campaign = a_campaign(posts=(post,))
    page, _ = shown(tmp_path, campaign, message, limits=known(fold=20))

    assert page.all("p").count({"lang": "ar", "dir": "rtl"}) == 2


def test_a_picture_stands_above_the_words_where_the_platform_puts_it(tmp_path: Path) -> None:
    message = a_message(text="Die Worte.", pictures=(a_card(),))
    for first in (True, False):
        limits = known(feed=Feed(picture_first=first))
        _, source = shown(tmp_path, a_campaign(), message, limits=limits)
        seen, _, read = source.partition("</article>")[0].partition('<details class="reading">')
        assert (seen.index("<img") < seen.index("Die Worte.")) is first
        assert (read.index("Auf der Karte") < read.index("Die Worte.")) is first


def test_only_a_picture_taller_than_the_feed_shows_is_cropped(tmp_path: Path) -> None:
    limits = known(feed=Feed(tallest=4 / 5))
    for size, cropped in (((108, 135), False), ((108, 192), True)):
        message = a_message(pictures=(a_card(size=size),))
        page, source = shown(tmp_path, a_campaign(), message, limits=limits)
        assert (page.all("img")[0].get("style") == "aspect-ratio:0.800") is cropped
        assert ("beschneidet" in source) is cropped


def test_several_pictures_share_the_place_that_the_platform_gives_them(tmp_path: Path) -> None:
    message = a_message(pictures=(a_card(), a_card(colour="red"), a_card(colour="blue")))
    together, _ = shown(tmp_path, a_campaign(), message, limits=known(feed=Feed(grid=1.5)))
    alone, _ = shown(tmp_path, a_campaign(), message)

    assert {"class": "grid of-3", "style": "aspect-ratio:1.500"} in together.all("div")
    assert not any("grid" in str(each.get("class")) for each in alone.all("div"))
    assert len(alone.all("img")) == len(together.all("img")) == 3


def test_a_link_becomes_a_card_only_without_pictures_and_where_it_does(tmp_path: Path) -> None:
    limits = known(feed=Feed(link_card=True))
    cards = [
        "link-card" in shown(tmp_path, a_campaign(), message, limits=facts)[1].split("</style>")[1]
        for message, facts in (
            (a_message(text="Siehe https://awo.example.org/da.", pictures=()), limits),
            (a_message(text="Siehe https://awo.example.org/da.", pictures=(a_card(),)), limits),
            (a_message(text="Siehe dort.", pictures=()), limits),
            (a_message(text="Siehe https://awo.example.org/da.", pictures=()), known()),
        )
    ]

    assert cards == [True, False, False, False]


def test_what_had_no_room_is_named_for_people(tmp_path: Path) -> None:
    post = a_planned_post(
        text="Der Text.",
        link="https://example.org",
        translations=(Translation(language="ar", text=ARABIC),),
    )
    campaign = a_campaign(posts=(post,), hashtags=("Eins", "Zwei"))
    page, _ = shown(
        tmp_path, campaign, a_message(text="Der Text.\n\n#Eins", pictures=()), limits=known(17)
    )
    other, _ = shown(tmp_path, campaign, a_message(text="Anders."), limits=known(17))

    assert "Kein Platz mehr für: Link, weitere Hashtags, Übersetzung (Arabisch)." in page.words
    assert "Kein Platz" not in other.words


def test_a_platform_that_charges_says_what_each_post_and_all_of_them_cost(tmp_path: Path) -> None:
    def linked(text: str) -> bool:
        return "example.org" in text

    price = Price(
        post=Decimal("0.015"), linked=Decimal("0.2"), alt=Decimal("0.005"), has_link=linked
    )
    campaign = a_campaign(posts=(a_planned_post(), a_planned_post(id="IKW-02")))
    messages = [
        a_message(text="Siehe example.org", pictures=(a_card(),)),
        a_message(post="IKW-02", text="Ohne.", pictures=()),
    ]
    page, _ = shown(tmp_path, campaign, *messages, limits=known(price=price))

    assert "Kostet etwa 0,21 US-Dollar, ohne Link wären es 0,02." in page.words
    assert "Kostet etwa 0,02 US-Dollar." in page.words
    assert "zusammen etwa 0,22 US-Dollar, ohne Links wären es 0,04." in page.words


# --- Several messages on one account ------------------------------------------------------

PRICE = Price(
    post=Decimal("0.015"),
    linked=Decimal("0.2"),
    alt=Decimal("0.005"),
    has_link=lambda text: "example.org" in text,
)


def a_chain(*texts: str, **changes: Any) -> list[Message]:
    """Parts of a post, the first with a card."""
    first = changes.pop("part", 1)
    return [
        a_message(
            text=text,
            part=first + number,
            follows=number > 0,
            pictures=() if number else (a_card(),),
            **changes,
        )
        for number, text in enumerate(texts)
    ]


def test_a_chain_is_one_post_whose_parts_have_their_own_counts(tmp_path: Path) -> None:
    parts = a_chain("Eins. (1/3)", "Zwei zwei. (2/3)", "Drei. (3/3)")
    page, source = shown(tmp_path, a_campaign(), *parts)
    chain = source.partition('<ol class="chain">')[2].partition("</ol>")[0]

    assert len(page.all("article")) == 1
    assert chain.count("<li>") == chain.count('class="seen"') == 3
    assert "Kette aus 3 Beiträgen" in page.words
    for said in ("Teil 1 von 3", "11 von 500", "Teil 2 von 3", "16 von 500", "Teil 3 von 3"):
        assert said in page.words
    assert chain.count("<img") == 1
    assert "Ohne Bild." not in page.words


def test_a_chain_is_read_aloud_part_by_part(tmp_path: Path) -> None:
    _, source = shown(tmp_path, a_campaign(), *a_chain("Eins. (1/2)", "Zwei. (2/2)"))
    read = source.partition('<details class="reading">')[2]
    order = [
        "Teil 1 von 2, Text",
        "Eins.",
        "Auf der Karte steht viel.",
        "Teil 2 von 2, Text",
        "Zwei.",
    ]

    assert [read.index(said) for said in order] == sorted(read.index(said) for said in order)


def test_a_chain_has_one_price_for_all_of_its_parts(tmp_path: Path) -> None:
    parts = a_chain("Eins. (1/2)", "Zwei. (2/2)\n\nhttps://example.org")
    page, _ = shown(tmp_path, a_campaign(), *parts, limits=known(price=PRICE))

    assert page.words.count("Kostet etwa") == 1
    assert "Kostet etwa 0,22 US-Dollar, ohne Link wären es 0,04." in page.words


def test_each_language_that_stands_alone_is_a_post_with_its_name(tmp_path: Path) -> None:
    post = a_planned_post(translations=(Translation(language="ar", text=f"{ARABIC}. {ARABIC}."),))
    messages = [
        a_message(pictures=(a_card(),)),
        *a_chain(f"{ARABIC}. (1/2)", f"{ARABIC}. (2/2)", part=2, language="ar"),
        a_message(account="b", pictures=(a_card(),)),
    ]
    accounts = tuple(Account(key=key, platform="mastodon") for key in ("netz-mastodon", "b"))
    campaign = a_campaign(posts=(post,), accounts=accounts)
    page, source = shown(tmp_path, campaign, *messages)

    assert [each["class"] for each in page.all("article")] == ["message"] * 3
    titles = re.findall("<h3>(.*?)</h3>", source)
    assert titles == ["Mastodon", "Mastodon", "Mastodon · Arabisch"]  # language by language
    assert page.all("div").count({"class": "text", "lang": "ar", "dir": "rtl"}) == 2


def test_a_piece_of_a_translation_in_a_chain_keeps_its_language(tmp_path: Path) -> None:
    post = a_planned_post(translations=(Translation(language="ar", text=f"{ARABIC}. {ARABIC}!"),))
    parts = a_chain(f"Kommen Sie. (1/2)\n\n{ARABIC}.", f"{ARABIC}! (2/2)")
    page, _ = shown(tmp_path, a_campaign(posts=(post,)), *parts)

    assert page.all("p").count({"lang": "ar", "dir": "rtl"}) == 2


def test_a_link_that_is_left_out_is_named_with_what_that_saves(tmp_path: Path) -> None:
    campaign = a_campaign(
        posts=(a_planned_post(link="https://example.org"),), no_link=("mastodon",)
    )
    priced, _ = shown(tmp_path, campaign, a_message(), limits=known(price=PRICE))
    free, _ = shown(tmp_path, campaign, a_message())

    assert "Ohne den Link: So ist es im Plan eingestellt, und es spart etwa 0,19 US-Dollar." in (
        priced.words
    )
    assert "zusammen etwa 0,02 US-Dollar. Ohne die Links: Das spart etwa 0,19." in priced.words
    assert "Ohne den Link: So ist es im Plan eingestellt." in free.words


def test_without_any_link_nothing_is_said_about_links(tmp_path: Path) -> None:
    page, _ = shown(tmp_path, a_campaign(), a_message(), limits=known(price=PRICE))

    assert "zusammen etwa 0,02 US-Dollar." in page.words
    assert "Link" not in page.words


def test_hashtags_are_read_as_the_words_that_their_capitals_make(tmp_path: Path) -> None:
    message = a_message(text="Schön. #InterkulturelleWoche #IKW2021", pictures=())
    page, _ = shown(tmp_path, a_campaign(), message)

    assert "Schön. # Interkulturelle Woche # IKW 2021" in page.words

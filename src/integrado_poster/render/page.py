"""The gallery: one page that shows every text and every card as it will go out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from integrado_poster.contract import Limits
from integrado_poster.model import Account, Campaign, Message, Picture, PlannedPost
from integrado_poster.render import captions, tones, words


def gallery(
    campaign: Campaign,
    messages: Sequence[Message],
    folder: Path,
    *,
    limits: Mapping[str, Limits] | None = None,
) -> Path:
    """Write `folder`/index.html and its pictures, and give the page's path.

    It needs no script and no other host. With `limits` (by platform) each text says how much of
    its room it takes. Same messages, same page.
    """
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for message in messages:
        for picture in message.pictures:
            target = folder / _address(picture)
            if not target.exists():
                target.write_bytes(picture.data)
    page = folder / "index.html"
    text = "\n".join(_page(campaign, messages, limits or {}))
    page.write_text(text, encoding="utf-8", newline="\n")
    return page


def _address(picture: Picture) -> str:
    """Where a picture lies, seen from the page."""
    return f"pictures/{picture.sha256[:20]}.jpg"


def _page(
    campaign: Campaign, messages: Sequence[Message], limits: Mapping[str, Limits]
) -> Iterator[str]:
    our = _our(campaign)
    posts = [post for post in campaign.posts if any(each.post == post.id for each in messages)]
    style = (files("integrado_poster.render") / "templates" / "gallery.css").read_text()
    language = escape(campaign.language, quote=True)
    accounts = {message.account for message in messages}
    yield f'<!doctype html>\n<html lang="{language}" dir="{words.direction(campaign.language)}">'
    yield '<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="robots" content="noindex">'
    yield f"<title>{escape(campaign.name)} – {our['title']}</title>"
    yield f"<style>\n{style}</style>\n</head>\n<body>"
    yield f'<a class="skip" href="#main">{our["skip"]}</a>'
    yield f'<header class="top">\n<h1>{escape(campaign.name)}</h1>'
    yield f"<p>{escape(_counted(our, len(posts), len(accounts), len(messages)))}</p>"
    yield f'<nav aria-label="{our["days"]}"><ul class="days">'
    for post in posts:
        day = escape(captions.day(campaign, post, "EEE d.M."))
        yield f'<li><a href="#{_anchor(post)}">{_monogram(campaign, post)}{day}</a></li>'
    yield '</ul></nav>\n</header>\n<main id="main">'
    for post in posts:
        mine = [message for message in messages if message.post == post.id]
        yield from _post(campaign, post, mine, limits)
    yield f"</main>\n<footer>{our['footer']}</footer>\n</body>\n</html>\n"


def _post(
    campaign: Campaign,
    post: PlannedPost,
    messages: Sequence[Message],
    limits: Mapping[str, Limits],
) -> Iterator[str]:
    our = _our(campaign)
    said = captions.card_words(campaign, post)
    moment = (post.time or campaign.time).strftime("%H:%M")
    when = f"{captions.day(campaign, post)}, {our['time'].format(moment)} · {post.id}"
    yield f'<section class="post" id="{_anchor(post)}" aria-labelledby="{_anchor(post)}-h">'
    yield f"<header>{_monogram(campaign, post)}<div>"
    yield f'<p class="when">{escape(when)}</p>'
    yield f'<h2 id="{_anchor(post)}-h"{_tongue(post.language)}>{escape(said.headline)}</h2>'
    yield f"<p>{escape(said.organisation)}</p></div>"
    if said.areas:
        areas = "".join(f"<li>{escape(area)}</li>" for area in said.areas)
        yield f'<ul class="areas" aria-label="{our["areas"]}">{areas}</ul>'
    yield '</header>\n<div class="shown">'
    accounts = {account.key: account for account in campaign.accounts}
    for message in messages:
        yield from _message(our, post, message, accounts[message.account], limits)
    yield "</div>\n</section>"


def _message(
    our: Mapping[str, str],
    post: PlannedPost,
    message: Message,
    account: Account,
    limits: Mapping[str, Limits],
) -> Iterator[str]:
    handle = escape(account.handle or account.key)
    yield '<article class="message">\n<header>'
    yield f"<h3>{escape(message.platform.capitalize())}</h3>"
    if message.platform in limits:
        length, limit = limits[message.platform].tightest(message.text)
        yield f'<p class="count">{our["count"].format(f"<b>{length:d}</b>", limit)}</p>'
    yield f'<p class="handle">{handle}</p></header>\n<div class="text"{_tongue(message.language)}>'
    yield "".join(_paragraphs(post, message)) + "</div>"
    for picture in message.pictures:
        yield from _figure(our, picture)
    if not message.pictures:
        yield f'<p class="none">{our["no picture"]}</p>'
    yield "</article>"


def _figure(our: Mapping[str, str], picture: Picture) -> Iterator[str]:
    address, alt = _address(picture), escape(picture.alt, quote=True)
    size = f'width="{picture.width}" height="{picture.height}"'
    summary = our["alt"].format(len(picture.alt))
    yield f'<figure><a href="{address}"><img src="{address}" {size} alt="{alt}" loading="lazy"></a>'
    yield f'<details><summary>{summary}</summary><p dir="auto">{alt}</p></details></figure>'


def _paragraphs(post: PlannedPost, message: Message) -> Iterator[str]:
    """The text's blocks; a translation says its language, everything finds its direction."""
    translations = {each.text.strip(): each.language for each in post.translations}
    known = "|".join(re.escape(text) for text in translations if text)
    for part in re.split(f"({known})", message.text) if known else [message.text]:
        for block in [part] if part in translations else part.split("\n\n"):
            if not block.strip():
                continue
            said = re.sub(
                r"(?<![\w&/])([#@][\w@.-]*\w)|(https?://[^\s<]+)",
                r"<b>\g<0></b>",
                escape(block.strip()),
            )
            spoken = _tongue(translations[part]) if part in translations else ' dir="auto"'
            yield f"<p{spoken}>{said}</p>"


def _tongue(language: str) -> str:
    """The attributes that name a language and its direction."""
    return f' lang="{escape(language, quote=True)}" dir="{words.direction(language)}"'


def _monogram(campaign: Campaign, post: PlannedPost) -> str:
    tone = tones.tones(campaign.members[post.organisation].colour)
    style = f"background:{tone['colour']};color:{tone['on-colour']}"
    letters = escape(captions.card_words(campaign, post).monogram)
    return f'<span class="mono" style="{style}" aria-hidden="true">{letters}</span>'


def _anchor(post: PlannedPost) -> str:
    return "post-" + re.sub(r"[^\w-]", "-", post.id)


def _counted(our: Mapping[str, str], posts: int, accounts: int, messages: int) -> str:
    return our["counts"].format(posts, accounts, messages)


def _our(campaign: Campaign) -> Mapping[str, str]:
    return _OUR["de" if campaign.language.lower().split("-")[0] == "de" else "en"]


_OUR = {
    "de": {
        "title": "Vorschau",
        "skip": "Zu den Beiträgen",
        "days": "Tage",
        "areas": "Arbeitsfelder",
        "counts": "{} Beiträge, {} Konten, {} Fassungen: so gehen sie hinaus.",
        "time": "{} Uhr",
        "count": "{} von {}",
        "alt": "Bildbeschreibung ({} Zeichen)",
        "no picture": "Ohne Bild.",
        "footer": "Diese Seite lädt nichts aus dem Netz. Sie zeigt Wort für Wort und Bild für Bild, "
        "was veröffentlicht wird.",
    },
    "en": {
        "title": "Preview",
        "skip": "Skip to the posts",
        "days": "Days",
        "areas": "Areas of work",
        "counts": "{} posts, {} accounts, {} versions: this is how they will go out.",
        "time": "{}",
        "count": "{} of {}",
        "alt": "Description ({} characters)",
        "no picture": "Without a picture.",
        "footer": "This page loads nothing from the net. It shows word by word and picture by picture "
        "what will be published.",
    },
}

"""The gallery: one page that shows every text and every card as it will go out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from integrado_poster.contract import Limits
from integrado_poster.model import Campaign, Message, PlannedPost
from integrado_poster.render import captions, live, notes, page_words, preview, tones, words
from integrado_poster.render.shown import Shown, address, tongue


def gallery(
    campaign: Campaign,
    messages: Sequence[Message],
    folder: Path,
    *,
    limits: Mapping[str, Limits] | None = None,
    watched: bool = False,
) -> Path:
    """Write `folder`/index.html and its pictures, and give the page's path.

    It needs no script and no other host. With `limits` (by platform) it shows each post as that
    platform does. Same messages, same page. Only one that is `watched` has a script (see `live`).
    """
    shelf = folder / "pictures"
    shelf.mkdir(parents=True, exist_ok=True)
    shown = {address(each): each.data for one in messages for each in one.pictures}
    for name, data in shown.items():
        if not (folder / name).exists():
            _write(folder / name, data)
    text = "\n".join(_page(campaign, messages, limits or {}))
    page = folder / "index.html"
    if watched:
        text = live.lively(text, campaign.language)
    _write(page, text.encode())
    if watched:
        live.say(folder)
    for old in shelf.iterdir():
        if _OURS.fullmatch(old.name) and f"pictures/{old.name}" not in shown:
            old.unlink()
    return page


_OURS = re.compile(r"[0-9a-f]{20}\.jpg")


def _write(path: Path, data: bytes) -> None:
    """Write a file in one go: a browser that looks at it sees the old or the new one."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    new.replace(path)


def _page(
    campaign: Campaign, messages: Sequence[Message], limits: Mapping[str, Limits]
) -> Iterator[str]:
    our = page_words.said(campaign.language)
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
    yield f"<p>{our['counts'].format(len(posts), len(accounts), len(messages))}</p>"
    yield from notes.totals(our, campaign, messages, limits)
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
    our = page_words.said(campaign.language)
    said = captions.card_words(campaign, post)
    moment = (post.time or campaign.time).strftime("%H:%M")
    when = f"{captions.day(campaign, post)}, {our['time'].format(moment)} · {post.id}"
    yield f'<section class="post" id="{_anchor(post)}" aria-labelledby="{_anchor(post)}-h">'
    yield f"<header>{_monogram(campaign, post)}<div>"
    yield f'<p class="when">{escape(when)}</p>'
    yield f'<h2 id="{_anchor(post)}-h"{tongue(post.language)}>{escape(said.headline)}</h2>'
    yield f"<p>{escape(said.organisation)}</p></div>"
    if said.areas:
        areas = "".join(f"<li>{escape(area)}</li>" for area in said.areas)
        yield f'<ul class="areas" aria-label="{our["areas"]}">{areas}</ul>'
    yield '</header>\n<div class="shown">'
    accounts = {account.key: account for account in campaign.accounts}
    for parts in _chains(messages):
        account, about = accounts[parts[0].account], limits.get(parts[0].platform)
        shown = [Shown(campaign, post, account, message, about) for message in parts]
        yield from preview.article(shown)
    yield "</div>\n</section>"


def _chains(messages: Sequence[Message]) -> list[list[Message]]:
    """What stands by itself with all that follows it; first everybody's first, then everybody's second."""
    chains: dict[str, list[list[Message]]] = {}
    for message in messages:
        of_account = chains.setdefault(message.account, [])
        if message.follows and of_account:
            of_account[-1].append(message)
        else:
            of_account.append([message])
    most = max(map(len, chains.values()), default=0)
    return [
        mine[number] for number in range(most) for mine in chains.values() if number < len(mine)
    ]


def _monogram(campaign: Campaign, post: PlannedPost) -> str:
    tone = tones.tones(campaign.members[post.organisation].colour)
    style = f"background:{tone['colour']};color:{tone['on-colour']}"
    letters = escape(captions.card_words(campaign, post).monogram)
    return f'<span class="mono" style="{style}" aria-hidden="true">{letters}</span>'


def _anchor(post: PlannedPost) -> str:
    return "post-" + re.sub(r"[^\w-]", "-", post.id)

"""The stage's page: every platform's timeline as a reader would see it, faults, requests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape
from itertools import starmap

from integrado_poster.stage.faults import KINDS, PLACES
from integrado_poster.stage.page_words import WORDS, moment
from integrado_poster.stage.shown import Seen, Shown, ShownPicture

MOST = 200
"""Posts of one platform that the page shows."""

_MARKED = re.compile(r"https?://[^\s<>\"]+|(?<![\w/&])#\w+|(?<![\w/])@[\w.-]+(?:@[\w.-]+\w)?")
_SECRET = re.compile(r"((?:access|input)_token=)[^&]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything that the page shows."""

    titles: Mapping[str, str]
    timelines: Mapping[str, Sequence[Shown]]
    requests: Sequence[Seen]
    waiting: Mapping[tuple[str, str], Sequence[str]]
    revoked: frozenset[str]
    drawn: Mapping[str, int]
    language: str
    zone: tzinfo
    name: str  #: Who posts.
    problem: str = ""


def page(view: View) -> str:
    """The whole page in HTML; every word that came from outside is escaped."""
    words = WORDS[view.language]
    columns = "".join(_column(view, name) for name in view.titles)
    problem = (
        f'<p class="problem" role="alert">{words["error"]}: {safe(view.problem)}</p>'
        if view.problem
        else ""
    )
    return (
        f'<!DOCTYPE html><html lang="{view.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words['title']}</title>"
        '<link rel="stylesheet" href="/_stage/style.css"><link rel="icon" href="data:,">'
        f'</head><body><a class="skip" href="#posts">{words["skip"]}</a>'
        f'<header class="top"><div><h1>{words["title"]}</h1><p>{words["lead"]}</p></div>'
        f'<nav><a class="button" href="#faults">{words["faults"]}</a> '
        f'<a class="button" href="/">{words["reload"]}</a></nav></header>{problem}'
        f'<main><div class="columns" id="posts" tabindex="-1">{columns}</div>'
        f'<div class="desk">{_faults(view)}{_requests(view)}</div></main></body></html>'
    )


def safe(text: str) -> str:
    """Text for HTML: escaped, and without characters that no page may hold."""
    return escape(_CONTROL.sub("\ufffd", text))


def _column(view: View, name: str) -> str:
    words, posts = WORDS[view.language], view.timelines[name]
    count = f"{len(posts)} {words['post' if len(posts) == 1 else 'posts']}"
    title = safe(view.titles[name])
    inside = "".join(_post(view, name, post) for post in threaded(posts[:MOST]))
    return (
        f'<section class="column {name}" aria-labelledby="t-{name}">'
        f'<div class="head"><h2 id="t-{name}">{title}</h2><p>{count}</p></div>'
        f"{inside or '<p class=empty>' + words['empty'] + '</p>'}</section>"
    )


def threaded(posts: Sequence[Shown]) -> list[Shown]:
    """The posts, newest first, with what answers each of them right under it."""
    there = {post.id for post in posts}
    below: dict[str, list[Shown]] = {}
    for post in reversed(posts):
        if post.answers in there:
            below.setdefault(post.answers or "", []).append(post)
    rest = [post for post in reversed(posts) if post.answers not in there]
    found = []
    while rest:
        found.append(rest.pop())
        rest += reversed(below.get(found[-1].id, []))
    return found


def _post(view: View, platform: str, post: Shown) -> str:
    words = WORDS[view.language]
    local = moment(post.at.astimezone(view.zone), view.language)
    tongue = f' lang="{safe(post.language)}"' if post.language else ""
    told = (
        f'<span class="chip" title="{words["language"]}">{safe(post.language)}</span>'
        if post.language
        else ""
    )
    pictures = "".join(_picture(words, picture) for picture in post.pictures)
    grid = (
        f'<div class="pictures n{min(4, len(post.pictures))}">{pictures}</div>' if pictures else ""
    )
    above = ""
    if post.answers:
        number = safe(_named(post.answers))
        above = f'<p class="above">↳ {words["answers"]} <a href="#p-{number}">{number}</a></p>'
    return (
        f'<article id="{safe(anchor(post))}"{" class=answer" if above else ""}>{above}<header><span class="face" aria-hidden="true">{safe(view.name[:1])}</span>'
        f'<div class="who"><strong>{safe(view.name)}</strong>'
        f'<time datetime="{post.at.isoformat()}">{local}</time></div>{told}</header>'
        f'<div class="text"{tongue}>{_text(post.text)}</div>{grid}'
        f'{_alts(words, post.pictures)}<footer title="{safe(post.url)}">{safe(_number(post))}'
        "</footer></article>"
    )


def anchor(post: Shown) -> str:
    """The name of a post's place on the page."""
    return f"p-{_number(post)}"


def _number(post: Shown) -> str:
    return _named(post.id)


def _named(id: str) -> str:
    return id.rpartition("/")[2]


def _text(text: str) -> str:
    # Each paragraph finds its own direction, as in the platforms' apps.
    return "".join(
        f'<p dir="auto">{_marked(part)}</p>' for part in re.split(r"\n{2,}", text) if part.strip()
    )


def _marked(text: str) -> str:
    pieces, end = [], 0
    for match in _MARKED.finditer(text):
        pieces.append(safe(text[end : match.start()]))
        pieces.append(f'<bdi class="mark">{safe(match.group())}</bdi>')
        end = match.end()
    return "".join([*pieces, safe(text[end:])])


def _picture(words: Mapping[str, str], picture: ShownPicture) -> str:
    label = "" if picture.alt else f'<span class="chip bad">{words["no_alt"]}</span>'
    return (
        f'<figure><img src="/_stage/pictures/{picture.sha256}" alt="{safe(picture.alt)}" '
        f'width="{picture.width}" height="{picture.height}" loading="lazy">{label}</figure>'
    )


def _alts(words: Mapping[str, str], pictures: Sequence[ShownPicture]) -> str:
    told = [f'<p dir="auto">{safe(picture.alt)}</p>' for picture in pictures if picture.alt]
    if not told:
        return ""
    return f"<details><summary>{words['alt']}</summary>{''.join(told)}</details>"


def _options(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(f'<option value="{name}">{safe(title)}</option>' for name, title in pairs)


def _faults(view: View) -> str:
    words = WORDS[view.language]
    platforms = _options([(name, view.titles[name]) for name in view.titles])
    kinds = _options([(kind, words[kind]) for kind in KINDS])
    places = _options([(place, words[place]) for place in PLACES])
    return (
        f'<section aria-labelledby="faults"><h2 id="faults">{words["faults"]}</h2>'
        f"<p>{words['faults_lead']}</p>"
        '<form method="post" action="/_stage/faults" class="row">'
        f'<label>{words["platform"]}<select name="platform">{platforms}</select></label>'
        f'<label class="wide">{words["fault"]}<select name="fault">{kinds}</select></label>'
        f'<label>{words["place"]}<select name="on">{places}</select></label>'
        f'<label>{words["times"]}<input name="times" type="number" min="1" max="99" value="1">'
        f'</label><button class="button primary">{words["play"]}</button></form>'
        f"{_waiting(view)}{_drawn(view)}</section>"
    )


def _waiting(view: View) -> str:
    words = WORDS[view.language]
    rows = []
    for name in view.titles:
        told = [words["revoked_now"]] if name in view.revoked else []
        told += [
            f"{words[kind]} ({words[place]})"
            for (platform, place), queue in view.waiting.items()
            if platform == name
            for kind in queue
        ]
        if told:
            rows.append(
                f'<li><form method="post" action="/_stage/restore"><span><strong>'
                f"{safe(view.titles[name])}</strong>: {safe('; '.join(told))}</span>"
                f'<input type="hidden" name="platform" value="{name}">'
                f'<button class="button">{words["restore"]}</button></form></li>'
            )
    if not rows:
        return ""
    return f'<h3>{words["waiting"]}</h3><ul class="waiting">{"".join(rows)}</ul>'


def _drawn(view: View) -> str:
    words = WORDS[view.language]
    if not view.drawn:
        return ""
    items = "".join(
        f"<li>{safe(words[kind])}: {count}</li>" for kind, count in sorted(view.drawn.items())
    )
    return f"<h3>{words['drawn']}</h3><ul>{items}</ul>"


def _requests(view: View) -> str:
    words = WORDS[view.language]
    head = "".join(
        f'<th scope="col">{words[name]}</th>'
        for name in ("when", "platform", "request", "size", "status", "fault")
    )
    rows = "".join(starmap(_row, ((view, seen) for seen in view.requests)))
    table = (
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="requests"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        if rows
        else f"<p>{words['no_requests']}</p>"
    )
    return (
        f'<section aria-labelledby="requests"><h2 id="requests">{words["requests"]}</h2>'
        f"{table}</section>"
    )


def _row(view: View, seen: Seen) -> str:
    words = WORDS[view.language]
    silent = seen.status is None
    bad = silent or (seen.status or 0) >= 400
    status = words["silence"] if silent else str(seen.status)
    asked = _SECRET.sub(r"\1…", f"{seen.method} {seen.path}")[:160]
    return (
        f"<tr><td>{seen.at.astimezone(view.zone):%H:%M:%S}</td>"
        f"<td>{safe(view.titles.get(seen.platform, seen.platform))}</td>"
        f"<td><code>{safe(asked)}</code></td>"
        f"<td>{seen.size}</td><td{' class=bad' if bad else ''}>{status}</td>"
        f"<td>{safe(words.get(seen.fault, seen.fault))}</td></tr>"
    )

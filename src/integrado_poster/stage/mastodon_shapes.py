"""What Mastodon sends and takes: its limits, its forms, its JSON, and how it counts."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from integrado_poster.stage.exchange import Answer, Ask, Json, Refusal
from integrado_poster.stage.forms import Form, Unreadable, document, form
from integrado_poster.stage.numbers import number
from integrado_poster.stage.pictures import Held

ACCOUNT = "109000000000000001"
HANDLE = "buehne"
CHARACTERS = 500
MEDIA = 4
DESCRIPTION = 1500
BYTES = 16_777_216
MATRIX = 33_177_600
TYPES = frozenset(
    f"image/{kind}" for kind in ("jpeg", "png", "gif", "heic", "heif", "webp", "avif")
)
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w/])(@\w+(?:[\w.-]*\w)?)@[\w.-]*\w")
_FOCUS = re.compile(r"-?[01](\.\d+)?,-?[01](\.\d+)?")


@dataclass(slots=True, kw_only=True)
class Medium:
    """An uploaded picture; `polls` is how often it still says that it is being processed."""

    id: str
    at: datetime
    held: Held
    alt: str
    focus: str
    polls: int
    status: str | None = None


@dataclass(slots=True, kw_only=True)
class Status:
    """A post; lists show it from `listed` on."""

    id: str
    at: datetime
    listed: datetime
    text: str
    spoiler: str
    visibility: str
    language: str
    sensitive: bool
    reply_to: str | None  #: None for an answer, too, once what it answered is deleted.
    is_answer: bool
    media: tuple[Medium, ...]
    edited: datetime | None = None


def refused(status: int, message: str) -> Refusal:
    """A no in Mastodon's shape."""
    return Refusal(Answer.of({"error": message}, status))


def invalid(message: str) -> Refusal:
    """A 422 in Mastodon's words."""
    return refused(422, f"Validation failed: {message}")


def length(text: str) -> int:
    """Grapheme clusters, where a link with its scheme counts 23 and a mention only its name."""
    import regex  # type: ignore[import-untyped]

    short = _MENTION.sub(r"\1", _LINK.sub("x" * 23, text))
    return len(regex.findall(r"\X", short))


# --- what comes in ------------------------------------------------------------------------


def multipart(ask: Ask, fields: Collection[str], files: Collection[str]) -> Form:
    """A form of these fields and files and no others; raises `Refusal`."""
    try:
        sent = form(ask)
    except Unreadable:
        raise refused(400, "Bad Request") from None
    strange = {name for name, _ in sent.fields} - set(fields) | set(sent.files) - set(files)
    if strange:
        raise invalid(f"Unknown parameter: {', '.join(sorted(strange))}")
    return sent


def parameters(ask: Ask, known: Collection[str]) -> Json:
    """The parameters of a form or a JSON body, `name[]` as a list; raises `Refusal`."""
    if ask.media_type == "application/json":
        try:
            given = document(ask)
        except Unreadable:
            raise refused(400, "Bad Request") from None
    else:
        given = {}
        for name, value in multipart(ask, {*known, *(f"{name}[]" for name in known)}, ()).fields:
            if name.endswith("[]"):
                given.setdefault(name[:-2], []).append(value)
            else:
                given[name] = value
    if strange := set(given) - set(known):
        raise invalid(f"Unknown parameter: {', '.join(sorted(strange))}")
    for name in ("status", "spoiler_text", "visibility", "language", "description", "focus"):
        if not isinstance(given.get(name, ""), str | None):
            raise invalid(f"{name} must be a string")
    return given


def described(fields: Json) -> tuple[str, str]:
    """Description and focus of a picture; raises `Refusal`."""
    alt, focus = str(fields.get("description") or ""), str(fields.get("focus") or "")
    if len(alt) > DESCRIPTION:
        raise invalid(f"Description is too long (maximum is {DESCRIPTION} characters)")
    if focus and not _FOCUS.fullmatch(focus):
        raise invalid("Focus must be two numbers from -1 to 1")
    return alt, focus


def flag(value: object) -> bool:
    """A yes or no as Rails reads it; raises `Refusal` for what only looks like one."""
    if value in (True, "true", "1", "on"):
        return True
    if value in (False, None, "", "false", "0", "off"):
        return False
    raise invalid("Sensitive must be true or false")


def window(ask: Ask) -> tuple[int, int, int]:
    """Limit, and the ids between which a list is asked for; raises `Refusal`."""
    numbers = {"limit": 20, "since_id": 0, "min_id": 0, "max_id": 2**63}
    flags = {"exclude_reblogs", "exclude_replies", "only_media", "pinned"}
    for name, value in ask.query:
        if name in flags:
            flag(value)
        elif name not in numbers:
            raise invalid(f"Unknown parameter: {name}")
        elif not re.fullmatch(r"[0-9]{1,30}", value):
            raise invalid(f"{name} must be a number")
        else:
            numbers[name] = int(value)
    low = max(numbers["since_id"], numbers["min_id"])
    return min(40, max(1, numbers["limit"])), low, numbers["max_id"]


# --- what goes out ------------------------------------------------------------------------


def stamp(moment: datetime) -> str:
    """A moment as Mastodon writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def html(text: str) -> str:
    """A text as Mastodon's HTML: paragraphs, line breaks and links."""
    paragraphs = [part for part in re.split(r"\n{2,}", text.strip()) if part]
    return "".join(f"<p>{_linked(part)}</p>" for part in paragraphs)


def _linked(text: str) -> str:
    pieces, end = [], 0
    for match in _LINK.finditer(text):
        link = escape(match.group())
        pieces.append(escape(text[end : match.start()], quote=False))
        pieces.append(f'<a href="{link}" rel="nofollow noopener" target="_blank">{link}</a>')
        end = match.end()
    pieces.append(escape(text[end:], quote=False))
    return "".join(pieces).replace("\n", "<br />")


def account(base: str) -> Json:
    """The account."""
    return {
        "id": ACCOUNT,
        "username": HANDLE,
        "acct": HANDLE,
        "display_name": "Bühne",
        "locked": False,
        "bot": False,
        "created_at": "2021-01-01T00:00:00.000Z",
        "url": f"{base}/@{HANDLE}",
        "note": "",
    }


def medium_json(medium: Medium, base: str) -> Json:
    """A picture; without an address while it is processed."""
    held = medium.held
    url = f"{base.rpartition('/')[0]}/_stage/pictures/{held.sha256}"
    size = {
        "width": held.width,
        "height": held.height,
        "size": f"{held.width}x{held.height}",
        "aspect": held.width / held.height,
    }
    return {
        "id": medium.id,
        "type": "image",
        "url": None if medium.polls else url,
        "preview_url": url,
        "remote_url": None,
        "meta": {"original": size, "small": size},
        "description": medium.alt or None,
        "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
    }


def status_json(status: Status, base: str) -> Json:
    """A post."""
    return {
        "id": status.id,
        "created_at": stamp(status.at),
        "in_reply_to_id": status.reply_to,
        "in_reply_to_account_id": ACCOUNT if status.is_answer else None,
        "sensitive": status.sensitive,
        "spoiler_text": status.spoiler,
        "visibility": status.visibility,
        "language": status.language,
        "uri": f"{base}/users/{HANDLE}/statuses/{status.id}",
        "url": address(status, base),
        "replies_count": number(2, "replies", status.text),
        "reblogs_count": number(4, "reblogs", status.text),
        "favourites_count": number(5, "favourites", status.text),
        "quotes_count": 0,
        "edited_at": stamp(status.edited) if status.edited else None,
        "content": html(status.text),
        "reblog": None,
        "account": account(base),
        "media_attachments": [medium_json(medium, base) for medium in status.media],
        "mentions": [],
        "tags": [
            {"name": name.lower(), "url": f"{base}/tags/{name.lower()}"}
            for name in re.findall(r"(?<![\w/])#(\w+)", status.text)
        ],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def address(status: Status, base: str) -> str:
    """The post's permalink."""
    return f"{base}/@{HANDLE}/{status.id}"


def instance() -> Json:
    """What the server says about itself."""
    return {
        "domain": "buehne.example",
        "title": "Bühne",
        "version": "4.5.0",
        "configuration": {
            "statuses": {
                "max_characters": CHARACTERS,
                "max_media_attachments": MEDIA,
                "characters_reserved_per_url": 23,
            },
            "media_attachments": {
                "supported_mime_types": sorted(TYPES),
                "description_limit": DESCRIPTION,
                "image_size_limit": BYTES,
                "image_matrix_limit": MATRIX,
            },
        },
    }


def with_limits(answer: Answer, now: datetime) -> Answer:
    """The same answer with the headers that tell how many requests are left."""
    until = stamp(now + timedelta(minutes=5))
    return Answer(
        status=answer.status,
        body=answer.body,
        media_type=answer.media_type,
        headers=(
            *answer.headers,
            ("X-RateLimit-Limit", "300"),
            ("X-RateLimit-Remaining", "299"),
            ("X-RateLimit-Reset", until),
        ),
    )

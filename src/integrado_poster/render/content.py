"""Everything that a card template may know, as plain strings and numbers."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from integrado_poster.model import Campaign, PlannedPost, Shape, Translation
from integrado_poster.render import captions, facts, tones, words


def card(campaign: Campaign, post: PlannedPost, shape: Shape, folder: Path) -> dict[str, Any]:
    """Give what stands in `card` of lib.typ; docs/designer.md lists it."""
    said = captions.card_words(campaign, post)
    member = campaign.members[post.organisation]
    width, height = shape.size
    return {
        "shape": shape.value,
        "width": width,
        "height": height,
        "language": post.language.split("-")[0],
        "direction": words.direction(post.language),
        "script": captions.script(post.language),
        "campaign": said.campaign,
        "date": said.date,
        "day": (post.date - campaign.first_day).days,
        "days": (campaign.last_day - campaign.first_day).days + 1,
        "headline": [_spoken(said.headline, post.language)],
        "organisation": {
            "name": _unbroken(said.organisation),
            "monogram": said.monogram,
            "kind": member.kind,
            "focus": member.focus,
            "website": member.website,
            "logo": logo(folder, member.key),
        },
        "areas": said.areas,
        "information": said.information,
        "facts": [facts.facts(_spoken(line, post.language)) for line in said.information],
        "text": [_spoken(line, post.language) for line in said.text],
        "lede": [_spoken(line, post.language) for line in said.lede],
        "translations": [_translated(each) for each in said.translations],
        "hashtags": said.hashtags,
        "funder": said.funder,
        "funder-logo": logo(folder, "funder"),
        "credit": said.credit,
        "photo": bool(post.pictures),
        "tones": tones.tones(member.colour),
        # Numbers for a pattern that is always the same for one member.
        "pattern": list(hashlib.sha256(post.organisation.encode()).digest()),
    }


def _translated(translation: Translation) -> dict[str, Any]:
    return {
        "language": translation.language.split("-")[0],
        "direction": words.direction(translation.language),
        "lines": [
            _spoken(line, translation.language)
            for line in translation.text.splitlines()
            if line.strip()
        ],
    }


_NUMBER = re.compile(r"(?<![\d+])\+?\d(?:[ \d/-]{4,})\d(?!\d)")


def _spoken(line: str, language: str) -> str:
    """The line as it is set: where one writes from right to left, a telephone number still runs to the right."""
    if words.direction(language) == "ltr":
        return line
    return _NUMBER.sub("\N{LEFT-TO-RIGHT ISOLATE}\\g<0>\N{POP DIRECTIONAL ISOLATE}", line)


def logo(folder: Path, name: str) -> str:
    """Give the place of a logo among the templates' files: cards/logos/NAME.svg or .png; "" without one."""
    kinds = (
        kind for kind in ("svg", "png") if (folder / "cards/logos" / f"{name}.{kind}").is_file()
    )
    kind = next(kinds, "")
    return f"/logos/{name}.{kind}" if kind else ""


def _unbroken(name: str) -> str:
    """The name with its short last word held to the one before: no "e.V." alone on a line."""
    first, blank, last = name.rpartition(" ")
    return f"{first}\N{NO-BREAK SPACE}{last}" if blank and len(last) <= 4 else name

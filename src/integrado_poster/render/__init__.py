"""From a post to what goes out: words per platform, cards, safe pictures, and a page to look at.

Drawing processes import this room too, so its heavy parts are only loaded when they are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrado_poster.contract import Limits
    from integrado_poster.model import Campaign, Message
    from integrado_poster.render.pool import Desk


def messages(
    campaign: Campaign,
    folder: Path,
    limits: Mapping[str, Limits],
    *,
    progress: Callable[[int, int], None] | None = None,
    workers: int = 2,
    desk: Desk | None = None,
) -> tuple[Message, ...]:
    """Give what each account will publish for each post; see `compose.messages`."""
    from integrado_poster.render import compose

    return compose.messages(campaign, folder, limits, progress=progress, workers=workers, desk=desk)


def gallery(
    campaign: Campaign,
    messages: Sequence[Message],
    folder: Path,
    *,
    limits: Mapping[str, Limits] | None = None,
    watched: bool = False,
) -> Path:
    """Write a page that shows everything that will go out, and give its path; see `page.gallery`."""
    from integrado_poster.render import page

    return page.gallery(campaign, messages, folder, limits=limits, watched=watched)

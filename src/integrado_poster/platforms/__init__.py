"""Every platform we speak to, one file each. To add one: write it, list it here."""

from __future__ import annotations

from collections.abc import Mapping

from integrado_poster.platforms.bluesky import Bluesky
from integrado_poster.platforms.facebook import Facebook
from integrado_poster.platforms.mastodon import Mastodon
from integrado_poster.platforms.x import X

PLATFORMS: Mapping[str, type[X] | type[Facebook] | type[Mastodon] | type[Bluesky]] = {
    "x": X,
    "facebook": Facebook,
    "mastodon": Mastodon,
    "bluesky": Bluesky,
}

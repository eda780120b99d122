"""Bluesky keeps the contract."""

from __future__ import annotations

from tests.platforms.contract import PlatformContract


class TestBluesky(PlatformContract):
    """Bluesky on its stand-in."""

    name = "bluesky"

"""Mastodon keeps the contract."""

from __future__ import annotations

from tests.platforms.contract import PlatformContract


class TestMastodon(PlatformContract):
    """Mastodon on its stand-in."""

    name = "mastodon"

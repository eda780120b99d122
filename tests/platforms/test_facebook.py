"""Facebook keeps the contract."""

from __future__ import annotations

from tests.platforms.contract import PlatformContract


class TestFacebook(PlatformContract):
    """Facebook on its stand-in."""

    name = "facebook"
    language = None

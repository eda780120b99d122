"""X keeps the contract."""

from __future__ import annotations

from tests.platforms.contract import PlatformContract


class TestX(PlatformContract):
    """X on its stand-in."""

    name = "x"
    language = None

"""Keeps secrets out of everything that a person or a log may see."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"

_LONG = 300
_SHORTEST = 4
"""Shorter secrets are left to the patterns: hiding every "a" would hide the sentence."""

_SCHEME = re.compile(r"(?i)\b(bearer|basic|oauth)\s+(?!realm)[\w.~+/=|-]{16,}")
_PAIR = re.compile(
    r"""(?ix)\b(access_?token|refresh_?token|access_?jwt|refresh_?jwt|oauth_token|oauth_signature
    |client_secret|consumer_(?:key|secret)|access_secret|appsecret_proof|password|authorization)
    (["']?\s*[=:]\s*["']?)(?!\[hidden\])[^\s"'&,;}\])]+"""
)
_JWT = re.compile(r"\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*")


def hide(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, as they are or as addresses and headers spell them.

    Whatever looks like a token, a password or an Authorization header goes too.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            for spelling in _spellings(secret):
                text = text.replace(spelling, HIDDEN)
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    text = _PAIR.sub(rf"\1\2{HIDDEN}", text)
    return _JWT.sub(HIDDEN, text)


def shorten(text: str, most: int = _LONG) -> str:
    """The text on one line, and no longer than fits a log line."""
    line = " ".join(text.replace("\0", "").split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _spellings(secret: str) -> tuple[str, ...]:
    escaped = secret.encode("unicode_escape").decode()
    based = b64encode(secret.encode()).decode().rstrip("=")
    slashed = secret.replace("/", "\\/")  # as PHP writes it in JSON
    return (secret, quote(secret, safe=""), quote_plus(secret), escaped, based, slashed)

"""X's credentials: the four keys of OAuth 1.0a."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from integrado_poster.stage.exchange import Ask
from integrado_poster.stage.x_shapes import USER, problem, unauthorized

KEYS = {
    "consumer_key": "stage-consumer-key",
    "consumer_secret": "stage-consumer-secret",
    "access_token": f"{USER}-stage-access-token",
    "access_secret": "stage-access-secret",
}


def check_signature(ask: Ask, base: str, used: set[str]) -> None:
    """Refuse what is not signed in OAuth 1.0a with our keys; a nonce counts once.

    `base` is the address of this platform, without the path.
    """
    scheme, _, rest = ask.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        detail = (
            "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint. "
            "Supported authentication types are [OAuth 1.0a User Context]."
        )
        raise problem(403, "Unsupported Authentication", detail)
    if scheme.lower() != "oauth":
        raise unauthorized()
    given = {name: unquote(value) for name, value in re.findall(r'(oauth_\w+)="([^"]*)"', rest)}
    good = (
        given.get("oauth_consumer_key") == KEYS["consumer_key"]
        and given.get("oauth_token") == KEYS["access_token"]
        and given.get("oauth_signature_method") == "HMAC-SHA1"
        and given.get("oauth_version", "1.0") == "1.0"
        and given.get("oauth_timestamp", "").isdigit()
        and _signed(ask, base, given)
        and given.get("oauth_nonce", "") not in {"", *used}
    )
    if not good:
        raise unauthorized()
    used.add(given["oauth_nonce"])


def _signed(ask: Ask, base: str, given: Mapping[str, str]) -> bool:
    """Whether the signature is for exactly this: method, address, query and keys."""
    from oauthlib.common import Request  # type: ignore[import-untyped]
    from oauthlib.oauth1.rfc5849.signature import verify_hmac_sha1  # type: ignore[import-untyped]

    signed = Request(f"{base}{ask.path}", ask.method)
    signed.signature = given.get("oauth_signature", "")
    own = [(name, value) for name, value in given.items() if name != "oauth_signature"]
    signed.params = [*ask.query, *own]
    return bool(verify_hmac_sha1(signed, KEYS["consumer_secret"], KEYS["access_secret"]))

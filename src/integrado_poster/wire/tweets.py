"""tweepy with its faults mended: timeouts, the address we choose, replies judged by ourselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from integrado_poster.errors import LoginNeeded, PlatformError, Rejected, Repeated
from integrado_poster.wire.line import Line, Reply, garbled, problem
from integrado_poster.wire.shapes import inside, named

if TYPE_CHECKING:
    import tweepy

    from integrado_poster.wire.session import Session

_TWEEPY_HOST = "https://api.twitter.com"
"""Built into tweepy; our session sends to the base address instead, and signs for that one."""

_LOGIN = re.compile(
    r"client-forbidden|not-authorized|oauth1[ -]app|app permissions|subset of x api|not permitted"
    r"|automated|account is (?:temporarily )?(?:locked|suspended)|suspended"
    r"|\"code\": ?(?:453|326|226|64)\b",
    re.IGNORECASE,
)


class Tweets:
    """One account's `tweepy.Client` over our line."""

    def __init__(
        self,
        base_url: str,
        *,
        consumer_key: str,
        consumer_secret: str,
        access_token: str,
        access_secret: str,
    ) -> None:
        self._keys = {
            "consumer_key": consumer_key,
            "consumer_secret": consumer_secret,
            "access_token": access_token,
            "access_token_secret": access_secret,
        }
        self._line = Line(base_url, secrets=tuple(self._keys.values()), instead_of=_TWEEPY_HOST)

    def __repr__(self) -> str:
        return f"Tweets({self._line!r})"

    def ask(
        self,
        do: Callable[[tweepy.Client], object],
        *,
        once: bool = False,
        within: float | None = None,
    ) -> Reply:
        """Send one request through tweepy and give the reply; raises what a bad one means.

        tweepy itself stumbles over replies that are no JSON, a list, or name a reset that is no
        number, so its errors are not asked.
        """
        from tweepy import TweepyException

        def use(session: Session) -> None:
            do(self._client(session))

        stumbles = (TweepyException, ValueError, TypeError, AttributeError, KeyError)
        reply = self._line.through(use, once=once, within=within, stumbles=stumbles)
        if not reply.fine:
            raise refusal(reply, once=once)
        return reply

    def _client(self, session: Session) -> tweepy.Client:
        import requests
        import tweepy

        client = tweepy.Client(**self._keys, return_type=requests.Response)
        client.session = session
        client.user_agent = str(session.headers["User-Agent"])
        return client


def refusal(reply: Reply, *, once: bool = False) -> PlatformError:
    """What a refusal of X means; for `once` see `problem`."""
    facts, said = reply.facts, _words(reply)
    text = f"{reply.status}: {reply.hide(said) or reply.said}"
    if reply.status == 403 and "duplicate" in said.lower():
        # It names no post: ours from a lost reply, or the same words of last week. `find` decides.
        return Repeated(text) if once else Rejected(text)
    if reply.status == 403 and facts:
        whole = reply.content.decode(errors="replace")  # the reason often comes last
        return LoginNeeded(text) if _LOGIN.search(whole) else Rejected(text)
    return problem(reply, said, once=once)


def made(reply: Reply, *, once: bool = False) -> str:
    """The id of what a good reply says was made.

    Errors in its place are a clear no, whatever the status; neither of them proves nothing.
    """
    id = named(inside(reply.facts, "data").get("id"))
    if id:
        return id
    if reply.facts.get("errors") and not reply.facts.get("data"):
        raise Rejected(f"{reply.status}: {reply.hide(_words(reply)) or reply.said}")
    raise garbled(reply, once=once)


def _words(reply: Reply) -> str:
    """What X says about its no: the first of several errors, else the title."""
    facts = reply.facts
    errors = facts.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    inner = first.get("message") or first.get("detail") if isinstance(first, dict) else first
    return str(inner or facts.get("detail") or facts.get("title") or "")

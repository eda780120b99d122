"""Bluesky's sessions: passwords for pairs of tokens that end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from integrado_poster.stage import bluesky_ids as ids
from integrado_poster.stage.bluesky_shapes import invalid, refused, taken
from integrado_poster.stage.exchange import Answer, Ask, Json
from integrado_poster.stage.theatre import Setting

PASSWORD = "stage-pass-word-only"  # noqa: S105 - opens nothing but this stage
ACCESS_LIVES = 120 * 60
REFRESH_LIVES = 90 * 24 * 3600
GRACE = timedelta(hours=2)


class Sessions:
    """The sessions of our one account."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._tokens = 0
        self._rotated: dict[str, datetime] = {}

    def check_token(self, ask: Ask, scope: str) -> None:
        """Refuse every token but a good one of this scope; raises `Refusal`."""
        if not ask.bearer:
            raise refused(401, "AuthMissing", "Authentication Required")
        told = ids.claims(ask.bearer)
        if told is None or told["scope"] != scope:
            raise refused(400, "InvalidToken", "Token could not be verified")
        late = self._rotated.get(ask.bearer, ask.now) < ask.now
        if told["exp"] <= ask.now.timestamp() or late:
            raise refused(400, "ExpiredToken", "Token has expired")
        if self._setting.revoked():
            raise refused(400, "ExpiredToken", "Token has been revoked")

    def login(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """createSession."""
        given = taken(ask, ("identifier", "password"), ("authFactorToken", "allowTakendown"))
        good = given["identifier"] in (ids.HANDLE, ids.DID) and given["password"] == PASSWORD
        if not good or self._setting.revoked():
            raise refused(401, "AuthenticationRequired", "Invalid identifier or password")
        ask.meet("login", ids.HANDLE)
        return Answer.of({**self._pair(ask.now), "email": "buehne@example.org"})

    def refresh(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """refreshSession: a new pair; the old refresh token lives on for two hours."""
        if ask.body:
            raise invalid("A request body was provided when none was expected")
        ask.meet("login", ids.HANDLE)
        self._rotated.setdefault(str(ask.bearer), ask.now + GRACE)
        return Answer.of(self._pair(ask.now))

    def session(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """getSession."""
        ask.meet("login", ids.HANDLE)
        return Answer.of(self._person())

    def _pair(self, now: datetime) -> Json:
        self._tokens += 1
        return {
            "accessJwt": ids.token(ids.ACCESS, now, ACCESS_LIVES, str(self._tokens)),
            "refreshJwt": ids.token(ids.REFRESH, now, REFRESH_LIVES, str(self._tokens)),
            **self._person(),
        }

    def _person(self) -> Json:
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": self._setting.base,
        }
        return {
            "did": ids.DID,
            "handle": ids.HANDLE,
            "active": True,
            "didDoc": {"id": ids.DID, "service": [service]},
        }

    def resolve(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """resolveHandle."""
        if dict(ask.query).get("handle") != ids.HANDLE:
            raise invalid("Unable to resolve handle")
        return Answer.of({"did": ids.DID})

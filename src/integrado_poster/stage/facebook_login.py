"""A page's token, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping

from integrado_poster.stage import facebook_shapes as shapes
from integrado_poster.stage.exchange import Answer, Ask, Json
from integrado_poster.stage.facebook_shapes import PAGE, bad, refused
from integrado_poster.stage.theatre import Setting

TOKEN = "EAAStagePageTokenThatOpensNothing0000000000"  # noqa: S105 - opens nothing but this stage
_SCOPES = ["pages_show_list", "pages_manage_posts", "pages_read_engagement"]


class Login:
    """The one token of our one page."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def check_token(self, ask: Ask) -> None:
        """Refuse every token but ours, wherever it stands; raises `Refusal`."""
        scheme, _, header = ask.headers.get("authorization", "").partition(" ")
        token = header if scheme.lower() in ("bearer", "oauth") else ""
        token = dict(ask.query).get("access_token", token)
        if not token and ask.method == "POST":
            token = shapes.sent(ask)[0].get("access_token", "")
        if not token:
            text = (
                "An active access token must be used to query information about the current user."
            )
            raise refused(2500, text)
        if token != TOKEN:
            raise refused(190, "Invalid OAuth access token - Cannot parse access token")
        if self._setting.revoked():
            raise shapes.revoked()

    def whoami(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """The page itself."""
        given = dict(ask.query)
        shapes.only(given, ("fields",))
        wanted = shapes.fields(given.get("fields", "id,name"), shapes.PAGE_FIELDS, "Page")
        ask.meet("login", PAGE)
        told: Json = {
            "name": shapes.NAME,
            "link": f"https://www.facebook.com/{PAGE}",
            "category": "Community",
            "fan_count": 0,
            "is_published": True,
            "access_token": TOKEN,
            "tasks": ["CREATE_CONTENT", "MODERATE"],
        }
        return Answer.of({"id": PAGE, **{name: told[name] for name, _ in wanted if name in told}})

    def debug(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """debug_token."""
        given = dict(ask.query)
        shapes.only(given, ("input_token",))
        if "input_token" not in given:
            raise bad("The parameter input_token is required")
        ask.meet("login", PAGE)
        if given["input_token"] != TOKEN:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            return Answer.of({"data": {"error": error, "is_valid": False, "scopes": []}})
        data = {
            "app_id": shapes.APP,
            "type": "PAGE",
            "application": shapes.NAME,
            "data_access_expires_at": 0,
            "expires_at": 0,
            "is_valid": True,
            "issued_at": 1_600_000_000,
            "profile_id": PAGE,
            "scopes": _SCOPES,
            "granular_scopes": [{"scope": scope, "target_ids": [PAGE]} for scope in _SCOPES],
            "user_id": "100000000000001",
        }
        return Answer.of({"data": data})

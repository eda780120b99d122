"""Bare clients for the stand-ins: nothing but `requests`, so that the stage is tested by itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import requests
from PIL import Image
from requests_oauthlib import OAuth1  # type: ignore[import-untyped]

from integrado_poster.stage import Stage

MONDAY = datetime(2021, 9, 27, 8, tzinfo=UTC)


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.at = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


@cache
def picture(colour: str = "#0b5d5e", kind: str = "JPEG", size: tuple[int, int] = (40, 50)) -> bytes:
    """A small picture in one colour."""
    data = BytesIO()
    Image.new("RGB", size, colour).save(data, kind)
    return data.getvalue()


class Client:
    """A session below a platform's address; each call gives the status and the decoded body."""

    def __init__(self, stage: Stage, platform: str) -> None:
        self.stage = stage
        self.keys = stage.credentials(platform)
        self.base = self.keys["base_url"]
        self.session = requests.Session()
        self.session.trust_env = False

    def __call__(self, method: str, path: str, **given: Any) -> tuple[int, Any]:
        answer = self.session.request(method, f"{self.base}{path}", timeout=10, **given)
        return answer.status_code, answer.json()


class XClient(Client):
    """Signs with OAuth 1.0a."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, "x")
        names = ("consumer_key", "consumer_secret", "access_token", "access_secret")
        self.session.auth = OAuth1(*(self.keys[name] for name in names))

    def upload(self, data: bytes, category: str = "tweet_image") -> str:
        given = {"media": base64.b64encode(data).decode(), "media_category": category}
        return str(self("POST", "/2/media/upload", json=given)[1]["data"]["id"])


class FacebookClient(Client):
    """Sends the token in a header."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, "facebook")
        self.base += "/v26.0"
        self.page = self.keys["page_id"]
        self.session.headers["Authorization"] = f"Bearer {self.keys['token']}"

    def photo(self, data: bytes, alt: str = "") -> str:
        given = {"published": "false", "alt_text_custom": alt}
        answer = self("POST", f"/{self.page}/photos", data=given, files={"source": data})
        return str(answer[1]["id"])

    def draft(self, message: str, *photos: str) -> str:
        media = json.dumps([{"media_fbid": photo} for photo in photos])
        given = {"message": message, "published": "false", "attached_media": media}
        return str(self("POST", f"/{self.page}/feed", data=given)[1]["id"])


class MastodonClient(Client):
    """Sends a bearer token."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, "mastodon")
        self.session.headers["Authorization"] = f"Bearer {self.keys['token']}"

    def upload(self, data: bytes, alt: str = "") -> str:
        sent = {"file": ("card.jpg", data, "image/jpeg")}
        status, told = self("POST", "/api/v2/media", files=sent, data={"description": alt})
        while status in (202, 206):
            status, told = self("GET", f"/api/v1/media/{told['id']}")
        return str(told["id"])

    def post(self, text: str, key: str | None = None, **more: Any) -> tuple[int, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        return self("POST", "/api/v1/statuses", json={"status": text, **more}, headers=headers)


class BlueskyClient(Client):
    """Logs in."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, "bluesky")
        self.base += "/xrpc"
        given = {name: self.keys[name] for name in ("identifier", "password")}
        _, self.pair = self("POST", "/com.atproto.server.createSession", json=given)
        self.did = self.pair["did"]
        self.session.headers["Authorization"] = f"Bearer {self.pair['accessJwt']}"

    def upload(self, data: bytes, kind: str = "image/jpeg") -> Any:
        headers = {"Content-Type": kind}
        return self("POST", "/com.atproto.repo.uploadBlob", data=data, headers=headers)[1]["blob"]

    def put(self, record: Any, rkey: str = "3l4o5p6q7r2s2", **more: Any) -> tuple[int, Any]:
        given = {
            "repo": self.did,
            "collection": "app.bsky.feed.post",
            "rkey": rkey,
            "record": record,
            **more,
        }
        return self("POST", "/com.atproto.repo.putRecord", json=given)

    def get(self, rkey: str = "3l4o5p6q7r2s2") -> tuple[int, Any]:
        where = {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": rkey}
        return self("GET", "/com.atproto.repo.getRecord", params=where)


def standing(clock: Clock) -> Iterator[Stage]:
    """A stage that closes by itself; for fixtures."""
    with Stage(now=clock) as stage:
        yield stage

"""Bluesky's identifiers and tokens: CIDs, TIDs, and JSON Web Tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime

from integrado_poster.stage.exchange import Json

DID = "did:plc:b4hne5integrad6poster23a"
HANDLE = "buehne.example"
_KEY = b"stage"
_TID = re.compile(r"[234567abcdefghij][234567a-z]{12}")
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def blob_cid(data: bytes) -> str:
    """The address of raw bytes: CIDv1, raw, sha2-256."""
    return _cid(0x55, data)


def record_cid(record: object) -> str:
    """The address of a record: CIDv1 over its canonical JSON, in the form of a real one."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _cid(0x71, text.encode("utf-8", "surrogatepass"))


def _cid(codec: int, data: bytes) -> str:
    content = bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(content).decode().lower().rstrip("=")


def is_tid(key: str) -> bool:
    """Whether a record key is a timestamp identifier."""
    return _TID.fullmatch(key) is not None


def tid(moment: datetime, clock: int = 0) -> str:
    """The timestamp identifier of a moment."""
    value = (round(moment.timestamp() * 1_000_000) << 10) | (clock & 1023)
    return "".join(_LETTERS[(value >> shift) & 31] for shift in range(60, -1, -5))


def token(scope: str, now: datetime, seconds: int, nonce: str) -> str:
    """A signed token for our account that ends after so many seconds."""
    start = int(now.timestamp())
    head = {"typ": "at+jwt" if scope == ACCESS else "refresh+jwt", "alg": "HS256"}
    body = {
        "scope": scope,
        "sub": DID,
        "aud": "did:web:buehne.example",
        "jti": nonce,
        "iat": start,
        "exp": start + seconds,
    }
    signed = f"{_part(head)}.{_part(body)}"
    return f"{signed}.{_plain(_signature(signed))}"


def claims(text: str) -> Json | None:
    """What a token says, or None if it is not one of ours."""
    signed, _, signature = text.rpartition(".")
    if not signed or not hmac.compare_digest(signature, _plain(_signature(signed))):
        return None
    body = signed.partition(".")[2]
    value: Json = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return value


ACCESS = "com.atproto.appPass"
REFRESH = "com.atproto.refresh"


def _part(value: Json) -> str:
    return _plain(json.dumps(value, separators=(",", ":")).encode())


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _signature(text: str) -> bytes:
    return hmac.new(_KEY, text.encode(), hashlib.sha256).digest()

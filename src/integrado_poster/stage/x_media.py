"""X's media: uploads, and their descriptions."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta

from integrado_poster.stage import x_shapes as shapes
from integrado_poster.stage.exchange import Answer, Ask, Json
from integrado_poster.stage.forms import Unreadable, form
from integrado_poster.stage.numbers import Ids
from integrado_poster.stage.pictures import Held, NoPicture
from integrado_poster.stage.theatre import Setting
from integrado_poster.stage.x_shapes import EPOCH_MS, Medium, invalid, problem

PHOTO_BYTES = 5 * 2**20
ALT = 1000
MEDIA_LIVES = timedelta(hours=24)
TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_CATEGORIES = ("tweet_image", "tweet_gif", "tweet_video", "dm_image", "dm_gif", "dm_video")
_UPLOAD = {"media": str, "media_category": str, "additional_owners": str}


class Media:
    """Everything that was uploaded."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._ids = Ids()
        self._media: dict[str, Medium] = {}

    def upload(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """POST /2/media/upload."""
        fields, data = _uploaded(ask)
        if fields["media_category"] not in _CATEGORIES:
            raise invalid(f"$.media_category: [{fields['media_category']}] is not known")
        if len(data) > PHOTO_BYTES:
            detail = f"File size exceeds {PHOTO_BYTES} bytes."
            raise problem(413, "Payload Too Large", detail)
        held = self._picture(data)
        ask.meet("upload", held.sha256)
        medium = Medium(
            id=str(self._ids.snowflake(ask.now, 22, EPOCH_MS, held.sha256)),
            held=held,
            ends=ask.now + MEDIA_LIVES,
        )
        self._media[medium.id] = medium
        data_json = {
            "id": medium.id,
            "media_key": medium.key,
            "size": len(data),
            "expires_after_secs": int(MEDIA_LIVES.total_seconds()),
            "image": {"image_type": held.media_type, "w": held.width, "h": held.height},
        }
        return Answer.of({"data": data_json})

    def _picture(self, data: bytes) -> Held:
        try:
            held = self._setting.cabinet.take(data)
        except NoPicture:
            raise problem(415, "Unsupported Media Type", "media type unrecognized.") from None
        if held.media_type not in TYPES:
            raise problem(415, "Unsupported Media Type", "media type unrecognized.")
        return held

    def describe(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """POST /2/media/metadata."""
        given = shapes.body(ask, {"id": str, "metadata": dict})
        metadata = given.get("metadata", {})
        shapes.fields(metadata, {"alt_text": dict}, "$.metadata")
        alt = metadata.get("alt_text", {})
        shapes.fields(alt, {"text": str}, "$.metadata.alt_text")
        if "id" not in given or "text" not in alt:
            raise invalid("$.id and $.metadata.alt_text.text are required")
        if len(alt["text"]) > ALT:
            raise invalid(f"$.metadata.alt_text.text: may only be {ALT} characters long")
        medium = self._media.get(given["id"])
        if medium is None or medium.tweet or medium.ends < ask.now:
            raise invalid("Your media IDs are invalid.", "id", given["id"])
        ask.meet("upload", medium.held.sha256)
        medium.alt = alt["text"]
        return Answer.of({"data": {"id": medium.id, "associated_metadata": metadata}})

    def attached(self, given: Json, now: datetime) -> tuple[Medium, ...]:
        """The pictures that a post names; raises `Refusal` for any that it must not use."""
        shapes.fields(given, {"media_ids": list, "tagged_user_ids": list}, "$.media")
        names = shapes.strings(given.get("media_ids"), "$.media.media_ids", 4)
        media = []
        for name in names:
            medium = self._media.get(name)
            if medium is None or medium.tweet or medium.ends < now or medium in media:
                raise invalid("Your media IDs are invalid.", "media.media_ids", name)
            media.append(medium)
        return tuple(media)


def _uploaded(ask: Ask) -> tuple[dict[str, str], bytes]:
    if ask.media_type == "multipart/form-data":
        try:
            sent = form(ask)
        except Unreadable:
            raise invalid("The multipart body cannot be read.") from None
        fields = dict(sent.fields)
        shapes.fields(fields, {"media_category": str, "additional_owners": str}, "$")
        data = sent.files["media"].data if set(sent.files) == {"media"} else b""
    else:
        fields = shapes.body(ask, _UPLOAD)
        try:
            data = base64.b64decode(fields.get("media", ""), validate=True)
        except (binascii.Error, ValueError):
            raise invalid("$.media: is not base64") from None
    if not data or "media_category" not in fields:
        raise invalid("$.media and $.media_category are required")
    return fields, data

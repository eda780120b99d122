"""Mastodon's media: uploads that are processed, described and attached once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from integrado_poster.stage import mastodon_shapes as shapes
from integrado_poster.stage.exchange import Answer, Ask
from integrado_poster.stage.mastodon_shapes import Medium, invalid, refused
from integrado_poster.stage.numbers import Ids, number
from integrado_poster.stage.pictures import Held, NoPicture
from integrado_poster.stage.theatre import Setting

LIVES = timedelta(hours=24)
"""Of a picture that no status shows; the server looks through them once a day."""


class Media:
    """Everything that was uploaded."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._ids = Ids()
        self._media: dict[str, Medium] = {}

    def upload(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """POST /api/v2/media: 200, or 202 if it takes a moment."""
        if ask.media_type != "multipart/form-data":
            raise invalid("File can't be blank")
        sent = shapes.multipart(ask, ("description", "focus"), ("file", "thumbnail"))
        if "file" not in sent.files:
            raise invalid("File can't be blank")
        data = sent.files["file"].data
        held = self._checked(data, sent.files["file"].media_type)
        alt, focus = shapes.described(dict(sent.fields))
        ask.meet("upload", held.sha256)
        medium = Medium(
            id=str(self._ids.snowflake(ask.now, 16, 0, held.sha256)),
            at=ask.now,
            held=held,
            alt=alt,
            focus=focus,
            polls=1 if number(8, "slow", held.sha256) < 85 else 0,
        )
        self._media[medium.id] = medium
        return Answer.of(
            shapes.medium_json(medium, self._setting.base), 202 if medium.polls else 200
        )

    def _checked(self, data: bytes, media_type: str) -> Held:
        if len(data) > shapes.BYTES:
            raise invalid("File size must be less than 16 MB")
        try:
            held = self._setting.cabinet.take(data)
        except NoPicture:
            raise invalid("File has contents that are not what they are reported to be") from None
        if held.media_type not in shapes.TYPES or media_type not in (held.media_type, ""):
            raise invalid("File has contents that are not what they are reported to be")
        if held.width * held.height > shapes.MATRIX:
            raise invalid(f"{held.width}x{held.height} images are not supported")
        return held

    def _own_medium(self, name: str) -> Medium:
        medium = self._there(name)
        if medium is None or medium.status is not None:
            raise refused(404, "Record not found")
        return medium

    def _there(self, name: str) -> Medium | None:
        medium = self._media.get(name)
        gone = medium and medium.status is None and medium.at + LIVES < self._setting.now()
        return None if gone else medium

    def read(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """GET /api/v1/media/:id: 206 while it is processed."""
        medium = self._own_medium(parts["id"])
        ask.meet("read", ask.target)
        working = medium.polls > 0
        answer = Answer.of(shapes.medium_json(medium, self._setting.base), 206 if working else 200)
        medium.polls = max(0, medium.polls - 1)
        return answer

    def describe(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        """PUT /api/v1/media/:id."""
        medium = self._own_medium(parts["id"])
        fields = shapes.parameters(ask, ("description", "focus"))
        alt, focus = shapes.described(fields)
        ask.meet("upload", medium.held.sha256)
        medium.alt = alt if "description" in fields else medium.alt
        medium.focus = focus if "focus" in fields else medium.focus
        return Answer.of(shapes.medium_json(medium, self._setting.base))

    def attached(self, names: object) -> tuple[Medium, ...]:
        """The pictures that a post names; raises `Refusal` for any that it must not use."""
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise invalid("Media ids must be a list of ids")
        if len(names) > shapes.MEDIA:
            raise invalid(f"Cannot attach more than {shapes.MEDIA} files")
        media = [self._there(name) for name in names]
        if any(medium is None or medium.status for medium in media) or len(set(names)) < len(names):
            raise invalid("Media attachments could not be found or are already in use")
        if any(medium is not None and medium.polls for medium in media):
            raise invalid(
                "Cannot attach files that have not finished processing. Try again in a moment!"
            )
        return tuple(medium for medium in media if medium is not None)

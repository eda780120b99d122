"""A page's photos: uploads that wait for a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from integrado_poster.stage import facebook_shapes as shapes
from integrado_poster.stage.exchange import Ask
from integrado_poster.stage.facebook_shapes import Photo, bad, missing, refused
from integrado_poster.stage.forms import File
from integrado_poster.stage.numbers import Ids
from integrado_poster.stage.pictures import NoPicture
from integrado_poster.stage.theatre import Setting

BYTES = 4 * 2**20
MOST = 10
LIVES = timedelta(hours=24)  # of a photo that no post names
TYPES = ("image/jpeg", "image/bmp", "image/png", "image/gif", "image/tiff")
_KNOWN = ("message", "caption", "alt_text_custom", "published", "temporary", "no_story")


class Photos:
    """Everything that was uploaded."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._ids = Ids()
        self._photos: dict[str, Photo] = {}

    def checked(self, ask: Ask, given: Mapping[str, str], files: Mapping[str, File]) -> Photo:
        """The photo that an upload brings, without an id yet; raises `Refusal`."""
        shapes.only(given, _KNOWN)
        for name in ("temporary", "no_story"):
            shapes.flag(given, name, False)
        if set(files) != {"source"}:
            raise refused(324, "(#324) Requires upload file")
        data = files["source"].data
        if len(data) > BYTES:
            text = "Photos should be smaller than 4 MB and saved as JPG, PNG, GIF or TIFF file"
            raise refused(1, text, subcode=1366046)
        try:
            held = self._setting.cabinet.take(data)
        except NoPicture:
            raise refused(324, "(#324) Missing or invalid image file") from None
        if held.media_type not in TYPES:
            raise refused(324, "(#324) Missing or invalid image file")
        return Photo(
            id="",
            held=held,
            at=ask.now,
            name=given.get("message", given.get("caption", "")).strip(),
            alt=given.get("alt_text_custom", ""),
        )

    def keep(self, photo: Photo) -> Photo:
        """Give a photo its id."""
        photo.id = str(self._ids.plain(15, photo.held.sha256))
        self._photos[photo.id] = photo
        return photo

    def attached(self, text: str) -> tuple[Photo, ...]:
        """The photos of an `attached_media`; raises `Refusal` for any that it must not use."""
        items = shapes.decoded(text, "attached_media")
        if not isinstance(items, list) or len(items) > MOST:
            raise bad(f"Param attached_media must be an array of at most {MOST}")
        photos = []
        for item in items:
            if not isinstance(item, dict) or set(item) != {"media_fbid"}:
                raise bad("Param attached_media must hold objects with media_fbid")
            photo = self.own(str(item["media_fbid"]), "post")
            if photo.post is not None or photo in photos:
                raise bad(f"The photo {photo.id} already belongs to a post")
            photos.append(photo)
        return tuple(photos)

    def own(self, name: str, verb: str) -> Photo:
        """The photo of this id; raises `Refusal`."""
        photo = self._photos.get(name)
        if photo is None or (photo.post is None and photo.at + LIVES < self._setting.now()):
            raise missing(name, verb)
        return photo

    def drop(self, name: str) -> None:
        """Delete a photo; raises `Refusal` if there is none."""
        del self._photos[self.own(name, "delete").id]

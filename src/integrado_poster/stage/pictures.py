"""Pictures as the stand-ins receive them: kept once, by what is in them."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from io import BytesIO

from integrado_poster.stage.shown import ShownPicture


class NoPicture(Exception):
    """These bytes are no picture that anyone could show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The bytes of a picture, with what its header says."""

    data: bytes = field(repr=False)
    sha256: str
    media_type: str
    width: int
    height: int

    def shown(self, alt: str) -> ShownPicture:
        """This picture with its description."""
        return ShownPicture(
            sha256=self.sha256,
            alt=alt,
            media_type=self.media_type,
            width=self.width,
            height=self.height,
            size=len(self.data),
        )


class Cabinet:
    """All pictures that were ever received."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()

    def take(self, data: bytes) -> Held:
        """Keep a picture; raises `NoPicture` if its header cannot be read."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self._lock:
            if sha256 in self._held:
                return self._held[sha256]
        media_type, width, height = _header(data)
        held = Held(
            data=bytes(data), sha256=sha256, media_type=media_type, width=width, height=height
        )
        with self._lock:
            return self._held.setdefault(sha256, held)

    def get(self, sha256: str) -> Held | None:
        """The picture with this content, if it was received."""
        with self._lock:
            return self._held.get(sha256)


def _header(data: bytes) -> tuple[str, int, int]:
    """Media type, width and height; only the header is read, so a bomb costs nothing."""
    from PIL import Image

    try:
        with Image.open(BytesIO(data)) as picture:
            kind = Image.MIME.get(picture.format or "", "")
            return kind, picture.width, picture.height
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise NoPicture("not a picture") from error

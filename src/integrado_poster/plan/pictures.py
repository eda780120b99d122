"""Which file a plan means by a picture's name."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from integrado_poster.check import found
from integrado_poster.model import Campaign, Finding, PlannedPicture, PlannedPost, Where
from integrado_poster.plan.bundle import USABLE, Bundle
from integrado_poster.plan.spelling import nearest

_MOST_GUESSES = (
    200  #: Finding similar names is slow, and thousands of missing files have one cause.
)


@dataclass(slots=True)
class Shelf:
    """The pictures that lie with a plan, by their bare names: case and the spelling of umlauts' dots do not count."""

    bundle: Bundle
    findings: list[Finding] = field(default_factory=list)
    meant: dict[str, str] = field(default_factory=dict)  #: What a missing file was probably called.
    _named: dict[str, list[str]] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for path in self.bundle.pictures:
            self._named.setdefault(_bare(path), []).append(path)

    def matched(self, campaign: Campaign, where: Where) -> Campaign:
        """The campaign with its pictures named as their files are; what has no file keeps its name."""
        posts = tuple(self._post(post, where) for post in campaign.posts)
        self._name_unused()
        return campaign if posts == campaign.posts else campaign.model_copy(update={"posts": posts})

    def _post(self, post: PlannedPost, where: Where) -> PlannedPost:
        if not post.pictures:
            return post
        pictures = [
            self._picture(picture, post, where(post.id, f"image_{number}"))
            for number, picture in enumerate(post.pictures, start=1)
        ]
        return post.model_copy(update={"pictures": tuple(pictures)})

    def _picture(
        self, picture: PlannedPicture, post: PlannedPost, where: str | None
    ) -> PlannedPicture:
        written = unicodedata.normalize("NFC", picture.file.replace("\\", "/"))
        there = self._there(written)
        self._used.update(there)
        several = self.bundle.doubled.get(PurePosixPath(written).name) or there
        if len(several) > 1:
            files = ", ".join(several[:5])
            fault = found("MED-20", post=post.id, where=where, value=picture.file, files=files)
            self.findings.append(fault)
        if not there:
            self._guess(picture.file)
            return picture
        name = _told(there[0])
        return picture if name == picture.file else picture.model_copy(update={"file": name})

    def _there(self, written: str) -> tuple[str, ...]:
        """The files that the name may mean: the one at exactly this place, else all of this bare name."""
        named = self._named.get(_bare(written), [])
        exact = [path for path in named if path in (written, f"pictures/{written}")]
        return tuple(exact[:1] or named)

    def _guess(self, file: str) -> None:
        if file not in self.meant and len(self.meant) < _MOST_GUESSES:
            bare = {
                PurePosixPath(path).stem: PurePosixPath(path).name for path in self.bundle.pictures
            }
            if guess := nearest(PurePosixPath(file).stem, bare):
                self.meant[file] = bare[guess]

    def _name_unused(self) -> None:
        """Photos that nobody uses: of a ZIP and of the folder `pictures`. Drawings may be what a photo is made from."""
        for path in self.bundle.pictures:
            ours = PurePosixPath(path).suffix.lower() in USABLE
            if ours and path.startswith("pictures/") and path not in self._used:
                self.findings.append(found("MED-06", value=_told(path)))


def _bare(path: str) -> str:
    return unicodedata.normalize("NFC", PurePosixPath(path).name).casefold()


def _told(path: str) -> str:
    """How the plan calls a file: by its place in `pictures`, else by its place beside the plan."""
    return path.removeprefix("pictures/")

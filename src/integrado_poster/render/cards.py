"""Picture cards: a post's words and photo, laid out by Typst, drawn by pdfium, kept as JPEG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from integrado_poster.contract import Limits
from integrado_poster.errors import CardFault, CardRefused, PictureRefused
from integrado_poster.model import (
    Campaign,
    Picture,
    PlannedPicture,
    PlannedPost,
    Shape,
)
from integrado_poster.render import captions, content, fonts, pool

CPU_SECONDS = 20  # for one card; a usual one takes 0.1
PHOTO_CARD, TEXT_CARD = "poster", "text"
MOST_TEMPLATE_BYTES = 5_000_000


def cards(
    campaign: Campaign,
    posts: Sequence[PlannedPost],
    shapes: Sequence[Shape],
    folder: Path,
    *,
    progress: pool.Progress | None = None,
    workers: int = 2,
) -> Mapping[tuple[str, Shape], Picture]:
    """Give the card of every post in every shape, with its full alt text.

    Photos are taken from `folder`/pictures, the template from `folder`/cards or from ours.
    Raises `CardRefused` with every field of every card that does not fit or cannot be drawn,
    `PictureRefused` for the first photo that we do not open. Same input, same bytes.
    """
    wanted = [(post, shape) for post in posts for shape in shapes]
    jobs = [job(campaign, post, shape, folder) for post, shape in wanted]
    answers = draw(campaign, folder, jobs, progress=progress, workers=workers)
    return {
        (post.id, shape): picture(answer, alt(campaign, post, answer))
        for (post, shape), answer in zip(wanted, answers, strict=True)
    }


def draw(
    campaign: Campaign,
    folder: Path,
    jobs: Sequence[pool.Job],
    *,
    progress: pool.Progress | None = None,
    workers: int = 2,
    desk: pool.Desk | None = None,
) -> Sequence[pool.Answer]:
    """Give the answers to jobs made by `job` and `photo_job`; raises as `cards` does."""
    if not jobs:
        return ()
    drawn = desk.draw if desk else pool.draw
    answers = drawn(setup(campaign, folder), jobs, workers=workers, progress=progress)
    refuse(jobs, answers)
    return answers


def alt(
    campaign: Campaign, post: PlannedPost, answer: pool.Answer, limit: int | None = None
) -> str:
    """Give the alt text of a card as it was drawn."""
    shown, without = answer.facts["shown"], answer.facts["without"]
    return captions.card_alt(campaign, post, limit, shown=shown, without=without)


def picture(answer: pool.Answer, alt: str) -> Picture:
    """Give a drawn answer as a picture."""
    facts = answer.facts
    return Picture(data=answer.data, alt=alt, width=facts["width"], height=facts["height"])


def setup(campaign: Campaign, folder: Path) -> pool.Job:
    """Give what a drawing process needs before its first card: fonts and templates."""
    coloured = fonts.coloured()
    return {
        "cpu_seconds": CPU_SECONDS,
        "fonts": [str(fonts.folder()), *map(str, filter(None, [coloured]))],
        "emoji": ["Noto Color Emoji" if coloured else "Noto Emoji"],
        "files": {name: data.hex() for name, data in templates(folder).items()},
    }


def templates(folder: Path) -> dict[str, bytes]:
    """Give all templates' files by their names as Typst sees them; the campaign's own come first.

    Everything in `folder`/cards may be imported. Raises `CardRefused` if a symbolic link lies
    there (it could show any file of this machine), or if it or a picture in it is too large.
    """
    ours = files("integrado_poster.render") / "templates"
    found = {each.name: each.read_bytes() for each in ours.iterdir() if each.name.endswith(".typ")}
    own = folder / "cards"
    entries = sorted(own.rglob("*")) if own.is_dir() else []
    if own.is_symlink() or any(entry.is_symlink() for entry in entries):
        raise _unusable(
            "a symbolic link in the folder cards",
            de="im Ordner cards liegt eine symbolische Verknüpfung; kopieren Sie die Datei selbst",
        )
    kept = [entry for entry in entries if entry.is_file()]
    if sum(entry.stat().st_size for entry in kept) > MOST_TEMPLATE_BYTES:
        raise _unusable("the folder cards is too large", de="der Ordner cards ist zu groß")
    theirs = {entry.relative_to(own).as_posix(): entry.read_bytes() for entry in kept}
    _refuse_bombs(theirs)
    return found | theirs


def _refuse_bombs(given: Mapping[str, bytes]) -> None:
    """Hold logos to the limits of photos, before Typst decodes them whole."""
    for name, data in given.items():
        if name.lower().endswith((".png", ".jpg", ".jpeg", ".webp")):
            from integrado_poster.render.pictures import glance  # Pillow, needed by few

            try:
                glance(data)
            except PictureRefused as refused:
                raise _unusable(f"cards/{name}: {refused}") from None


def template(campaign: Campaign, post: PlannedPost) -> str:
    """Give the name of a post's template: the one it asks for, or the campaign's.

    A post without a picture gets our card for words instead of our card for photos.
    """
    if not post.card and campaign.card == PHOTO_CARD and not post.pictures:
        return TEXT_CARD
    return post.card or campaign.card


class Needs(NamedTuple):
    """What a platform asks of a picture's file; the same for all that ask for no less than we give."""

    most_bytes: int = 950_000
    longest: int = 1600  #: Pixels of the longer side; a card is as large as its shape says.
    aspect: tuple[float, float] | None = None

    @classmethod
    def of(cls, limits: Limits) -> Needs:
        """What these limits ask for beyond what we do anyway."""
        usual = cls()
        return cls(
            min(usual.most_bytes, limits.image_bytes),
            min(usual.longest, limits.image_side),
            limits.aspect,
        )


def job(
    campaign: Campaign,
    post: PlannedPost,
    shape: Shape,
    folder: Path,
    needs: Needs | None = None,
) -> pool.Job:
    """Give the frame that has one card drawn."""
    shown = post.pictures[0] if post.pictures else None
    return {
        "kind": "card",
        "post": post.id,
        "template": template(campaign, post),
        "most_bytes": (needs or Needs()).most_bytes,
        "card": content.card(campaign, post, shape, folder),
        "name": shown.file if shown else None,
        "photo": str(photo(folder, shown.file)) if shown else None,
        "focus": shown.focus if shown else None,
    }


def photo_job(
    post: PlannedPost, shown: PlannedPicture, folder: Path, needs: Needs | None = None
) -> pool.Job:
    """Give the frame that has a further picture made safe, whole as it is if the platform takes it."""
    needs = needs or Needs()
    return {
        "kind": "photo",
        "post": post.id,
        "name": shown.file,
        "photo": str(photo(folder, shown.file)),
        "focus": shown.focus,
        "longest": needs.longest,
        "most_bytes": needs.most_bytes,
        "aspect": needs.aspect,
    }


def photo(folder: Path, name: str) -> Path:
    """Give the path of a picture that the plan names, in `folder`/pictures or beside the plan.

    Raises `PictureRefused` (MED-01) without one; nothing outside the folder is ever given.
    """
    for place in ((folder / "pictures").resolve(), folder.resolve()):
        try:
            path = (place / name).resolve()
            if path.is_relative_to(place) and path.is_file():
                return path
        except (OSError, ValueError):  # a name that no file can have
            continue
    raise PictureRefused(f"{name}: no such file in the folder pictures", rule="MED-01")


def refuse(jobs: Sequence[pool.Job], answers: Sequence[pool.Answer]) -> None:
    """Raise what the answers say is wrong: every fault of every card at once, photos first."""
    faults: dict[CardFault, None] = {}
    for each, answer in zip(jobs, answers, strict=True):
        if refused := answer.facts.get("refused"):
            raise PictureRefused(f"{each['name']}: {refused['message']}", rule=refused["rule"])
        faults |= dict.fromkeys(_faults(each, answer.facts))
    if faults:
        raise CardRefused(
            "; ".join(f"{fault.post}: {fault.field} ({fault.detail})" for fault in faults),
            fields=tuple(dict.fromkeys(fault.field for fault in faults)),
            rule=next(iter(faults)).rule,
            faults=tuple(faults),
        )


def _faults(each: pool.Job, facts: pool.Job) -> Iterator[CardFault]:
    """What one answer says is wrong with its card."""
    fields = each.get("fields", {})  # of a version in another language: what they are in the plan
    for name in facts.get("cramped", ()):
        yield CardFault("CARD-01", each["post"], fields.get(name, name), each["card"]["shape"])
    for text in facts.get("missing", ()):
        for name in _holding(text, each["card"]):
            yield CardFault("CARD-02", each["post"], fields.get(name, name), text)
    if trouble := facts.get("template"):
        yield CardFault("CARD-03", each["post"], "card", trouble, facts.get("german", ""))
    if trouble := facts.get("died"):
        message = f"drawing took too much time or memory ({trouble})"
        german = f"das Zeichnen brauchte zu viel Zeit oder Speicher ({trouble})"
        yield CardFault("CARD-03", each["post"], "card", message, german)


def _holding(text: str, card: Mapping[str, Any]) -> list[str]:
    """The names of the fields in which a text stands that no font can draw."""
    names = ("headline", "text", "information", "areas", "hashtags")
    held = [name for name in names if text in "\n".join(card[name])]
    held += [name for name in ("campaign", "funder") if text in card[name]]
    held += ["organisation"] if text in "\n".join(card["organisation"].values()) else []
    held += ["credit_1"] if text in card["credit"] else []
    held += [
        f"translation_{number}"
        for number, entry in enumerate(card["translations"], start=1)
        if text in "\n".join(entry["lines"])
    ]
    return held or ["card"]


def _unusable(message: str, *, de: str = "") -> CardRefused:
    fault = CardFault("CARD-03", "", "card", message, de)
    return CardRefused(message, fields=("card",), rule=fault.rule, faults=(fault,))

"""What `find` needs on platforms that only have a list of posts to look through."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import regex  # type: ignore[import-untyped]

from integrado_poster.contract import Handle, Receipt
from integrado_poster.errors import CannotTell, OutcomeUnknown, Rejected
from integrado_poster.speech import Sentence

SLACK = timedelta(minutes=2)
"""How far a platform's clock may be behind ours."""

EARLIER = timedelta(hours=2)
"""How long before that the same words may be ours after all: a clock here that goes by a wrong zone."""


_UNSEEN = regex.compile(r"\p{Default_Ignorable_Code_Point}+")


@contextmanager
def looking() -> Iterator[None]:
    """Inside, a refused read means that this look taught nothing: the post itself was not refused.

    `TryLater` and `LoginNeeded` go through: they too say only when looking makes sense again.
    """
    try:
        yield
    except Rejected as error:
        raise OutcomeUnknown(Sentence("look.refused", detail=error.said)) from None


def since(handle: Handle) -> datetime:
    """The moment before which nothing can be ours, if the clock here is right."""
    return datetime.fromisoformat(handle["started"]).astimezone(UTC) - SLACK


def earliest(handle: Handle) -> datetime:
    """How far to look back: what is older is not ours, even if the clock here is wrong."""
    return since(handle) - EARLIER


def moment(text: object) -> datetime:
    """A platform's moment; raises `OutcomeUnknown` if it is none, for then the list is unreadable."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        raise OutcomeUnknown(Sentence("look.no-date", found=repr(str(text)[:40]))) from None


def plain(text: str, *, escaped: bool = False) -> str:
    """The words by themselves: composed characters, single blanks, no HTML escapes if it has them.

    What nobody sees is left out: joiners, marks of direction, the choice of an emoji's form.
    """
    if escaped:
        text = html.unescape(text)
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFC", text)).split())


def only(
    found: Sequence[tuple[datetime, Receipt]],
    handle: Handle,
    *,
    edited: Sequence[tuple[datetime, str]] = (),
) -> Receipt | None:
    """The one that was found, or None; two of the same are for a person to tell apart.

    So is one from shortly before we began: somebody else's, or ours under a wrong clock. And so is
    one that was `edited` (when it was posted, and where it is): it may be ours in other words.
    """
    ours = [receipt for at, receipt in found if at >= since(handle)]
    if len(ours) > 1:
        raise CannotTell(
            Sentence("look.several", count=len(ours), posts=", ".join(r.id for r in ours))
        )
    if not ours and found:
        at, receipt = found[0]
        raise CannotTell(Sentence("look.earlier", since=f"{at:%H:%M}", where=receipt.url))
    for at, place in edited if not ours else ():
        if at >= since(handle):
            raise CannotTell(Sentence("look.edited", where=place))
    return ours[0] if ours else None


def gone(parent: str, detail: Sentence | str) -> Rejected:
    """What a platform's refusal means if the post that was to be answered is not there any more."""
    return Rejected(Sentence("wire.no-parent", parent=parent, detail=detail))

"""Facebook Page: photos nobody sees, a draft that names them, then one switch on a known id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, SecretStr
from pydantic.dataclasses import dataclass

from integrado_poster import measure
from integrado_poster.contract import Feed, Handle, Identity, Limits, Metrics, Receipt, Ruler
from integrado_poster.errors import (
    LoginNeeded,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    TryLater,
)
from integrado_poster.model import Message, Picture, Shape
from integrado_poster.speech import Sentence
from integrado_poster.wire.facts import filled
from integrado_poster.wire.line import Line
from integrado_poster.wire.looking import looking, moment, only, plain, since
from integrado_poster.wire.shapes import counted, each, inside, named

if TYPE_CHECKING:
    from integrado_poster.wire.graph import Graph

_PAGE = 25
_MOST_PAGES = 40
_LISTED = "id,message,created_time,permalink_url,attachments{type,subattachments}"
_COUNTED = "shares,reactions.summary(total_count).limit(0),comments.summary(total_count).limit(0)"


class Draft:
    """A post that is there, and that nobody sees yet."""


@dataclass(frozen=True, kw_only=True)
class Facebook:
    """One Facebook Page; `token` is a page token, `version` that of the Graph API."""

    name: ClassVar[str] = "facebook"
    limits: ClassVar[Limits] = Limits(
        rulers=(Ruler(limit=63_206, measure=measure.utf16, unit="utf16"),),
        shape=Shape.PORTRAIT,
        images=10,
        alt=1000,  # unpublished; what Instagram takes
        image_bytes=4_000_000,
        settle=timedelta(seconds=30),
        fold=477,
        feed=Feed(tallest=4 / 5, link_card=True),
        joint=True,  # Page Insights: CJEU C-210/16
    )
    settings: ClassVar[tuple[str, ...]] = ("page_id", "version", "base_url")
    secrets: ClassVar[tuple[str, ...]] = ("token",)

    page_id: Annotated[str, Field(pattern=r"^\d{1,30}$")]
    token: SecretStr
    version: Annotated[str, Field(pattern=r"^v\d{1,2}\.\d{1,2}$")] = "v25.0"
    base_url: str = "https://graph.facebook.com"

    @classmethod
    def of(cls, facts: Mapping[str, str]) -> Self:
        """The adapter for these settings and secrets; raises `SettingsError`."""
        return filled(cls, (*cls.settings, *cls.secrets), facts)

    def prepare(self, message: Message, handle: Handle) -> Handle:
        """Upload the next photo unpublished; with all of them, write the unpublished post.

        Photos that no post names are gone after a day, and those of a draft whose number we never
        learned belong to it. So a no to photos of an earlier claim may be due to them: it is asked
        again with new ones. A no to photos of this claim, which nobody has used, is one to the post.
        """
        for number, picture in enumerate(message.pictures):
            if f"photo_{number}" not in handle:
                by = {} if number else {"uploaded": handle["claim"]}
                return {**handle, **by, f"photo_{number}": self._upload(picture)}
        if "draft" in handle:
            return handle
        try:
            return {**handle, "draft": self._draft(message, handle)}
        except Rejected:
            if not message.pictures or handle.get("uploaded") == handle["claim"]:
                raise
        return {name: fact for name, fact in handle.items() if not name.startswith("photo_")}

    def commit(self, message: Message, handle: Handle) -> Receipt:
        """Switch the draft on. To do so twice changes nothing."""
        done = self._graph.update(handle["draft"], is_published=True)
        if done.get("success") is not True:
            raise OutcomeUnknown(Sentence("wire.no-success"))
        return Receipt(id=handle["draft"], url=self._address(handle["draft"]))

    def find(self, message: Message, handle: Handle) -> Receipt | None:
        """Read the known id, then the page's list; by its words only if there is no such id any more."""
        with looking():
            known = self._known(handle)
            if isinstance(known, Receipt):
                return known
            found = [
                (
                    moment(post["created_time"]),
                    Receipt(id=str(post["id"]), url=post.get("permalink_url")),
                )
                for post in self._own(handle)
                if post["id"] == handle.get("draft")
                or (
                    known is None
                    and plain(str(post.get("message") or "")) == plain(message.text)
                    and _pictures(post) == len(message.pictures)
                )
            ]
        return only(found, handle)

    def whoami(self) -> Identity:
        """The page that the token is for; raises `LoginNeeded` if it is for another one."""
        me = self._graph.get_object("me", fields="id,name")
        if _id(me) != self.page_id:
            raise LoginNeeded(
                Sentence("login.other-page", name=me.get("name"), id=me["id"], page=self.page_id)
            )
        return Identity(id=self.page_id, name=str(me.get("name") or self.page_id))

    def metrics(self, receipt: Receipt) -> Metrics:
        """Count reactions, shares and comments; views need a right that we do not ask for."""
        post = self._graph.get_object(receipt.id, fields=_COUNTED)
        return Metrics(
            likes=_total(post, "reactions"),
            shares=counted(inside(post, "shares").get("count")),
            replies=_total(post, "comments"),
        )

    @cached_property
    def _graph(self) -> Graph:
        from integrado_poster.wire.graph import Graph

        token = self.token.get_secret_value()
        line = Line(self.base_url, secrets=(token,), headers={"Authorization": f"Bearer {token}"})
        return Graph(line, token=token, version=self.version)

    def _draft(self, message: Message, handle: Handle) -> str:
        fields: dict[str, object] = {"message": message.text, "published": False}
        if message.pictures:
            fields["attached_media"] = [
                {"media_fbid": handle[f"photo_{number}"]} for number in range(len(message.pictures))
            ]
        return _id(self._graph.put_object(self.page_id, "feed", **fields))

    def _upload(self, picture: Picture) -> str:
        made = self._graph.put_photo(
            ("picture.jpg", picture.data, picture.media_type),
            album_path=f"{self.page_id}/photos",
            published=False,
            **({"alt_text_custom": picture.alt} if picture.alt else {}),
        )
        return _id(made)

    def _address(self, post: str) -> str | None:
        """The post's address, or None: what is published stays so without it.

        Raises `OutcomeUnknown` if the page says that it is a draft all the same.
        """
        try:
            shown = self._graph.get_object(post, fields="is_published,permalink_url")
        except PlatformError:
            return None
        if shown.get("is_published") is False:
            raise OutcomeUnknown(Sentence("wire.still-draft"))
        return named(shown.get("permalink_url")) or None

    def _known(self, handle: Handle) -> Receipt | Draft | None:
        """What stands under the known id; None if nothing does."""
        from integrado_poster.wire.graph import GONE, GraphRejected

        if "draft" not in handle:
            return None
        try:
            post = self._graph.get_object(
                handle["draft"], fields="is_published,permalink_url,created_time"
            )
        except GraphRejected as error:
            if (error.code, error.subcode) == (100, GONE):
                return None
            raise
        if post.get("is_published") is True:
            return Receipt(id=handle["draft"], url=post.get("permalink_url"))
        if post.get("is_published") is False:
            return Draft()
        raise OutcomeUnknown(Sentence("look.silent"))

    def _own(self, handle: Handle) -> Iterator[Mapping[str, Any]]:
        """The page's published posts since the delivery began, all of them, newest first."""
        earliest, cursor = since(handle), ""
        for _ in range(_MOST_PAGES):
            more = {"after": cursor} if cursor else {}
            listed = self._graph.get_connections(
                self.page_id, "published_posts", fields=_LISTED, limit=_PAGE, **more
            )
            posts = each(listed.get("data"))
            if listed.get("data") != posts or not all(named(post.get("id")) for post in posts):
                raise OutcomeUnknown(Sentence("look.unreadable"))
            for post in posts:
                if moment(post.get("created_time")) < earliest:
                    return
                yield post
            cursor = named(inside(listed, "paging", "cursors").get("after"))
            if not posts or not cursor:
                return
        raise TryLater(Sentence("look.endless"))


def _id(made: Mapping[str, Any]) -> str:
    if not (id := named(made.get("id"))):
        raise TryLater(Sentence("wire.no-id", found=", ".join(sorted(made))))
    return id


def _total(post: Mapping[str, Any], name: str) -> int | None:
    return counted(inside(post, name, "summary").get("total_count"))


def _pictures(post: Mapping[str, Any]) -> int:
    """How many pictures a listed post shows; several lie one level below, a link's preview is none."""
    return sum(
        len(each(inside(one, "subattachments").get("data"))) or int(one.get("type") == "photo")
        for one in each(inside(post, "attachments").get("data"))
    )

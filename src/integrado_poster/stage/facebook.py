"""The stand-in of a Facebook Page: photos, drafts, posts, over the Graph API."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from integrado_poster.stage import facebook_json as told_by
from integrado_poster.stage import facebook_shapes as shapes
from integrado_poster.stage.exchange import Answer, Ask, Json
from integrado_poster.stage.facebook_login import TOKEN, Login
from integrado_poster.stage.facebook_photos import Photos
from integrado_poster.stage.facebook_shapes import PAGE, Post, bad, missing, refused
from integrado_poster.stage.numbers import Ids
from integrado_poster.stage.shown import Shown
from integrado_poster.stage.theatre import Routes, Setting, route

MESSAGE = 63_206
NEWEST, OLDEST = 26, 21
_FEED = (
    "message",
    "link",
    "published",
    "attached_media",
    "scheduled_publish_time",
    "unpublished_content_type",
)


class Facebook:
    """The Graph API with one page."""

    name: ClassVar[str] = "facebook"
    title: ClassVar[str] = "Facebook"

    def __init__(self, setting: Setting) -> None:
        self.lock = threading.RLock()
        self._setting = setting
        self._ids = Ids()
        self._login = Login(setting)
        self._photos = Photos(setting)
        self._posts: dict[str, Post] = {}
        self._last: Post | None = None
        page, post = f"/(?:{PAGE}|me)", r"/(?P<post>\d+_\d+)"
        self._routes = Routes(
            [
                route("GET", "/debug_token", self._login.debug),
                route("GET", page, self._login.whoami),
                route("POST", f"{page}/photos", self._photo),
                route("POST", f"{page}/feed", self._feed),
                route("GET", f"{page}/(?P<edge>feed|published_posts|scheduled_posts)", self._list),
                route("GET", post, self._read),
                route("POST", post, self._update),
                route("DELETE", post, self._delete),
                route("GET", f"{post}/insights", self._insights),
                route("GET", r"/(?P<photo>\d+)", self._read_photo),
                route("DELETE", r"/(?P<photo>\d+)", self._delete_photo),
            ]
        )

    def credentials(self) -> dict[str, str]:
        """The page and its token."""
        return {"page_id": PAGE, "token": TOKEN}

    def answer(self, ask: Ask) -> Answer:
        """Do what is asked; raises `Refusal` or `Faulted`."""
        match = re.fullmatch(r"(?:/v(\d+)\.(\d+))?(/.*)", ask.path)
        if match is None or int(match[1] or 0) > NEWEST:
            raise refused(2500, f"Unknown path components: {ask.path}")
        served = max(OLDEST, int(match[1] or OLDEST))
        ask = replace(ask, path=match[3])
        self._login.check_token(ask)
        found = self._routes.find(ask)
        if found is None:
            raise missing(ask.path.strip("/"), ask.method.lower())
        handler, parts = found
        answer: Answer = handler(ask, parts)
        more = (
            ("facebook-api-version", f"v{served}.0"),
            ("x-fb-rev", "1000000001"),
            ("X-App-Usage", '{"call_count":1,"total_cputime":1,"total_time":1}'),
        )
        return replace(
            answer,
            headers=(*answer.headers, *more),
            media_type="application/json; charset=UTF-8",
        )

    def trouble(self, ask: Ask, kind: str) -> Answer:
        """The Graph API's own words for a fault."""
        if kind == "refuse":
            return bad("This message breaks a rule of this platform").answer
        if kind == "revoked":
            return shapes.revoked().answer
        if kind == "slow-down":
            minutes = max(1, -int(-self._setting.wait // 60))
            usage = (
                f'{{"{PAGE}":[{{"type":"pages","call_count":100,"total_cputime":25,'
                f'"total_time":25,"estimated_time_to_regain_access":{minutes}}}]}}'
            )
            text = "(#80001) There have been too many calls to this Page account."
            answer = refused(80001, text, transient=False).answer
            return replace(answer, headers=(("X-Business-Use-Case-Usage", usage),))
        if kind in ("down", "upload-error"):
            text = "An unexpected error has occurred. Please retry your request later."
            return refused(2, text, status=503, transient=True).answer
        return refused(1, "An unknown error occurred", status=500, transient=False).answer

    def timeline(self) -> list[Shown]:
        """What a visitor of the page sees."""
        return [
            Shown(
                id=post.id,
                url=told_by.address(post),
                at=post.shown or datetime.fromtimestamp(post.scheduled or 0, UTC),
                text=post.message,
                pictures=tuple(photo.held.shown(photo.alt) for photo in post.photos),
            )
            for post in self._newest()
            if post.public(self._setting.now())
        ]

    def remove(self, post: str) -> None:
        """Take a post away, as a person does on the platform's own page."""
        del self._posts[post]

    def edit(self, post: str, text: str) -> None:
        """Give a post other words, as a person does on the platform's own page."""
        self._posts[post].message = text

    def _newest(self) -> list[Post]:
        return sorted(self._posts.values(), key=lambda post: (post.created, post.id), reverse=True)

    # --- writing ------------------------------------------------------------------------

    def _photo(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given, files = shapes.sent(ask)
        photo = self._photos.checked(ask, given, files)
        if not shapes.flag(given, "published", True):
            ask.meet("upload", photo.held.sha256)
            return Answer.of({"id": self._photos.keep(photo).id})
        ask.meet("publish", photo.name, [photo.held.sha256])
        self._photos.keep(photo)
        post = self._keep(ask, photo.name, "", (photo,))
        self._show(post, ask)
        return Answer.of({"id": photo.id, "post_id": post.id})

    def _feed(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given, files = shapes.sent(ask)
        shapes.only(given, _FEED)
        if files:
            raise bad("A post takes no file; upload it as a photo")
        message, link = given.get("message", "").strip(), given.get("link", "")
        if len(message) > MESSAGE:
            raise bad(f"Param message must be at most {MESSAGE} characters long")
        if link and not re.match(r"https?://\S+$", link):
            raise bad("link should represent a valid URL")
        photos = self._photos.attached(given.get("attached_media", "[]"))
        if not message and not link and not photos:
            raise bad("Missing message or attachment")
        published = shapes.flag(given, "published", True)
        scheduled = _scheduled(given, published, ask)
        names = [photo.held.sha256 for photo in photos]
        if published and message and self._last and message == self._last.message:
            ask.meet.again(self._last.id)
            raise refused(506, "(#506) Duplicate status message")
        ask.meet("publish" if published or scheduled else "upload", message, names)
        post = self._keep(ask, message, link, photos)
        post.scheduled = scheduled
        if published:
            self._show(post, ask)
        return Answer.of({"id": post.id})

    def _keep(self, ask: Ask, message: str, link: str, photos: tuple[shapes.Photo, ...]) -> Post:
        name = f"{PAGE}_{self._ids.plain(15, message)}"
        post = Post(id=name, created=ask.now, message=message, link=link, photos=photos)
        self._posts[name] = post
        for photo in photos:
            photo.post = name
        return post

    def _show(self, post: Post, ask: Ask) -> None:
        if post.shown is None:
            post.shown, post.listed = ask.now, ask.meet.listed_from
            self._last = post

    def _update(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given, _ = shapes.sent(ask)
        shapes.only(given, ("is_published", "message"))
        post = self._own(parts["post"], "post")
        if not {"is_published", "message"} & set(given):
            raise bad("Nothing to change")
        publish = shapes.flag(given, "is_published", post.shown is not None)
        if post.shown is not None and not publish:
            raise bad("A published post cannot become a draft")
        if publish:
            if post.shown is not None and "message" not in given:
                ask.meet.again(post.id)
            # What went wrong with its draft counts as well.
            names = [post.message, *(photo.held.sha256 for photo in post.photos)]
            ask.meet("publish", given.get("message", post.message), names)
            self._show(post, ask)
        post.message = given.get("message", post.message).strip()
        return Answer.of({"success": True})

    def _delete(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        del self._posts[self._own(parts["post"], "delete").id]
        return Answer.of({"success": True})

    def _delete_photo(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        self._photos.drop(parts["photo"])
        return Answer.of({"success": True})

    # --- reading ------------------------------------------------------------------------

    def _own(self, name: str, verb: str) -> Post:
        if name not in self._posts:
            raise missing(name, verb)
        return self._posts[name]

    def _read(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = dict(ask.query)
        shapes.only(given, ("fields",))
        post = self._own(parts["post"], "get")
        wanted = given.get("fields", "created_time,message")
        known = shapes.fields(wanted, shapes.POST_FIELDS, "Post")
        ask.meet("read", _untold(ask))
        return Answer.of(told_by.post_json(post, known, ask.now, self._setting.base))

    def _read_photo(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = dict(ask.query)
        shapes.only(given, ("fields",))
        photo = self._photos.own(parts["photo"], "get")
        wanted = given.get("fields", "created_time,name")
        known = shapes.fields(wanted, shapes.PHOTO_FIELDS, "Photo")
        ask.meet("read", _untold(ask))
        return Answer.of(told_by.photo_json(photo, known, self._setting.base))

    def _list(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        given = dict(ask.query)
        shapes.only(given, ("fields", "limit", "after"))
        limit = shapes.whole(given, "limit", 25, 1, 100)
        after = shapes.whole(given, "after", 0, 0, 10**9)
        wanted = given.get("fields", "created_time,message")
        known = shapes.fields(wanted, shapes.POST_FIELDS, "Post")
        ask.meet("read", _untold(ask))
        scheduled = parts["edge"] == "scheduled_posts"
        posts = [post for post in self._newest() if _listed(post, ask, scheduled)]
        page = posts[after : after + limit]
        told: Json = {
            "data": [told_by.post_json(post, known, ask.now, self._setting.base) for post in page]
        }
        if page:
            cursors = {"before": str(after), "after": str(after + len(page))}
            told["paging"] = {"cursors": cursors}
        return Answer.of(told)

    def _insights(self, ask: Ask, parts: Mapping[str, str]) -> Answer:
        self._own(parts["post"], "get")
        shapes.only(dict(ask.query), ("metric", "period"))
        ask.meet("read", _untold(ask))
        return Answer.of({"data": []})  # a page with fewer than 100 likes has none


def _listed(post: Post, ask: Ask, scheduled: bool) -> bool:
    if scheduled:
        return post.scheduled is not None and not post.public(ask.now)
    return post.public(ask.now) and (post.listed is None or post.listed <= ask.now)


def _scheduled(given: Mapping[str, str], published: bool, ask: Ask) -> int | None:
    if "scheduled_publish_time" not in given:
        return None
    moment = shapes.whole(given, "scheduled_publish_time", 0, 0, 10**11)
    if published or not 600 <= moment - ask.now.timestamp() <= 30 * 86_400:
        text = "The specified scheduled publish time is invalid."
        raise refused(100, f"(#100) {text}", subcode=1366046)
    return moment


def _untold(ask: Ask) -> str:
    """What is asked, without the token that may stand in the query."""
    return replace(ask, query=[pair for pair in ask.query if pair[0] != "access_token"]).target

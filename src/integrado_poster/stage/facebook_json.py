"""What a Facebook Page tells: posts and photos with the fields that were asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from integrado_poster.stage.exchange import Json
from integrado_poster.stage.facebook_shapes import NAME, PAGE, Photo, Post
from integrado_poster.stage.numbers import number


def stamp(moment: datetime) -> str:
    """A moment as the Graph API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def address(post: Post) -> str:
    """The permalink."""
    return f"https://www.facebook.com/{PAGE}/posts/{post.id.partition('_')[2]}"


def post_json(post: Post, wanted: list[tuple[str, str]], now: datetime, base: str) -> Json:
    """A post with the fields that were asked for."""
    told: Json = {
        "id": post.id,
        "message": post.message,
        "created_time": stamp(post.created),
        "updated_time": stamp(post.shown or post.created),
        "is_published": post.public(now),
        "permalink_url": address(post),
        "from": {"id": PAGE, "name": NAME},
        "status_type": "added_photos" if post.photos else "mobile_status_update",
        "is_hidden": False,
        "is_expired": False,
        "shares": {"count": 1 + number(4, "shares", post.message)},
        "reactions": _counted(number(5, "reactions", post.message)),
        "likes": _counted(number(5, "reactions", post.message)),
        "comments": _counted(number(2, "comments", post.message)),
    }
    if post.scheduled is not None:
        told["scheduled_publish_time"] = post.scheduled
    if post.photos:
        told["full_picture"] = picture_address(post.photos[0], base)
        told["attachments"] = {"data": [_attachments(post, base)]}
    if not post.message:
        del told["message"]
    answer = {"id": post.id}
    for name, more in wanted:
        if name in told:
            answer[name] = _trimmed(told[name], more)
    return answer


def _counted(total: int) -> Json:
    return {"data": [], "summary": {"total_count": total}}


def _trimmed(value: Any, more: str) -> Any:
    if isinstance(value, dict) and "summary" in value and "summary(" not in more:
        return {"data": value["data"]}
    return value


def picture_address(photo: Photo, base: str) -> str:
    """Where the picture lies."""
    return f"{base.rpartition('/')[0]}/_stage/pictures/{photo.held.sha256}"


def _attachments(post: Post, base: str) -> Json:
    parts = [
        {
            "description": photo.name,
            "media": {
                "image": {
                    "height": photo.held.height,
                    "src": picture_address(photo, base),
                    "width": photo.held.width,
                }
            },
            "target": {"id": photo.id},
            "type": "photo",
        }
        for photo in post.photos
    ]
    if len(parts) == 1:
        return {**parts[0], "title": ""}
    return {"subattachments": {"data": parts}, "title": "", "type": "album"}


def photo_json(photo: Photo, wanted: list[tuple[str, str]], base: str) -> Json:
    """A photo with the fields that were asked for."""
    size = {"width": photo.held.width, "height": photo.held.height}
    told: Json = {
        "id": photo.id,
        "name": photo.name,
        "alt_text_custom": photo.alt,
        "alt_text": "Kann ein Bild von Text sein",
        "created_time": stamp(photo.at),
        "link": f"https://www.facebook.com/photo.php?fbid={photo.id}",
        **size,
        "images": [{**size, "source": picture_address(photo, base)}],
    }
    if photo.post:
        told["page_story_id"] = photo.post
    return {"id": photo.id, **{name: told[name] for name, _ in wanted if told.get(name)}}

"""The lexicon of app.bsky.feed.post, as a server checks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from integrado_poster.stage.exchange import Json

COLLECTION = "app.bsky.feed.post"
GRAPHEMES = 300
BYTES = 3000
IMAGES = 4
IMAGE_BYTES = 2_000_000
THUMB_BYTES = 1_000_000
_FIELDS = ("$type", "text", "createdAt", "langs", "facets", "embed", "reply", "tags", "labels")
_LANGUAGE = re.compile(r"([a-zA-Z]{2,3}|i)(-[a-zA-Z0-9]{1,8})*")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)")
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]+")
_AT_URI = re.compile(r"at://did:[a-z]+:[A-Za-z0-9._:%-]+/[A-Za-z0-9.-]+/[A-Za-z0-9._~:-]{1,512}")
_CID = re.compile(r"b[a-z2-7]{20,}")
_FACET = "app.bsky.richtext.facet"


class Misfit(Exception):
    """The record does not fit the lexicon; says where and why."""


def check(record: object, blob: Callable[[str], tuple[str, int] | None]) -> None:
    """Check a whole post; `blob` gives media type and size of an uploaded blob; raises `Misfit`."""
    post = _object(record, "Record", needed=("$type", "text", "createdAt"), known=_FIELDS)
    if post["$type"] != COLLECTION:
        raise Misfit(f"Invalid $type: expected {COLLECTION}, got {post['$type']}")
    text = _string(post["text"], "Record/text", limit=BYTES, graphemes=GRAPHEMES)
    _moment(post["createdAt"], "Record/createdAt")
    for lang in _array(post.get("langs", []), "Record/langs", 3):
        if not _LANGUAGE.fullmatch(_string(lang, "Record/langs")):
            raise Misfit("Record/langs must be a well-formed BCP 47 language tag")
    for tag in _array(post.get("tags", []), "Record/tags", 8):
        _string(tag, "Record/tags", limit=640, graphemes=64)
    _facets(post.get("facets", []), text)
    if "embed" in post:
        _embed(post["embed"], blob)
    if "reply" in post:
        _reply(post["reply"])


def _reply(value: object) -> None:
    reply = _object(value, "Record/reply", needed=("root", "parent"))
    for name in ("root", "parent"):
        where = f"Record/reply/{name}"
        other = _object(reply[name], where, needed=("uri", "cid"))
        if not _AT_URI.fullmatch(_string(other["uri"], f"{where}/uri")):
            raise Misfit(f"{where}/uri must be a valid at-uri")
        if not _CID.fullmatch(_string(other["cid"], f"{where}/cid")):
            raise Misfit(f"{where}/cid must be a cid string")


def _moment(value: object, where: str) -> None:
    text = _string(value, where)
    try:
        good = _DATETIME.fullmatch(text) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        good = False
    if not good:
        raise Misfit(f"{where} must be an valid atproto datetime")


def _object(
    value: object, where: str, *, needed: Collection[str], known: Collection[str] | None = None
) -> Json:
    if not isinstance(value, dict):
        raise Misfit(f"{where} must be an object")
    for name in needed:
        if name not in value:
            raise Misfit(f'{where} must have the property "{name}"')
    # A lexicon is open to more properties, but here one can only be a slip.
    if strange := set(value) - {"$type"} - set(needed if known is None else known):
        raise Misfit(f"{where} has unknown properties: {', '.join(sorted(strange))}")
    return value


def _string(
    value: object, where: str, *, limit: int | None = None, graphemes: int | None = None
) -> str:
    if not isinstance(value, str):
        raise Misfit(f"{where} must be a string")
    if limit is not None and len(value.encode("utf-8", "surrogatepass")) > limit:
        raise Misfit(f"{where} must not be longer than {limit} bytes")
    if graphemes is not None and len(value) > graphemes:
        import regex  # type: ignore[import-untyped]

        if len(regex.findall(r"\X", value)) > graphemes:
            raise Misfit(f"{where} must not be longer than {graphemes} graphemes")
    return value


def _array(value: object, where: str, limit: int) -> list[Any]:
    if not isinstance(value, list):
        raise Misfit(f"{where} must be an array")
    if len(value) > limit:
        raise Misfit(f"{where} must not have more than {limit} elements")
    return value


def _integer(value: object, where: str, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Misfit(f"{where} must be an integer")
    if value < least:
        raise Misfit(f"{where} can not be less than {least}")
    return value


def _facets(value: object, text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    taken: list[tuple[int, int]] = []
    for number, item in enumerate(_array(value, "Record/facets", 1000)):
        where = f"Record/facets/{number}"
        facet = _object(item, where, needed=("index", "features"))
        span = _object(facet["index"], f"{where}/index", needed=("byteStart", "byteEnd"))
        start = _integer(span["byteStart"], f"{where}/index/byteStart", 0)
        end = _integer(span["byteEnd"], f"{where}/index/byteEnd", 0)
        if not start < end <= len(data):
            raise Misfit(f"{where}/index does not lie in the text")
        if any(0x80 <= byte < 0xC0 for byte in (*data[start : start + 1], *data[end : end + 1])):
            raise Misfit(f"{where}/index splits a character")
        if any(start < other_end and other < end for other, other_end in taken):
            raise Misfit(f"{where}/index overlaps another facet")
        taken.append((start, end))
        for feature in _array(facet["features"], f"{where}/features", 10):
            _feature(feature, f"{where}/features", data[start:end].decode("utf-8", "replace"))


def _feature(value: object, where: str, words: str) -> None:
    kind = value.get("$type") if isinstance(value, dict) else None
    if kind == f"{_FACET}#link":
        uri = _string(_object(value, where, needed=("uri",))["uri"], f"{where}/uri")
        if not re.match(r"[a-z][a-z0-9+.-]*:\S+$", uri):
            raise Misfit(f"{where}/uri must be a uri")
    elif kind == f"{_FACET}#tag":
        tag = _object(value, where, needed=("tag",))["tag"]
        _string(tag, f"{where}/tag", limit=640, graphemes=64)
        if words.lstrip("#＃") != tag:
            raise Misfit(f"{where}/tag is not what the text says there")
    elif kind == f"{_FACET}#mention":
        did = _string(_object(value, where, needed=("did",))["did"], f"{where}/did")
        if not _DID.fullmatch(did):
            raise Misfit(f"{where}/did must be a valid did")
    else:
        raise Misfit(f"{where} has an unknown $type: {kind}")


def _embed(value: object, blob: Callable[[str], tuple[str, int] | None]) -> None:
    kind = value.get("$type") if isinstance(value, dict) else None
    where = "Record/embed"
    if kind == "app.bsky.embed.images":
        images = _array(_object(value, where, needed=("images",))["images"], where, IMAGES)
        for number, item in enumerate(images):
            place = f"{where}/images/{number}"
            image = _object(
                item, place, needed=("image", "alt"), known=("image", "alt", "aspectRatio")
            )
            _string(image["alt"], f"{place}/alt")
            _blob(image["image"], f"{place}/image", IMAGE_BYTES, blob)
            if "aspectRatio" in image:
                ratio = _object(
                    image["aspectRatio"], f"{place}/aspectRatio", needed=("width", "height")
                )
                _integer(ratio["width"], f"{place}/aspectRatio/width", 1)
                _integer(ratio["height"], f"{place}/aspectRatio/height", 1)
    elif kind == "app.bsky.embed.external":
        needed = ("uri", "title", "description")
        card = _object(value, where, needed=("external",))["external"]
        card = _object(card, f"{where}/external", needed=needed, known=(*needed, "thumb"))
        if "thumb" in card:
            _blob(card["thumb"], f"{where}/external/thumb", THUMB_BYTES, blob)
    else:
        raise Misfit(f"{where} has an unknown $type: {kind}")


def _blob(
    value: object, where: str, limit: int, known: Callable[[str], tuple[str, int] | None]
) -> None:
    if not isinstance(value, dict) or value.get("$type") != "blob":
        raise Misfit(f"{where} should be a blob ref")
    ref = _object(value, where, needed=("ref", "mimeType", "size"))
    link = _object(ref["ref"], f"{where}/ref", needed=("$link",))["$link"]
    found = known(str(link))
    if found is None:
        raise Misfit(f"Could not find blob: {link}")
    if not str(ref["mimeType"]).startswith("image/"):
        raise Misfit(f"{where} should be of one of these types: image/*")
    if (ref["mimeType"], ref["size"]) != found:
        raise Misfit(f"{where} is not what was uploaded as {link}")
    if found[1] > limit:
        raise Misfit(f"{where}: blob too big (maximum {limit}, got {found[1]})")

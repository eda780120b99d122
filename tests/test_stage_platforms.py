"""Each stand-in takes what its platform takes, and refuses what it would refuse."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1  # type: ignore[import-untyped]

from integrado_poster.stage import Stage
from tests.stage_clients import (
    MONDAY,
    BlueskyClient,
    Client,
    Clock,
    FacebookClient,
    MastodonClient,
    XClient,
    picture,
    standing,
)

TALL = hashlib.sha256(picture()).hexdigest()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stage(clock: Clock) -> Iterator[Stage]:
    yield from standing(clock)


@pytest.fixture
def x(stage: Stage) -> XClient:
    return XClient(stage)


@pytest.fixture
def facebook(stage: Stage) -> FacebookClient:
    return FacebookClient(stage)


@pytest.fixture
def mastodon(stage: Stage) -> MastodonClient:
    return MastodonClient(stage)


@pytest.fixture
def bluesky(stage: Stage) -> BlueskyClient:
    return BlueskyClient(stage)


def repeated(client: Client) -> list[str]:
    """What the stage was asked to publish once more."""
    return [seen.repeats for seen in client.stage.repeats()]


# --- X --------------------------------------------------------------------------------------


def test_x_publishes_words_and_picture_and_gives_them_back_as_it_does(x: XClient) -> None:
    medium = x.upload(picture())
    alt = {"id": medium, "metadata": {"alt_text": {"text": "Eine Karte"}}}
    assert x("POST", "/2/media/metadata", json=alt)[0] == 200
    text = "Kaffee & Kuchen: https://example.org/a"
    given = {"text": text, "media": {"media_ids": [medium]}}
    status, told = x("POST", "/2/tweets", json=given)
    assert status == 201
    assert told["data"]["text"].startswith("Kaffee &amp; Kuchen: https://t.co/")

    (post,) = x.stage.timeline("x")
    assert (post.id, post.text, post.at) == (told["data"]["id"], text, MONDAY)
    assert [(p.sha256, p.alt, p.width) for p in post.pictures] == [(TALL, "Eine Karte", 40)]
    asked = {
        "tweet.fields": "entities,attachments,public_metrics",
        "start_time": "2021-09-27T07:58:00Z",
    }
    _, listed = x("GET", "/2/users/1400000000000000001/tweets", params=asked)
    (tweet,) = listed["data"]
    link, photo = tweet["entities"]["urls"]
    assert link["expanded_url"] == "https://example.org/a"
    assert tweet["text"][link["start"] : link["end"]] == link["url"]
    assert tweet["text"].endswith(" " + photo["url"])
    assert tweet["attachments"]["media_keys"] == [f"3_{medium}"]


def test_x_takes_multipart_uploads_too(x: XClient) -> None:
    given = {"media_category": "tweet_image"}
    status, told = x("POST", "/2/media/upload", data=given, files={"media": picture()})
    assert (status, told["data"]["size"]) == (200, len(picture()))


def test_x_refuses_the_same_words_twice_but_not_next_week(x: XClient, clock: Clock) -> None:
    assert x("POST", "/2/tweets", json={"text": "Hallo"})[0] == 201
    status, told = x("POST", "/2/tweets", json={"text": " Hallo "})
    assert status == 403
    assert told["detail"] == "You are not allowed to create a Tweet with duplicate content."
    (first,) = x.stage.timeline("x")
    assert repeated(x) == [first.id]
    clock.move(days=7)
    assert x("POST", "/2/tweets", json={"text": "Hallo"})[0] == 201
    assert repeated(x) == [first.id]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a" * 280, 201),
        ("a" * 281, 400),
        ("日" * 140, 201),
        ("日" * 141, 400),
        ("a" * 256 + " https://example.org/" + "b" * 99, 201),
        ("a" * 257 + " https://example.org/", 400),
        ("a" * 277 + " 👨‍👩‍👧", 201),
        ("Hallo\ufeff", 400),
        ("$AB $CD", 403),
        ("  ", 400),
    ],
)
def test_x_counts_a_text_by_its_own_rules(x: XClient, text: str, status: int) -> None:
    assert x("POST", "/2/tweets", json={"text": text})[0] == status


@pytest.mark.parametrize(
    "given",
    [
        {"text": "Hallo", "colour": "red"},
        {"text": 5},
        {"text": "Hallo", "media": {"media_ids": ["1"]}},
        {"text": "Hallo", "media": {"media_ids": [1]}},
        {"text": "Hallo", "media": {"media_ids": []}},
        {"text": "Hallo", "media": {"media_ids": ["1"] * 5}},
        {"text": "Hallo", "nullcast": "false"},
        {"text": "Hallo", "reply_settings": "nobody"},
    ],
)
def test_x_refuses_a_post_with_a_slip(x: XClient, given: Any) -> None:
    status, told = x("POST", "/2/tweets", json=given)
    assert status == 400
    assert told["type"].endswith("/problems/invalid-request")
    assert x.stage.timeline("x") == []


def test_x_takes_a_picture_once_and_only_for_a_day(x: XClient, clock: Clock) -> None:
    first, second = x.upload(picture()), x.upload(picture())
    assert x("POST", "/2/tweets", json={"text": "a", "media": {"media_ids": [first]}})[0] == 201
    assert x("POST", "/2/tweets", json={"text": "b", "media": {"media_ids": [first]}})[0] == 400
    clock.move(hours=25)
    assert x("POST", "/2/tweets", json={"text": "c", "media": {"media_ids": [second]}})[0] == 400


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"media": base64.b64encode(picture()).decode()}, 400),
        ({"media": "%%%", "media_category": "tweet_image"}, 400),
        ({"media": base64.b64encode(b"no picture").decode(), "media_category": "tweet_image"}, 415),
        (
            {"media": base64.b64encode(b"0" * 5_300_000).decode(), "media_category": "tweet_image"},
            413,
        ),
        ({"media": "", "media_category": "poster"}, 400),
    ],
)
def test_x_refuses_a_bad_upload(x: XClient, given: Any, status: int) -> None:
    assert x("POST", "/2/media/upload", json=given)[0] == status


def test_x_refuses_an_alt_text_of_more_than_a_thousand_characters(x: XClient) -> None:
    medium = x.upload(picture())
    for length, status in ((1001, 400), (1000, 200)):
        given = {"id": medium, "metadata": {"alt_text": {"text": "a" * length}}}
        assert x("POST", "/2/media/metadata", json=given)[0] == status


def test_x_wants_signed_requests_with_its_own_keys(x: XClient) -> None:
    assert x("GET", "/2/users/me")[1]["data"]["username"] == "buehne_stage"
    answer = x.session.get(f"{x.base}/2/users/me", timeout=10)
    reused = answer.request.headers["Authorization"]
    x.session.auth = None
    plain: list[Any] = [{}, {"Authorization": reused}]
    assert [x("GET", "/2/users/me", headers=headers)[0] for headers in plain] == [401, 401]
    assert x("GET", "/2/users/me", headers={"Authorization": "Bearer app"})[0] == 403


@pytest.mark.parametrize("secret", ["consumer_secret", "access_secret"])
def test_x_reads_the_signature(x: XClient, secret: str) -> None:
    names = ("consumer_key", "consumer_secret", "access_token", "access_secret")
    wrong = {**x.keys, secret: "another"}
    x.session.auth = OAuth1(*(wrong[name] for name in names))
    assert x("GET", "/2/users/me")[0] == 401


def test_x_takes_a_signature_for_nothing_but_what_was_signed(x: XClient) -> None:
    signed = x.session.prepare_request(
        requests.Request("GET", f"{x.base}/2/users/me?user.fields=id")
    )
    signed.url = f"{x.base}/2/users/me?user.fields=name"
    assert x.session.send(signed, timeout=10).status_code == 401


@pytest.mark.parametrize(
    "asked",
    [
        {"max_results": "4"},
        {"start_time": "2021-09-27 08:00"},
        {"tweet.fields": "colour"},
        {"color": "red"},
    ],
)
def test_x_refuses_a_list_with_a_slip(x: XClient, asked: dict[str, str]) -> None:
    assert x("GET", "/2/users/1400000000000000001/tweets", params=asked)[0] == 400


def test_x_turns_pages_and_counts(x: XClient) -> None:
    names = [x("POST", "/2/tweets", json={"text": f"{n}"})[1]["data"]["id"] for n in range(7)]
    path = "/2/users/1400000000000000001/tweets"
    _, first = x("GET", path, params={"max_results": 5})
    assert (len(first["data"]), first["meta"]["result_count"]) == (5, 5)
    token = first["meta"]["next_token"]
    _, rest = x("GET", path, params={"max_results": 5, "pagination_token": token})
    assert {tweet["id"] for tweet in first["data"] + rest["data"]} == set(names)
    asked = {"ids": f"{names[0]},77", "tweet.fields": "public_metrics"}
    _, told = x("GET", "/2/tweets", params=asked)
    assert told["data"][0]["public_metrics"]["like_count"] >= 0
    assert told["errors"][0]["resource_id"] == "77"


# --- Facebook ---------------------------------------------------------------------------------


def test_a_page_shows_a_draft_only_when_it_is_flipped_and_flipping_twice_is_harmless(
    facebook: FacebookClient, clock: Clock
) -> None:
    post = facebook.draft("Hallo", facebook.photo(picture(), "Eine Karte"))
    assert facebook.stage.timeline("facebook") == []
    asked = {"fields": "is_published,permalink_url,created_time"}
    assert facebook("GET", f"/{post}", params=asked)[1]["is_published"] is False
    clock.move(minutes=1)
    for _ in range(2):
        assert facebook("POST", f"/{post}", data={"is_published": "true"}) == (
            200,
            {"success": True},
        )
    (shown,) = facebook.stage.timeline("facebook")
    assert (shown.id, shown.text, shown.at) == (post, "Hallo", clock())
    assert repeated(facebook) == [post]
    assert facebook("POST", f"/{post}", data={"message": "Hallo"})[0] == 200
    assert repeated(facebook) == [post]  # to mend a word is no second post
    assert [(p.sha256, p.alt) for p in shown.pictures] == [(TALL, "Eine Karte")]
    _, told = facebook("GET", f"/{post}", params=asked)
    assert told["permalink_url"] == shown.url
    _, listed = facebook(
        "GET", f"/{facebook.page}/published_posts", params={"fields": "id,message"}
    )
    assert listed["data"] == [{"id": post, "message": "Hallo"}]


def test_a_page_takes_photos_by_index_and_direct_posts(facebook: FacebookClient) -> None:
    names = [facebook.photo(picture(colour)) for colour in ("#111111", "#222222")]
    given = {"message": "Zwei"} | {
        f"attached_media[{place}]": json.dumps({"media_fbid": name})
        for place, name in enumerate(names)
    }
    status, told = facebook("POST", f"/{facebook.page}/feed", data=given)
    assert status == 200
    assert [len(post.pictures) for post in facebook.stage.timeline("facebook")] == [2]
    asked = {"fields": "attachments{subattachments{target}}"}
    _, post = facebook("GET", f"/{told['id']}", params=asked)
    parts = post["attachments"]["data"][0]["subattachments"]["data"]
    assert [part["target"]["id"] for part in parts] == names


def test_a_page_refuses_the_same_direct_words_in_a_row(facebook: FacebookClient) -> None:
    path = f"/{facebook.page}/feed"
    codes = [
        facebook("POST", path, data={"message": text})[1].get("error", {}).get("code")
        for text in ("a", "a", "b", "a")
    ]
    assert codes == [None, 506, None, None]
    assert len(repeated(facebook)) == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"message": "a", "colour": "red"}, 100),
        ({"message": "a", "published": "True"}, 100),
        ({"message": ""}, 100),
        ({"message": "a" * 63_207}, 100),
        ({"message": "a", "attached_media": "[{"}, 100),
        ({"message": "a", "attached_media": '[{"media_fbid": "1"}]'}, 100),
        ({"message": "a", "link": "example.org"}, 100),
        ({"message": "a", "published": "false", "scheduled_publish_time": "5"}, 100),
    ],
)
def test_a_page_refuses_a_post_with_a_slip(
    facebook: FacebookClient, given: dict[str, str], code: int
) -> None:
    status, told = facebook("POST", f"/{facebook.page}/feed", data=given)
    assert (status, told["error"]["code"]) == (400, code)
    assert {"message", "type", "fbtrace_id"} <= set(told["error"])


def test_a_page_uses_a_photo_once(facebook: FacebookClient) -> None:
    photo = facebook.photo(picture())
    facebook.draft("Eins", photo)
    media = json.dumps([{"media_fbid": photo}])
    given = {"message": "Zwei", "attached_media": media}
    assert facebook("POST", f"/{facebook.page}/feed", data=given)[1]["error"]["code"] == 100


@pytest.mark.parametrize(
    ("data", "code"), [(b"no picture", 324), (b"0" * 4_200_000, 1), (picture(kind="WEBP"), 324)]
)
def test_a_page_refuses_a_bad_photo(facebook: FacebookClient, data: bytes, code: int) -> None:
    given = {"published": "false"}
    _, told = facebook("POST", f"/{facebook.page}/photos", data=given, files={"source": data})
    assert told["error"]["code"] == code


def test_a_page_takes_its_token_in_header_query_or_form_and_no_other(
    facebook: FacebookClient,
) -> None:
    token = {"access_token": facebook.keys["token"]}
    del facebook.session.headers["Authorization"]
    assert facebook("GET", "/me")[1]["error"]["code"] == 2500
    assert facebook("GET", "/me", params={"access_token": "stolen"})[1]["error"]["code"] == 190
    assert facebook("GET", "/me", params=token)[1]["id"] == facebook.page
    path = f"/{facebook.page}/feed"
    assert facebook("POST", path, data={"message": "a", **token})[0] == 200
    _, told = facebook(
        "GET", "/debug_token", params={"input_token": token["access_token"], **token}
    )
    assert (told["data"]["is_valid"], told["data"]["profile_id"]) == (True, facebook.page)


def test_a_page_serves_an_expired_version_by_a_later_one_and_knows_no_future(
    facebook: FacebookClient,
) -> None:
    base = facebook.stage.base_url("facebook")
    answer = facebook.session.get(f"{base}/v3.1/me", timeout=10)
    assert answer.headers["facebook-api-version"] == "v21.0"
    answer = facebook.session.get(f"{base}/v99.0/me", timeout=10)
    assert "Unknown path components" in answer.json()["error"]["message"]


def test_a_page_counts_reactions_only_where_it_is_asked_for_a_summary(
    facebook: FacebookClient,
) -> None:
    post = facebook("POST", f"/{facebook.page}/feed", data={"message": "a"})[1]["id"]
    fields = "shares,reactions.summary(total_count).limit(0),comments.limit(0)"
    _, told = facebook("GET", f"/{post}", params={"fields": fields})
    assert told["reactions"]["summary"]["total_count"] >= 0
    assert "summary" not in told["comments"]
    assert facebook("GET", f"/{post}", params={"fields": "colour"})[1]["error"]["code"] == 100


def test_a_scheduled_post_appears_at_its_hour(facebook: FacebookClient, clock: Clock) -> None:
    moment = str(int(clock().timestamp()) + 900)
    given = {"message": "Später", "published": "false", "scheduled_publish_time": moment}
    facebook("POST", f"/{facebook.page}/feed", data=given)
    assert facebook.stage.timeline("facebook") == []
    assert len(facebook("GET", f"/{facebook.page}/scheduled_posts")[1]["data"]) == 1
    clock.move(minutes=15)
    assert [post.text for post in facebook.stage.timeline("facebook")] == ["Später"]


# --- Mastodon ---------------------------------------------------------------------------------


def test_mastodon_publishes_words_picture_alt_text_and_language(mastodon: MastodonClient) -> None:
    medium = mastodon.upload(picture(), "Eine Karte")
    status, told = mastodon.post("Merhaba & hallo\nzwei", language="tr", media_ids=[medium])
    assert (status, told["content"]) == (200, "<p>Merhaba &amp; hallo<br />zwei</p>")
    (post,) = mastodon.stage.timeline("mastodon")
    assert (post.id, post.url, post.text, post.language) == (
        told["id"],
        told["url"],
        "Merhaba & hallo\nzwei",
        "tr",
    )
    assert [(p.sha256, p.alt) for p in post.pictures] == [(TALL, "Eine Karte")]
    _, source = mastodon("GET", f"/api/v1/statuses/{told['id']}/source")
    assert source["text"] == post.text


def test_mastodon_takes_forms_as_well(mastodon: MastodonClient) -> None:
    medium = mastodon.upload(picture())
    given = {"status": "Hallo", "media_ids[]": [medium], "language": "de"}
    assert mastodon("POST", "/api/v1/statuses", data=given)[0] == 200
    assert len(mastodon.stage.timeline("mastodon")[0].pictures) == 1


def test_mastodon_gives_the_same_post_for_the_same_key_for_an_hour(
    mastodon: MastodonClient, clock: Clock
) -> None:
    first = mastodon.post("Hallo", "key")[1]["id"]
    clock.move(seconds=3599)
    assert mastodon.post("Anderes", "key")[1]["id"] == first
    assert repeated(mastodon) == [first]
    clock.move(seconds=1)
    assert mastodon.post("Hallo", "key")[1]["id"] != first


def test_mastodon_says_404_for_the_key_of_a_deleted_post(mastodon: MastodonClient) -> None:
    name = mastodon.post("Hallo", "key")[1]["id"]
    assert mastodon("DELETE", f"/api/v1/statuses/{name}")[1]["text"] == "Hallo"
    assert mastodon.post("Hallo", "key")[0] == 404


def test_mastodon_needs_a_moment_for_some_pictures(mastodon: MastodonClient) -> None:
    seen = set()
    for number in range(12):
        sent = {"file": ("a.jpg", picture(f"#{number * 16:02x}00ff"), "image/jpeg")}
        status, told = mastodon("POST", "/api/v2/media", files=sent)
        seen.add(status)
        if status == 202:
            assert told["url"] is None
            assert mastodon.post("zu früh", media_ids=[told["id"]])[0] == 422
            path = f"/api/v1/media/{told['id']}"
            assert [mastodon("GET", path)[0] for _ in range(2)] == [206, 200]
    assert seen == {200, 202}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a" * 500, 200),
        ("a" * 501, 422),
        ("a" * 476 + " https://example.org/" + "b" * 99, 200),
        ("a" * 477 + " https://example.org/", 422),
        ("a" * 489 + " example.org", 422),
        ("a" * 495 + " @awo@social.example", 200),
        ("👨‍👩‍👧" * 500, 200),
        (" ", 422),
    ],
)
def test_mastodon_counts_a_text_by_its_own_rules(
    mastodon: MastodonClient, text: str, status: int
) -> None:
    assert mastodon.post(text)[0] == status


@pytest.mark.parametrize(
    "more",
    [
        {"colour": "red"},
        {"media_ids": ["1"]},
        {"media_ids": ["1"] * 5},
        {"media_ids": "1"},
        {"visibility": "everyone"},
        {"sensitive": "perhaps"},
        {"language": 5},
    ],
)
def test_mastodon_refuses_a_post_with_a_slip(
    mastodon: MastodonClient, more: dict[str, Any]
) -> None:
    status, told = mastodon.post("Hallo", **more)
    assert (status, set(told)) == (422, {"error"})
    assert mastodon.stage.timeline("mastodon") == []


def test_mastodon_attaches_a_picture_once(mastodon: MastodonClient) -> None:
    medium = mastodon.upload(picture())
    assert [mastodon.post(text, media_ids=[medium])[0] for text in ("a", "b")] == [200, 422]


@pytest.mark.parametrize(
    ("file", "data"),
    [
        (("a.jpg", b"no picture", "image/jpeg"), {}),
        (("a.jpg", picture(kind="PNG"), "image/jpeg"), {}),
        (("a.jpg", picture(), "image/jpeg"), {"description": "a" * 1501}),
        (("a.jpg", picture(), "image/jpeg"), {"focus": "middle"}),
        (("a.jpg", picture(), "image/jpeg"), {"colour": "red"}),
    ],
)
def test_mastodon_refuses_a_bad_upload(
    mastodon: MastodonClient, file: Any, data: dict[str, str]
) -> None:
    assert mastodon("POST", "/api/v2/media", files={"file": file}, data=data)[0] == 422


def test_mastodon_lists_own_posts_between_ids_newest_first(
    mastodon: MastodonClient, clock: Clock
) -> None:
    names = []
    for number in range(5):
        names.append(mastodon.post(str(number))[1]["id"])
        clock.move(seconds=1)
    account = mastodon("GET", "/api/v1/accounts/verify_credentials")[1]["id"]
    path = f"/api/v1/accounts/{account}/statuses"

    def listed(**asked: Any) -> list[str]:
        return [status["id"] for status in mastodon("GET", path, params=asked)[1]]

    assert listed(exclude_reblogs="true") == names[::-1]
    assert listed(since_id=names[2], limit=40) == names[:2:-1]
    assert listed(since_id=names[0], limit=2) == names[:2:-1]
    assert listed(min_id=names[0], limit=2) == names[2:0:-1]
    assert mastodon("GET", path, params={"since": "1"})[0] == 422


def test_mastodon_wants_its_token(mastodon: MastodonClient) -> None:
    mastodon.session.headers["Authorization"] = "Bearer stolen"
    assert mastodon.post("Hallo") == (401, {"error": "The access token is invalid"})
    limits = mastodon("GET", "/api/v2/instance")[1]["configuration"]["statuses"]
    assert limits["max_characters"] == 500


# --- Bluesky ----------------------------------------------------------------------------------

WORDS = {
    "$type": "app.bsky.feed.post",
    "text": "Grüße #Woche",
    "createdAt": "2021-09-27T08:00:00.000Z",
    "langs": ["de"],
    "facets": [
        {
            "index": {"byteStart": 8, "byteEnd": 14},
            "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "Woche"}],
        }
    ],
}


def pictured(blob: Any, **more: Any) -> dict[str, Any]:
    image = {"image": blob, "alt": "Eine Karte", "aspectRatio": {"width": 4, "height": 5}}
    return {**WORDS, "embed": {"$type": "app.bsky.embed.images", "images": [image | more]}}


def test_bluesky_publishes_under_the_chosen_key_and_twice_is_once(bluesky: BlueskyClient) -> None:
    record = pictured(bluesky.upload(picture()))
    _, first = bluesky.put(record, swapRecord=None)
    status, again = bluesky.put(record, swapRecord=None)
    assert (status, again["cid"], "commit" in first, "commit" in again) == (
        200,
        first["cid"],
        True,
        False,
    )
    (post,) = bluesky.stage.timeline("bluesky")
    assert (post.id, post.text, post.language) == (first["uri"], WORDS["text"], "de")
    assert repeated(bluesky) == [post.id]
    assert [(p.sha256, p.alt) for p in post.pictures] == [(TALL, "Eine Karte")]
    assert bluesky.get()[1] == {"uri": first["uri"], "cid": first["cid"], "value": record}


def test_bluesky_does_not_put_another_record_where_none_must_be(bluesky: BlueskyClient) -> None:
    bluesky.put(WORDS, swapRecord=None)
    status, told = bluesky.put({**WORDS, "text": "Anders", "facets": []}, swapRecord=None)
    assert (status, told["error"]) == (400, "InvalidSwap")
    assert len(repeated(bluesky)) == 1
    assert bluesky.put({**WORDS, "text": "Anders", "facets": []})[0] == 200
    assert len(repeated(bluesky)) == 1  # to put another record in its place is no second post
    assert [post.text for post in bluesky.stage.timeline("bluesky")] == ["Anders"]


def test_bluesky_says_surely_when_nothing_is_there(bluesky: BlueskyClient) -> None:
    status, told = bluesky.get()
    assert (status, told["error"]) == (400, "RecordNotFound")


def test_bluesky_creates_with_a_key_of_its_own_and_stumbles_over_a_taken_one(
    bluesky: BlueskyClient,
) -> None:
    given = {"repo": bluesky.did, "collection": "app.bsky.feed.post", "record": WORDS}
    path = "/com.atproto.repo.createRecord"
    _, told = bluesky("POST", path, json=given)
    key = told["uri"].rpartition("/")[2]
    assert bluesky("POST", path, json={**given, "rkey": key})[0] == 500
    assert repeated(bluesky) == [told["uri"]]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "a" * 301, "facets": []},
        {"text": "👨‍👩‍👧‍👦" * 121, "facets": []},
        {"text": 5},
        {"colour": "red"},
        {"$type": "app.bsky.feed.like"},
        {"createdAt": "2021-09-27 08:00"},
        {"createdAt": "2021-09-27T08:00:00"},
        {"langs": ["de", "en", "tr", "ar"]},
        {"langs": "de"},
        {"facets": [{"index": {"byteStart": 3, "byteEnd": 99}, "features": []}]},
        {"facets": [{"index": {"byteStart": 0, "byteEnd": 3}, "features": []}]},
        {"facets": [{"index": {"byteStart": 0, "byteEnd": 2}, "features": []}] * 2},
        {"facets": [{"index": {"byteStart": 0, "byteEnd": 2}, "features": [{"$type": "x"}]}]},
        {"embed": {"$type": "app.bsky.embed.images", "images": [{"alt": ""}]}},
        {"embed": {"$type": "app.bsky.embed.poem"}},
    ],
)
def test_bluesky_refuses_a_record_with_a_slip(bluesky: BlueskyClient, change: Any) -> None:
    status, told = bluesky.put({**WORDS, **change})
    assert (status, told["error"]) == (400, "InvalidRequest")
    assert bluesky.stage.timeline("bluesky") == []


def test_bluesky_counts_graphemes_and_bytes(bluesky: BlueskyClient) -> None:
    for text in ("ü" * 300, "👨‍👩‍👧‍👦" * 120):
        record = {**WORDS, "text": text, "facets": []}
        assert bluesky.put(record, "3l4o5p6q7r2s3")[0] == 200


def test_bluesky_wants_facets_that_mark_what_they_say(bluesky: BlueskyClient) -> None:
    wrong = json.loads(json.dumps(WORDS))
    wrong["facets"][0]["index"]["byteStart"] = 9
    wrong["facets"][0]["index"]["byteEnd"] = 13
    assert "not what the text says" in bluesky.put(wrong)[1]["message"]


def test_bluesky_knows_its_blobs_by_their_content(bluesky: BlueskyClient) -> None:
    blob = bluesky.upload(picture())
    assert blob == bluesky.upload(picture())
    strange = {
        **blob,
        "ref": {"$link": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},
    }
    assert "Could not find blob" in bluesky.put(pictured(strange))[1]["message"]
    assert bluesky.put(pictured({**blob, "size": 1}))[0] == 400
    assert bluesky.put(pictured(blob, alt=None))[0] == 400


def test_bluesky_refuses_a_picture_of_more_than_two_million_bytes(bluesky: BlueskyClient) -> None:
    large = picture(kind="BMP", size=(900, 800))
    assert len(large) > 2_000_000
    blob = bluesky.upload(large, "image/bmp")
    assert "too big" in bluesky.put(pictured(blob))[1]["message"]


def test_bluesky_wants_the_pictures_true_type(bluesky: BlueskyClient) -> None:
    for headers in ({"Content-Type": "image/png"}, {"Content-Type": None}):
        path = "/com.atproto.repo.uploadBlob"
        assert bluesky("POST", path, data=picture(), headers=headers)[0] == 400


def test_bluesky_lets_a_session_end_and_be_renewed(bluesky: BlueskyClient, clock: Clock) -> None:
    clock.move(minutes=121)
    status, told = bluesky("GET", "/com.atproto.server.getSession")
    assert (status, told["error"]) == (400, "ExpiredToken")
    old = {"Authorization": f"Bearer {bluesky.pair['refreshJwt']}"}
    path = "/com.atproto.server.refreshSession"
    _, pair = bluesky("POST", path, headers=old)
    fresh = {"Authorization": f"Bearer {pair['accessJwt']}"}
    assert bluesky("GET", "/com.atproto.server.getSession", headers=fresh)[0] == 200
    assert bluesky("POST", path, headers=fresh)[1]["error"] == "InvalidToken"
    clock.move(minutes=119)
    assert bluesky("POST", path, headers=old)[0] == 200
    clock.move(minutes=2)
    assert bluesky("POST", path, headers=old)[1]["error"] == "ExpiredToken"


def test_bluesky_gives_tokens_that_tell_when_they_end(bluesky: BlueskyClient) -> None:
    body = bluesky.pair["accessJwt"].split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert told["exp"] - told["iat"] == 7200
    assert told["sub"] == bluesky.did


def test_bluesky_lets_nobody_in_with_a_wrong_password(bluesky: BlueskyClient) -> None:
    given = {"identifier": bluesky.keys["identifier"], "password": "guess"}
    status, told = bluesky("POST", "/com.atproto.server.createSession", json=given)
    assert (status, told["error"]) == (401, "AuthenticationRequired")
    del bluesky.session.headers["Authorization"]
    assert bluesky.put(WORDS)[1]["error"] == "AuthMissing"


def test_bluesky_wants_json_and_known_parameters(bluesky: BlueskyClient) -> None:
    path = "/com.atproto.repo.putRecord"
    assert bluesky("POST", path, data="{}", headers={"Content-Type": "text/plain"})[0] == 400
    assert bluesky.put(WORDS, colour="red")[0] == 400
    assert bluesky.put(WORDS, "my-post")[0] == 400
    assert bluesky("GET", "/com.atproto.server.dance")[0] == 501


def test_bluesky_apps_see_a_hidden_post_later_but_its_server_knows_at_once(
    bluesky: BlueskyClient, clock: Clock
) -> None:
    bluesky.stage.play("bluesky", "hidden")
    with pytest.raises(ConnectionError):
        _quietly(bluesky)
    uri = bluesky.get()[1]["uri"]
    path = "/app.bsky.feed.getPosts"
    assert bluesky("GET", path, params={"uris": uri})[1]["posts"] == []
    clock.move(seconds=8)
    assert bluesky("GET", path, params={"uris": uri})[1]["posts"][0]["likeCount"] >= 0


def _quietly(bluesky: BlueskyClient) -> None:
    import requests

    try:
        bluesky.put(WORDS)
    except requests.ConnectionError as error:
        raise ConnectionError from error


def test_the_two_lists_of_a_repository_agree(bluesky: BlueskyClient) -> None:
    for key in ("3l4o5p6q7r2s2", "3l4o5p6q7r2s3", "3l4o5p6q7r2s4"):
        bluesky.put(WORDS, key)
    asked = {"repo": bluesky.did, "collection": "app.bsky.feed.post", "limit": 2}
    path = "/com.atproto.repo.listRecords"
    _, first = bluesky("GET", path, params=asked)
    _, rest = bluesky("GET", path, params={**asked, "cursor": first["cursor"]})
    keys = [record["uri"][-1] for record in first["records"] + rest["records"]]
    assert keys == ["4", "3", "2"]

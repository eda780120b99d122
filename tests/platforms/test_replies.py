"""Whatever a platform replies: it is understood, or somebody is told; never believed, never shown raw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import astuple
from itertools import product
from pathlib import Path

import pytest

from integrado_poster.contract import Platform, Receipt
from integrado_poster.errors import PlatformError, TryLater
from integrado_poster.journal import Journal
from integrado_poster.model import State
from integrado_poster.platforms import PLATFORMS
from integrado_poster.publish import publish
from tests.builders import NOON, a_journal, a_message, a_planned
from tests.fakes import FakeClock
from tests.platforms.contract import a_card, a_handle
from tests.platforms.peer import Answer, Peer, reply

SECRET = "a-secret-of-ours"
FACTS: Mapping[str, Mapping[str, str]] = {
    "x": dict.fromkeys(
        ("consumer_key", "consumer_secret", "access_token", "access_secret"), SECRET
    ),
    "facebook": {"page_id": "77", "token": SECRET},
    "mastodon": {"token": SECRET},
    "bluesky": {"identifier": "netz.example", "password": SECRET},
}
SESSION = reply(200, {"did": "did:plc:abc", "accessJwt": "one", "refreshJwt": "two"})
BEFORE: Mapping[str, list[Answer]] = {
    "bluesky": [SESSION],
    "facebook": [reply(200, {"id": "77_1"})],
}


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.close()


def refusal(name: str, said: object) -> object:
    """A no in a platform's own shape."""
    shapes: Mapping[str, object] = {
        "x": {"title": "Invalid Request", "detail": said},
        "facebook": {"error": {"code": 100, "message": said}},
        "mastodon": {"error": said},
        "bluesky": {"error": "InvalidRequest", "message": said},
    }
    return shapes[name]


def published(name: str, peer: Peer, tmp_path: Path) -> Journal:
    """The journal after a try to publish a text without pictures."""
    platform = PLATFORMS[name].of({**FACTS[name], "base_url": peer.url})
    journal = a_journal(tmp_path, a_planned(platform=name, pictures=()))
    publish(1, journal=journal, platform_for=lambda _: platform, clock=FakeClock())
    return journal


@pytest.mark.parametrize("name", FACTS)
@pytest.mark.parametrize(
    "said",
    [
        f"Malformed access token {SECRET}",
        "cut off \ud83c",
        "a \0 in it",
        "two\r\nlines: 1",
        "x" * 9999,
    ],
)
def test_what_a_platform_says_is_kept_in_one_short_line_without_secrets(
    peer: Peer, tmp_path: Path, name: str, said: str
) -> None:
    peer.answers = [*BEFORE.get(name, []), reply(400, refusal(name, said))]

    (delivery,) = published(name, peer, tmp_path).deliveries()

    assert delivery.state is State.FAILED
    assert delivery.note.startswith("400")
    assert SECRET not in delivery.note
    assert "\0" not in delivery.note
    assert len(delivery.note.splitlines()) == 1
    assert len(delivery.note) < 400


@pytest.mark.parametrize("body", ['{"id": NaN}', '{"id": Infinity}'])
def test_what_only_python_takes_for_json_is_no_receipt(
    peer: Peer, tmp_path: Path, body: str
) -> None:
    peer.answers = [reply(200, body)]

    (delivery,) = published("mastodon", peer, tmp_path).deliveries()

    assert delivery.state is State.UNKNOWN


def test_an_app_without_the_right_to_post_is_no_fault_of_the_post(
    peer: Peer, tmp_path: Path
) -> None:
    said = {
        "client_id": "12345678",
        "detail": "When authenticating requests to the API v2 endpoints, you must use keys and tokens "
        "from a developer App that is attached to a Project. You can create a project via the "
        "developer portal. " + "More of the same. " * 5,
        "registration_url": "https://developer.example/en/docs/projects/overview",
        "title": "Client Forbidden",
        "reason": "client-not-enrolled",
        "type": "https://api.twitter.com/2/problems/client-forbidden",
    }
    peer.answers = [reply(403, said)]

    (delivery,) = published("x", peer, tmp_path).deliveries()

    assert (delivery.state, delivery.held) == (State.HELD, "login")


ODD: tuple[object, ...] = (
    None, 1, True, "text", [], [1], [None], {},
    {"id": {}}, {"id": ["1"]}, {"id": True},
    {"error": ["a"]}, {"error": {"code": "x", "message": ["q"]}}, {"errors": [["x"]]}, {"errors": {"a": 1}},
    {"data": 1}, {"data": [None]}, {"data": [{}], "meta": {"result_count": 1}}, {"data": {"id": {"a": 1}}},
    {"data": {"id": True}}, {"data": {"public_metrics": 5}}, {"data": {"public_metrics": {"like_count": "x"}}},
    {"meta": {}}, {"meta": {"result_count": 3}}, {"data": [], "meta": []},
    {"data": [{"created_at": "2030-09-26T10:00:00Z", "id": "1", "text": 5, "entities": [1], "attachments": "x",
               "referenced_tweets": [1], "note_tweet": "q"}], "meta": {"result_count": "1"}},
    {"data": [{"created_time": "2030-09-26T10:00:00+0000"}], "paging": 1},
    {"data": [{"created_time": "2030-09-26T10:00:00+0000", "id": [], "attachments": 5}]},
    [{"id": 1}], [{"id": "1", "created_at": None}],
    [{"id": "1", "created_at": "2030-09-26T10:00:00Z", "media_attachments": 5, "in_reply_to_id": []}],
    {"value": {"text": 1, "reply": 5}, "uri": 5}, {"uri": {"a": 1}}, {"uri": "at://did:plc:abc/x/another"},
    {"blob": {"ref": 1}}, {"posts": [1]}, {"posts": [{"likeCount": "x"}]}, {"did": {"a": 1}, "handle": []},
    {"success": 1}, {"is_published": 1}, {"shares": 5, "reactions": 5, "comments": []}, {"favourites_count": "x"},
)  # fmt: skip
READY = {
    "x": {},
    "facebook": {"draft": "77_1"},
    "mastodon": {},
    "bluesky": {"did": "did:plc:abc", "record": "{}"},
}


@pytest.mark.parametrize("name", FACTS)
@pytest.mark.parametrize("status", [200, 400, 403, 404, 500])
def test_json_of_no_known_shape_proves_nothing_and_breaks_nothing(
    peer: Peer, name: str, status: int
) -> None:
    message, handle = a_message(platform=name, pictures=()), a_handle(NOON, **READY[name])
    answer = {**handle, "parent": "at://did:plc:abc/x/1", "root": "at://did:plc:abc/x/1"}
    pictured = a_message(platform=name, pictures=(a_card(),))
    calls: list[Callable[[Platform], object]] = [
        lambda platform: platform.commit(message, handle),
        lambda platform: platform.commit(message, answer),
        lambda platform: platform.find(message, handle),
        lambda platform: platform.find(message, answer),
        lambda platform: platform.prepare(pictured, a_handle(NOON)),
        lambda platform: platform.whoami(),
    ]
    for call, odd in product(calls, ODD):
        platform = PLATFORMS[name].of({**FACTS[name], "base_url": peer.url})
        peer.answers = [*BEFORE.get(name, [])[: name == "bluesky"], *[reply(status, odd)] * 9]
        with pytest.raises(PlatformError):
            call(platform)


@pytest.mark.parametrize("name", FACTS)
def test_numbers_that_are_none_are_not_told_as_such(peer: Peer, name: str) -> None:
    for odd in ODD:
        platform = PLATFORMS[name].of({**FACTS[name], "base_url": peer.url})
        peer.answers = [*BEFORE.get(name, [])[: name == "bluesky"], reply(200, odd)]
        with suppress(PlatformError):
            metrics = platform.metrics(Receipt(id="1", url=None))
            assert {type(count) for count in astuple(metrics)} <= {int, type(None)}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"errors": [{"title": "Forbidden", "detail": "Not for you."}]}, State.FAILED),
        ({"errors": [{"message": "Not for you."}], "data": None}, State.FAILED),
        ({"errors": [], "data": {}}, State.UNKNOWN),
        ({"errors": [{"message": "no such field"}], "data": {"id": "9"}}, State.PUBLISHED),
    ],
)
def test_errors_in_the_place_of_a_post_are_a_clear_no_of_x(
    peer: Peer, tmp_path: Path, said: object, state: State
) -> None:
    peer.answers = [reply(200, said)]

    (delivery,) = published("x", peer, tmp_path).deliveries()

    assert delivery.state is state
    assert ("Not for you." in delivery.note) is (state is State.FAILED)


def test_an_alt_text_that_x_did_not_take_is_not_counted_as_given(peer: Peer) -> None:
    platform = PLATFORMS["x"].of({**FACTS["x"], "base_url": peer.url})
    message = a_message(platform="x", pictures=(a_card(),))
    handle = a_handle(NOON, media_0="1")
    peer.answers = [
        reply(200, {"data": {}}),
        reply(200, {"errors": [{"message": "no such media"}]}),
    ]

    with pytest.raises(TryLater):
        platform.prepare(message, handle)
    assert "media_0" not in platform.prepare(message, handle)

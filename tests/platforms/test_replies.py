"""Whatever a platform replies: it is understood, or somebody is told; never believed, never shown raw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from integrado_poster.journal import Journal
from integrado_poster.model import State
from integrado_poster.platforms import PLATFORMS
from integrado_poster.publish import publish
from tests.builders import a_journal, a_planned
from tests.fakes import FakeClock
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

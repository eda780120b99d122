"""Bluesky keeps the contract, and is certain whatever gets lost."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from socket import socket
from threading import Barrier

import pytest

from integrado_poster.contract import Handle, Platform
from integrado_poster.errors import CannotTell, LoginNeeded, OutcomeUnknown
from integrado_poster.model import Message
from integrado_poster.platforms.bluesky import Bluesky, _links, _tags
from integrado_poster.stage import Stage
from tests.builders import a_message
from tests.platforms.contract import PlatformContract, Time, prepared
from tests.platforms.peer import Peer, reply


def taken_again(handle: Handle, time: Time) -> Handle:
    """What the journal hands out when the same delivery is claimed once more."""
    return {**handle, "claimed": time().isoformat().replace("+00:00", "Z"), "claim": "2"}


class TestBluesky(PlatformContract):
    """Bluesky on its stand-in."""

    name = "bluesky"

    def test_the_record_is_written_down_before_it_is_sent(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        platform.commit(message, ready)

        sent = json.loads(stage.requests()[-1].body)
        assert sent["record"] == json.loads(ready["record"])
        assert sent["rkey"] == handle["rkey"]
        assert sent["swapRecord"] is None
        assert sent["record"]["createdAt"] == handle["started"]
        assert sent["record"]["langs"] == ["de"]
        assert sent["record"]["embed"]["images"][0]["aspectRatio"] == {"width": 480, "height": 600}

    def test_a_post_that_waited_stands_where_it_is_posted_and_not_where_it_was_begun(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        begun = prepared(platform, message, handle)
        time.pass_(timedelta(days=2))
        ready = prepared(platform, message, taken_again(begun, time))

        platform.commit(message, ready)

        assert json.loads(stage.requests()[-1].body)["record"]["createdAt"] == ready["claimed"]
        assert ready["rkey"] == handle["rkey"]

    def test_a_record_that_arrived_late_is_found_and_never_doubled_by_a_newer_one(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        begun = prepared(platform, message, handle)
        time.pass_(timedelta(minutes=5))
        ready = prepared(platform, message, taken_again(begun, time))
        receipt = platform.commit(message, begun)

        with pytest.raises(OutcomeUnknown):
            platform.commit(message, ready)
        assert platform.find(message, ready) == receipt
        assert len(stage.timeline("bluesky")) == 1

    def test_the_same_record_twice_is_one_post(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        ready = prepared(platform, message, handle)
        receipt = platform.commit(message, ready)
        time.pass_(timedelta(days=3))

        assert platform.commit(message, ready) == receipt
        assert len(stage.timeline("bluesky")) == 1

    def test_another_record_under_our_name_is_never_overwritten(
        self, stage: Stage, platform: Platform, handle: Handle
    ) -> None:
        first = a_message(platform="bluesky", text="das eine", pictures=())
        second = a_message(platform="bluesky", text="das andere", pictures=())
        platform.commit(first, prepared(platform, first, handle))
        ready = prepared(platform, second, handle)

        with pytest.raises(OutcomeUnknown):
            platform.commit(second, ready)
        with pytest.raises(CannotTell):
            platform.find(second, ready)
        assert [shown.text for shown in stage.timeline("bluesky")] == ["das eine"]

    def test_one_login_serves_many_calls(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        platform.commit(message, prepared(platform, message, handle))
        platform.find(message, handle)
        platform.whoami()

        assert _calls(stage).count("createSession") == 1

    def test_an_expired_session_renews_itself_once(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        message = replace(message, pictures=())
        ready = prepared(platform, message, handle)
        time.pass_(timedelta(hours=3))

        platform.commit(message, ready)

        assert _calls(stage)[-3:] == ["putRecord", "refreshSession", "putRecord"]
        assert len(stage.timeline("bluesky")) == 1

    def test_a_session_that_nothing_renews_is_opened_anew(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        message = replace(message, pictures=())
        ready = prepared(platform, message, handle)
        time.pass_(timedelta(days=100))

        platform.commit(message, ready)

        assert _calls(stage)[-4:] == ["putRecord", "refreshSession", "createSession", "putRecord"]

    def test_two_senders_of_one_account_renew_its_session_once(self) -> None:
        peer, both = Peer(), Barrier(2, timeout=5)

        def expired(connection: socket) -> None:
            both.wait()
            reply(400, {"error": "ExpiredToken", "message": "Token has expired"})(connection)

        session = {"did": "did:plc:abc", "accessJwt": "one", "refreshJwt": "two"}
        peer.answers = [reply(200, session), expired, expired, *[reply(200, session)] * 9]
        account = Bluesky.of({"identifier": "a.example", "password": "abcd", "base_url": peer.url})
        assert account._xrpc.did
        with ThreadPoolExecutor(2) as pool:
            names = list(pool.map(lambda _: account.whoami().id, range(2)))
        peer.close()

        asked = [request.split(b" ", 2)[1].rpartition(b".")[2] for request in peer.requests]
        assert names == ["did:plc:abc"] * 2
        assert (asked.count(b"createSession"), asked.count(b"refreshSession")) == (1, 1)

    def test_a_wrong_password_asks_for_a_person(self, stage: Stage) -> None:
        facts = {**stage.credentials("bluesky"), "password": "wrong-wrong-wrong"}

        with pytest.raises(LoginNeeded) as caught:
            Bluesky.of(facts).whoami()
        assert "wrong-wrong" not in str(caught.value)

    def test_pictures_that_were_thrown_away_come_back_under_the_same_name(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        with Stage(now=lambda: stage.requests()[-1].at) as empty:
            fresh = Bluesky.of(empty.credentials("bluesky"))
            fresh.commit(message, ready)

            (shown,) = empty.timeline("bluesky")
        assert shown.pictures[0].sha256 == message.pictures[0].sha256


def _calls(stage: Stage) -> list[str]:
    return [seen.path.partition("?")[0].rpartition(".")[2] for seen in stage.requests()]


def _marked(text: str) -> list[tuple[str, str]]:
    """What can be clicked: the words at the marked bytes, and what they stand for."""
    data = text.encode()
    return [
        (
            data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(),
            facet["features"][0].get("uri") or facet["features"][0]["tag"],
        )
        for facet in (*_links(text), *_tags(text))
    ]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Grüße 🎉 #Vielfalt!", [("#Vielfalt", "Vielfalt")]),
        ("(#Bunt) „#Offen“ #dabei, #2021 #2021er", [("#Bunt", "Bunt"), ("#Offen", "Offen"), ("#dabei", "dabei"), ("#2021er", "2021er")]),
        ("Öffnungszeiten: https://example.org/ä.", [("https://example.org/ä", "https://example.org/ä")]),
        ("(siehe https://example.org/a_(b)).", [("https://example.org/a_(b)", "https://example.org/a_(b)")]),
        ("HTTPS://Example.org/A", [("HTTPS://Example.org/A", "https://Example.org/A")]),
        ("https://example.org/#teil und a#b", [("https://example.org/#teil", "https://example.org/#teil")]),
        ("مرحبا #أهلا_وسهلا", [("#أهلا_وسهلا", "أهلا_وسهلا")]),
        ("#हिन्दी", [("#हिन्दी", "हिन्दी")]),
        ("Nr. # 5 ## #", []),
        ("#" + "x" * 65, []),
    ],
)  # fmt: skip
def test_links_and_hashtags_are_marked_to_the_byte(
    text: str, marked: list[tuple[str, str]]
) -> None:
    assert _marked(text) == marked

"""Mastodon keeps the contract, and has an idempotency key of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from integrado_poster.contract import Handle, Platform
from integrado_poster.errors import CannotTell, SettingsError
from integrado_poster.model import Message, State
from integrado_poster.platforms.mastodon import _POLLS, Mastodon
from integrado_poster.publish import publish
from integrado_poster.stage import Stage
from tests.builders import a_journal, a_planned
from tests.fakes import FakeClock
from tests.platforms.contract import (
    PlatformContract,
    Time,
    a_card,
    a_handle,
    prepared,
)
from tests.platforms.peer import Peer, reply


class TestMastodon(PlatformContract):
    """Mastodon on its stand-in."""

    name = "mastodon"

    def test_committing_twice_gives_the_same_status(
        self, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)

        assert platform.commit(message, ready) == platform.commit(message, ready)

    def test_the_status_is_json_under_the_journals_key(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        platform.commit(replace(message, language="de-AT"), ready)

        sent = stage.requests()[-1]
        assert sent.headers["idempotency-key"] == handle["key"]
        assert sent.headers["connection"] == "close"
        assert json.loads(sent.body) == {
            "status": message.text,
            "media_ids": [ready["media_0"]],
            "visibility": "public",
            "sensitive": False,
            "language": "de",
        }

    def test_a_picture_that_takes_its_time_is_waited_for(
        self, stage: Stage, platform: Platform, handle: Handle
    ) -> None:
        # Which pictures are slow the stage decides by their bytes.
        for shade in range(60):
            picture = a_card(f"rgb({shade}, 90, 90)")
            message = Message(
                post="p", account="a", platform="mastodon", text="t", language="de",
                pictures=(picture,),
            )  # fmt: skip
            uploaded = platform.prepare(message, handle)
            if stage.requests()[-1].status == 202:
                break
        else:
            raise AssertionError("the stage is never slow")

        asked = len(stage.requests())
        assert platform.prepare(message, uploaded) == uploaded
        assert [seen.status for seen in stage.requests()[asked:]] == [206, 200]

    def test_a_picture_that_the_server_has_dropped_is_uploaded_again(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        stale = {**handle, "media_0": "12345"}

        platform.commit(message, prepared(platform, message, stale))

        assert len(stage.timeline("mastodon")[0].pictures) == 1

    def test_two_posts_with_the_same_words_are_for_a_person(
        self, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        for key in ("one", "two"):
            ready = prepared(platform, message, a_handle(time(), key=key))
            platform.commit(message, ready)

        with pytest.raises(CannotTell):
            platform.find(message, handle)

    def test_under_a_clock_that_is_fast_our_own_status_is_never_called_absent(
        self, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        ready = prepared(platform, message, handle)
        platform.commit(message, ready)
        fast = (time() + timedelta(hours=2)).isoformat().replace("+00:00", "Z")

        with pytest.raises(CannotTell, match="since 12:00 UTC"):
            platform.find(message, {**ready, "started": fast})

    def test_an_older_status_that_somebody_edits_disturbs_nobody(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        receipt = platform.commit(message, prepared(platform, message, handle))
        time.pass_(timedelta(hours=1))
        stage.edit("mastodon", receipt.id, "Andere Worte")

        assert platform.find(message, a_handle(time())) is None

    def test_pictures_that_are_not_ready_for_long_are_waited_for_and_not_sent_again(
        self, tmp_path: Path
    ) -> None:
        peer, busy, ready = Peer(), reply(206, {"id": "7"}), reply(200, {"id": "7"})
        platform = Mastodon.of({"base_url": peer.url, "token": "secret"})
        journal, clock = a_journal(tmp_path, a_planned()), FakeClock()

        peer.answers = [ready, *[busy] * _POLLS]
        for _ in range(4):
            publish(1, journal=journal, platform_for=lambda _: platform, clock=clock)
            (delivery,) = journal.deliveries()
            assert (delivery.state, peer.answers) == (State.SCHEDULED, [])
            clock.pass_by(delivery.next_at - clock.now())
            peer.answers = [busy] * _POLLS
        peer.answers = [ready, reply(200, {"id": "109", "url": "https://social.example/109"})]
        publish(1, journal=journal, platform_for=lambda _: platform, clock=clock)
        peer.close()

        (delivery,) = journal.deliveries()
        assert (delivery.state, delivery.receipt_id) == (State.PUBLISHED, "109")
        asked = [request.split(b" ", 2)[:2] for request in peer.requests]
        assert asked.count([b"POST", b"/api/v2/media"]) == 1
        assert asked.count([b"POST", b"/api/v1/statuses"]) == 1

    def test_a_server_without_https_is_refused(self) -> None:
        with pytest.raises(SettingsError):
            Mastodon.of({"base_url": "http://social.example", "token": "secret"})

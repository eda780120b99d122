"""Mastodon keeps the contract, and has an idempotency key of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from integrado_poster.contract import Handle, Platform
from integrado_poster.errors import CannotTell, SettingsError
from integrado_poster.model import Message
from integrado_poster.platforms.mastodon import Mastodon
from integrado_poster.stage import Stage
from tests.platforms.contract import (
    PlatformContract,
    Time,
    a_card,
    a_handle,
    prepared,
)


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

    def test_a_server_without_https_is_refused(self) -> None:
        with pytest.raises(SettingsError):
            Mastodon.of({"base_url": "http://social.example", "token": "secret"})

"""X keeps the contract, through tweepy."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from integrado_poster.contract import Handle, Platform
from integrado_poster.errors import CannotTell, OutcomeUnknown, Rejected, Repeated
from integrado_poster.model import Message
from integrado_poster.platforms.x import _bare, _words
from integrado_poster.stage import Stage
from integrado_poster.wire.looking import plain
from tests.builders import a_message
from tests.platforms.contract import PlatformContract, Time, a_card, a_handle, prepared


class TestX(PlatformContract):
    """X on its stand-in."""

    name = "x"
    language = None

    def test_the_words_come_before_the_post_and_every_call_is_signed(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        platform.commit(message, prepared(platform, message, handle))

        seen = stage.requests()
        assert [one.path for one in seen] == ["/2/media/upload", "/2/media/metadata", "/2/tweets"]
        assert all(one.headers["authorization"].startswith("OAuth ") for one in seen)
        assert seen[-1].headers["connection"] == "close"

    def test_the_same_words_of_this_morning_are_no_proof(
        self, stage: Stage, platform: Platform, handle: Handle, time: Time
    ) -> None:
        message = a_message(platform="x", text="Heute ab 10 Uhr", pictures=())
        platform.commit(message, handle)
        time.pass_(timedelta(hours=3))
        later = a_handle(time())

        with pytest.raises(Repeated, match="duplicate"):
            platform.commit(message, later)
        assert platform.find(message, later) is None

    def test_under_a_clock_that_is_fast_our_own_post_is_never_called_absent(
        self, platform: Platform, handle: Handle, time: Time
    ) -> None:
        message = a_message(platform="x", text="Heute ab 10 Uhr", pictures=())
        platform.commit(message, handle)
        time.pass_(timedelta(minutes=3))

        with pytest.raises(CannotTell, match="since 12:00 UTC"):
            platform.find(message, a_handle(time() + timedelta(hours=1)))

    def test_a_post_that_quotes_another_by_its_address_is_found(
        self, stage: Stage, platform: Platform, handle: Handle, time: Time
    ) -> None:
        text = "Schön war's: https://twitter.com/netz_example/status/1234567890123456789"
        message = a_message(platform="x", text=text, pictures=())
        stage.play("x", "lost-reply")
        with pytest.raises(OutcomeUnknown):
            platform.commit(message, handle)

        time.pass_(platform.limits.settle)
        found = platform.find(message, handle)

        assert found is not None
        assert found.id == stage.timeline("x")[0].id

    def test_a_refused_repeat_leads_to_the_first_post(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        receipt = platform.commit(message, ready)
        again = prepared(platform, message, handle)

        with pytest.raises(OutcomeUnknown):
            platform.commit(message, again)
        assert platform.find(message, again) == receipt

    def test_pictures_that_x_forgot_while_the_post_was_held_are_uploaded_again(
        self, stage: Stage, platform: Platform, handle: Handle, time: Time
    ) -> None:
        pictures = (a_card("red", "rot"), a_card("blue", ""))
        message = a_message(platform="x", text="Lange gewartet", pictures=pictures)
        ready = prepared(platform, message, handle)
        time.pass_(timedelta(days=3))

        platform.commit(message, ready)

        (shown,) = stage.timeline("x")
        assert [(p.sha256, p.alt) for p in shown.pictures] == [(p.sha256, p.alt) for p in pictures]

    def test_what_x_refuses_otherwise_is_not_uploaded_again(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        stage.play("x", "refuse")
        before = len(stage.requests())

        with pytest.raises(Rejected, match="breaks a rule"):
            platform.commit(message, ready)
        assert len(stage.requests()) == before + 1

    def test_text_and_order_of_pictures_are_all_that_is_sent(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        platform.commit(message, ready)

        assert json.loads(stage.requests()[-1].body) == {
            "text": message.text,
            "media": {"media_ids": [ready["media_0"]]},
        }


LINK = {"url": "https://t.co/abc", "expanded_url": "https://example.org/a?b=1&c=2"}
PHOTO = {
    "url": "https://t.co/xyz",
    "expanded_url": "https://x.com/netz/status/1/photo/1",
    "media_key": "3_1",
}


@pytest.mark.parametrize(
    ("post", "wrote"),
    [
        ({"text": "a &amp; b &lt;c&gt;"}, "a & b <c>"),
        (
            {"text": "siehe https://t.co/abc https://t.co/xyz", "entities": {"urls": [LINK, PHOTO]}},
            "siehe https://example.org/a?b=1&c=2",
        ),
        (
            {"text": "https://t.co/abc.", "entities": {"urls": [{"url": "https://t.co/abc", "expanded_url": "http://example.org"}]}},
            "example.org.",
        ),
        (
            {"text": "kurz…", "note_tweet": {"text": "lang und https://t.co/abc", "entities": {"urls": [LINK]}}},
            "lang und https://example.org/a?b=1&c=2",
        ),
        ({"text": "Zu\u0308ge  und\nmehr"}, "Z\u00fcge und mehr"),
        ({"text": "Ruf an \u260e"}, "Ruf an \u260e\ufe0f"),
        (
            {"text": "https://t.co/abc", "entities": {"urls": [{"url": "https://t.co/abc", "expanded_url": "https://example.org/A"}]}},
            "HTTPS://Example.org/A",
        ),
        (
            {"id": "2", "text": "von https://t.co/xyz", "entities": {"urls": [{"url": "https://t.co/xyz", "expanded_url": "https://x.com/netz/status/1/photo/1"}]}},
            "von https://x.com/netz/status/1/photo/1",
        ),
    ],
)  # fmt: skip
def test_the_words_are_read_as_they_were_written(post: dict[str, object], wrote: str) -> None:
    assert _bare(_words(post)) == _bare(plain(wrote))

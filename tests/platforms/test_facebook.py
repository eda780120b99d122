"""Facebook keeps the contract, through facebook-sdk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import requests

from integrado_poster.contract import Handle, Platform
from integrado_poster.errors import LoginNeeded, OutcomeUnknown, Rejected
from integrado_poster.journal.claiming import ENDURED
from integrado_poster.journal.outcomes import LONGEST_WAIT
from integrado_poster.model import Held, Message, State
from integrado_poster.platforms.facebook import Facebook, _pictures
from integrado_poster.publish import publish
from integrado_poster.speech import speech
from integrado_poster.stage import Stage
from tests.builders import a_journal, a_message, a_planned
from tests.fakes import FakeClock
from tests.platforms.contract import PlatformContract, Time, a_handle, prepared
from tests.platforms.peer import Peer, reply


class TestFacebook(PlatformContract):
    """A Facebook Page on its stand-in."""

    name = "facebook"
    language = None

    def test_the_last_call_only_switches_the_draft_on(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        platform.commit(message, ready)

        switch = next(s for s in stage.requests() if s.path == f"/v25.0/{ready['draft']}")
        assert (switch.method, switch.body) == ("POST", b"is_published=true")
        assert switch.headers["connection"] == "close"

    def test_the_draft_names_its_photos_in_json(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)

        (draft,) = [s for s in stage.requests() if s.path.endswith("/feed")]
        sent = parse_qs(draft.body.decode())
        assert sent["published"] == ["false"]
        assert json.loads(sent["attached_media"][0]) == [{"media_fbid": ready["photo_0"]}]

    def test_switching_on_twice_is_one_post(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)

        assert platform.commit(message, ready) == platform.commit(message, ready)

    @pytest.mark.parametrize("said", [{"success": False}, {"id": "1_2"}, {"success": "true"}])
    def test_only_a_word_of_success_is_success(self, said: object) -> None:
        peer = Peer()
        peer.answers = [reply(200, said)]
        page = Facebook.of({"page_id": "1", "token": "secret", "base_url": peer.url})

        with pytest.raises(OutcomeUnknown):
            page.commit(a_message(platform="facebook"), {"draft": "1_2"})
        peer.close()

    def test_a_success_that_leaves_the_draft_a_draft_is_none(self) -> None:
        peer = Peer()
        peer.answers = [reply(200, {"success": True}), reply(200, {"is_published": False})]
        page = Facebook.of({"page_id": "1", "token": "secret", "base_url": peer.url})

        with pytest.raises(OutcomeUnknown, match="draft all the same"):
            page.commit(a_message(platform="facebook"), {"draft": "1_2"})
        peer.close()

    def test_a_missing_permalink_does_not_undo_the_post(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        stage.play("facebook", "down", on="read")

        receipt = platform.commit(message, ready)

        assert receipt.id == ready["draft"]
        assert receipt.url is None

    def test_another_post_with_the_same_words_is_not_taken_for_our_draft(
        self, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        ready = prepared(platform, message, handle)
        other = prepared(platform, message, a_handle(time(), key="another"))
        platform.commit(message, other)

        assert platform.find(message, ready) is None

    def test_a_draft_that_somebody_deleted_is_a_clear_no(
        self,
        stage: Stage,
        facts: Mapping[str, str],
        platform: Platform,
        message: Message,
        handle: Handle,
    ) -> None:
        ready = prepared(platform, message, handle)
        answer = requests.delete(
            f"{stage.base_url('facebook')}/v25.0/{ready['draft']}",
            headers={"Authorization": f"Bearer {facts['token']}"},
            timeout=5,
        )
        assert answer.ok

        assert platform.find(message, ready) is None
        with pytest.raises(Rejected):
            platform.commit(message, ready)

    def test_photos_that_facebook_forgot_are_uploaded_again(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        stale = {**handle, "photo_0": "123456789"}

        platform.commit(message, prepared(platform, message, stale))

        assert len(stage.timeline("facebook")[0].pictures) == 1

    def test_a_draft_whose_number_is_forgotten_again_and_again_costs_only_orphans(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        """What kill -9 showed: two crashes between the draft and its place in the journal."""
        known = handle
        for claim in range(2, 10):
            done = prepared(platform, message, known)
            known = {name: fact for name, fact in done.items() if name != "draft"}
            known = {**known, "claim": str(claim)}

        platform.commit(message, prepared(platform, message, known))

        assert len(stage.timeline("facebook")) == 1

    def test_a_draft_that_facebook_refuses_is_told_after_one_upload(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        with pytest.raises(Rejected, match="63206"):
            prepared(platform, replace(message, text="x" * 64_000), handle)

        assert _uploads(stage) == 1

    def test_a_refused_draft_is_asked_once_more_if_its_photos_are_of_an_earlier_claim(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        long = replace(message, text="x" * 64_000)
        before = platform.prepare(long, handle)

        with pytest.raises(Rejected, match="63206"):
            prepared(platform, long, {**before, "claim": "2"})

        assert _uploads(stage) == 2

    def test_however_often_the_reply_to_a_draft_is_lost_it_is_no_refusal(
        self, stage: Stage, platform: Platform, message: Message, time: Time, tmp_path: Path
    ) -> None:
        """Each lost draft keeps its photos, so that the next one with them gets a no."""
        planned = replace(a_planned(late_after=timedelta(days=1)), message=message)
        journal = a_journal(tmp_path, planned)
        left = ENDURED - 1

        def point(name: str) -> None:
            nonlocal left
            if name == "before prepare" and _last(stage).endswith("/photos") and left:
                stage.play("facebook", "lost-reply", on="upload")
                left -= 1

        clock = FakeClock(time())
        for _ in range(ENDURED):
            assert journal.deliveries()[0].state is State.SCHEDULED
            publish(1, journal=journal, platform_for=lambda _: platform, clock=clock, point=point)
            clock.pass_by(LONGEST_WAIT)
            time.moment = clock.now()

        assert left == 0
        assert journal.deliveries()[0].state is State.PUBLISHED
        assert len(stage.timeline("facebook")) == 1

    def test_words_that_are_on_the_page_already_are_for_a_person_to_look_at(
        self, tmp_path: Path
    ) -> None:
        peer, said = Peer(), {"error": {"code": 506, "message": "Duplicate status message"}}
        page = Facebook.of({"page_id": "1", "token": "secret", "base_url": peer.url})
        journal = a_journal(tmp_path, a_planned(platform="facebook", pictures=()))
        clock = FakeClock()

        for _ in range(2):
            peer.answers = [reply(400, said)]
            publish(1, journal=journal, platform_for=lambda _: page, clock=clock)

            (delivery,) = journal.deliveries()
            assert (delivery.state, delivery.held) == (State.HELD, Held.UNCLEAR)
            words = speech("en").read(delivery.note)
            assert "same words are there already: 400, code 506: Duplicate" in words
            assert journal.not_there(1, by="Ada", now=clock.now())
        peer.answers = [reply(200, {"id": "1_2"}), reply(200, {"success": True})]
        publish(1, journal=journal, platform_for=lambda _: page, clock=clock)
        peer.close()

        assert journal.deliveries()[0].receipt_id == "1_2"

    def test_a_token_for_another_page_asks_for_a_person(self, facts: Mapping[str, str]) -> None:
        with pytest.raises(LoginNeeded, match="not for page 42"):
            Facebook.of({**facts, "page_id": "42"}).whoami()

    def test_find_reads_the_list_page_by_page(
        self, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        receipt = platform.commit(message, prepared(platform, message, handle))
        for number in range(30):
            other = replace(message, text=f"Nummer {number}", pictures=())
            platform.commit(other, prepared(platform, other, a_handle(time())))

        assert platform.find(message, handle) == receipt


def _last(stage: Stage) -> str:
    """Where the last request went."""
    return next((request.path for request in reversed(stage.requests())), "")


def _uploads(stage: Stage) -> int:
    return sum(request.path.endswith("/photos") for request in stage.requests())


@pytest.mark.parametrize(
    ("attachments", "pictures"),
    [
        ([], 0),
        ([{"type": "photo"}], 1),
        ([{"type": "share"}], 0),
        ([{"type": "album", "subattachments": {"data": [{}, {}, {}]}}], 3),
    ],
)
def test_pictures_are_counted_as_a_reader_sees_them(
    attachments: list[object], pictures: int
) -> None:
    assert _pictures({"attachments": {"data": attachments}}) == pictures
    assert _pictures({}) == 0

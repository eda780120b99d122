"""The promises of `integrado_poster.contract`, as tests that every platform must pass on the stage."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest
from PIL import Image
from pydantic import SecretStr

from integrado_poster.contract import Handle, Platform, Receipt
from integrado_poster.errors import (
    CannotTell,
    LoginNeeded,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    SettingsError,
    TryLater,
)
from integrado_poster.model import Message, Picture
from integrado_poster.platforms import PLATFORMS
from integrado_poster.stage import Faults, Stage
from tests.builders import NOON, a_message

ROOT = Path(__file__).parents[2]
TEXT = (
    "Wir fangen an & freuen uns! 🎉\n\n<Beratung> auf Deutsch, Türkçe, العربية: "
    "https://example.org/beratung?tag=montag&ort=hof.\n\n#InterkulturelleWoche #Vielfalt"
)
LOST = ("lost-reply", "garbled", "no-id", "late-error", "hidden")
NOTHING_DONE = ("dropped", "early-error", "down")


@dataclass
class Time:
    """The stage's clock, turned by hand."""

    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, time: timedelta) -> None:
        self.moment += time


@cache
def a_card(colour: str = "teal", alt: str = "Drei Menschen an einem Tisch") -> Picture:
    """A small real picture."""
    file = io.BytesIO()
    Image.new("RGB", (480, 600), colour).save(file, "JPEG")
    return Picture(data=file.getvalue(), alt=alt, width=480, height=600)


def a_handle(moment: datetime, **changes: str) -> Handle:
    """What the journal gives an adapter to begin with."""
    started = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
    given = {
        "key": "ikw-2021/IKW-01",
        "rkey": "3ky7zqwwpkc2a",
        "started": started,
        "claimed": started,
    }
    return {**given, "claim": "1", **changes}


def prepared(platform: Platform, message: Message, handle: Handle) -> Handle:
    """Prepare until nothing is left to do, as the journal's caller does."""
    for _ in range(30):
        try:
            after = platform.prepare(message, handle)
        except TryLater as busy:
            if busy.wait is None or busy.wait > timedelta(seconds=5):
                raise
            continue  # a picture is being processed
        if after == handle:
            return handle
        handle = after
    raise AssertionError("it is never done preparing")


def delivered(platform: Platform, message: Message, handle: Handle, time: Time) -> Receipt:
    """Publish as the journal's caller does: after a doubt look first, else come back later."""
    doubt = False
    for claim in range(2, 62):
        try:
            if doubt:
                time.pass_(platform.limits.settle)
                found = platform.find(message, handle)
                if found is not None:
                    return found
                doubt = False
            while (after := platform.prepare(message, handle)) != handle:
                handle = after
            return platform.commit(message, handle)
        except OutcomeUnknown:
            doubt = True
        except TryLater as error:
            time.pass_(error.wait or timedelta(seconds=30))
            handle = {**handle, "claim": str(claim)}
    raise AssertionError("it never comes to an end")


@dataclass
class Chain:
    """A post in parts, each an answer to the one before it."""

    platform: Platform
    time: Time
    ids: dict[int, str] = field(default_factory=dict)

    def message(self, part: int) -> Message:
        """A part; only the first one has a picture."""
        pictures = (a_card(),) if part == 1 else ()
        text = f"{part}/3 {TEXT}"
        name = self.platform.name
        return a_message(platform=name, text=text, pictures=pictures, part=part, follows=part > 1)

    def handle(self, part: int) -> Handle:
        """What the journal gives for it, once the parts before it are online."""
        above = {"parent": self.ids[part - 1], "root": self.ids[1]} if part > 1 else {}
        return a_handle(self.time(), key=f"part-{part}", rkey=f"3ky7zqwwpkc{part + 1}a", **above)

    def publish(self, part: int) -> Receipt:
        """Publish a part."""
        self.time.pass_(timedelta(seconds=2))
        message = self.message(part)
        receipt = self.platform.commit(message, prepared(self.platform, message, self.handle(part)))
        self.ids[part] = receipt.id
        return receipt


class PlatformContract:
    """Subclass per platform; `name` is all that most need to say."""

    name: ClassVar[str]
    language: ClassVar[str | None] = "de"  #: What the platform shows for "de".

    # --- what the tests stand on ------------------------------------------------------------

    @pytest.fixture
    def time(self) -> Time:
        return Time()

    @pytest.fixture
    def stage(self, time: Time) -> Iterator[Stage]:
        with Stage(now=time) as stage:
            yield stage

    @pytest.fixture
    def facts(self, stage: Stage) -> Mapping[str, str]:
        return stage.credentials(self.name)

    @pytest.fixture
    def platform(self, facts: Mapping[str, str]) -> Platform:
        return PLATFORMS[self.name].of(facts)

    @pytest.fixture
    def message(self) -> Message:
        return a_message(platform=self.name, text=TEXT, pictures=(a_card(),))

    @pytest.fixture
    def handle(self, time: Time) -> Handle:
        return a_handle(time())

    # --- facts ------------------------------------------------------------------------------

    def test_it_is_listed_under_its_name(self, platform: Platform) -> None:
        assert platform.name == self.name
        assert type(platform) is PLATFORMS[self.name]

    def test_its_settings_and_secrets_are_its_fields(self, facts: Mapping[str, str]) -> None:
        kind = PLATFORMS[self.name]
        names = {field.name for field in fields(kind)}

        assert {*kind.settings, *kind.secrets} == names
        for name in kind.secrets:
            assert isinstance(getattr(kind.of(facts), name), SecretStr)

    def test_its_page_explains_every_setting(self) -> None:
        kind = PLATFORMS[self.name]
        page = (ROOT / "docs" / "platforms" / f"{self.name}.md").read_text(encoding="utf-8")

        for name in (*kind.settings, *kind.secrets):
            assert f"| `{name}` |" in page

    def test_a_missing_secret_is_named(self, facts: Mapping[str, str]) -> None:
        kind = PLATFORMS[self.name]
        last = kind.secrets[-1]

        with pytest.raises(SettingsError, match=last):
            kind.of({name: value for name, value in facts.items() if name != last})

    def test_what_is_pasted_with_blanks_works(self, facts: Mapping[str, str]) -> None:
        padded = {name: f" {value}\n" for name, value in facts.items()}

        assert PLATFORMS[self.name].of(padded).whoami().id

    def test_the_address_is_a_setting(self, stage: Stage, platform: Platform) -> None:
        platform.whoami()

        assert {seen.platform for seen in stage.requests()} == {self.name}

    # --- prepare ----------------------------------------------------------------------------

    def test_prepare_shows_nothing_and_may_run_twice(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        prepared(platform, message, handle)
        ready = prepared(platform, message, handle)

        assert stage.timeline(self.name) == []
        platform.commit(message, ready)
        assert len(stage.timeline(self.name)) == 1

    def test_prepare_takes_one_step_at_a_time_and_keeps_what_it_was_given(
        self, platform: Platform, handle: Handle
    ) -> None:
        pictures = (a_card("red"), a_card("green"))
        message = a_message(platform=self.name, text=TEXT, pictures=pictures)
        first = platform.prepare(message, handle)
        ready = prepared(platform, message, first)

        assert first.items() > handle.items()
        assert ready.items() > first.items()
        assert all(isinstance(value, str) for value in ready.values())

    def test_a_crash_between_the_steps_costs_nothing(
        self, stage: Stage, facts: Mapping[str, str], message: Message, handle: Handle
    ) -> None:
        for _ in range(20):  # another process for every step
            with suppress(TryLater):
                handle = PLATFORMS[self.name].of(facts).prepare(message, handle)
        PLATFORMS[self.name].of(facts).commit(message, handle)

        assert [shown.text for shown in stage.timeline(self.name)] == [TEXT]

    @pytest.mark.parametrize(
        "fault", ["upload-error", "down", "dropped", "lost-reply", "no-id", "slow-down"]
    )
    def test_trouble_with_an_upload_is_for_later(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle, fault: str
    ) -> None:
        stage.play(self.name, fault, on="upload")
        with pytest.raises(TryLater):
            platform.prepare(message, handle)

        platform.commit(message, prepared(platform, message, handle))

        (shown,) = stage.timeline(self.name)
        assert [picture.sha256 for picture in shown.pictures] == [message.pictures[0].sha256]

    @pytest.mark.parametrize("whole", [False, True])
    def test_pictures_that_waited_for_days_arrive_all_the_same(
        self,
        stage: Stage,
        platform: Platform,
        message: Message,
        handle: Handle,
        time: Time,
        whole: bool,
    ) -> None:
        ready = (prepared if whole else type(platform).prepare)(platform, message, handle)
        time.pass_(timedelta(hours=30))

        platform.commit(message, prepared(platform, message, {**ready, "claim": "2"}))

        (shown,) = stage.timeline(self.name)
        assert [(p.sha256, p.alt) for p in shown.pictures] == [
            (p.sha256, p.alt) for p in message.pictures
        ]

    # --- commit -----------------------------------------------------------------------------

    def test_commit_publishes_once_what_was_approved(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        receipt = platform.commit(message, prepared(platform, message, handle))

        (shown,) = stage.timeline(self.name)
        assert receipt.id == shown.id
        assert receipt.url is not None
        assert receipt.url.startswith("http")
        assert shown.text == TEXT
        assert shown.language == self.language
        assert [(p.sha256, p.alt, p.media_type) for p in shown.pictures] == [
            (p.sha256, p.alt, p.media_type) for p in message.pictures
        ]

    def test_several_pictures_arrive_in_order_with_their_words(
        self, stage: Stage, platform: Platform, handle: Handle
    ) -> None:
        pictures = tuple(a_card(colour, f"Alles ist {colour}") for colour in ("red", "blue", "tan"))
        message = a_message(platform=self.name, text=TEXT, pictures=pictures)

        platform.commit(message, prepared(platform, message, handle))

        (shown,) = stage.timeline(self.name)
        assert [(p.sha256, p.alt) for p in shown.pictures] == [(p.sha256, p.alt) for p in pictures]

    def test_a_text_alone_is_a_post_and_a_picture_needs_no_words(
        self, stage: Stage, platform: Platform, time: Time
    ) -> None:
        for number, pictures in enumerate([(), (a_card("pink", ""),)]):
            handle = a_handle(time(), key=f"key-{number}", rkey=f"3ky7zqwwpkc{number + 2}a")
            message = a_message(platform=self.name, text=f"Nur {number}", pictures=pictures)
            platform.commit(message, prepared(platform, message, handle))

        assert {shown.text for shown in stage.timeline(self.name)} == {"Nur 1", "Nur 0"}

    def test_a_second_commit_never_shows_it_twice(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        receipt = platform.commit(message, ready)
        with suppress(OutcomeUnknown):
            assert platform.commit(message, ready).id == receipt.id

        assert len(stage.timeline(self.name)) == 1

    @pytest.mark.parametrize("fault", LOST)
    def test_a_lost_reply_is_unknown_until_found(
        self,
        stage: Stage,
        platform: Platform,
        message: Message,
        handle: Handle,
        time: Time,
        fault: str,
    ) -> None:
        ready = prepared(platform, message, handle)
        stage.play(self.name, fault)
        with pytest.raises(OutcomeUnknown):
            platform.commit(message, ready)

        time.pass_(platform.limits.settle)
        found = platform.find(message, ready)

        (shown,) = stage.timeline(self.name)
        assert isinstance(found, Receipt)
        assert found.id == shown.id

    @pytest.mark.parametrize("fault", NOTHING_DONE)
    def test_what_may_have_been_sent_is_looked_for_and_surely_absent(
        self,
        stage: Stage,
        platform: Platform,
        message: Message,
        handle: Handle,
        time: Time,
        fault: str,
    ) -> None:
        ready = prepared(platform, message, handle)
        stage.play(self.name, fault)
        with pytest.raises(OutcomeUnknown):
            platform.commit(message, ready)

        time.pass_(platform.limits.settle)
        assert platform.find(message, ready) is None

        platform.commit(message, ready)
        assert len(stage.timeline(self.name)) == 1

    # --- find -------------------------------------------------------------------------------

    def test_find_is_sure_when_nothing_is_there(
        self, platform: Platform, message: Message, handle: Handle
    ) -> None:
        assert platform.find(message, handle) is None
        assert platform.find(message, prepared(platform, message, handle)) is None

    def test_find_is_not_fooled_by_the_same_words_last_week(
        self, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        platform.commit(message, prepared(platform, message, handle))
        time.pass_(timedelta(days=7))
        later = a_handle(time(), key="another", rkey="3ky7zqwwpkd2a")

        assert platform.find(message, prepared(platform, message, later)) is None

    def test_find_is_not_fooled_by_the_same_words_with_other_pictures(
        self, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        platform.commit(message, prepared(platform, message, handle))
        bare = replace(message, pictures=())
        other = a_handle(time(), key="another", rkey="3ky7zqwwpkd2a")

        assert platform.find(bare, prepared(platform, bare, other)) is None

    def test_find_looks_past_many_other_posts(
        self, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        ready = prepared(platform, message, handle)
        receipt = platform.commit(message, ready)
        for number in range(45):
            time.pass_(timedelta(seconds=10))
            keys = {
                "key": f"k{number}",
                "rkey": f"3ky7zqwwpkd{chr(97 + number % 26)}{'abc'[number // 26]}",
            }
            other = a_message(platform=self.name, text=f"Nummer {number}", pictures=())
            platform.commit(other, prepared(platform, other, a_handle(time(), **keys)))

        time.pass_(platform.limits.settle)
        found = platform.find(message, ready)

        assert found is not None
        assert found.id == receipt.id

    def test_a_post_that_somebody_edits_before_we_look_is_never_called_absent(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle, time: Time
    ) -> None:
        ready = prepared(platform, message, handle)
        stage.play(self.name, "lost-reply")
        with pytest.raises(OutcomeUnknown):
            platform.commit(message, ready)
        stage.edit(self.name, stage.timeline(self.name)[0].id, "Wir fangen morgen an!")

        time.pass_(platform.limits.settle)
        with suppress(CannotTell):  # then a person is asked
            assert platform.find(message, ready) is not None

    @pytest.mark.parametrize("fault", ["down", "dropped", "garbled", "slow-down", "early-error"])
    def test_a_look_that_fails_never_says_absent(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle, fault: str
    ) -> None:
        ready = prepared(platform, message, handle)
        platform.commit(message, ready)
        stage.play(self.name, fault, on="read")

        with pytest.raises((OutcomeUnknown, TryLater)):
            platform.find(message, ready)

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_whatever_goes_wrong_each_post_is_online_once(self, time: Time, seed: int) -> None:
        faults = Faults(kinds=["all"], seed=seed, rate=0.8, slow_seconds=0)
        with Stage(now=time, faults=faults) as stage:
            platform = PLATFORMS[self.name].of(stage.credentials(self.name))
            for number in range(5):
                time.pass_(timedelta(minutes=10))
                message = a_message(
                    platform=self.name,
                    text=f"Beitrag {number} & https://example.org/{number}",
                    pictures=(a_card(f"rgb({number}, {seed}, 7)", f"Bild {number}"),),
                )
                keys = {"key": f"key-{number}", "rkey": f"3ky7zqwwpkc{number + 2}a"}
                receipt = delivered(platform, message, a_handle(time(), **keys), time)
                assert receipt.id in {shown.id for shown in stage.timeline(self.name)}

            timeline = stage.timeline(self.name)
            assert sum(stage.drawn().values()) > 0
        assert sorted((shown.text, shown.pictures[0].alt) for shown in timeline) == [
            (f"Beitrag {number} & https://example.org/{number}", f"Bild {number}")
            for number in range(5)
        ]

    # --- chains -----------------------------------------------------------------------------

    @pytest.fixture
    def chain(self, platform: Platform, time: Time) -> Chain:
        if not platform.limits.chains:
            pytest.skip("it has no chains")
        return Chain(platform, time)

    def test_a_chain_is_one_post_under_the_other(self, stage: Stage, chain: Chain) -> None:
        ids = [chain.publish(part).id for part in (1, 2, 3)]

        shown = {post.id: post for post in stage.timeline(self.name)}
        assert [shown[id].text for id in ids] == [chain.message(part).text for part in (1, 2, 3)]
        assert [shown[id].answers for id in ids] == [None, *ids[:2]]
        assert len(shown) == 3

    @pytest.mark.parametrize("fault", LOST)
    def test_a_lost_reply_in_the_middle_of_a_chain_is_found(
        self, stage: Stage, chain: Chain, fault: str
    ) -> None:
        first = chain.publish(1)
        ready = prepared(chain.platform, chain.message(2), chain.handle(2))
        stage.play(self.name, fault)
        with pytest.raises(OutcomeUnknown):
            chain.platform.commit(chain.message(2), ready)

        chain.time.pass_(chain.platform.limits.settle)
        found = chain.platform.find(chain.message(2), ready)

        (shown,) = [post for post in stage.timeline(self.name) if post.answers == first.id]
        assert found is not None
        assert found.id == shown.id

    @pytest.mark.parametrize(("fault", "online"), [("lost-reply", True), ("dropped", False)])
    def test_after_a_lost_reply_a_part_is_told_right_though_its_former_is_deleted(
        self, stage: Stage, chain: Chain, fault: str, online: bool
    ) -> None:
        former = chain.publish(1)
        ready = prepared(chain.platform, chain.message(2), chain.handle(2))
        stage.play(self.name, fault)
        with pytest.raises(OutcomeUnknown):
            chain.platform.commit(chain.message(2), ready)
        stage.remove(self.name, former.id)

        chain.time.pass_(chain.platform.limits.settle)
        found = chain.platform.find(chain.message(2), ready)

        assert ([found.id] if found else []) == [post.id for post in stage.timeline(self.name)]
        assert (found is not None) is online

    def test_a_part_whose_former_is_gone_is_refused_and_says_so(
        self, stage: Stage, chain: Chain
    ) -> None:
        former = chain.publish(1)
        stage.remove(self.name, former.id)

        with pytest.raises(Rejected, match="not there any more"):
            chain.publish(2)
        assert stage.timeline(self.name) == []

    def test_no_part_is_taken_for_another(
        self, platform: Platform, time: Time, chain: Chain
    ) -> None:
        ids = [chain.publish(part).id for part in (1, 2)]
        time.pass_(platform.limits.settle)
        for number, parent in enumerate(ids):
            above = {"parent": parent, "root": ids[0]}
            other = a_handle(
                time(), key=f"other-{number}", rkey=f"3ky7zqwwpkd{number + 2}a", **above
            )
            same_words = replace(chain.message(number + 1), part=3, follows=True)

            assert platform.find(same_words, other) is None

    def test_a_first_part_is_not_found_among_answers(
        self, platform: Platform, time: Time, chain: Chain
    ) -> None:
        chain.publish(1)
        chain.publish(2)
        alone = replace(chain.message(2), part=1, follows=False)
        time.pass_(platform.limits.settle)

        later = a_handle(time(), key="another", rkey="3ky7zqwwpkd5a")
        assert platform.find(alone, later) is None

    # --- a clear no -------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("fault", "error"),
        [("refuse", Rejected), ("slow-down", TryLater), ("revoked", LoginNeeded)],
    )
    def test_a_clear_no_leaves_nothing_online(
        self,
        stage: Stage,
        platform: Platform,
        message: Message,
        handle: Handle,
        fault: str,
        error: type[PlatformError],
    ) -> None:
        ready = prepared(platform, message, handle)
        stage.play(self.name, fault)

        with pytest.raises(error):
            platform.commit(message, ready)
        assert stage.timeline(self.name) == []

    def test_no_connection_is_for_later(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        stage.close()

        with pytest.raises(TryLater):
            platform.commit(message, ready)

    def test_the_wait_is_the_platforms_own(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        stage.play(self.name, "slow-down")

        with pytest.raises(TryLater) as caught:
            platform.commit(message, ready)
        assert caught.value.wait is not None
        assert timedelta(seconds=60) <= caught.value.wait < timedelta(seconds=62)

    def test_a_revoked_token_asks_for_a_person_everywhere(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        ready = prepared(platform, message, handle)
        stage.play(self.name, "revoked")

        with pytest.raises(LoginNeeded):
            platform.whoami()
        with pytest.raises(LoginNeeded):
            platform.prepare(message, handle)
        with pytest.raises(LoginNeeded):
            platform.metrics(Receipt(id="1", url=None))

        stage.restore(self.name)
        platform.commit(message, ready)
        assert len(stage.timeline(self.name)) == 1

    # --- the rest ---------------------------------------------------------------------------

    def test_whoami_names_the_account(self, platform: Platform) -> None:
        me = platform.whoami()

        assert me.id
        assert me.name.strip("@")

    def test_metrics_answer_and_never_invent(
        self, platform: Platform, message: Message, handle: Handle
    ) -> None:
        receipt = platform.commit(message, prepared(platform, message, handle))

        metrics = platform.metrics(receipt)

        assert metrics.likes is not None
        for count in (metrics.likes, metrics.shares, metrics.replies, metrics.views):
            assert count is None or count >= 0

    def test_every_request_says_who_asks(
        self, stage: Stage, platform: Platform, message: Message, handle: Handle
    ) -> None:
        platform.commit(message, prepared(platform, message, handle))

        for seen in stage.requests(self.name):
            assert seen.headers["user-agent"].startswith("integrado-poster")

    @pytest.mark.parametrize("fault", ["lost-reply", "refuse", "revoked", "late-error", "garbled"])
    def test_no_secret_shows(
        self,
        stage: Stage,
        facts: Mapping[str, str],
        message: Message,
        handle: Handle,
        fault: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        platform = PLATFORMS[self.name].of(facts)
        ready = prepared(platform, message, handle)
        stage.play(self.name, fault)

        with pytest.raises(PlatformError) as caught:
            platform.commit(message, ready)

        paths = " ".join(seen.path for seen in stage.requests())
        shown = f"{caught.value!r} {caught.value} {platform!r} {ready} {caplog.text} {paths}"
        for name in PLATFORMS[self.name].secrets:
            assert facts[name] not in shown
        assert "eyJ" not in shown

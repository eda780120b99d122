"""The stage as a whole: its faults, its clock, its page, and its verdict."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from integrado_poster.stage import (
    KINDS,
    LASTING,
    Expected,
    Faults,
    Shown,
    ShownPicture,
    Stage,
    verdict,
)
from integrado_poster.stage.page import threaded

MONDAY = datetime(2021, 9, 27, 8, tzinfo=UTC)


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.at = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stage(clock: Clock) -> Iterator[Stage]:
    with Stage(now=clock) as stage:
        yield stage


def client(stage: Stage) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {stage.credentials('mastodon')['token']}"
    return session


def say(stage: Stage, text: str, **headers: str) -> requests.Response:
    """Publish a text on Mastodon, the plainest of the four."""
    with client(stage) as session:
        url = f"{stage.base_url('mastodon')}/api/v1/statuses"
        return session.post(url, json={"status": text}, headers=headers, timeout=10)


def texts(stage: Stage) -> list[str]:
    return [post.text for post in stage.timeline("mastodon")]


# --- faults on command --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("refuse", 422),
        ("revoked", 401),
        ("slow-down", 429),
        ("down", 503),
        ("early-error", 500),
        ("dropped", None),
    ],
)
def test_after_these_faults_nothing_is_online(stage: Stage, fault: str, status: int | None) -> None:
    stage.play("mastodon", fault)
    if status is None:
        with pytest.raises(requests.ConnectionError):
            say(stage, "Hallo")
    else:
        assert say(stage, "Hallo").status_code == status
    assert texts(stage) == []


@pytest.mark.parametrize("fault", ["lost-reply", "late-error", "garbled", "no-id", "hidden"])
def test_after_these_faults_the_post_is_online_and_nobody_was_told_so(
    stage: Stage, fault: str
) -> None:
    stage.play("mastodon", fault)
    try:
        answer = say(stage, "Hallo")
    except requests.ConnectionError:
        assert fault in ("lost-reply", "hidden")
    else:
        assert b'"id"' not in answer.content or fault == "garbled"
        if fault == "garbled":
            with pytest.raises(requests.JSONDecodeError):
                answer.json()
    assert texts(stage) == ["Hallo"]


def test_a_fault_on_command_meets_as_many_requests_as_it_was_told(stage: Stage) -> None:
    stage.play("mastodon", "down", times=2)
    assert [say(stage, "Hallo").status_code for _ in range(3)] == [503, 503, 200]


def test_a_refused_text_stays_refused_and_another_does_not(stage: Stage) -> None:
    stage.play("mastodon", "refuse")
    assert [say(stage, "Nein").status_code for _ in range(3)] == [422, 422, 422]
    assert say(stage, "Ja").status_code == 200


def test_a_revoked_token_is_refused_everywhere_until_it_is_restored(stage: Stage) -> None:
    stage.play("mastodon", "revoked")
    with client(stage) as session:
        url = f"{stage.base_url('mastodon')}/api/v1/accounts/verify_credentials"
        assert session.get(url, timeout=10).status_code == 401
        stage.restore("mastodon")
        assert session.get(url, timeout=10).status_code == 200


def test_a_slow_answer_waits_its_seconds_after_the_post_is_online(clock: Clock) -> None:
    waited: list[float] = []
    shown: list[list[str]] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        shown.append(texts(slow))

    with Stage(now=clock, faults=Faults(slow_seconds=12), wait=wait) as slow:
        slow.play("mastodon", "slow")
        assert say(slow, "Hallo").status_code == 200
    assert waited == [12]
    assert shown == [["Hallo"]]


def test_it_is_quiet_when_nothing_is_left_to_do_for_clients_that_have_gone(clock: Clock) -> None:
    with Stage(now=clock, faults=Faults(slow_seconds=0.3)) as stage:
        stage.play("mastodon", "slow")
        url = f"{stage.base_url('mastodon')}/api/v1/statuses"
        with client(stage) as session, pytest.raises(requests.ReadTimeout):
            session.post(url, json={"status": "Hallo"}, timeout=0.05)

        assert stage.quiet()
        assert texts(stage) == ["Hallo"]
        assert len(stage.requests("mastodon")) == 1


def test_a_client_that_does_not_wait_gives_up_and_closing_does_not_wait_either(
    clock: Clock,
) -> None:
    begin = time.monotonic()
    with Stage(now=clock, faults=Faults(slow_seconds=60)) as stage:
        stage.play("mastodon", "slow")
        with client(stage) as session, pytest.raises(requests.ReadTimeout):
            session.post(
                f"{stage.base_url('mastodon')}/api/v1/statuses",
                json={"status": "Hallo"},
                timeout=0.2,
            )
        assert texts(stage) == ["Hallo"]
    assert time.monotonic() - begin < 5


def test_a_hidden_post_shows_in_lists_only_after_its_seconds(stage: Stage, clock: Clock) -> None:
    stage.play("mastodon", "hidden")
    with pytest.raises(requests.ConnectionError):
        say(stage, "Hallo")
    with client(stage) as session:
        base = f"{stage.base_url('mastodon')}/api/v1/accounts"
        account = session.get(f"{base}/verify_credentials", timeout=10).json()["id"]
        assert session.get(f"{base}/{account}/statuses", timeout=10).json() == []
        clock.move(seconds=8)
        assert len(session.get(f"{base}/{account}/statuses", timeout=10).json()) == 1


@pytest.mark.parametrize(
    ("fault", "on"), [("hiccup", "publish"), ("down", "sleep"), ("hidden", "read")]
)
def test_a_fault_that_makes_no_sense_is_an_error(stage: Stage, fault: str, on: str) -> None:
    with pytest.raises(ValueError):
        stage.play("mastodon", fault, on=on)


# --- faults that are drawn ----------------------------------------------------------------


def outcomes(clock: Callable[[], datetime], faults: Faults, words: list[str]) -> dict[str, Any]:
    with Stage(now=clock, faults=faults, wait=lambda _: None) as stage:
        for text in words:
            for _ in range(4):
                try:
                    say(stage, text, **{"Idempotency-Key": text})
                except requests.ConnectionError:
                    continue
        met = [(seen.body, seen.fault) for seen in stage.requests("mastodon")]
        return {"met": sorted(met), "drawn": stage.drawn(), "texts": sorted(texts(stage))}


def test_the_same_seed_draws_the_same_faults_in_whatever_order(clock: Clock) -> None:
    words = [f"Text {number}" for number in range(8)]
    faults = Faults(kinds=["all"], seed=7, rate=0.7)
    assert outcomes(clock, faults, words) == outcomes(clock, faults, words[::-1])


def test_no_text_meets_more_than_two_faults_and_in_the_end_each_is_online_once(
    clock: Clock,
) -> None:
    words = [f"Text {number}" for number in range(8)]
    came = outcomes(clock, Faults(kinds=["all"], seed=1, rate=1), words)
    assert sum(came["drawn"].values()) == 2 * len(words)
    assert came["texts"] == words


def test_all_means_every_fault_after_which_the_platform_works_again(clock: Clock) -> None:
    words = [f"Text {number}" for number in range(60)]
    drawn = outcomes(clock, Faults(kinds=["all"], seed=3, rate=1), words)["drawn"]
    assert set(drawn) == set(KINDS) - LASTING - {"upload-error"}


def test_a_drawn_refusal_comes_first_or_never_and_stays(clock: Clock) -> None:
    words = [f"Text {number}" for number in range(12)]
    came = outcomes(clock, Faults(kinds=["refusal"], seed=2, rate=0.5), words)
    refused = {body for body, fault in came["met"] if fault}
    assert 0 < len(refused) < len(words)
    assert all((body in refused) == bool(fault) for body, fault in came["met"])
    assert len(came["texts"]) == len(words) - len(refused)


def test_one_and_the_same_question_meets_one_drawn_fault_at_most(clock: Clock) -> None:
    with Stage(now=clock, faults=Faults(kinds=["down"], seed=1, rate=1)) as stage:
        with client(stage) as session:
            name = outcome(session, stage, "POST", "/api/v1/statuses", {"status": "Hallo"})
            answers = [
                session.get(f"{stage.base_url('mastodon')}/api/v1/statuses/{name}", timeout=10)
                for _ in range(30)
            ]
        assert [answer.status_code for answer in answers].count(503) == 1
        assert stage.drawn() == {"down": 3}


def outcome(session: requests.Session, stage: Stage, method: str, path: str, body: Any) -> str:
    """Ask until it works, and give the id that came."""
    for _ in range(3):
        answer = session.request(
            method, f"{stage.base_url('mastodon')}{path}", json=body, timeout=9
        )
        if answer.status_code == 200:
            return str(answer.json()["id"])
    raise AssertionError("it never worked")


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such fault"):
        Stage(now=lambda: MONDAY, faults=Faults(kinds=["gremlins"]))


# --- what is kept -------------------------------------------------------------------------


def test_every_request_is_kept_with_its_answer_and_its_fault(stage: Stage) -> None:
    stage.play("mastodon", "lost-reply")
    with pytest.raises(requests.ConnectionError):
        say(stage, "Eins")
    say(stage, "Zwei")
    first, second = stage.requests()
    assert (first.method, first.path, first.status, first.fault) == (
        "POST",
        "/api/v1/statuses",
        None,
        "lost-reply",
    )
    assert (second.status, second.fault, b"Zwei" in second.body) == (200, "", True)
    assert stage.requests("x") == []


def test_many_clients_at_once_each_get_their_own_answer(stage: Stage) -> None:
    answers: dict[str, str] = {}

    def speak(text: str) -> None:
        answers[text] = say(stage, text).json()["content"]

    speakers = [threading.Thread(target=speak, args=(f"Text {n}",)) for n in range(12)]
    for speaker in speakers:
        speaker.start()
    for speaker in speakers:
        speaker.join()
    assert answers == {f"Text {n}": f"<p>Text {n}</p>" for n in range(12)}
    assert len({post.id for post in stage.timeline("mastodon")}) == 12


def test_a_body_without_a_length_is_refused(stage: Stage) -> None:
    with client(stage) as session:
        url = f"{stage.base_url('mastodon')}/api/v1/statuses"
        answer = session.post(url, data=iter([b"status=a"]), timeout=10)
    assert answer.status_code == 411


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"]
)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[1]", b"status=%ff", b"--x\r\n\r\n"])
def test_nonsense_is_refused_and_never_crashes(stage: Stage, kind: str, body: bytes) -> None:
    with client(stage) as session:
        url = f"{stage.base_url('mastodon')}/api/v1/statuses"
        answer = session.post(url, data=body, headers={"Content-Type": kind}, timeout=10)
    assert answer.status_code in (400, 422)


# --- the page -----------------------------------------------------------------------------


def test_the_page_shows_the_posts_and_escapes_every_word(stage: Stage) -> None:
    say(stage, '<script>alert(1)</script> & "Grüße" #Woche\n\nمرحبا')
    answer = requests.get(stage.url, headers={"Accept-Language": "de"}, timeout=10)
    answer.encoding = "utf-8"
    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Grüße&quot;" in answer.text
    assert '<p dir="auto">مرحبا</p>' in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "http://" not in answer.text.replace(stage.url, "")


@pytest.mark.parametrize(
    ("accepted", "word"),
    [("", "Störungen"), ("en-GB,en;q=0.9,de;q=0.5", "Faults"), ("fr, de;q=0.3", "Störungen")],
)
def test_the_page_speaks_the_readers_language(stage: Stage, accepted: str, word: str) -> None:
    answer = requests.get(stage.url, headers={"Accept-Language": accepted}, timeout=10)
    assert word in answer.content.decode()


def test_the_form_lets_a_fault_wait_and_takes_it_back(stage: Stage) -> None:
    form = {"platform": "mastodon", "fault": "down", "on": "publish", "times": "1"}
    answer = requests.post(f"{stage.url}/_stage/faults", data=form, timeout=10)
    assert answer.status_code == 200
    state = requests.get(f"{stage.url}/_stage/faults", timeout=10).json()
    assert state["waiting"] == [{"platform": "mastodon", "on": "publish", "fault": "down"}]
    requests.post(f"{stage.url}/_stage/restore", json={"platform": "mastodon"}, timeout=10)
    assert say(stage, "Hallo").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {"platform": "myspace", "fault": "down"},
        {"platform": "x", "fault": "gremlins"},
        {"platform": "x", "fault": "down", "times": "0"},
        {"platform": "x", "fault": "down", "on": "moon"},
    ],
)
def test_a_wrong_fault_is_told_and_not_played(stage: Stage, given: dict[str, str]) -> None:
    answer = requests.post(f"{stage.url}/_stage/faults", json=given, timeout=10)
    assert answer.status_code == 400
    assert requests.get(f"{stage.url}/_stage/faults", timeout=10).json()["waiting"] == []


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_another_site_in_the_same_browser_is_kept_out(
    stage: Stage, headers: dict[str, str]
) -> None:
    given = {"platform": "x", "fault": "down"}
    answer = requests.post(f"{stage.url}/_stage/faults", data=given, headers=headers, timeout=10)
    assert answer.status_code == 403


def test_timelines_come_as_json_and_a_permalink_leads_to_the_page(stage: Stage) -> None:
    url = say(stage, "Hallo").json()["url"]
    told = requests.get(f"{stage.url}/_stage/timelines", timeout=10).json()
    assert [post["text"] for post in told["mastodon"]] == ["Hallo"]
    assert set(told) == {"x", "facebook", "mastodon", "bluesky"}
    answer = requests.get(url, timeout=10, allow_redirects=False)
    assert answer.headers["Location"] == f"/#p-{told['mastodon'][0]['id']}"


def test_the_page_says_who_posts(clock: Clock) -> None:
    with Stage(now=clock, name="Netz & Werk") as stage:
        say(stage, "Hallo")
        page = requests.get(stage.url, timeout=10).content.decode()
    assert "<strong>Netz &amp; Werk</strong>" in page


def test_a_client_that_has_gone_gets_no_answer(clock: Clock) -> None:
    with Stage(now=clock, wait=lambda _: True) as stage:
        stage.play("mastodon", "slow")
        with pytest.raises(requests.ConnectionError):
            say(stage, "Hallo")
        assert texts(stage) == ["Hallo"]


def test_the_page_never_shows_a_token(stage: Stage) -> None:
    token = stage.credentials("facebook")["token"]
    url = f"{stage.base_url('facebook')}/v26.0/me"
    requests.get(url, params={"fields": "id", "access_token": token}, timeout=10)
    assert token not in requests.get(stage.url, timeout=10).text


# --- the verdict ----------------------------------------------------------------------------


def shown(
    text: str, *pictures: tuple[str, str], id: str = "1", language: str | None = "de"
) -> Shown:
    return Shown(
        id=id,
        url="",
        at=MONDAY,
        text=text,
        language=language,
        pictures=tuple(
            ShownPicture(sha256=name, alt=alt, media_type="image/jpeg", width=1, height=1, size=1)
            for name, alt in pictures
        ),
    )


def expected(text: str, *pictures: tuple[str, str], platform: str = "mastodon") -> Expected:
    return Expected(platform=platform, text=text, language="de", pictures=pictures)


CARD = ("abc", "Eine Karte")


@pytest.mark.parametrize(
    ("posts", "counts"),
    [
        ([shown("Hallo", CARD)], (0, 0, 0)),
        ([], (1, 0, 0)),
        ([shown("Hallo", CARD), shown("Hallo", CARD, id="2")], (0, 1, 0)),
        ([shown("Hallo", ("abc", "Eine Kart"))], (0, 0, 1)),
        ([shown("Hallo", ("abd", "Eine Karte"))], (0, 0, 1)),
        ([shown("Hallo")], (0, 0, 1)),
        ([shown("Hallo", CARD, language="en")], (0, 0, 1)),
        ([shown("Hallo", CARD, language=None)], (0, 0, 0)),
        ([shown("Hullo", CARD)], (0, 0, 1)),
        ([shown("Hullo", CARD), shown("Hallo", CARD, id="2")], (0, 1, 0)),
        ([shown("Fremd")], (1, 0, 1)),
    ],
)
def test_the_verdict_tells_missing_doubled_and_different_posts_apart(
    posts: list[Shown], counts: tuple[int, int, int]
) -> None:
    found = verdict([expected("Hallo", CARD)], {"mastodon": posts})
    assert (found.missing, found.duplicates, found.different) == counts
    assert found.good == (counts == (0, 0, 0))
    assert len(found.notes) == sum(counts)


def test_the_verdict_reads_a_text_as_its_platform_shows_it() -> None:
    composed, decomposed = "Gr\u00fc\u00dfe", "Gru\u0308\u00dfe "
    assert verdict([expected(decomposed, platform="x")], {"x": [shown(composed)]}).good
    assert not verdict(
        [expected(decomposed, platform="bluesky")], {"bluesky": [shown(composed)]}
    ).good


def test_two_planned_posts_with_the_same_words_are_no_duplicates() -> None:
    twice = [expected("Hallo"), expected("Hallo")]
    assert verdict(twice, {"mastodon": [shown("Hallo"), shown("Hallo", id="2")]}).good
    assert verdict(twice, {"mastodon": [shown("Hallo")]}).missing == 1


def a_chain(*answers: str | None) -> list[Shown]:
    return [replace(shown(str(n), id=str(n)), answers=above) for n, above in enumerate(answers, 1)]


@pytest.mark.parametrize(
    ("answers", "different"),
    [
        ((None, "1", "2"), 0),
        ((None, "1", "1"), 1),
        ((None, None, "2"), 1),
        (("9", "1", "2"), 1),
        ((None, "3", "2"), 1),
        ((None, None, None), 2),
    ],
)
def test_an_answer_to_another_post_than_planned_is_different(
    answers: tuple[str | None, ...], different: int
) -> None:
    chain = [expected("1")]
    for text in ("2", "3"):
        chain.append(replace(expected(text), follows=chain[-1]))

    found = verdict(chain, {"mastodon": a_chain(*answers)})

    assert (found.missing, found.duplicates, found.different) == (0, 0, different)
    assert len(found.notes) == different


def test_a_part_whose_former_is_missing_answers_another_post() -> None:
    first = expected("1")
    chain = [first, replace(expected("2"), follows=first)]
    found = verdict(chain, {"mastodon": [replace(shown("2", id="2"), answers="1")]})
    assert (found.missing, found.different) == (1, 1)


def test_the_page_shows_a_chain_from_its_first_part_down() -> None:
    newest_first = [*reversed(a_chain(None, "1", "2")), shown("0", id="0")]
    assert [post.text for post in threaded(newest_first)] == ["1", "2", "3", "0"]
    assert [post.text for post in threaded(newest_first[:1])] == ["3"]


def test_a_post_on_the_wrong_platform_is_missing_there_and_unplanned_here() -> None:
    found = verdict([expected("Hallo")], {"x": [shown("Hallo")]})
    assert (found.missing, found.duplicates, found.different) == (1, 0, 1)

"""A person is told: soon, once, in words that she can act on, whatever the mail server does."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrado_poster.contract import Receipt
from integrado_poster.errors import DatabaseUnusable, NotTold
from integrado_poster.journal import EVENTS, Cause, Journal, News, Title
from integrado_poster.model import Held, OnLate, State
from integrado_poster.notify import mail as mails
from integrado_poster.notify.letter import letter
from integrado_poster.notify.mail import deliver, envelope, probe
from integrado_poster.notify.mailbox import Mail
from integrado_poster.notify.messenger import COLLECT, QUIET, Messenger, ripe
from integrado_poster.speech import LANGUAGES, Sentence, speech
from tests import builders
from tests.builders import NOON, a_campaign, a_journal, a_planned
from tests.mail_server import PASSWORD, Office, a_rude_server, free_port, text_of

TITLES = {"ikw-2021": Title("Interkulturelle Woche 2021", "Europe/Berlin", "de")}
SOON = NOON + COLLECT


def news(**changes: object) -> News:
    facts = {
        "why": "failed",
        "campaign": "ikw-2021",
        "post": "IKW-03",
        "account": "masto",
        "at": NOON,
    }
    return News(**facts | changes)  # type: ignore[arg-type]


def some_mail(**changes: object) -> Mail:
    facts = {"host": "127.0.0.1", "sender": "poster@example.org", "to": "leitung@example.org"}
    return Mail(**facts | changes)


# --- What a letter says ---------------------------------------------------------------------


def test_a_letter_says_what_happened_where_and_what_to_do() -> None:
    told = letter([news(note="422: too long", of_post=4)], TITLES, speech("de"))

    assert told.subject == "Interkulturelle Woche 2021: IKW-03 auf masto: abgelehnt"
    assert "Der Grund: 422: too long\n" in told.text
    assert "\n    integrado-poster post retry IKW-03 --account masto\n" in told.text


def test_a_login_that_breaks_eight_posts_is_one_thing() -> None:
    broken = [news(why="login", post=f"IKW-0{number}") for number in range(1, 9)]

    told = letter(broken, TITLES, speech("de"))

    assert told.subject == "Interkulturelle Woche 2021: Der Zugang zu masto geht nicht"
    assert told.text.count("account connect masto") == 1
    for each in broken:
        assert each.post in told.text


def test_a_flood_is_one_thing_with_one_command_for_all_of_it() -> None:
    overdue = [
        news(why="flood", post=f"P-{n}", account=a) for n in range(40) for a in ("x", "masto")
    ]

    told = letter(overdue, TITLES, speech("de"))

    assert "P-9, … (40)" in told.text
    assert told.text.count("post release\n") == 1


def test_a_command_reaches_no_account_on_which_all_is_well() -> None:
    two_of_three = [news(account=name, of_post=3) for name in ("masto", "x")]
    all_three = [news(account=name, of_post=3) for name in ("bluesky", "masto", "x")]

    some = letter(two_of_three, TITLES, speech("de")).text
    every = letter(all_three, TITLES, speech("de")).text

    assert "post skip IKW-03 --account masto\n" in some
    assert "post skip IKW-03 --account x\n" in some
    assert "post skip IKW-03\n" not in some
    assert every.count("post skip IKW-03\n") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_told_has_words_of_its_own(language: str) -> None:
    for why in (*Held, "failed", "skipped", "twice", "see", *EVENTS):
        for part in ("title", "what", "do"):
            assert f"mail.{why.replace(' ', '-')}.{part}" in speech(language), why
        assert f"why.{why.replace(' ', '-')}" in speech(language), why


def test_what_nobody_has_written_words_for_is_told_all_the_same() -> None:
    told = letter([news(why="eclipse")], TITLES, speech("en"))

    assert "needs you (eclipse)" in told.subject


def test_a_letter_of_very_many_things_stays_short() -> None:
    told = letter([news(post=f"P-{n}", note=str(n)) for n in range(300)], TITLES, speech("en"))

    assert told.subject.endswith("(and 299 more)")
    assert "And 280 more things" in told.text


EVIL = st.lists(
    st.sampled_from("a;'\"$(\r\n\t\x00\x0b\x85\u2028\u202e\u2066\ud800é\u0130:<>,@=?\\ ")
    | st.just("=?utf-8?q?=0ABcc:_a?=")  # Python's own mails read this as a line break
    | st.characters(),
    max_size=40,
).map("".join)


@given(post=EVIL, account=EVIL, note=EVIL, name=EVIL, why=st.sampled_from([*Held, "failed"]))
def test_no_name_or_note_adds_a_header_or_a_line(
    post: str, account: str, note: str, name: str, why: str
) -> None:
    titles = {"ikw-2021": Title(name, "Europe/Berlin", "de")}
    told = letter([news(why=why, post=post, account=account, note=note)], titles, speech("de"))

    sent = bytes(envelope(some_mail(), told, "1", NOON))
    read = message_from_bytes(sent, policy=default)

    assert sorted(read.keys()) == sorted([
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    ])  # fmt: skip
    assert read.get_content().splitlines() == told.text.splitlines()
    harmless = letter(
        [news(why=why, post="P", account="a", note="n" if note.strip() else "")],
        titles,
        speech("de"),
    )
    assert told.text.count("\n    ") == harmless.text.count("\n    ")
    assert not set(told.text + told.subject) & set("\u202e\u2066\u2028\x00\r")


def test_a_name_is_one_word_of_the_command() -> None:
    told = letter([news(post="IKW 3; rm -rf ~", account="x'y")], TITLES, speech("de")).text
    commands = [shlex.split(line) for line in told.splitlines() if line.startswith("    integrado")]

    assert ["integrado-poster", "post", "retry", "IKW 3; rm -rf ~"] in commands


# --- When it is told --------------------------------------------------------------------------


def test_what_happens_in_the_same_moments_is_one_letter() -> None:
    first, second = news(), news(account="x")
    seen = {first: NOON, second: NOON + COLLECT / 2}

    assert ripe(seen, {}, NOON + COLLECT / 2) == []
    assert ripe(seen, {}, NOON + COLLECT) == [first, second]


def test_the_same_cause_is_told_once_an_hour_and_goes_along_with_another() -> None:
    again, other = news(post="IKW-04"), news(why="late")
    told = {Cause("failed", "masto"): NOON}

    assert ripe({again: NOON}, told, NOON + QUIET / 2) == []
    assert ripe({again: NOON, other: NOON}, told, NOON + QUIET / 2) == [again, other]
    assert ripe({again: NOON}, told, NOON + QUIET) == [again]


def test_a_clock_that_was_set_back_keeps_nobody_from_being_told() -> None:
    ahead = NOON + timedelta(days=3)

    assert ripe({news(): ahead}, {Cause("failed", "masto"): ahead}, NOON) == [news()]


# --- From the journal to the postbox -----------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path) as open_today:
        yield open_today


@pytest.fixture
def journal(tmp_path: Path, every_database: str) -> Iterator[Journal]:
    """Eight posts on one account, all due at noon."""
    planned = [a_planned(post=f"IKW-0{number}", pictures=()) for number in range(1, 9)]
    with closing(a_journal(tmp_path, *planned)) as made:
        yield made


def fail(journal: Journal, *posts: str) -> None:
    for delivery in journal.deliveries():
        if delivery.post in posts:
            claim = journal.claim(delivery.id, now=NOON)
            assert claim
            assert journal.fail(claim, "422: too long", NOON) is State.FAILED


def break_the_login(journal: Journal) -> None:
    """The platform says so about the first post; the others are held when their turn comes."""
    first, *others = journal.deliveries()
    claim = journal.claim(first.id, now=NOON)
    assert claim
    journal.wait_for_login(claim, "401: token revoked", NOON)
    for other in others:
        assert journal.claim(other.id, now=NOON) is None


def log(journal: Journal, event: str) -> Sequence[str]:
    return [
        f"{line.post} {speech('en').read(line.detail)}"
        for line in journal.log(500)
        if line.event == event
    ]


def test_a_broken_login_is_one_mail_and_the_log_says_who_got_it(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    messenger = Messenger(journal, office.mail, tmp_path)
    break_the_login(journal)

    assert messenger.round(NOON) == 0
    assert messenger.round(SOON) == 8
    assert messenger.round(SOON + COLLECT) == 0

    (arrived,) = office.letters
    assert arrived["X-Envelope-To"] == "leitung@example.org, technik@example.org"
    assert "account connect netz-mastodon" in text_of(arrived)
    assert len(log(journal, "told")) == 8
    assert log(journal, "told")[0] == (
        "IKW-01 the login does not work: leitung@example.org, technik@example.org"
    )


def test_another_process_tells_nothing_a_second_time(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    fail(journal, "IKW-01")
    Messenger(journal, office.mail, tmp_path).round(NOON, at_once=True)

    after_the_crash = Messenger(journal, office.mail, tmp_path)

    assert after_the_crash.round(NOON + QUIET, at_once=True) == 0
    fail(journal, "IKW-02")
    assert after_the_crash.round(NOON + QUIET / 2, at_once=True) == 0, "the hour goes on as well"
    assert after_the_crash.round(NOON + QUIET, at_once=True) == 1


def test_two_workers_do_not_tell_the_same_at_once(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    fail(journal, "IKW-01")
    (tmp_path / "elsewhere").mkdir()
    other = Messenger(journal, office.mail, tmp_path / "elsewhere")
    here = Messenger(journal, office.mail, tmp_path)

    with journal.turn_to_tell(tmp_path) as ours:
        assert ours
        assert here.round(NOON, at_once=True) == 0
    with journal.turn_to_tell(tmp_path):
        on_one_machine_only = isinstance(builders.place_in(tmp_path), Path)
        assert other.round(NOON, at_once=True) == (1 if on_one_machine_only else 0)


def test_what_fails_once_more_is_told_once_more(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    messenger = Messenger(journal, office.mail, tmp_path)
    fail(journal, "IKW-01")
    messenger.round(NOON, at_once=True)

    journal.again(journal.deliveries()[0].id, by="hanna", now=NOON)
    fail(journal, "IKW-01")

    assert messenger.round(NOON + QUIET, at_once=True) == 1


def test_what_has_mended_itself_needs_no_letter(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    messenger = Messenger(journal, office.mail, tmp_path)
    break_the_login(journal)
    messenger.round(NOON)

    journal.login_works("netz-mastodon", NOON)

    assert messenger.round(SOON) == 0
    assert office.letters == []


def test_a_stop_and_its_end_are_told(tmp_path: Path, journal: Journal, office: Office) -> None:
    messenger = Messenger(journal, office.mail, tmp_path)
    journal.stop("Trauerfall", by="hanna", now=NOON)
    assert messenger.round(NOON, at_once=True) == 1
    journal.resume(by="hanna", now=NOON)
    assert messenger.round(NOON, at_once=True) == 1
    assert messenger.round(NOON + QUIET, at_once=True) == 0

    assert "(hanna: Trauerfall)" in text_of(office.letters[0])
    assert office.letters[1]["Subject"] == "Interkulturelle Woche 2021: Es geht weiter"


def test_a_clock_that_nobody_believes_is_told_unless_a_platform_agreed_meanwhile(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    messenger = Messenger(journal, office.mail, tmp_path)
    why = Sentence("clock.forward", minutes=90).note
    journal.remark("clock suspected", why, NOON)
    assert messenger.round(NOON) == 0
    journal.remark("clock trusted", "", NOON)
    assert messenger.round(SOON) == 0

    journal.remark("clock suspected", why, NOON)
    assert messenger.round(SOON, at_once=True) == 1
    assert messenger.round(SOON + QUIET, at_once=True) == 0
    assert "um 90 Minuten vorgestellt" in " ".join(text_of(office.letters[0]).split())


def test_who_heard_that_the_clock_is_doubted_hears_that_it_is_right_again(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    messenger = Messenger(journal, office.mail, tmp_path)
    journal.remark("clock suspected", Sentence("clock.forward", minutes=90).note, NOON)
    assert messenger.round(NOON, at_once=True) == 1
    journal.remark("clock trusted", "", NOON)
    assert messenger.round(SOON, at_once=True) == 1
    assert messenger.round(SOON + QUIET, at_once=True) == 0

    assert office.letters[1]["Subject"] == "Interkulturelle Woche 2021: Die Uhr stimmt wieder"
    journal.remark("clock trusted", "", NOON)  # nobody had heard of this doubt
    assert messenger.round(SOON + 2 * QUIET, at_once=True) == 0


def test_an_outcome_that_cannot_be_looked_up_for_want_of_a_login_is_told(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    messenger = Messenger(journal, office.mail, tmp_path)
    first = journal.deliveries()[0].id
    claim = journal.claim(first, now=NOON)
    assert claim
    assert journal.intend(claim, NOON)
    journal.doubt(claim, "reset", NOON, timedelta(seconds=10))
    assert messenger.round(NOON, at_once=True) == 0

    look = journal.take_look(first, now=NOON + timedelta(minutes=1))
    assert look
    journal.wait_for_login(look, "401: token revoked", NOON)

    assert messenger.round(NOON, at_once=True) == 1
    assert "Der Zugang zu netz-mastodon" in text_of(office.letters[0])


def test_what_was_skipped_and_what_is_online_twice_is_told(
    tmp_path: Path, office: Office, every_database: str
) -> None:
    late = a_planned(pictures=(), on_late=OnLate.SKIP)
    twice = a_planned(post="IKW-02", pictures=())
    with closing(a_journal(tmp_path, late, twice)) as journal:
        messenger = Messenger(journal, office.mail, tmp_path)
        first, second = journal.deliveries()
        claim = journal.claim(second.id, now=NOON)
        assert claim
        journal.publish(claim, Receipt(id="1", url="https://social.example/1"), NOON)
        journal.publish(claim, Receipt(id="2", url="https://social.example/2"), NOON)
        assert journal.claim(first.id, now=NOON + timedelta(days=1)) is None

        assert messenger.round(NOON, at_once=True) == 2
        text = text_of(office.letters[0])
        assert "1. IKW-01 auf netz-mastodon: ausgelassen" in text
        assert "zweimal online: https://social.example/2" in text
        assert Messenger(journal, office.mail, tmp_path).round(NOON, at_once=True) == 0


def test_what_is_online_although_a_person_took_it_back_is_told(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    number = journal.deliveries()[0].id
    claim = journal.claim(number, now=NOON)
    assert claim
    journal.give_back(claim, "", NOON)
    journal.skip(number, "Ayşe", NOON)
    journal.publish(claim, Receipt(id="1", url="https://social.example/1"), NOON)

    assert Messenger(journal, office.mail, tmp_path).round(NOON, at_once=True) == 1
    text = text_of(office.letters[0])
    assert "Der Grund: bitte ansehen: galt als nicht online und ist es doch:" in text
    assert Messenger(journal, office.mail, tmp_path).round(NOON, at_once=True) == 0


def test_a_server_that_is_away_is_noted_once_and_asked_again_later(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    fail(journal, "IKW-01")
    closed = office.mail.model_copy(update={"port": free_port()})
    messenger = Messenger(journal, closed, tmp_path)

    moment = NOON
    for _ in range(60):
        messenger.round(moment)
        moment += timedelta(seconds=5)
    (noted,) = log(journal, "not told")
    assert noted.startswith("IKW-01 refused: The mail server takes no connection: 127.0.0.1")
    assert log(journal, "told") == []

    messenger.mail = office.mail
    assert sum(messenger.round(moment + timedelta(seconds=5 * n)) for n in range(60)) == 1
    assert len(log(journal, "told")) == 1


def test_an_address_that_is_refused_keeps_nobody_else_from_being_told(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    fail(journal, "IKW-01")
    office.postbox.strangers = {"technik@example.org"}

    Messenger(journal, office.mail, tmp_path).round(NOON, at_once=True)

    assert log(journal, "told") == ["IKW-01 refused: leitung@example.org"]
    assert log(journal, "not told") == ["IKW-01 refused: technik@example.org: 550 no such person"]


def test_after_a_crash_between_sending_and_writing_it_is_said_again_under_the_same_name(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    class Crashing(Messenger):
        def _write(self, line: object) -> None:
            raise KeyboardInterrupt

    fail(journal, "IKW-01")
    with pytest.raises(KeyboardInterrupt):
        Crashing(journal, office.mail, tmp_path).round(NOON, at_once=True)

    assert Messenger(journal, office.mail, tmp_path).round(SOON, at_once=True) == 1
    first, second = office.letters
    assert first["Message-ID"] == second["Message-ID"]


def test_two_parts_of_a_post_are_two_letters(
    tmp_path: Path, journal: Journal, office: Office
) -> None:
    journal.apply(
        a_campaign(), [a_planned(text=t, part=n) for n, t in enumerate("ab", 1)], now=NOON
    )
    messenger = Messenger(journal, office.mail, tmp_path)
    for delivery in [each for each in journal.deliveries() if each.parts > 1]:
        claim = journal.claim(delivery.id, now=NOON)
        assert claim
        journal.fail(claim, "422: too long", NOON)
        messenger.round(NOON + delivery.part * QUIET, at_once=True)

    first, second = office.letters
    assert first["Message-ID"] != second["Message-ID"]  # else a mail server keeps one of them


def test_a_journal_that_takes_no_more_does_not_make_us_repeat_ourselves(
    tmp_path: Path, journal: Journal, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DatabaseUnusable("database or disk is full")

    messenger = Messenger(journal, office.mail, tmp_path)
    fail(journal, "IKW-01")
    monkeypatch.setattr(journal, "told", full)
    monkeypatch.setattr(journal, "remark", full)

    messenger.hear("stuck", "the database did not take an outcome", NOON)
    assert messenger.round(NOON, at_once=True) == 2
    assert messenger.round(NOON + QUIET * 2, at_once=True) == 0
    assert "did not take an outcome" in text_of(office.letters[0])

    later = NOON + timedelta(days=1)
    messenger.hear("stuck", "the database did not take an outcome", later)
    assert messenger.round(later, at_once=True) == 1
    messenger.hear("stuck", "the database did not take an outcome", later + QUIET)
    assert messenger.round(later + QUIET, at_once=True) == 1
    assert len({letter["Message-ID"] for letter in office.letters}) == 3  # no server drops one


def test_whatever_only_a_person_can_mend_is_told_within_two_minutes(
    tmp_path: Path, journal: Journal
) -> None:
    sent: list[datetime] = []

    def send(_mail: Mail, letter: EmailMessage) -> dict[str, str]:
        sent.append(letter["Date"].datetime)
        if len(sent) == 1:
            raise NotTold("slow", "the first time nobody answers")
        return {}

    messenger = Messenger(journal, some_mail(), tmp_path, send)
    fail(journal, "IKW-01")
    moment = NOON
    while not log(journal, "told"):
        moment += timedelta(seconds=5)
        messenger.round(moment)

    assert moment - NOON < timedelta(minutes=2)
    assert len(sent) == 2


# --- What a mail server can do to us -----------------------------------------------------------


def send(mail: Mail) -> dict[str, str]:
    return deliver(mail, envelope(mail, letter([news()], TITLES, speech("de")), "1", NOON))


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_every_kind_of_line_brings_a_letter(tmp_path: Path, security: str) -> None:
    with Office(tmp_path, security) as office:
        assert send(office.mail) == {}
        probe(office.mail)

    assert [each["Subject"] for each in office.letters] == [
        "Interkulturelle Woche 2021: IKW-03 auf masto: abgelehnt"
    ]


def reason(mail: Mail) -> str:
    with pytest.raises(NotTold) as caught:
        send(mail)
    assert PASSWORD not in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_somebody_else_is_refused(tmp_path: Path, security: str) -> None:
    with Office(tmp_path, security, known=False) as office:
        assert reason(office.mail) == "certificate"
        unknown = office.mail.model_copy(update={"ca_file": None})
        assert reason(unknown) == "certificate"
    assert office.letters == []


def test_a_wrong_password_and_a_missing_one_are_told_apart(tmp_path: Path) -> None:
    with Office(tmp_path) as office:
        (tmp_path / "wrong").write_text("falsch\n")
        (tmp_path / "empty").touch()
        for file, word in (("wrong", "login"), ("empty", "password"), ("missing", "password")):
            changes = {"password": None, "password_file": tmp_path / file}
            assert reason(office.mail.model_copy(update=changes)) == word


def test_a_server_without_encryption_gets_no_password(tmp_path: Path) -> None:
    with Office(tmp_path, "none") as office:
        changes = {"security": "starttls", "user": "poster"}
        assert reason(office.mail.model_copy(update=changes)) == "security"
        changes = {"security": "tls", "user": "poster"}
        assert reason(office.mail.model_copy(update=changes)) == "security"


def test_refusals_are_told_apart(office: Office) -> None:
    office.postbox.strangers = {"leitung@example.org", "technik@example.org"}
    assert reason(office.mail) == "recipients"
    office.postbox.strangers = set()
    office.postbox.answer = "554 smells of spam"
    assert reason(office.mail) == "refused"


def test_a_server_that_hangs_up_before_its_answer_counts_as_not_told(office: Office) -> None:
    office.postbox.hang_up = True

    assert reason(office.mail) == "broken"
    assert len(office.letters) == 1


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_server_that_says_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setattr(mails, "STEP", 0.3)
    with a_rude_server(b"") as port:
        assert reason(some_mail(port=port, security=security)) == "slow"


def test_a_server_that_dribbles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mails, "WHOLE", 0.5)
    with a_rude_server(b"220-still here\r\n", dribble=0.05) as port:
        assert reason(some_mail(port=port)) == "slow"


def test_nobody_there_and_a_name_that_does_not_exist() -> None:
    assert reason(some_mail(port=free_port())) == "closed"
    assert reason(some_mail(host="mail.invalid")) == "host"

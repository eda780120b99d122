"""The joined rooms: logins are kept only where they do no harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrado_poster.app import App
from integrado_poster.clock import SystemClock
from integrado_poster.contract import Identity, Receipt
from integrado_poster.errors import LoginNeeded, SettingsError
from integrado_poster.journal import journal_at, make_key
from integrado_poster.model import Account, Held, State
from integrado_poster.stage import Stage
from tests.builders import a_campaign, a_planned

NOW = datetime.now(UTC)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage(now=SystemClock().now) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """One post is due on an account that used to be another profile."""
    make_key(tmp_path / "key")
    campaign = a_campaign(accounts=(Account(key="masto", platform="mastodon"),))
    with closing(journal_at(tmp_path / "journal.sqlite", tmp_path / "key", create=True)) as journal:
        journal.apply(campaign, [a_planned(account="masto", at=NOW)], now=NOW)
        old = Identity(id="another", name="@another@social.example")
        journal.connect("masto", "mastodon", {}, {"token": "t"}, old, NOW)
        yield App(tmp_path, journal)


@pytest.mark.parametrize("disconnected", [False, True])
def test_another_profile_is_refused_while_a_post_may_be_online_on_the_old_one(
    app: App, stage: Stage, disconnected: bool
) -> None:
    claim = app.journal.claim(app.journal.deliveries()[0].id, now=NOW)
    assert claim is not None
    assert app.journal.intend(claim, NOW)
    app.journal.doubt(claim, "reset", NOW, timedelta(seconds=10))

    if disconnected:
        app.journal.disconnect("masto", NOW)

    with pytest.raises(SettingsError, match=r"@another@social\.example.*IKW-01"):
        app.connect("masto", "mastodon", stage.credentials("mastodon"))

    known = app.journal.account("masto")
    assert known is not None
    assert known.identity == Identity(id="another", name="@another@social.example")


def test_another_profile_is_refused_while_only_the_beginning_of_a_chain_is_online(
    app: App, stage: Stage
) -> None:
    campaign = a_campaign(accounts=(Account(key="masto", platform="mastodon"),))
    first = a_planned(account="masto", at=NOW)
    rest = replace(first, message=replace(first.message, text="Teil 2", part=2, follows=True))
    app.journal.apply(campaign, [first, rest], now=NOW)
    claim = app.journal.claim(1, now=NOW)
    assert claim is not None
    app.journal.publish(claim, Receipt(id="1", url=None), NOW)

    with pytest.raises(
        SettingsError,
        match=r"(?s)@another@social\.example.*IKW-01 · 2/2.*skip IKW-01 --account masto --part 2",
    ):
        app.connect("masto", "mastodon", stage.credentials("mastodon"))
    assert app.journal.skip(2, "Muster", NOW)

    app.connect("masto", "mastodon", stage.credentials("mastodon"))


def test_another_profile_is_refused_if_a_post_goes_out_in_the_same_moment(
    app: App, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = app.journal.connect

    def keep_late(*words: Any, **more: Any) -> bool:
        claim = app.journal.claim(app.journal.deliveries()[0].id, now=NOW)
        if claim is not None:  # a worker was quicker, on the old profile
            assert app.journal.intend(claim, NOW)
            app.journal.doubt(claim, "reset", NOW, timedelta(seconds=10))
        return keep(*words, **more)

    monkeypatch.setattr(app.journal, "connect", keep_late)
    with pytest.raises(SettingsError, match="IKW-01"):
        app.connect("masto", "mastodon", stage.credentials("mastodon"))
    known = app.journal.account("masto")
    assert known is not None
    assert known.identity == Identity(id="another", name="@another@social.example")


def test_another_profile_is_fine_while_nothing_is_in_doubt(app: App, stage: Stage) -> None:
    name = app.connect("masto", "mastodon", stage.credentials("mastodon")).name

    known = app.journal.account("masto")
    assert known is not None
    assert known.identity is not None
    assert known.identity.name == name


def test_one_profile_is_no_second_account(app: App, stage: Stage) -> None:
    facts = stage.credentials("mastodon")
    elsewhere = facts | {"base_url": facts["base_url"].replace("127.0.0.1", "localhost")}
    app.connect("masto", "mastodon", elsewhere)

    with pytest.raises(SettingsError, match="account disconnect masto"):
        app.connect("verein", "mastodon", elsewhere)
    assert app.journal.account("verein") is None

    app.connect("masto", "mastodon", elsewhere)  # the same one again renews its login
    app.journal.disconnect("masto", NOW)
    app.connect("verein", "mastodon", elsewhere)


def test_a_login_without_its_key_waits_for_a_person(tmp_path: Path, stage: Stage) -> None:
    make_key(tmp_path / "key")
    with closing(journal_at(tmp_path / "journal.sqlite", tmp_path / "key", create=True)) as journal:
        journal.apply(a_campaign(), [a_planned(account="masto", at=NOW)], now=NOW)
        App(tmp_path, journal).connect("masto", "mastodon", stage.credentials("mastodon"))

    with closing(journal_at(tmp_path / "journal.sqlite", tmp_path / "gone")) as journal:
        App(tmp_path, journal).publish(1)
        (held,) = journal.deliveries()
    with closing(journal_at(tmp_path / "journal.sqlite", tmp_path / "key")) as journal:
        App(tmp_path, journal).check_login("masto")
        (released,) = journal.deliveries()

    assert (held.state, held.held) == (State.HELD, Held.LOGIN)
    assert "key" in held.note
    assert released.state is State.SCHEDULED


def test_what_was_brought_to_another_profile_is_brought_again(app: App, stage: Stage) -> None:
    claim = app.journal.claim(1, now=NOW)
    assert claim is not None
    app.journal.keep(claim, {"media_0": "a picture over there"})
    app.journal.retry(claim, None, "429", NOW)

    app.connect("masto", "mastodon", stage.credentials("mastodon"))

    again = app.journal.claim(1, now=NOW + timedelta(hours=1))
    assert again is not None
    assert "media_0" not in again.handle


def test_the_same_profile_again_keeps_what_was_brought_there(app: App, stage: Stage) -> None:
    app.connect("masto", "mastodon", stage.credentials("mastodon"))
    claim = app.journal.claim(1, now=NOW)
    assert claim is not None
    app.journal.keep(claim, {"media_0": "a picture"})
    app.journal.retry(claim, None, "429", NOW)

    app.connect("masto", "mastodon", stage.credentials("mastodon"))

    again = app.journal.claim(1, now=NOW + timedelta(hours=1))
    assert again is not None
    assert again.handle["media_0"] == "a picture"


def test_a_login_that_the_platform_refuses_is_not_kept(app: App, stage: Stage) -> None:
    with pytest.raises(LoginNeeded):
        app.connect("masto", "mastodon", stage.credentials("mastodon") | {"token": "wrong"})

    known = app.journal.account("masto")
    assert known is not None
    assert known.identity is not None
    assert known.identity.id == "another"

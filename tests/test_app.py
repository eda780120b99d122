"""The joined rooms: logins are kept only where they do no harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrado_poster.app import App
from integrado_poster.clock import SystemClock
from integrado_poster.contract import Identity
from integrado_poster.errors import LoginNeeded, SettingsError
from integrado_poster.journal import journal_at, make_key
from integrado_poster.model import Account
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


def test_another_profile_is_fine_while_nothing_is_in_doubt(app: App, stage: Stage) -> None:
    name = app.connect("masto", "mastodon", stage.credentials("mastodon")).name

    known = app.journal.account("masto")
    assert known is not None
    assert known.identity is not None
    assert known.identity.name == name


def test_a_login_that_the_platform_refuses_is_not_kept(app: App, stage: Stage) -> None:
    with pytest.raises(LoginNeeded):
        app.connect("masto", "mastodon", stage.credentials("mastodon") | {"token": "wrong"})

    known = app.journal.account("masto")
    assert known is not None
    assert known.identity is not None
    assert known.identity.id == "another"

"""Tokens are unreadable without the key, and belong to one account."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrado_poster.contract import Identity
from integrado_poster.errors import LoginNeeded, SettingsError
from integrado_poster.journal import Vault, new_key, open_journal
from tests.builders import NOON

SECRETS = {"token": "geheim-4711", "consumer_secret": "noch-geheimer"}


def test_what_is_locked_can_be_opened_and_not_be_read() -> None:
    vault = Vault([new_key()])

    locked = vault.lock("netz-x", SECRETS)

    assert "geheim" not in locked
    assert vault.open("netz-x", locked) == SECRETS


def test_another_key_does_not_open_it_and_says_nothing_about_it() -> None:
    locked = Vault([new_key()]).lock("netz-x", SECRETS)

    with pytest.raises(SettingsError) as error:
        Vault([new_key()]).open("netz-x", locked)

    assert locked not in str(error.value)
    assert error.value.__cause__ is None


def test_secrets_moved_to_another_account_are_refused() -> None:
    vault = Vault([new_key()])

    with pytest.raises(SettingsError, match="another account"):
        vault.open("awo-x", vault.lock("netz-x", SECRETS))


def test_an_old_key_still_opens_and_the_first_one_locks() -> None:
    old, new = new_key(), new_key()
    both = Vault([new, old])

    assert both.open("netz-x", Vault([old]).lock("netz-x", SECRETS)) == SECRETS
    assert Vault([new]).open("netz-x", both.lock("netz-x", SECRETS)) == SECRETS


@pytest.mark.parametrize("keys", [[], [" "], ["not a key"]])
def test_a_vault_without_a_real_key_is_refused(keys: list[str]) -> None:
    with pytest.raises(SettingsError):
        Vault(keys).lock("netz-x", SECRETS)


def test_secrets_are_nowhere_in_the_database_file(tmp_path: Path) -> None:
    path = tmp_path / "poster.db"
    journal = open_journal(path, create=True, vault=Vault([new_key()]))
    identity = Identity(id="1", name="@netz")

    journal.connect("netz-x", "x", {"base_url": "https://x.example"}, SECRETS, identity, NOON)

    assert journal.secrets("netz-x") == SECRETS
    journal.close()
    assert b"geheim" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_a_disconnected_account_has_no_secrets_left(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "poster.db", create=True, vault=Vault([new_key()]))
    journal.connect("netz-x", "x", {}, SECRETS, Identity(id="1", name="@netz"), NOON)

    assert journal.disconnect("netz-x", NOON)

    with pytest.raises(LoginNeeded):
        journal.secrets("netz-x")
    assert not journal.disconnect("nobody", NOON)


def test_without_a_vault_no_secret_is_taken(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "poster.db", create=True)

    with pytest.raises(SettingsError):
        journal.connect("netz-x", "x", {}, SECRETS, Identity(id="1", name="@netz"), NOON)

    assert journal.account("netz-x") is None

"""Tokens at rest: encrypted, and bound to the account that they belong to."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from integrado_poster.errors import SettingsError
from integrado_poster.journal.lock import writable
from integrado_poster.speech import Sentence

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


def new_key() -> str:
    """Make a key for a vault: 44 characters, to be kept apart from the database and its backups."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def make_key(path: Path) -> bool:
    """Write a new key to a file that only its owner can read; False if there is one already."""
    with writable(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(file, "w", encoding="ascii") as written:
            written.write(new_key() + "\n")
    return True


def vault_at(path: Path) -> Vault | None:
    """The vault whose key lies in a file, None if there is no such file; raises `SettingsError`."""
    try:
        return Vault([path.read_text(encoding="ascii")])
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            Sentence("key.unreadable", file=path, detail=type(error).__name__)
        ) from None


class Vault:
    """Locks and opens the secrets of accounts. The first key locks, every key may open."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(key.strip() for key in keys if key.strip())
        if not self._keys:
            raise SettingsError(Sentence("key.empty"))

    def lock(self, account: str, secrets: Mapping[str, str]) -> str:
        """Turn an account's secrets into a text that only this vault can read."""
        content = {"account": account, "secrets": dict(secrets)}
        return self._fernet().encrypt(json.dumps(content).encode()).decode()

    def open(self, account: str, locked: str) -> dict[str, str]:
        """Give an account's secrets back; raises `SettingsError` if the key or the account is another."""
        from cryptography.fernet import InvalidToken

        try:
            content = json.loads(self._fernet().decrypt(locked.encode()))
        except InvalidToken:
            # The cause is left out on purpose: nothing about the token belongs into a log.
            raise SettingsError(Sentence("key.other", account=account)) from None
        if content["account"] != account:
            raise SettingsError(Sentence("key.not-its-own", account=account))
        return {str(name): str(value) for name, value in content["secrets"].items()}

    def _fernet(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        try:
            return MultiFernet([Fernet(key) for key in self._keys])
        except ValueError:
            raise SettingsError(Sentence("key.no-key")) from None

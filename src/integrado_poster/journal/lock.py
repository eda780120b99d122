"""One process owns the database; the second one says so."""

from __future__ import annotations

import errno
import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from integrado_poster.errors import AnotherInstance, DatabaseUnusable
from integrado_poster.speech import Sentence

LOCK = "service.lock"
ALIVE = timedelta(seconds=45)  # a heartbeat older than this is none
MOUNTS = Path("/proc/self/mounts")
NETWORK = ("nfs", "cifs", "smb", "ceph", "lustre", "afs", "gluster", "fuse.sshfs", "fuse.gluster")


@contextmanager
def single_instance(folder: Path) -> Iterator[None]:
    """Be the only process that publishes from this folder, for as long as the block runs.

    The system lets go of the lock when the process ends, however it ends, so whoever holds it knows
    that every earlier sender is gone. Raises `AnotherInstance` if another one holds it, and
    `DatabaseUnusable` where nothing can be written, and on a network drive: those forget locks.
    """
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LOCK).touch()
    kind = network_drive(folder.resolve(), MOUNTS.read_text() if MOUNTS.exists() else "")
    if kind is not None:
        raise DatabaseUnusable(Sentence("disk.network", folder=folder, kind=kind))
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AnotherInstance(Sentence("disk.taken", folder=folder)) from error
        yield


def taken(folder: Path) -> bool:
    """Whether a process publishes from this folder right now, or seems to; it is not disturbed."""
    try:
        with (folder / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def turn_here(folder: Path) -> Iterator[bool]:
    """Whether it is our turn to tell people, among the processes of this machine."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context((folder / "mail.lock").open("a"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = True
        except BlockingIOError:
            ours = False
        except OSError:  # no room or no right to write here: better told twice than never
            ours = True
        yield ours


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn what fails inside for want of rights, of room or of a disk into `DatabaseUnusable`."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileExistsError) and folder.is_dir():
            raise  # whoever makes a file wants to know that it is there already
        kind = "full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "unwritable"
        facts = {} if kind == "full" else {"detail": error.strerror}
        raise DatabaseUnusable(Sentence(f"disk.{kind}", folder=folder, **facts)) from error


def network_drive(folder: Path, mounts: str) -> str | None:
    """Name the kind of network drive that a folder lies on, or None; `mounts` as in /proc/mounts."""
    kinds: dict[Path, str] = {}
    for mount in mounts.splitlines():
        _device, place, kind, *_ = mount.split(" ")
        kinds[Path(place.replace("\\040", " "))] = kind
    nearest = next((kinds[place] for place in (folder, *folder.parents) if place in kinds), "")
    return nearest if nearest.startswith(NETWORK) else None


def beat(folder: Path, now: datetime) -> None:
    """Write down that the worker is alive; raises `DatabaseUnusable` where nothing can be written."""
    replaced(folder, "heartbeat", now.isoformat())


def replaced(folder: Path, name: str, words: str) -> None:
    """Give a small file other words; nobody who looks meanwhile finds it empty."""
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)  # where the database is on a server
        new = folder / f"{name}.new"
        new.write_text(words, encoding="ascii")
        new.replace(folder / name)


def alive(folder: Path, now: datetime) -> bool:
    """Whether a worker has written its heartbeat in this folder just now."""
    last = heartbeat(folder)
    return last is not None and abs(now - last) < ALIVE


def heartbeat(folder: Path) -> datetime | None:
    """When the worker was last alive; None if it never ran here, or nobody can read when."""
    try:
        return datetime.fromisoformat((folder / "heartbeat").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None

"""The power goes at every point and before every sync; weaker settings than ours must be caught."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from sqlalchemy import event

from integrado_poster.journal import Journal, sqlite
from tests.crash.disk import Disk, Driver, Left
from tests.crash.lives import Plug
from tests.crash.schedules import (
    IN_ONE_FILE,
    SHARED_MEMORY,
    Bench,
    Case,
    journal_in,
    with_a_delivery_a_day,
)
from tests.crash.tally import Tally
from tests.fakes import Blow, Finds

VERSIONS = {"wal": (3, 53, 4), "delete": (3, 40, 1)}
"""The product takes WAL only from a SQLite that is safe in it; the driver says what it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One journal mode and one way in which a disk forgets; `synchronous` None is the product's own."""

    mode: str
    left: Left
    script: tuple[Blow, ...] = ()
    synchronous: str | None = None
    stride: int = 1
    seed: int = 0

    def __str__(self) -> str:
        setting = self.synchronous or "as ours"
        return (
            f"power loss (journal_mode {self.mode}, synchronous {setting}, of what was not synced "
            f"{self.left.name} left, seed {self.seed})"
        )


def cut_power(outage: Outage) -> Tally:
    """Cut the power at each point of one delivery's way, syncs included: each time on the next one."""
    tally, whole = Tally(), Plug()
    _play([whole], outage, tally)
    cuts = range(1, len(whole.passed) + 1, outage.stride)
    for first in range(0, len(cuts), IN_ONE_FILE):
        _play([Plug(cut) for cut in cuts[first : first + IN_ONE_FILE]], outage, tally)
    return tally


def _play(plugs: list[Plug], outage: Outage, tally: Tally) -> None:
    with _house(outage, tally) as (bench, disk):
        for plug in plugs:
            disk.point = plug
            bench.play(plug)


@contextmanager
def _house(outage: Outage, tally: Tally) -> Iterator[tuple[Bench, Disk]]:
    """A journal on a disk that forgets; counted in the tally are the power losses too."""
    place = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="power-", dir=place) as name:
        folder = Path(name)
        disk = Disk(folder, outage.left, outage.seed)
        with patch.object(sqlite, "driver", lambda: Driver(disk, VERSIONS[outage.mode])):
            journal = with_a_delivery_a_day(_opened(folder, outage))
            disk.settle()
            case = Case(finds=Finds.IN_LIST, script=outage.script)

            def revive(journal: Journal) -> Journal:
                disk.lose_power()
                journal.close()
                disk.restore()
                return journal  # whoever uses it next opens the file anew

            bench = Bench(case, journal, tally, revive, under=f"{outage}: ")
            yield bench, disk
            disk.lose_power()
            bench.journal.close()
        tally.power_losses += disk.losses - 1  # the last one comes after the end


def _opened(folder: Path, outage: Outage) -> Journal:
    journal = journal_in(folder)
    if outage.synchronous is not None:
        words = f"PRAGMA synchronous = {outage.synchronous}"
        event.listen(journal._engine, "connect", lambda opened, _: opened.execute(words))
        journal._engine.dispose()
    return journal

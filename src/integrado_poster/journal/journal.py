"""The journal: the deliveries' current state, and the posting log. The only SQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from integrado_poster.journal.accounts import Accounts
from integrado_poster.journal.approving import Approving
from integrado_poster.journal.claiming import Claiming
from integrado_poster.journal.database import Place, kind_of, open_engine
from integrado_poster.journal.origin import Origin
from integrado_poster.journal.outcomes import Outcomes
from integrado_poster.journal.planning import Planning
from integrado_poster.journal.reading import Reading
from integrado_poster.journal.telling import Telling
from integrado_poster.journal.timekeeping import Timekeeping
from integrado_poster.journal.vault import Vault, vault_at
from integrado_poster.journal.verdicts import Verdicts
from integrado_poster.journal.versions import Versions
from integrado_poster.journal.waiting import Waiting


class Journal(
    Planning,
    Versions,
    Waiting,
    Claiming,
    Outcomes,
    Timekeeping,
    Verdicts,
    Approving,
    Accounts,
    Telling,
    Origin,
    Reading,
):
    """Everything we know about what goes out. Each method is one transaction, or one view.

    May be used from many threads at once. What a method has written is on the disk when it returns.
    Every change of a delivery is guarded by its state and its fence, and leaves a line in the
    posting log in the same transaction.
    """


def open_journal(
    place: Place,
    *,
    create: bool = False,
    vault: Vault | None = None,
    chance: Callable[[], float] | None = None,
) -> Journal:
    """Open the journal in a database; with `create`, make it if there is none.

    `vault` is needed for accounts' secrets only; `chance` gives the numbers from 0 to 1 for back-offs.
    Raises `DatabaseUnusable` if the file is missing, older or newer than this program, or not ours.
    """
    kind = kind_of(place)
    return Journal(open_engine(kind, create=create), kind, vault=vault, chance=chance)


def journal_at(database: Place, key_file: Path, *, create: bool = False) -> Journal:
    """Open the journal, or make it and its folder; without its key, logins stay closed.

    Raises `DatabaseUnusable`, and `SettingsError` for a key that cannot be read.
    """
    return open_journal(database, create=create, vault=vault_at(key_file))

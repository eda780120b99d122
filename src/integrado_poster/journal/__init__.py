"""The deliveries' current state and the posting log, in one SQLite file or on PostgreSQL."""

from __future__ import annotations

from integrado_poster.journal.accounts import AccountStatus
from integrado_poster.journal.approving import Post
from integrado_poster.journal.cooling import Blame, Pause
from integrado_poster.journal.database import Connections, Place, kind_of, on_duty, upgrade
from integrado_poster.journal.journal import Journal, journal_at, open_journal
from integrado_poster.journal.lock import (
    alive,
    beat,
    heartbeat,
    network_drive,
    single_instance,
    taken,
)
from integrado_poster.journal.moves import Claim, Ending
from integrado_poster.journal.planning import Changes, Pair
from integrado_poster.journal.sqlite import driver, wal_is_safe
from integrado_poster.journal.telling import EVENTS, Cause, News, Title
from integrado_poster.journal.vault import Vault, make_key, new_key
from integrado_poster.journal.versions import Version

__all__ = [
    "EVENTS",
    "AccountStatus",
    "Blame",
    "Cause",
    "Changes",
    "Claim",
    "Connections",
    "Ending",
    "Journal",
    "News",
    "Pair",
    "Pause",
    "Place",
    "Post",
    "Title",
    "Vault",
    "Version",
    "alive",
    "beat",
    "driver",
    "heartbeat",
    "journal_at",
    "kind_of",
    "make_key",
    "network_drive",
    "new_key",
    "on_duty",
    "open_journal",
    "single_instance",
    "taken",
    "upgrade",
    "wal_is_safe",
]

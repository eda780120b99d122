"""What every command shares: settings, language, and the two ways of answering."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integrado_poster.speech import Sentence, Speech, speech

_WIDE = 10_000  #: Columns: no address and no sentence of ours is longer.

if TYPE_CHECKING:  # these cost a tenth of a second, and `--help` needs none of them
    from rich.console import Console
    from rich.table import Table

    from integrado_poster.app import App
    from integrado_poster.journal import Journal
    from integrado_poster.line import Progress as Report
    from integrado_poster.notify.messenger import Messenger
    from integrado_poster.settings import Settings


@dataclass
class Shell:
    """One run of one command."""

    data: Path | None = None
    language: str | None = None
    zone: str | None = None

    @cached_property
    def settings(self) -> Settings:
        """The settings; raises `SettingsError`."""
        from integrado_poster import settings

        return settings.load(data=self.data)

    @cached_property
    def say(self) -> Speech:
        """The sentences: by option, setting, then the shell's language."""
        from integrado_poster.settings import shell_language

        return speech(self.language or self.settings.language or shell_language() or "en")

    def follow(self, zone: str, language: str) -> None:
        """Tell times in a campaign's zone, and speak its language unless a person chose one."""
        self.zone = zone
        if not (self.language or self.settings.language):
            self.__dict__["say"] = speech(language)

    def when(self, moment: datetime, form: str = "said") -> str:
        """A moment as the clock on a wall of the campaign shows it: "So 26.09.2021, 10:00 Uhr"."""
        return self.say.moment(moment, self.zone, form)

    @property
    def who(self) -> str:
        """Who decides: the name goes into the posting log."""
        import getpass

        return getpass.getuser()

    @cached_property
    def out(self) -> Console:
        """For what was asked: stdout."""
        return _console()

    @cached_property
    def err(self) -> Console:
        """For everything else: stderr."""
        return _console(stderr=True)

    def tell(self, key: str, **facts: object) -> None:
        """Say a sentence on stderr."""
        sys.stderr.write(self.say(key, **facts) + "\n")

    def answer(self, key: str, **facts: object) -> None:
        """Say a sentence on stdout, without rich: loading it would cost a start 20 ms."""
        sys.stdout.write(self.say(key, **facts) + "\n")

    def line(self, text: str, *, bold: bool = False) -> None:
        """Write a line that was put together already on stdout; bold on a terminal only."""
        marked = f"\033[1m{text}\033[0m" if bold and sys.stdout.isatty() else text
        sys.stdout.write(marked + "\n")

    def json(self, value: object) -> None:
        """Answer as JSON on stdout: one documented, stable shape per command."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")

    def table(self, *columns: str, **options: Any) -> Table:
        """An empty table with headings from the sentences `column.…`."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        close = (0, 1, 0, 0)  # a terminal has no more than 80 columns
        table = Table(
            box=SIMPLE_HEAD, pad_edge=False, padding=close, header_style="bold", **options
        )
        for column in columns:
            whole = column in ("time", "post", "rule", "severity", "state", "floor")
            table.add_column(self.say(f"column.{column}"), overflow="fold", no_wrap=whole)
        return table

    @contextmanager
    def progress(self, key: str) -> Iterator[Report]:
        """A bar on stderr while something takes its time; nothing where nobody watches."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        watched = self.err.is_terminal
        with Progress(*columns, console=self.err, transient=True, disable=not watched) as bar:
            task = bar.add_task(self.say(key), total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    @property
    def has_database(self) -> bool:
        """Whether there is one; of a server only a question can tell."""
        place = self.settings.place
        return not isinstance(place, Path) or place.exists()

    @property
    def database(self) -> str:
        """What to call the database: without what opens it."""
        from integrado_poster.journal import kind_of

        return str(kind_of(self.settings.place))

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """The journal, closed at the end; raises `DatabaseUnusable`."""
        from integrado_poster.errors import DatabaseUnusable
        from integrado_poster.journal import journal_at

        if not self.has_database:
            raise DatabaseUnusable(Sentence("db.missing", database=self.settings.place))
        journal = journal_at(self.settings.place, self.settings.key_file)
        try:
            if self.zone is None and (home := journal.home()):
                self.follow(*home)
            yield journal
        finally:
            journal.close()

    @contextmanager
    def app(self) -> Iterator[App]:
        """The joined rooms around the journal."""
        from integrado_poster.app import App, clock_of

        with self.journal() as journal:
            yield App(self.settings.data, journal, clock_of(journal))

    def messenger(self, journal: Journal) -> Messenger | None:
        """Who tells people by mail; None if nobody has set that up."""
        from integrado_poster.notify.messenger import Messenger

        mail = self.settings.mail
        return Messenger(journal, mail, self.settings.data) if mail else None

    def moment(self, as_of: str | None) -> datetime:
        """`--as-of` as an instant: a date or a date with time, in UTC unless it says otherwise."""
        from integrado_poster.clock import SystemClock
        from integrado_poster.errors import SettingsError

        if as_of is None:
            return SystemClock().now()
        moment = _moment(as_of)
        if moment is None:
            raise SettingsError(Sentence("error.as-of", value=as_of))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment(written: str) -> datetime | None:
    """A moment as programs or as people write it; None if it is none."""
    with suppress(ValueError):
        return datetime.fromisoformat(written)
    for form in ("%d.%m.%Y", "%d.%m.%Y %H:%M"):
        with suppress(ValueError):
            return datetime.strptime(written, form).replace(tzinfo=UTC)
    return None


def _console(*, stderr: bool = False) -> Console:
    """A terminal folds what is too wide for it; a file or another program gets whole lines."""
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.soft_wrap, console.width = True, _WIDE
    return console


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)

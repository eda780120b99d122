"""Who is told what, and when: soon, once, and not more than once an hour for one cause."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from integrado_poster.errors import DatabaseUnusable, NotTold
from integrado_poster.journal import Cause, Journal, News, Title, alive
from integrado_poster.notify.letter import letter
from integrado_poster.notify.mail import addresses, deliver, envelope
from integrado_poster.notify.mailbox import Mail
from integrado_poster.speech import speech

log = logging.getLogger(__name__)

Send = Callable[[Mail, EmailMessage], dict[str, str]]
"""Hands a letter over; gives the addresses that were refused. Raises `NotTold`."""

COLLECT = timedelta(seconds=20)  #: What happens within this time of the first is one letter.
QUIET = timedelta(hours=1)  #: Another one for the same cause comes no sooner.
FIRST_PAUSE = timedelta(seconds=30)  #: Until a server is asked again that did not take a letter.
LONGEST_PAUSE = timedelta(minutes=15)


def ripe(
    seen: Mapping[News, datetime], told: Mapping[Cause, datetime], now: datetime
) -> list[News]:
    """What to tell right now: nothing, or all that is known.

    `seen` is when each was first noticed. A letter goes when something has waited for company and its
    cause has not been told within the hour; what has to wait for that goes along. A moment in the
    future says that the clock was set back: that is no reason to be silent.
    """
    for news, since in seen.items():
        last = told.get(news.cause)
        if abs(now - since) >= COLLECT and (last is None or abs(now - last) >= QUIET):
            return list(seen)
    return []


@dataclass
class Messenger:
    """Tells people by mail what the journal says that nobody has been told.

    All that it knows stands in the journal, so another process may go on at any moment; only what the
    journal could not take is kept here.
    """

    journal: Journal
    mail: Mail
    folder: Path  #: Where the turn is taken.
    send: Send = deliver
    _seen: dict[News, datetime] = field(default_factory=dict)
    _unwritten: list[News] = field(default_factory=list)
    _sent: dict[News, datetime] = field(default_factory=dict)
    _titles: Mapping[str, Title] = field(default_factory=dict)
    _last_line: int = -1
    _failures: int = 0
    _not_before: datetime | None = None

    def hear(self, why: str, detail: str, now: datetime) -> None:
        """Take something about everything to tell; it is kept even if the journal is out of order."""
        try:
            self.journal.remark(why, detail, now)
        except DatabaseUnusable:
            known = [(each.why, each.note) for each in self._unwritten if each not in self._sent]
            if (why, detail) not in known:
                self._unwritten.append(News(why=why, at=now, note=detail))

    def round(self, now: datetime, *, at_once: bool = False) -> int:
        """Tell what is to be told by now, and say how much that was.

        It may take a minute, and no mail server makes it raise anything. With `at_once` nothing waits
        for company, nor for a server that did not answer just now.
        """
        pause = self._not_before - now if self._not_before else timedelta()
        if timedelta() < pause <= LONGEST_PAUSE and not at_once:
            return 0
        with self.journal.turn_to_tell(self.folder) as ours:
            self._look(now)
            told = self._told_lately(now) if self._seen else {}
            early = now - COLLECT
            seen = dict.fromkeys(self._seen, early) if at_once else self._seen
            chosen = ripe(seen, told, now) if ours else []
            return self._tell(chosen, now) if chosen else 0

    def _look(self, now: datetime) -> None:
        """Notice what is new, and forget what has mended itself or has been told by another process."""
        untold: Iterable[News] = [each for each in self._seen if each not in self._unwritten]
        try:
            last = self.journal.last_line()
            if last != self._last_line:
                untold = self.journal.untold(now)
                self._titles = self.journal.titles() or self._titles
                self._last_line = last
        except DatabaseUnusable:
            log.debug("cannot look up what is to be told", exc_info=True)
        left = [each for each in (*self._unwritten, *untold) if each not in self._sent]
        if alive(self.folder, now):  # what a watch has seen is over
            left = [each for each in left if each.why != "silent"]
        self._seen = {each: self._seen.get(each, now) for each in left}

    def _told_lately(self, now: datetime) -> dict[Cause, datetime]:
        mine = {news.cause: at for news, at in self._sent.items()}
        try:
            return mine | self.journal.last_told(now - QUIET)
        except DatabaseUnusable:
            return mine

    def _tell(self, news: Sequence[News], now: datetime) -> int:
        latest = next(iter(self._titles.values()), None)
        say = speech(self.mail.language or (latest.language if latest else "de"))
        try:
            refused = self.send(
                self.mail, envelope(self.mail, letter(news, self._titles, say), _name(news), now)
            )
        except NotTold as error:
            self._failures += 1
            self._not_before = now + min(FIRST_PAUSE * 2 ** (self._failures - 1), LONGEST_PAUSE)
            why = error.said
            log.warning("nobody could be told: %s", error)
            self._write(lambda: self.journal.not_told(news, why, now))
            return 0
        self._failures, self._not_before = 0, None
        # Remembered here as well: a journal that is full must not make us say it all the time.
        self._sent |= dict.fromkeys(news, now)
        whom = ", ".join(who for who in addresses(self.mail) if who not in refused)
        self._write(lambda: self.journal.told(news, whom, now))
        if refused:
            strangers = "; ".join(f"{who}: {words}" for who, words in refused.items())
            log.warning("an address was refused: %s", strangers)
            self._write(lambda: self.journal.not_told(news, strangers, now))
        log.info("told", extra={"news": len(news)})
        return len(news)

    def _write(self, line: Callable[[], None]) -> None:
        try:
            line()
        except DatabaseUnusable:
            log.error("who was told could not be written down")  # noqa: TRY400, the journal's trouble is logged already


def _name(news: Sequence[News]) -> str:
    """The same for the same news: a letter that is sent again after a crash can be known as the same."""
    told = sorted(
        (each.why, each.campaign, each.post, each.account, each.part, each.fence, str(each.at))
        for each in news
    )
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

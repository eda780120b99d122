"""Everything that can go wrong, named by what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, NamedTuple

from integrado_poster.speech import Sentence


class PosterError(Exception):
    """Base of every error we raise on purpose.

    `said` is a sentence of ours, or what somebody else said in their own words. As a string, for
    logs, it is English. `exit_code` is what the command line ends with (design, section 9).
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, said: str | Sentence) -> None:
        super().__init__(said)
        self.said = said

    @property
    def note(self) -> str:
        """What it says, to be kept in the journal; `Speech.read` puts it into words."""
        return self.said.note if isinstance(self.said, Sentence) else self.said


# --- Somebody should change the plan -----------------------------------------------


class PlanUnreadable(PosterError):
    """The plan file cannot be read at all: broken, empty, too large, of an unknown kind.

    `where` is the place in the file if there is one ("Zeile 7"), `rule` the finding it becomes,
    `en` the same message in English.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        rule: str = "PLAN-21",
        en: str | None = None,
    ) -> None:
        super().__init__(message)
        self.where = where
        self.rule = rule
        self.en = en or message


class PlanChanged(PosterError):
    """The loaded plan is not the one any more that somebody has looked at; look again."""

    exit_code = 3


class PictureRefused(PosterError):
    """A picture that we will not open or publish; `rule` (MED-…) says why."""

    exit_code = 3

    def __init__(self, message: str, *, rule: str) -> None:
        super().__init__(message)
        self.rule = rule


class CardFault(NamedTuple):
    """One field that keeps one card from being drawn."""

    rule: str  #: CARD-01 no room, CARD-02 no font has `detail`, CARD-03 the template fails.
    post: str
    field: str
    detail: str  #: The card's shape, the character, or what is wrong with the template.
    de: str = ""  #: The same in German, if the words are ours.


class CardRefused(PosterError):
    """Words that do not fit on a card, or that no font can draw.

    `fields` names every field at fault, in the words of the plan (`headline`, `information`, …);
    `faults` says it card by card.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        fields: tuple[str, ...],
        rule: str = "CARD-01",
        faults: tuple[CardFault, ...] = (),
    ) -> None:
        super().__init__(message)
        self.fields = fields
        self.rule = rule
        self.faults = faults


# --- Somebody should look at this machine ------------------------------------------


class SettingsError(PosterError):
    """A setting is missing or makes no sense."""

    exit_code = 2


class DatabaseUnusable(PosterError):
    """The database is missing, older or newer than this program, full, or on a wrong disk."""

    exit_code = 7


class DatabaseReplaced(DatabaseUnusable):
    """The file was deleted or replaced while we had it open: put it back, and start again."""


class AnotherInstance(PosterError):
    """Another process already publishes from this database. One is enough."""

    exit_code = 9


class NotTold(PosterError):
    """A mail could not be handed over, so nobody knows: look at the mail settings or the server.

    `reason` is the sentence (`post-office.login`); publishing goes on all the same.
    """

    exit_code = 7

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(Sentence(f"post-office.{reason}", detail=detail))
        self.reason = reason


# --- What a platform answered ------------------------------------------------------


class PlatformError(PosterError):
    """A platform did not do what we asked."""

    exit_code = 7


class Rejected(PlatformError):
    """The platform said no. Nothing is online; asking again will not help."""

    exit_code = 5


class TryLater(PlatformError):
    """Not now. Nothing is online; asking again after `wait` is safe.

    `wait` is the platform's own word where it gave one, else None: then the caller backs off.
    `down` if the platform itself does not work or cannot be reached, whoever asks.
    """

    def __init__(
        self, said: str | Sentence, *, wait: timedelta | None = None, down: bool = False
    ) -> None:
        super().__init__(said)
        self.wait = wait
        self.down = down


class LoginNeeded(PlatformError):
    """The token is expired, revoked, or lacks a right. Nothing is online; a person must log in."""

    exit_code = 6


class OutcomeUnknown(PlatformError):
    """The reply got lost. The post may be online; ask `find` before anything else."""

    exit_code = 5


class Repeated(OutcomeUnknown):
    """The platform has these words already: ours of just now, or the same of some time ago.

    A look that sees nothing proves nothing then.
    """


class CannotTell(PlatformError):
    """`find` has no way to answer on this platform. Only a person can look."""

    exit_code = 5

"""The nouns every room shares. Values only: no I/O, no clock, no settings."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

# --- The plan: what people wrote -----------------------------------------------------

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class Cadence(StrEnum):
    """Who posts when. `check` proves it."""

    ONE_PER_DAY = "one-organisation-per-day"  #: Each day another member, each member exactly once.
    EVERY_DAILY = "every-organisation-daily"  #: Every member posts on every day.


class OnLate(StrEnum):
    """What becomes of a post whose moment passed while nobody could send it."""

    POST = "post"
    ASK = "ask"
    SKIP = "skip"


class Approvals(StrEnum):
    """Whose yes a post needs before it goes out."""

    NONE = "none"
    MEMBER = "member"  #: The organisation that posts it; bound to exactly what will go out.


class Channel(StrEnum):
    """Whether a post goes out on an account."""

    YES = "yes"
    NO = "no"
    BY_HAND = "by-hand"  #: A person posts it; the program does not.


class LongTexts(StrEnum):
    """What becomes of a text that is too long for a platform."""

    SHORTEN = "shorten"  #: A person shortens it, or writes one of its own for that platform.
    CHAIN = (
        "chain"  #: Where the platform allows it, several posts, each an answer to the one before.
    )


class Languages(StrEnum):
    """How the language versions of a post go out."""

    TOGETHER = "together"  #: In one post, as far as there is room.
    APART = "apart"  #: Each as a post of its own, right after the first.


class Gender(StrEnum):
    """How a campaign has agreed to write of people of all genders."""

    STAR = "star"  #: "Besucher*innen", what the federation of blind people recommends.
    COLON = "colon"  #: "Besucher:innen"
    WORDS = "words"  #: "Besucherinnen und Besucher" or a neutral word: no signs inside words.
    ANY = "any"


class People(StrEnum):
    """Whether somebody can be recognised in a picture."""

    NO = "no"
    YES = "yes"
    CHILDREN = "children"


class PlanValue(BaseModel):
    """Parent of what is read from a plan: frozen, and a word too many is an error."""

    # Built on first use: a command that reads no plan starts 10 ms earlier.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Area(PlanValue):
    """A main area of work; every post belongs to at least one."""

    key: Key
    name: str


class Organisation(PlanValue):
    """A member of the coalition."""

    key: Key
    name: str
    short: str  #: For cards and tables: "AWO".
    kind: str = ""
    focus: str = ""
    contact: str = ""  #: A mail address for approvals; never published.
    website: str = ""
    handles: Mapping[str, str] = Field(
        default_factory=dict
    )  #: By platform: {"mastodon": "@awo@social.example"}.
    colour: Colour = "#0b5d5e"
    monogram: str = ""  #: Two or three letters instead of a logo.
    no_post_days: tuple[
        str, ...
    ] = ()  #: Names of days on which this member does not post ("sabbath").


class Account(PlanValue):
    """One profile on one platform; `owner` is a member's key, or None for the network's own."""

    key: Key
    platform: Key
    owner: Key | None = None
    handle: str = ""
    imprint: dt.date | None = None  #: When a person last saw that the profile leads to an imprint.
    privacy: dt.date | None = None  #: When the notes on joint responsibility were last confirmed.


class Funder(PlanValue):
    """Who pays, in the words that the grant notice asks for."""

    line: str = ""  #: As short as may be, for texts: "Gefördert vom MKFFI NRW".
    long_line: str = ""  #: In full, for cards.
    outdated: tuple[str, ...] = ()  #: Former names that must not appear any more.
    logo: bool = False  #: Whether the grant notice asks for the funder's logo on pictures.


class Consent(PlanValue):
    """A signed yes of the people in a picture. It names no one: the form itself lies elsewhere."""

    key: str  #: "E-12", as posts name it.
    shows: str = ""  #: "Gruppenfoto Sommerfest, 6 Personen"
    form: str = ""  #: Where the signed form lies.
    channels: tuple[str, ...] = ()  #: Platforms or accounts that it covers; none means all.
    until: dt.date | None = None
    children: bool = False  #: Whether those who have custody have signed for children.
    withdrawn: dt.date | None = None


class Translation(PlanValue):
    """The post's text in one more language."""

    language: str  #: BCP 47: "ar", "tr", "uk".
    text: str
    headline: str = (
        ""  #: For a card of its own, where the languages go out apart. So are the next two.
    )
    information: str = ""
    alt: str = ""  #: What the first picture shows.


class PlannedPicture(PlanValue):
    """A picture as the plan names it."""

    file: str  #: Name of a file in the campaign's `pictures/`.
    alt: str = ""
    credit: str = ""
    focus: tuple[float, float] = (0.5, 0.5)  #: What must stay visible: right and down, 0 to 1.
    people: People | None = None  #: None: nobody has said yet.
    consent: str = ""  #: The key of a `Consent`.
    lettered: bool = False  #: Whether words can be read in it.
    ai: bool = False  #: Whether a machine has made it.


class PlannedPost(PlanValue):
    """One day's post of one organisation as the plan says it."""

    id: str  #: "IKW-01": stable, so that a second reading changes nothing.
    date: dt.date
    time: dt.time | None = None  #: None: the campaign's usual time.
    organisation: Key
    areas: tuple[Key, ...] = ()
    headline: str = ""  #: The large words on the card.
    text: str
    information: str = (
        ""  #: How to get access: place, hours, phone, languages, step-free, free of charge.
    )
    link: str = ""
    language: str = "de"
    translations: tuple[Translation, ...] = ()
    texts: Mapping[str, str] = Field(default_factory=dict)  #: Own words for one platform.
    channels: Mapping[str, Channel] = Field(default_factory=dict)  #: By account; missing means yes.
    pictures: tuple[PlannedPicture, ...] = ()
    card: str = ""  #: Another card template than the campaign's.
    funder_logo: bool = False  #: Whether the funder's logo is in the picture.
    approve_by: dt.datetime | None = None  #: Naive: what the clock on the wall shows.
    on_late: OnLate | None = None  #: None: as the campaign says.
    deadline: dt.time | None = None  #: On its day; after that it never goes out by itself.
    long_texts: LongTexts | None = None  #: None: as the campaign says.
    note: str = ""  #: Never published.


class Campaign(PlanValue):
    """A whole campaign: who, when, where and what."""

    key: Key
    name: str
    zone: str = "Europe/Berlin"
    first_day: dt.date
    last_day: dt.date
    time: dt.time
    cadence: Cadence = Cadence.ONE_PER_DAY
    language: str = "de"
    card: str = "poster"  #: The card template: a file in `cards/`, or one that we ship.
    hashtags: tuple[str, ...] = ()
    funder: Funder = Funder()
    on_late: OnLate = OnLate.ASK
    late_after: dt.timedelta = dt.timedelta(hours=6)
    approvals: Approvals = Approvals.NONE
    gender: Gender | None = None  #: None: nothing was agreed.
    glossary: tuple[str, ...] = ()  #: Abbreviations that everybody here knows.
    severities: tuple[str, ...] = ()  #: "A11Y-05: off": rules taken more or less seriously.
    long_texts: LongTexts = LongTexts.SHORTEN
    languages: Languages = Languages.TOGETHER
    no_link: tuple[str, ...] = ()  #: Platforms on which a post's link is left out.
    areas: tuple[Area, ...] = ()
    organisations: tuple[Organisation, ...]
    accounts: tuple[Account, ...] = ()
    consents: tuple[Consent, ...] = ()
    posts: tuple[PlannedPost, ...]

    @cached_property
    def members(self) -> Mapping[str, Organisation]:
        """The organisations by key."""
        return {organisation.key: organisation for organisation in self.organisations}

    @property
    def digest(self) -> str:
        """The same for the same plan, else another."""
        # Not kept: a copy with changes would keep it, too.
        plan = self.model_dump(mode="json")
        _without(plan, _UNSAID)
        for post in plan["posts"]:
            _without(post, {"long_texts": None})
            for translation in post["translations"]:
                _without(translation, {"headline": "", "information": "", "alt": ""})
        return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()

    def accounts_for(self, post: PlannedPost) -> tuple[Account, ...]:
        """The accounts we publish this post on: the network's and its organisation's own, unless told no."""
        owners = (None, post.organisation)
        theirs = [account for account in self.accounts if account.owner in owners]
        told = post.channels
        return tuple([a for a in theirs if told.get(a.key, Channel.YES) is Channel.YES])


_UNSAID: Mapping[str, object] = {"long_texts": "shorten", "languages": "together", "no_link": []}


def _without(said: dict[str, object], later: Mapping[str, object]) -> None:
    """Leave out fields that came later, where nobody uses them: a plan keeps the digest that it had before."""
    for name, usual in later.items():
        if said[name] == usual:
            del said[name]


Where = Callable[[str | None, str], str | None]
"""Where in the file a post's field stands: ("IKW-03", "date") -> "Beiträge!B5"; None if nowhere."""


# --- What is wrong with it ------------------------------------------------------------


class Severity(StrEnum):
    """How bad a finding is. Only an error keeps a plan from being applied."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


class Said(NamedTuple):
    """The same sentence in our two languages."""

    de: str
    en: str


class Fix(NamedTuple):
    """A correction that is certainly right: in the finding's cell, `new` in the place of `old`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a person should see before the plan goes out."""

    rule: str
    severity: Severity
    message: Said
    post: str | None = None
    where: str | None = None
    value: str | None = None
    fix: Fix | None = None


# --- What goes out ----------------------------------------------------------------------


class Shape(StrEnum):
    """The formats of a card, with their size in pixels."""

    PORTRAIT = "portrait"
    SQUARE = "square"
    LANDSCAPE = "landscape"
    STORY = "story"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return _SIZES[self]

    @property
    def said(self) -> Said:
        """What people call it."""
        return _SHAPES[self]


_SHAPES = {
    Shape.PORTRAIT: Said("Hochformat", "portrait"),
    Shape.SQUARE: Said("Quadrat", "square"),
    Shape.LANDSCAPE: Said("Querformat", "landscape"),
    Shape.STORY: Said("Story", "story"),
}

_SIZES = {
    Shape.PORTRAIT: (1080, 1350),
    Shape.SQUARE: (1080, 1080),
    Shape.LANDSCAPE: (1600, 900),
    Shape.STORY: (1080, 1920),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a post, or a part of it, says on one account, and how well it fits."""

    account: str
    platform: str
    text: str
    language: str
    length: int  #: In the unit in which this text comes closest to its limit.
    limit: int
    dropped: tuple[str, ...] = ()  #: What had no room: "hashtags", "funder", "handle", "link", …
    part: int = 1  #: As in `Message`.
    follows: bool = False
    translation: int = (
        0  #: The number of the translation that it is a version of; 0 for the post's own text.
    )
    stuck: str = ""  #: The sentence that keeps a text from being a chain, where it should be one.

    @property
    def over(self) -> int:
        """By how many units even the bare text is too long; 0 if it fits."""
        return max(0, self.length - self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A finished picture: safe to publish, with the words for those who cannot see it."""

    data: bytes = field(repr=False)
    alt: str
    width: int
    height: int
    media_type: str = "image/jpeg"

    @property
    def sha256(self) -> str:
        """The content's address."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What exactly one account will publish for one post, or for a part of it.

    Frozen and content-addressed.
    """

    post: str
    account: str
    platform: str
    text: str
    language: str
    pictures: tuple[Picture, ...] = ()
    part: int = 1  #: Its place among the messages of this post on this account, from 1.
    follows: bool = False  #: Whether it is published as an answer to the part before it: a chain.

    @property
    def digest(self) -> str:
        """The same for the same words, pictures and alt texts at the same place; else another."""
        content: list[object] = [
            self.post,
            self.account,
            self.platform,
            self.text,
            self.language,
            [[picture.sha256, picture.media_type, picture.alt] for picture in self.pictures],
        ]
        if self.part > 1:  # first parts keep the digests that they had when there were no others
            content.append([self.part, self.follows])
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a post is due, as an instant and as the plan says it."""

    at: dt.datetime  #: UTC.
    wall: str  #: "2021-09-26 10:00"
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A message with its moment, ready for the journal."""

    message: Message
    due: Due
    not_after: dt.datetime  #: UTC. After this it is late, and `on_late` says what then.
    on_late: OnLate | None = None  #: None: as the campaign says.
    deadline: dt.datetime | None = None  #: UTC. After this it is not sent without asking.


# --- What became of it --------------------------------------------------------------------


class State(StrEnum):
    """Where a delivery stands."""

    SCHEDULED = (
        "scheduled"  #: Nothing is online. Its moment has not come, or it will be tried again.
    )
    SENDING = "sending"  #: A sender has it right now.
    UNKNOWN = "unknown"  #: It may be online. `find` is asked before anything else.
    PUBLISHED = "published"  #: It is online; here is the receipt.
    HELD = "held"  #: It waits for a person or a mended cause.
    FAILED = "failed"  #: The platform refused it. Nothing is online.
    CANCELLED = "cancelled"  #: The plan or a person took it back before it went out.


class Held(StrEnum):
    """Why a delivery is held."""

    UNCLEAR = "unclear"  #: Only a person can tell whether it is online.
    LATE = "late"  #: Its moment is too long ago; post now, later, or skip?
    LOGIN = "login"  #: The account's login does not work.
    FLOOD = "flood"  #: Too many are overdue at once.
    APPROVAL = (
        "approval"  #: Its moment has come, and its organisation has not said yes to exactly this.
    )


class Fate(StrEnum):
    """What is to become of a delivery whose moment has come."""

    SEND = "send"
    WAIT = "wait"  #: It is caught up with when its turn comes.
    SKIP = "skip"  #: It is too late, and its plan says so.
    LATE = "late"  #: This and the next ones: held, for the same reasons as `Held`.
    LOGIN = "login"
    FLOOD = "flood"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A delivery whose moment has passed, and what will become of it."""

    delivery: Delivery
    fate: Fate
    at: dt.datetime  #: The earliest moment for that.


class How(StrEnum):
    """The way in which a yes was given."""

    PHONE = "phone"
    MAIL = "mail"
    MEETING = "meeting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message on one account: where it stands."""

    id: int
    campaign: str
    post: str
    account: str
    platform: str
    digest: str
    due: dt.datetime
    state: State
    held: Held | None = None
    next_at: dt.datetime
    tries: int = 0
    receipt_id: str | None = None
    receipt_url: str | None = None
    note: str = ""  #: The last thing a platform or a person said about it.
    part: int = 1  #: As in `Message`.
    parts: int = 1  #: How many messages its post has on its account.
    follows: bool = False
    waits: bool = False  #: Whether what it follows is not online yet.

    @property
    def name(self) -> str:
        """What people call it."""
        return named(self.post, self.part, self.parts)

    @property
    def open(self) -> bool:
        """Whether the program still has something to do about it by itself.

        Not while it waits for another part: then that one has it, or a person has.
        """
        return not self.waits and self.state in (State.SCHEDULED, State.SENDING, State.UNKNOWN)

    @property
    def fixed(self) -> bool:
        """Whether it is or may be online, so that no plan can change it any more."""
        maybe = (State.PUBLISHED, State.SENDING, State.UNKNOWN)
        return self.state in maybe or self.held is Held.UNCLEAR

    @property
    def undone(self) -> bool:
        """Whether it is not online, and nobody has given it up."""
        return self.state not in (State.PUBLISHED, State.CANCELLED)

    @property
    def needs_person(self) -> bool:
        """Whether it goes no further until somebody decides."""
        return self.state in (State.HELD, State.FAILED)


def named(post: str, part: int, parts: int) -> str:
    """What people call a message: IKW-03, and IKW-03 · 2/3 if it is one of several on its account."""
    return f"{post} · {part}/{parts}" if parts > 1 else post


def post_digest(messages: Iterable[tuple[str, str]]) -> str:
    """What an approval is bound to: a post's messages on all accounts, as (account, digest)."""
    return hashlib.sha256(json.dumps(sorted(messages)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of the posting log. Lines are only ever added."""

    at: dt.datetime
    event: str
    post: str = ""
    account: str = ""
    detail: str = ""
    part: int = 1
    parts: int = 1  #: How many there are in the plan by now.

    @property
    def name(self) -> str:
        """What people call it."""
        return named(self.post, self.part, self.parts)

"""The plan: what people wrote."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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

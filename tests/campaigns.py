"""A small campaign in which everything is as it should be, and ways to spoil it: for the rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from integrado_poster.check import PictureFact, check
from integrado_poster.contract import Limits, Ruler
from integrado_poster.model import (
    Account,
    Approvals,
    Area,
    Campaign,
    Consent,
    Finding,
    Funder,
    Organisation,
    People,
    PlannedPicture,
    PlannedPost,
    Shape,
    Wording,
)

NOW = datetime(2021, 9, 20, 8, tzinfo=UTC)
SUNDAY = date(2021, 9, 26)
MONDAY = date(2021, 9, 27)
LIMITS = {
    "photos": Limits(
        rulers=(Ruler(limit=2200, measure=len, unit="characters"),),
        shape=Shape.PORTRAIT,
        fold=125,
        links=False,
        joint=True,
        aspect=(0.8, 1.91),
    ),
    "letters": Limits(
        rulers=(Ruler(limit=1000, measure=len, unit="characters"),), shape=Shape.SQUARE, alt=None
    ),
    "x": Limits(rulers=(Ruler(limit=280, measure=len, unit="weighted"),), shape=Shape.LANDSCAPE),
    "mastodon": Limits(
        rulers=(Ruler(limit=500, measure=len, unit="graphemes"),), shape=Shape.PORTRAIT, alt=1500
    ),
}
AWO = Organisation(
    key="awo", name="AWO Unterbezirk Dortmund", short="AWO", handles={"mastodon": "@awo@a.example"}
)
JKG = Organisation(
    key="jkg",
    name="Jüdische Kultusgemeinde Dortmund",
    short="JKG",
    no_post_days=("Sabbat", "Jüdische Feiertage", "24.12."),
)
MOSQUE = Organisation(
    key="moschee",
    name="Moscheeverein Muster",
    short="Moschee",
    no_post_days=("Muslimische Feiertage",),
)
FUNDER = Funder(
    line="Gefördert vom MKFFI NRW",
    long_line="Gefördert vom Ministerium für Kinder, Familie, Flüchtlinge und Integration",
    outdated=("MGFFI", "MAIS", "Ministerium für Generationen und Familie"),
)
PHOTO = PlannedPicture(
    file="tisch.jpg",
    alt="Fünf Menschen sitzen an einem langen Tisch.",
    credit="Zeichnung Muster",
    people=People.NO,
)


def a_post(**changes: Any) -> PlannedPost:
    fields: dict[str, Any] = {
        "id": "IKW-01",
        "date": SUNDAY,
        "organisation": "awo",
        "areas": ("engagement",),
        "headline": "Ein langer Tisch",
        "text": "Heute beginnt die Woche. Kommen Sie vorbei!",
        "information": "Musterstraße 1, Dortmund",
        "link": "https://awo.example.org",
    }
    return PlannedPost(**fields | changes)


def another_post(**changes: Any) -> PlannedPost:
    fields: dict[str, Any] = {
        "id": "IKW-02",
        "date": MONDAY,
        "organisation": "jkg",
        "text": "Wir machen Musik und freuen uns auf Sie.",
    }
    return a_post(**fields | changes)


def an_account(key: str, platform: str, **changes: Any) -> Account:
    fields: dict[str, Any] = {"imprint": date(2021, 9, 1), "privacy": date(2021, 9, 1)}
    return Account(key=key, platform=platform, **fields | changes)


def a_campaign(*posts: PlannedPost, **changes: Any) -> Campaign:
    fields: dict[str, Any] = {
        "key": "ikw",
        "name": "Interkulturelle Woche 2021",
        "first_day": SUNDAY,
        "last_day": MONDAY,
        "time": time(10),
        "hashtags": ("InterkulturelleWoche", "IntegraDo"),
        "funder": FUNDER,
        "areas": (Area(key="engagement", name="Bürgerschaftliches Engagement"),),
        "organisations": (AWO, JKG),
        "accounts": (an_account("x", "x"), an_account("m", "mastodon")),
        "posts": posts or (a_post(), another_post()),
    }
    return Campaign(**fields | changes)


def with_mosque(**changes: Any) -> Campaign:
    """A campaign in which a mosque posts first."""
    return one(organisation="moschee", **changes).model_copy(
        update={"organisations": (MOSQUE, JKG)}
    )


def on(platform: str, **changes: Any) -> Campaign:
    """The same on one account of this platform."""
    return one(**changes).model_copy(update={"accounts": (an_account("a", platform),)})


def agreed(given: Mapping[str, Any] | None = None, **changes: Any) -> Campaign:
    """A campaign with a picture of people, and perhaps their consent."""
    picture = {"people": People.YES, "consent": "E-12"} | changes
    consents = (Consent(key="E-12", **given),) if given is not None else ()
    return pictured(picture).model_copy(update={"consents": consents})


def to_approve(**changes: Any) -> Campaign:
    """A campaign whose members approve, with another first post."""
    members = tuple(
        member.model_copy(update={"contact": f"freigabe@{member.key}.example.org"})
        for member in (AWO, JKG)
    )
    update = {"approvals": Approvals.MEMBER, "organisations": members}
    return one(**changes).model_copy(update=update)


def one(**changes: Any) -> Campaign:
    """A campaign whose first post is not as it should be."""
    return a_campaign(a_post(**changes), another_post())


def worded(campaign: Campaign, post: PlannedPost) -> list[Wording]:
    return [
        Wording(
            account=account.key,
            platform=account.platform,
            text=(text := post.texts.get(account.platform, post.text)),
            language=post.language,
            length=len(text),
            limit=LIMITS[account.platform].rulers[0].limit,
            dropped=("information", "hashtags") if len(text) > 200 else (),
        )
        for account in campaign.accounts_for(post)
    ]


def look(campaign: Campaign, **changes: Any) -> list[Finding]:
    given: dict[str, Any] = {
        "now": NOW,
        "wordings": lambda post: worded(campaign, post),
        "limits": LIMITS,
        "approved": {},
        "connected": {account.key for account in campaign.accounts},
    }
    return check(campaign, **given | changes)


PICTURE_FACTS = {
    "klein.jpg": PictureFact(file="klein.jpg", width=640, height=2000),
    "tisch.jpg": PictureFact(file="tisch.jpg", width=2000, height=2000),
    "text.jpg": PictureFact(file="text.jpg", problem="MED-02", message="eine PDF-Datei"),
    "riesig.png": PictureFact(file="riesig.png", problem="MED-03"),
    "breit.jpg": PictureFact(file="breit.jpg", width=6000, height=1200, striking=(0.5, 0.3)),
    "rand.jpg": PictureFact(file="rand.jpg", width=2000, height=2000, striking=(0.81, 0.5)),
    "kaputt.jpg": PictureFact(file="kaputt.jpg", problem="MED-08"),
}


def pictured(*changes: Mapping[str, Any]) -> Campaign:
    return one(pictures=tuple(PHOTO.model_copy(update=dict(change)) for change in changes))

"""PLAN: the plan as a table. Is everything there, known, and in its place?"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from integrado_poster.check.case import Case, Seen
from integrado_poster.check.rule import Rule
from integrado_poster.model import Finding, Said, Severity
from integrado_poster.zones import zone

NUMBER_TWICE = Rule(
    id="PLAN-04",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Die Nummer {id} gibt es schon[ in {r}]. Geben Sie jedem Beitrag eine eigene Nummer.",
    en="Number {id} is already used[ in {r}]. Give every post its own number.",
)
ORGANISATION_UNKNOWN = Rule(
    id="PLAN-05",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Den Träger „{v}“ kennen wir nicht.[ Meinten Sie „{d}“?] "
    "Tragen Sie ihn bei den Trägern ein oder verbessern Sie den Namen.",
    en="Organisation “{v}” is unknown.[ Did you mean “{d}”?] "
    "Add it to the organisations, or correct the name.",
)
AREA_UNKNOWN = Rule(
    id="PLAN-25",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Das Arbeitsfeld „{v}“ kennen wir nicht.[ Meinten Sie „{d}“?] "
    "Tragen Sie es bei den Arbeitsfeldern ein oder verbessern Sie den Namen.",
    en="Area of work “{v}” is unknown.[ Did you mean “{d}”?] "
    "Add it to the areas of work, or correct the name.",
)

NOT_CONNECTED = Rule(
    id="PLAN-22",
    severity=Severity.ERROR,
    de="{ch} ist nicht verbunden. Verbinden Sie das Konto „{v}“ oder schreiben Sie dort „nein“.",
    en="{ch} is not connected. Connect the account “{v}”, or write “no” for it.",
)
_NOTHING_CONNECTED = Rule(
    id=NOT_CONNECTED.id,
    severity=Severity.HINT,
    de="Es ist noch kein Konto verbunden. Für die Generalprobe brauchen Sie keines, "
    "vor dem ersten Beitrag verbinden Sie: {v}.",
    en="No account is connected yet. The rehearsal needs none; before the first post, connect: {v}.",
)
NO_AREA = Rule(
    id="PLAN-26",
    severity=Severity.WARNING,
    de="Der Beitrag gehört zu keinem Arbeitsfeld. Nennen Sie mindestens eines[, zum Beispiel {ex}].",
    en="The post belongs to no area of work. Name at least one[, for example {ex}].",
)
NO_ACCOUNT = Rule(
    id="PLAN-27",
    severity=Severity.WARNING,
    de="Dieser Beitrag erscheint auf keinem Konto. Erlauben Sie mindestens eines.",
    en="This post goes out on no account. Allow at least one.",
)
OWNER_UNKNOWN = Rule(
    id="PLAN-28",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Das Konto „{c}“ gehört dem Träger „{v}“, den wir nicht kennen.[ Meinten Sie „{d}“?] "
    "Lassen Sie das Feld leer, wenn es dem Netzwerk gehört.",
    en="The account “{c}” belongs to the organisation “{v}”, which is unknown.[ Did you mean “{d}”?] "
    "Leave the field empty if the network owns it.",
)
NO_ACCOUNTS = Rule(
    id="PLAN-31",
    severity=Severity.WARNING,
    de="Die Kampagne hat kein Konto. Tragen Sie ein, wo veröffentlicht werden soll.",
    en="The campaign has no account. Enter where it is to be published.",
)
ACCOUNT_UNKNOWN = Rule(
    id="PLAN-32",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Das Konto „{v}“ kennen wir nicht.[ Meinten Sie „{d}“?] "
    "Tragen Sie es bei den Konten ein oder verbessern Sie den Namen.",
    en="Account “{v}” is unknown.[ Did you mean “{d}”?] Add it to the accounts, or correct the name.",
)
TEXT_UNUSED = Rule(
    id="PLAN-33",
    severity=Severity.WARNING,
    de="Der eigene Text für {ch} wird nicht gebraucht: Dort gibt es kein Konto für diesen Beitrag.",
    en="The text for {ch} is not used: this post has no account there.",
)
ZONE_UNKNOWN = Rule(
    id="PLAN-34",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Die Zeitzone „{v}“ kennen wir nicht. Schreiben Sie zum Beispiel Europe/Berlin.",
    en="Time zone “{v}” is unknown. Write for example Europe/Berlin.",
)
KEY_TWICE = Rule(
    id="PLAN-35",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Den Schlüssel „{v}“ gibt es zweimal bei: {c}. Geben Sie jedem einen eigenen.",
    en="The key “{v}” occurs twice among the {c}. Give each its own.",
)
PLATFORM_UNKNOWN = Rule(
    id="PLAN-36",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Die Plattform „{v}“ kennen wir nicht.[ Meinten Sie „{d}“?] Es gibt: {known}.",
    en="Platform “{v}” is unknown.[ Did you mean “{d}”?] There are: {known}.",
)


def zone_known(case: Case) -> Iterator[Finding]:
    """Without its zone, no moment of the campaign is known."""
    if zone(case.campaign.zone) is None:
        yield case.finding(ZONE_UNKNOWN, "zone", value=case.campaign.zone)


def keys(case: Case) -> Iterator[Finding]:
    """Keys and numbers are there once."""
    campaign = case.campaign
    groups: tuple[tuple[str, Said, Iterable[str]], ...] = (
        ("organisations", Said("Träger", "organisations"), (o.key for o in campaign.organisations)),
        ("areas", Said("Arbeitsfelder", "areas of work"), (area.key for area in campaign.areas)),
        ("accounts", Said("Konten", "accounts"), (account.key for account in campaign.accounts)),
    )
    for field, named, values in groups:
        for key, number in Counter(values).items():
            if number > 1:
                yield case.finding(KEY_TWICE, field, value=key, c=named)
    earlier: set[str] = set()
    for seen in case.posts:
        if seen.post.id in earlier:
            yield seen.finding(NUMBER_TWICE, "id", value=seen.post.id, id=seen.post.id)
        earlier.add(seen.post.id)


def accounts(case: Case) -> Iterator[Finding]:
    """The accounts stand on platforms that we know, belong to members, and are connected."""
    campaign = case.campaign
    if not campaign.accounts:
        yield case.finding(NO_ACCOUNTS, "accounts")
    for account in campaign.accounts:
        if account.owner is not None and account.owner not in campaign.members:
            meant = _meant(account.owner, tuple(campaign.members))
            yield case.finding(
                OWNER_UNKNOWN, "accounts", value=account.owner, c=account.key, d=meant
            )
        if case.limits and account.platform not in case.limits:
            names = tuple(case.limits)
            meant, known = _meant(account.platform, names), ", ".join(names)
            value = account.platform
            yield case.finding(PLATFORM_UNKNOWN, "accounts", value=value, d=meant, known=known)


def connected(case: Case) -> Iterator[Finding]:
    """Before the first account is connected this is one hint; after that, each missing one stops us."""
    missing = [account for account in case.campaign.accounts if account.key not in case.connected]
    if not missing:
        return
    if len(missing) == len(case.campaign.accounts):
        names = ", ".join(account.key for account in missing)
        yield case.finding(_NOTHING_CONNECTED, "accounts", value=names)
    else:
        for account in missing:
            channel = case.channel(account)
            yield case.finding(NOT_CONNECTED, "accounts", value=account.key, ch=channel)


def known(case: Case, seen: Seen) -> Iterator[Finding]:
    """Everything that a post names exists in the campaign."""
    campaign, post = case.campaign, seen.post
    if post.organisation not in campaign.members:
        meant = _meant(post.organisation, tuple(campaign.members))
        yield seen.finding(ORGANISATION_UNKNOWN, "organisation", value=post.organisation, d=meant)
    for area in post.areas:
        if area not in case.areas:
            yield seen.finding(AREA_UNKNOWN, "areas", value=area, d=_meant(area, case.areas))
    if case.areas and not post.areas:
        yield seen.finding(NO_AREA, "areas", ex=campaign.areas[0].name)


def channels(case: Case, seen: Seen) -> Iterator[Finding]:
    """What a post says about accounts and platforms is about some that there are."""
    post, accounts = seen.post, case.campaign.accounts
    for key in post.channels:
        if all(key != account.key for account in accounts):
            meant = _meant(key, tuple(account.key for account in accounts))
            yield seen.finding(ACCOUNT_UNKNOWN, f"channel_{key}", value=key, d=meant)
    for platform in post.texts:
        owners = [account.owner for account in accounts if account.platform == platform]
        if None not in owners and post.organisation not in owners:
            field = f"text_{platform}"
            yield seen.finding(TEXT_UNUSED, field, value=platform, ch=platform.capitalize())
    silent = accounts and not seen.wordings and not case.campaign.accounts_for(post)
    if silent and not _by_hand(seen):
        yield seen.finding(NO_ACCOUNT, f"channel_{accounts[0].key}")


def _by_hand(seen: Seen) -> bool:
    return any(channel.value == "by-hand" for channel in seen.post.channels.values())


@lru_cache(maxsize=256)
def _meant(word: str, names: tuple[str, ...]) -> str | None:
    return next(iter(difflib.get_close_matches(word, names[:200], n=1)), None)


PER_CAMPAIGN = (zone_known, keys, accounts, connected)
PER_POST = (known, channels)

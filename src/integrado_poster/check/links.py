"""LINK: where a post leads its readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from integrado_poster.check.case import Case, Seen, Text
from integrado_poster.check.rule import Rule
from integrado_poster.check.triggers import BLANK
from integrado_poster.model import Finding, Fix, Severity

NO_ADDRESS = Rule(
    id="LINK-01",
    severity=Severity.ERROR,
    mends=True,
    de="„{v}“ ist keine gültige Adresse. Schreiben Sie sie ganz, zum Beispiel https://example.org.",
    en="“{v}” is not a valid address. Write it in full, for example https://example.org.",
)
UNENCRYPTED = Rule(
    id="LINK-02",
    severity=Severity.WARNING,
    mends=True,
    de="{v} ist unverschlüsselt. Prüfen Sie, ob die Seite auch mit https:// erreichbar ist.",
    en="{v} is not encrypted. See whether the page also answers under https://.",
)
SHORTENED = Rule(
    id="LINK-03",
    severity=Severity.WARNING,
    de="{v} ist ein Kurzlink. Er verbirgt das Ziel und zählt Besuche. Nehmen Sie die volle Adresse.",
    en="{v} is a short link. It hides where it leads and counts visits. Use the full address.",
)
TRACKING = Rule(
    id="LINK-04",
    severity=Severity.HINT,
    mends=True,
    de="„{v}“ in der Adresse verfolgt Besuche. Der Link geht auch ohne.",
    en="“{v}” in the address tracks visits. The link works without it.",
)
LOOKALIKE = Rule(
    id="LINK-05",
    severity=Severity.WARNING,
    de="Die Adresse {v} mischt Schriften und sieht einer anderen täuschend ähnlich. Tippen Sie sie neu.",
    en="The address {v} mixes scripts and looks deceptively like another. Type it again.",
)
CLICK_HERE = Rule(
    id="LINK-06",
    severity=Severity.HINT,
    de="„{v}“ sagt nicht, wohin der Link führt. Nennen Sie das Ziel.",
    en="“{v}” does not say where the link leads. Name its target.",
)

_ADDRESS = re.compile(r"https?://[^\s<>\"“”„«»]+", re.IGNORECASE)
_BROKEN = re.compile(
    r"\b(?:h?ttps?:/(?!/)|htt?ps?//|ttps?://|htps?://|https?;//)\S+", re.IGNORECASE
)
_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]", re.IGNORECASE)
_EVERYDAY = re.compile(
    r"https://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9])"
    r"(?:[/?#][A-Za-z0-9._~/?#&=%+-]*)?"
)
_SHORT = frozenset(
    [
        "bit.ly",
        "t.co",
        "tinyurl.com",
        "goo.gl",
        "ow.ly",
        "is.gd",
        "buff.ly",
        "lnkd.in",
        "cutt.ly",
        "rebrand.ly",
        "t1p.de",
        "kurzelinks.de",
    ]
)
_TRACKING = re.compile(r"[?&;](utm_\w+|fbclid|gclid|igshid|igsh|mc_cid|mc_eid)=", re.IGNORECASE)
_TRACKER = re.compile(r"(?:utm_\w+|fbclid|gclid|igshid|igsh|mc_cid|mc_eid)=", re.IGNORECASE)
_BROKEN_HEAD = re.compile(r"(?:h?t?tt?ps?|ttp|htps?)[:;]?/{1,2}(?!/)", re.IGNORECASE)
_HERE = re.compile(
    r"\bklick(?:t|en Sie)?\s+hier\b|\bhier\s+klicken\b|\bclick here\b", re.IGNORECASE
)
_MAYBE_HERE = rf"(?i)kl.ck(?:t|en s.e)?{BLANK}+h.er|h.er{BLANK}+kl.cken|cl.ck here"
_LATIN = re.compile("[a-zA-Z]")
_GREEK_OR_CYRILLIC = re.compile("[\u0370-\u03ff\u0400-\u052f]")


def of_the_post(case: Case, seen: Seen) -> Iterator[Finding]:
    """The post's own link."""
    link = seen.post.link
    if link and not _everyday(link):
        if not _sound(link):
            yield seen.finding(NO_ADDRESS, "link", value=link, fix=_scheme_fix(link))
        else:
            for rule, value, fix in _doubts(case, link):
                yield seen.finding(rule, "link", value=value, fix=fix)


def in_texts(case: Case, text: Text) -> Iterator[Finding]:
    """Addresses inside a text."""
    for address in _ADDRESS.findall(text.words):
        address = address.rstrip(".,;:!?)'’")
        if not address.endswith("//") and not _sound(address):
            yield text.finding(NO_ADDRESS, value=address)
        for rule, value, fix in _doubts(case, address):
            yield text.finding(rule, value=value, fix=fix)
    for address in _BROKEN.findall(text.words):
        yield text.finding(NO_ADDRESS, value=address, fix=_scheme_fix(address))


def click_here(case: Case, text: Text) -> Iterator[Finding]:
    """Words that only make sense to those who see where they stand."""
    if here := _HERE.search(text.words):
        yield text.finding(CLICK_HERE, value=here[0])


def _everyday(address: str) -> bool:
    """Whether nothing at all can be wrong with an address; of many others that is true as well."""
    found = _EVERYDAY.fullmatch(address)
    return (
        found is not None
        and found[1].removeprefix("www.") not in _SHORT
        and not _TRACKING.search(address)
    )


@lru_cache(maxsize=4096)
def _sound(address: str) -> bool:
    """Whether it is a public web address, without a name or password in it."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and "@" not in parts.netloc
        and not any(character.isspace() or character in '<>"\\' for character in address)
        and _HOST.fullmatch(host) is not None
    )


def _scheme_fix(address: str) -> Fix | None:
    """A misspelt beginning can only mean one thing, if what follows is an address."""
    head = _BROKEN_HEAD.match(address)
    whole = f"https://{address[head.end() :]}" if head else ""
    return Fix(address, whole) if whole and _sound(whole) else None


def without_tracking(address: str) -> str:
    """The address without what only counts its visitors."""
    bare, hash_, fragment = address.partition("#")
    path, mark, query = bare.partition("?")
    kept = [part for part in re.split("[&;]", query) if not _TRACKER.match(part)]
    return path + mark * bool(kept) + "&".join(kept) + hash_ + fragment


def _doubts(case: Case, address: str) -> Iterator[tuple[Rule, str, Fix | None]]:
    scheme, _, rest = address.partition("://")
    host = re.split(r"[/?#:]", rest, maxsplit=1)[0].lower()
    if scheme.lower() == "http":
        secure = Fix(address, f"https://{rest}") if host in case.secure else None
        yield UNENCRYPTED, address, secure
    if host.removeprefix("www.") in _SHORT:
        yield SHORTENED, address, None
    if tracking := _TRACKING.search(address):
        yield TRACKING, tracking[1], Fix(address, without_tracking(address))
    if not host.isascii() and any(
        _LATIN.search(label) and _GREEK_OR_CYRILLIC.search(label) for label in host.split(".")
    ):
        yield LOOKALIKE, host, None


PER_POST = (of_the_post,)
PER_TEXT = {in_texts: "//|:/", click_here: _MAYBE_HERE}

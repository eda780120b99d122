"""TEXT and COST, continued: chains, language versions, and platforms without the link."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator

from integrado_poster.check.case import Case, Seen
from integrado_poster.check.rule import Rule
from integrado_poster.contract import Limits, cents
from integrado_poster.model import Finding, Languages, Said, Severity, Wording

SENTENCE_TOO_LONG = Rule(
    id="TEXT-15",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="{ch}: Dieser Satz ist für einen Teil der Kette zu lang: „{v}“ Machen Sie zwei daraus"
    "[ oder füllen Sie „Text {own}“ aus].",
    en="{ch}: this sentence is too long for a part of the chain: “{v}” Make two of it"
    "[, or fill in “text {own}”].",
)
CHAIN = Rule(
    id="TEXT-16",
    severity=Severity.HINT,
    de="Wird eine Kette: {ch}. Viele lesen nur den ersten Teil. Auf {first} endet er mit „… {v}“ "
    "Steht das Wichtigste davor?",
    en="Becomes a chain: {ch}. Many read the first part only. On {first} it ends with “… {v}” "
    "Is what matters before that?",
)
LONG_CHAIN = Rule(
    id="TEXT-17",
    severity=Severity.WARNING,
    de="{ch}: Eine Kette aus {n} Beiträgen liest kaum jemand zu Ende. Kürzen Sie den Text"
    "[ oder füllen Sie „Text {own}“ aus].",
    en="{ch}: hardly anybody reads a chain of {n} posts to its end. Shorten the text"
    "[, or fill in “text {own}”].",
)
NO_VERSION = Rule(
    id="TEXT-18",
    severity=Severity.HINT,
    de="Hier fehlt die Sprache „{v}“, in der {n} von {all} Beiträgen auch erscheinen. Ist das gewollt?",
    en="The language “{v}” is missing here, in which {n} of {all} posts appear, too. Is that intended?",
)
LINK_LEFT_OUT = Rule(
    id="COST-01",
    severity=Severity.HINT,
    de="Auf {v} bleibt der Link weg, bei {n} von {all} Beiträgen mit Link.[ Das spart etwa {usd} US-Dollar.] "
    "Wer dort liest, findet die Seite nicht: Sagen Sie im Text, wo man mehr erfährt.",
    en="On {v} the link is left out, in {n} of {all} posts with a link.[ That saves about {usd} US dollars.] "
    "Those who read there do not find the page: say in the text where to learn more.",
)
STILL_LINKED = Rule(
    id="COST-02",
    severity=Severity.WARNING,
    de="Auf {ch} soll kein Link stehen; im Beitrag steht aber „{v}“.[ Er kostet trotzdem etwa {usd} US-Dollar mehr.] "
    "Nehmen Sie die Adresse heraus[, zum Beispiel mit einem eigenen „Text {own}“].",
    en="There is to be no link on {ch}, but the post says “{v}”.[ It still costs about {usd} US dollars more.] "
    "Take the address out[, for example with a “text {own}” of its own].",
)
NO_ACCOUNT_THERE = Rule(
    id="PLAN-57",
    severity=Severity.WARNING,
    de="Bei „Ohne Link auf“ steht „{v}“; dort gibt es kein Konto.[ Meinten Sie „{d}“?]",
    en="“No link on” names “{v}”, where there is no account.[ Did you mean “{d}”?]",
)
OF_VERSION_UNUSED = Rule(
    id="PLAN-59",
    severity=Severity.WARNING,
    de="„{c}“ wird nicht gebraucht: Die Übersetzungen stehen mit im Beitrag. Wählen Sie im Blatt „Kampagne“ bei "
    "„Sprachfassungen“ „einzeln“, wenn jede für sich erscheinen soll.",
    en="“{c}” is not used: translations stand in the same post. Choose “apart” under “language versions” of the "
    "campaign if each is to appear by itself.",
)

MOST_PARTS = 5  # a reader's patience, not a platform's limit
_FEW = 3  # posts in a language, before we call that a habit
_ENDING = 60  # characters of a part's end that show where it stops


def stuck(case: Case, seen: Seen) -> Iterator[Finding]:
    """A chain parts between sentences, so each must fit by itself."""
    for wording in seen.firsts:
        if wording.stuck:
            channel, named = wording.platform.capitalize(), seen.own(wording)
            where = seen.field(wording)
            yield seen.finding(SENTENCE_TOO_LONG, where, value=wording.stuck, ch=channel, own=named)


def chained(case: Case, seen: Seen) -> Iterator[Finding]:
    """What becomes a chain: where, how long it is, and what those see who read the first part only."""
    for where, chains in _chains(seen).items():
        for chain in chains:
            if (number := len(chain)) > MOST_PARTS:
                name, named = chain[0].platform.capitalize(), seen.own(chain[0])
                yield seen.finding(
                    LONG_CHAIN, where, value=str(number), ch=name, n=number, own=named
                )
        short = [chain for chain in chains if len(chain) <= MOST_PARTS]
        if short:
            shortest = min(short, key=lambda chain: len(chain[0].text))[0]
            listed = _listed(short)
            ending, name = _ending(shortest.text), shortest.platform.capitalize()
            yield seen.finding(CHAIN, where, value=ending, ch=listed, first=name)


def _chains(seen: Seen) -> dict[str, list[list[Wording]]]:
    """The chains of a post by the field whose words they say; one for each platform."""
    found: dict[str, list[list[Wording]]] = {}
    for first in seen.firsts if any(each.follows for each in seen.wordings) else ():
        this = (first.account, first.translation)
        chain = [each for each in seen.wordings if (each.account, each.translation) == this]
        if len(chain) > 1:
            found.setdefault(seen.field(first), []).append(chain)
    return found


def _listed(chains: list[list[Wording]]) -> Said:
    named = [(chain[0].platform.capitalize(), len(chain)) for chain in chains]
    return Said(
        ", ".join(f"{name} ({number} Beiträge)" for name, number in named),
        ", ".join(f"{name} ({number} posts)" for name, number in named),
    )


def _ending(text: str) -> str:
    """The last words of a part, without its counter."""
    line = " ".join(text.rpartition(" (")[0].split())
    return line if len(line) <= _ENDING else line[-_ENDING:].partition(" ")[2]


def missing(case: Case) -> Iterator[Finding]:
    """A language in which nearly all posts appear, and one does not."""
    if case.campaign.languages is Languages.TOGETHER:
        return
    every = len(case.posts)
    spoken = Counter(
        language
        for seen in case.posts
        for language in {each.language for each in seen.post.translations}
    )
    for language, number in spoken.items():
        if _FEW <= number < every and number * 4 >= every * 3:
            for seen in case.posts:
                said = {seen.post.language, *(each.language for each in seen.post.translations)}
                if language not in said:
                    where = "translation_1"
                    yield seen.finding(NO_VERSION, where, value=language, n=number, all=every)


def unused(case: Case, seen: Seen) -> Iterator[Finding]:
    """What only a version that stands alone can show."""
    if case.campaign.languages is Languages.APART:
        return
    for number, translation in enumerate(seen.post.translations, start=1):
        for name, called in _OF_VERSION.items():
            if getattr(translation, name):
                where, value = f"translated_{name}_{number}", str(getattr(translation, name))
                yield seen.finding(OF_VERSION_UNUSED, where, value=value, c=called)


_OF_VERSION = {
    "headline": Said("Überschrift Übersetzung", "Translation headline"),
    "information": Said("Information Übersetzung", "Translation information"),
    "alt": Said("Bildbeschreibung Übersetzung", "Translation alt text"),
}


# --- Without the link --------------------------------------------------------------------


def links_left_out(case: Case) -> Iterator[Finding]:
    """What it saves, and what readers lose."""
    platforms = {account.platform for account in case.campaign.accounts}
    for name in case.campaign.no_link:
        if name not in platforms:
            near = next(iter(difflib.get_close_matches(name, platforms, n=1)), None)
            yield case.finding(NO_ACCOUNT_THERE, "no_link", value=name, d=near)
            continue
        there = [
            (seen, [each for each in seen.wordings if each.platform == name and not each.follows])
            for seen in case.posts
            if seen.post.link
        ]
        every = [(seen, said) for seen, said in there if said]
        without = [said for seen, said in every if not _address(case, name, seen)]
        if without:
            usd = _dollars(case.limits[name], sum(map(len, without)))
            here, all_ = len(without), len(every)
            shown = name.capitalize()
            yield case.finding(LINK_LEFT_OUT, "no_link", value=shown, n=here, all=all_, usd=usd)


def still_linked(case: Case, seen: Seen) -> Iterator[Finding]:
    """An address in the words themselves, where there is to be none."""
    for name in case.campaign.no_link:
        if found := _address(case, name, seen):
            wording, address = found
            usd, shown = _dollars(case.limits[name], 1), name.capitalize()
            inside = address in seen.post.information
            where = "information" if inside else seen.field(wording)
            named = None if inside else seen.own(wording)
            yield seen.finding(STILL_LINKED, where, value=address, ch=shown, usd=usd, own=named)


def _address(case: Case, platform: str, seen: Seen) -> tuple[Wording, str] | None:
    """The first address that a post says on a platform, with the words that say it."""
    limits = case.limits.get(platform)
    for wording in seen.wordings if limits else ():
        if wording.platform == platform and limits:
            has_link = limits.price.has_link if limits.price else _has_scheme
            for word in wording.text.split() if has_link(wording.text) else ():
                if has_link(word):
                    return wording, word.strip(".,;:!?()")
    return None


def _has_scheme(text: str) -> bool:
    return "https://" in text or "http://" in text


def _dollars(limits: Limits, number: int) -> Said | None:
    """What so many links cost, as it is written in each language."""
    if limits.price is None:
        return None
    written = str(cents((limits.price.linked - limits.price.post) * number))
    return Said(written.replace(".", ","), written)


PER_CAMPAIGN = (missing, links_left_out)
PER_POST = (stuck, chained, unused, still_linked)

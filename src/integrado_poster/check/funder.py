"""FUND: who pays is named, and by the right name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from integrado_poster.check.case import Case, Seen, Text
from integrado_poster.check.rule import Rule
from integrado_poster.check.triggers import NEVER
from integrado_poster.model import Campaign, Finding, Fix, Funder, Severity, Wording

NOT_NAMED = Rule(
    id="FUND-01",
    severity=Severity.WARNING,
    de="Der Förderhinweis fehlt[ auf {ch}]: „{line}“. Nehmen Sie ihn in den Text auf.",
    en="The funder is not named[ on {ch}]: “{line}”. Put it into the text.",
)
OUTDATED = Rule(
    id="FUND-02",
    severity=Severity.ERROR,
    mends=True,
    de="„{v}“ ist ein alter Name.[ Heute: {new}.] Verbessern Sie ihn.",
    en="“{v}” is a former name.[ Today: {new}.] Correct it.",
)
SHORT_ONLY = Rule(
    id="FUND-03",
    severity=Severity.HINT,
    de="Nur der kurze Förderhinweis ist eingetragen. Im Bescheid steht meist die lange Form: "
    "Tragen Sie sie bei „Förderhinweis lang“ ein.",
    en="Only the short line for the funder is given. The grant notice usually has a long one: "
    "add it as “funder long line”.",
)
NO_LOGO = Rule(
    id="FUND-04",
    severity=Severity.WARNING,
    de="Ist das Logo des Landes auf dem Bild? Der Bescheid verlangt es. Schreiben Sie dann bei "
    "„Förderlogo im Bild“ „ja“.",
    en="Is the funder's logo on the picture? The grant notice asks for it. If so, write “yes” under "
    "“funder logo”.",
)
LINE_OUTDATED = Rule(
    id="FUND-05",
    severity=Severity.ERROR,
    de="Im Förderhinweis selbst steht ein alter Name: „{v}“. Prüfen Sie den Bescheid und die Liste der "
    "veralteten Namen.",
    en="The line for the funder has a former name in it: “{v}”. Check the grant notice and the list of "
    "outdated names.",
)


def former_names(funder: Funder) -> Callable[[str], Iterator[str]]:
    """How to look for the funder's former names in a text.

    Abbreviations must match exactly ("MAIS" is not "Mais"). What is part of today's own lines is
    not outdated.
    """
    names = sorted({name for name in funder.outdated if name.strip()}, key=len, reverse=True)
    if not names:
        return lambda text: iter(())
    today = [line for line in (funder.long_line, funder.line) if line]

    def pattern(name: str) -> str:
        words = r"\s+".join(map(re.escape, name.split()))
        return words if name.isupper() else f"(?i:{words})"

    anywhere = re.compile(rf"(?<!\w)(?:{'|'.join(map(pattern, names))})(?!\w)")

    def look(text: str) -> Iterator[str]:
        if anywhere.search(text):
            for line in today:
                text = text.replace(line, "")
            yield from dict.fromkeys(match[0] for match in anywhere.finditer(text))

    return look


def _maybe_outdated(campaign: Campaign) -> str:
    """The first word of each former name, with anything in the place of what has capitals of its own."""
    heads = {name.split()[0].lower() for name in campaign.funder.outdated if name.strip()}
    spelt = (re.sub("[^a-hj-z0-9]", ".", head) for head in sorted(heads))
    return f"(?si){'|'.join(spelt)}" if heads else NEVER


def lines(case: Case) -> Iterator[Finding]:
    """The campaign's own lines."""
    funder = case.campaign.funder
    if funder.line and not funder.long_line:
        yield case.finding(SHORT_ONLY, "funder.long_line")
    bare = former_names(Funder(outdated=funder.outdated))
    for field, line in (("funder.line", funder.line), ("funder.long_line", funder.long_line)):
        for name in bare(line):
            yield case.finding(LINE_OUTDATED, field, value=name)


def named(case: Case, seen: Seen) -> Iterator[Finding]:
    """Our cards always carry the line; without a card it must be in the text itself."""
    funder = case.campaign.funder
    lines = [line for line in (funder.line, funder.long_line) if line]
    if not lines or case.campaign.card:
        return
    whole: dict[tuple[str, int], tuple[Wording, str]] = {}
    for wording in seen.wordings:
        this = (wording.account, wording.translation)
        first, before = whole.get(this, (wording, ""))
        whole[this] = first, f"{before}\n{wording.text}"
    for wording, text in whole.values():
        if not any(line in text for line in lines):
            channel = wording.platform.capitalize()
            yield seen.finding(NOT_NAMED, seen.field(wording), ch=channel, line=lines[0])


def logo(case: Case, seen: Seen) -> Iterator[Finding]:
    """Our cards carry the funder's line, but no logo of others."""
    if case.campaign.funder.logo and not seen.post.funder_logo:
        yield seen.finding(NO_LOGO, "funder_logo")


def outdated(case: Case, text: Text) -> Iterator[Finding]:
    """Former names of the ministry, a frequent mistake in copied texts."""
    for name in case.outdated(text.words):
        line = case.campaign.funder.line
        fix = _todays(line, name, text.words)
        yield text.finding(OUTDATED, value=name, new=line or None, fix=fix)


def _todays(line: str, name: str, words: str) -> Fix | None:
    """Today's line for a whole line of former days; inside a sentence nobody knows what is meant."""
    whole = re.search(
        rf"\bGefördert (?:vom|durch das) {re.escape(name)}"
        r"(?: (?:NRW|Nordrhein-Westfalen|des Landes (?:NRW|Nordrhein-Westfalen)))?",
        words,
    )
    return Fix(whole[0], line) if whole and line.startswith("Gefördert") else None


PER_CAMPAIGN = (lines,)
PER_POST = (named, logo)
PER_TEXT = {outdated: _maybe_outdated}

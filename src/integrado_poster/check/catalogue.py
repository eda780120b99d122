"""The list of all rules, for people: docs/rules.md is made from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from integrado_poster.check.rule import Rule
from integrado_poster.model import Said, Severity

FAMILIES: Mapping[str, Said] = {
    "PLAN": Said("Der Plan", "The plan"),
    "TIME": Said("Tage und Zeiten", "Days and times"),
    "TEXT": Said("Texte", "Texts"),
    "LINK": Said("Links", "Links"),
    "COST": Said("Kosten", "Costs"),
    "A11Y": Said("Barrierefreiheit", "Accessibility"),
    "DS": Said("Datenschutz und Rechte", "Data protection and rights"),
    "FUND": Said("Förderung", "Funding"),
    "MED": Said("Bilder", "Pictures"),
    "CARD": Said("Karten", "Cards"),
    "APPR": Said("Freigaben", "Approvals"),
}

SEVERITIES: Mapping[Severity | None, Said] = {
    Severity.ERROR: Said("Fehler", "error"),
    Severity.WARNING: Said("Warnung", "warning"),
    Severity.HINT: Said("Hinweis", "hint"),
    None: Said("aus", "off"),
}

_INTRODUCTION = """\
# Die Prüfregeln

`integrado-poster plan check` sieht sich jeden Plan mit diesen {count} Regeln an. Diese Liste schreibt
`integrado-poster plan rules --markdown`.

- **Fehler** halten den Plan auf, **Warnungen** sollten Sie ansehen, **Hinweise** sind Vorschläge.
- **bis** sagt, wie weit Sie eine Regel in Ihrer Kampagne senken können. Schreiben Sie dazu im Blatt „Kampagne“ bei „Prüfregeln“
  zum Beispiel `A11Y-05: aus, TIME-02: Warnung`. Strenger geht immer.
- **✓** heißt: `plan check --fix NEU.xlsx` kann es in einer Kopie verbessern, wo nur eines richtig sein kann.
- „…“ steht für das, was in Ihrem Plan steht.
"""
_SILENT = """\

## Was ohne Meldung geschieht

- **TEXT-05**: Beim Lesen werden doppelte Leerzeichen, Zeilenenden und zerlegte Umlaute in Ordnung gebracht.
- **DS-06**: Standort, Kameradaten und alles andere, was in einer Bilddatei versteckt ist, wird vor dem Veröffentlichen entfernt.
"""


def key(rule: Rule) -> tuple[int, int]:
    """Where a rule stands in the list: by family, then by number."""
    family, _, number = rule.id.partition("-")
    return list(FAMILIES).index(family), int(number)


def plain(sentence: str) -> str:
    """A rule's sentence without its marks: what comes from the plan is "…"."""
    whole = re.sub(r"\[([^\[\]]*)\]", r"\1", sentence)
    return re.sub(r"\{\w+\}", "…", whole)


def markdown(rules: Mapping[str, Rule]) -> str:
    """The whole list as a page."""
    return "".join(_page(sorted(rules.values(), key=key)))


def _page(rules: list[Rule]) -> Iterator[str]:
    yield _INTRODUCTION.format(count=len(rules))
    family = ""
    for rule in rules:
        if (begins := rule.id.partition("-")[0]) != family:
            family = begins
            yield f"\n## {family}: {FAMILIES[family].de}\n\n"
            yield "| Regel | Schwere | bis | ✓ | Meldung | Message |\n| --- | --- | --- | --- | --- | --- |\n"
        severity, least = SEVERITIES[rule.severity].de, SEVERITIES[rule.least].de
        mends = "✓" if rule.mends else ""
        cells = (rule.id, severity, least, mends, plain(rule.de), plain(rule.en))
        yield "| " + " | ".join(cells) + " |\n"
    yield _SILENT

"""How seriously a campaign takes each rule: raised as it likes, lowered as far as the rule's floor."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from integrado_poster.check.case import Case
from integrado_poster.check.rule import Rule
from integrado_poster.model import Campaign, Finding, Said, Severity

NOT_UNDERSTOOD = Rule(
    id="PLAN-37",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Bei den Prüfregeln verstehen wir „{v}“ nicht.[ Meinten Sie {d}?] Schreiben Sie zum Beispiel "
    "„A11Y-05: aus“; möglich sind Fehler, Warnung, Hinweis und aus.",
    en="Among the rules we do not understand “{v}”.[ Did you mean {d}?] Write for example "
    "“A11Y-05: off”; there are error, warning, hint and off.",
)
BELOW_FLOOR = Rule(
    id="PLAN-38",
    severity=Severity.WARNING,
    floor=Severity.WARNING,
    de="{rule_id} lässt sich höchstens auf „{floor}“ senken. So gilt sie jetzt. Schreiben Sie „{rule_id}: {floor}“.",
    en="{rule_id} can be lowered to “{floor}” at most, and that is how it counts. Write “{rule_id}: {floor}”.",
)

Weights = Mapping[str, Severity | None]
"""By rule; None is off."""

_ORDER = (None, Severity.HINT, Severity.WARNING, Severity.ERROR)
_WORDS: Mapping[str, Severity | None] = {
    **dict.fromkeys(("aus", "off", "nein", "no", "keine", "none"), None),
    **dict.fromkeys(("hinweis", "hint"), Severity.HINT),
    **dict.fromkeys(("warnung", "warning"), Severity.WARNING),
    **dict.fromkeys(("fehler", "error"), Severity.ERROR),
}
_SAID = {
    Severity.HINT: Said("Hinweis", "hint"),
    Severity.WARNING: Said("Warnung", "warning"),
    Severity.ERROR: Said("Fehler", "error"),
}
_SETTING = re.compile(r"\s*([A-Za-z0-9]+-\d+)\s*[:=\s]\s*(\w+)\s*")


def weights(campaign: Campaign, rules: Mapping[str, Rule]) -> Weights:
    """What the campaign has set, within what each rule allows."""
    return {
        rule.id: max(wanted, rule.least, key=_ORDER.index)
        for rule, wanted in _understood(campaign.severities, rules)
    }


def weighed(
    findings: Iterable[Finding], campaign: Campaign, rules: Mapping[str, Rule]
) -> list[Finding]:
    """The findings as seriously as the campaign takes them; what is off is left out."""
    wanted = weights(campaign, rules)
    return [*_weighed(findings, wanted, rules)] if wanted else [*findings]


def _weighed(
    findings: Iterable[Finding], wanted: Weights, rules: Mapping[str, Rule]
) -> Iterator[Finding]:
    for finding in findings:
        # Some rules speak more softly in one case ("nothing is connected yet"): that one stays soft.
        usual = finding.severity is rules[finding.rule].severity
        severity = wanted.get(finding.rule, finding.severity)
        if severity is not None:
            yield replace(finding, severity=severity) if usual else finding


def settings(case: Case, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """The settings themselves: understood, and within the floors."""
    for setting in case.campaign.severities:
        found = next(_understood((setting,), rules), None)
        if found is None:
            written = setting.split(":")[0].strip().upper()
            meant = next(iter(difflib.get_close_matches(written, rules, n=1)), None)
            meant = None if meant == written else meant
            yield case.finding(NOT_UNDERSTOOD, "severities", value=setting, d=meant)
        elif (floor := found[0].least) and _ORDER.index(found[1]) < _ORDER.index(floor):
            named, least = found[0].id, _SAID[floor]
            yield case.finding(BELOW_FLOOR, "severities", value=setting, rule_id=named, floor=least)


def _understood(
    settings: Iterable[str], rules: Mapping[str, Rule]
) -> Iterator[tuple[Rule, Severity | None]]:
    for setting in settings:
        match = _SETTING.fullmatch(setting)
        rule = rules.get(match[1].upper()) if match else None
        if match and rule and match[2].lower() in _WORDS:
            yield rule, _WORDS[match[2].lower()]

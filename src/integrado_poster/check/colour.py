"""CARD, the colours: can everybody read what stands on them?"""

from __future__ import annotations

from collections.abc import Iterator

from integrado_poster.check.case import Case
from integrado_poster.check.rule import Rule
from integrado_poster.measure import ENOUGH, contrast, ink_on, readable
from integrado_poster.model import Finding, Said, Severity

LOW_CONTRAST = Rule(
    id="CARD-04",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Auf der Farbe „{v}“ von {o} kann man weder weiße noch schwarze Schrift gut lesen "
    "(Kontrast {n}, nötig sind 4,5). Nehmen Sie zum Beispiel {d}.",
    en="Neither white nor black words can be read well on the colour “{v}” of {o} "
    "(contrast {n}, at least 4.5 is needed). Take {d}, for example.",
)


def contrasts(case: Case) -> Iterator[Finding]:
    """White or black can be read on every member's colour (WCAG 2, AA)."""
    for member in case.campaign.organisations:
        ratio = contrast(member.colour, ink_on(member.colour))
        if ratio < ENOUGH:
            field = f"organisations.{member.key}.colour"
            # Rounded down: 4.49 must not read as enough.
            number = f"{int(ratio * 10) / 10:.1f}"
            said = Said(number.replace(".", ","), number)
            meant = readable(member.colour)
            yield case.finding(
                LOW_CONTRAST, field, value=member.colour, o=member.short, n=said, d=meant
            )


PER_CAMPAIGN = (contrasts,)

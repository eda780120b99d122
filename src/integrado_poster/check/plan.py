"""PLAN: the plan as a table. Is everything there, known, and in its place?"""

from __future__ import annotations

from integrado_poster.check.rule import Rule
from integrado_poster.model import Severity

# --- Found while reading: `plan/` looks, we keep the sentences ------------------------

COLUMN_MISSING = Rule(
    id="PLAN-01",
    severity=Severity.ERROR,
    de="Die Angabe „{c}“ fehlt. Ergänzen Sie sie oder laden Sie die Vorlage neu.",
    en="“{c}” is missing. Add it, or start from the template again.",
)
COLUMN_UNKNOWN = Rule(
    id="PLAN-02",
    severity=Severity.WARNING,
    de="„{c}“ kennen wir nicht und lesen es nicht.[ Meinten Sie „{d}“?]",
    en="“{c}” is unknown and ignored.[ Did you mean “{d}”?]",
)
EMPTY = Rule(
    id="PLAN-03",
    severity=Severity.ERROR,
    de="„{c}“ ist leer. Tragen Sie etwas ein[, zum Beispiel {ex}].",
    en="“{c}” is empty. Fill it in[, for example {ex}].",
)
NUMBER_TWICE = Rule(
    id="PLAN-04",
    severity=Severity.ERROR,
    de="Die Nummer {id} gibt es schon[ in {r}]. Geben Sie jedem Beitrag eine eigene Nummer.",
    en="Number {id} is already used[ in {r}]. Give every post its own number.",
)
ORGANISATION_UNKNOWN = Rule(
    id="PLAN-05",
    severity=Severity.ERROR,
    de="Den Träger „{v}“ kennen wir nicht.[ Meinten Sie „{d}“?] "
    "Tragen Sie ihn bei den Trägern ein oder verbessern Sie den Namen.",
    en="Organisation “{v}” is unknown.[ Did you mean “{d}”?] "
    "Add it to the organisations, or correct the name.",
)
NO_DATE = Rule(
    id="PLAN-06",
    severity=Severity.ERROR,
    de="„{v}“ ist kein Datum. Schreiben Sie zum Beispiel 21.09.2027.",
    en="“{v}” is not a date. Write for example 21.09.2027 or 2027-09-21.",
)
NO_TIME = Rule(
    id="PLAN-07",
    severity=Severity.ERROR,
    de="„{v}“ ist keine Uhrzeit. Schreiben Sie zum Beispiel 10:00.",
    en="“{v}” is not a time. Write for example 10:00.",
)
FORMULA = Rule(
    id="PLAN-17",
    severity=Severity.ERROR,
    de="In {cell} steht eine Formel oder ein Fehlerwert ({v}). Fügen Sie den Text als Wert ein.",
    en="There is a formula or an error value in {cell} ({v}). Paste the text as a value.",
)
CHARACTERS_LOST = Rule(
    id="PLAN-18",
    severity=Severity.ERROR,
    de="In {cell} sind Zeichen verloren gegangen („{v}“). "
    "Tippen Sie sie neu und speichern Sie als .xlsx oder als „CSV UTF-8“.",
    en="Characters were lost in {cell} (“{v}”). "
    "Type them again and save as .xlsx or as “CSV UTF-8”.",
)
UNREADABLE = Rule(
    id="PLAN-21",
    severity=Severity.ERROR,
    de="Die Datei lässt sich nicht lesen[: {why}]. Öffnen Sie sie noch einmal und speichern Sie sie neu.",
    en="The file cannot be read[: {why}]. Open it once more and save it again.",
)
NOT_UNDERSTOOD = Rule(
    id="PLAN-23",
    severity=Severity.ERROR,
    de="„{v}“ verstehen wir bei „{c}“ nicht. Schreiben Sie zum Beispiel {ex}.[ Meinten Sie „{d}“?]",
    en="We do not understand “{v}” for “{c}”. Write for example {ex}.[ Did you mean “{d}”?]",
)
AREA_UNKNOWN = Rule(
    id="PLAN-25",
    severity=Severity.ERROR,
    de="Das Arbeitsfeld „{v}“ kennen wir nicht.[ Meinten Sie „{d}“?] "
    "Tragen Sie es bei den Arbeitsfeldern ein oder verbessern Sie den Namen.",
    en="Area of work “{v}” is unknown.[ Did you mean “{d}”?] "
    "Add it to the areas of work, or correct the name.",
)

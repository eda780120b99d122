"""PLAN, MED and CARD, found elsewhere: other rooms look, and we keep the sentences."""

from __future__ import annotations

from integrado_poster.check.rule import Rule
from integrado_poster.model import Severity

# --- While reading: `plan/` looks. What was not understood cannot be taken over, so these
# errors have themselves as their floor. ----------------------------------------------

COLUMN_MISSING = Rule(
    id="PLAN-01",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
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
    floor=Severity.ERROR,
    de="„{c}“ ist leer. Tragen Sie etwas ein[, zum Beispiel {ex}].",
    en="“{c}” is empty. Fill it in[, for example {ex}].",
)
NO_DATE = Rule(
    id="PLAN-06",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="„{v}“ ist kein Datum. Schreiben Sie zum Beispiel 21.09.2027.",
    en="“{v}” is not a date. Write for example 21.09.2027 or 2027-09-21.",
)
NO_TIME = Rule(
    id="PLAN-07",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="„{v}“ ist keine Uhrzeit. Schreiben Sie zum Beispiel 10:00.",
    en="“{v}” is not a time. Write for example 10:00.",
)
FORMULA = Rule(
    id="PLAN-17",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="In {cell} steht eine Formel oder ein Fehlerwert ({v}). Fügen Sie den Text als Wert ein.",
    en="There is a formula or an error value in {cell} ({v}). Paste the text as a value.",
)
CHARACTERS_LOST = Rule(
    id="PLAN-18",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="In {cell} sind Zeichen verloren gegangen („{v}“). "
    "Tippen Sie sie neu und speichern Sie als .xlsx oder als „CSV UTF-8“.",
    en="Characters were lost in {cell} (“{v}”). "
    "Type them again and save as .xlsx or as “CSV UTF-8”.",
)
UNREADABLE = Rule(
    id="PLAN-21",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Die Datei lässt sich nicht lesen[: {why}]. "
    "Ist es die richtige, öffnen Sie sie noch einmal und speichern Sie sie neu.",
    en="The file cannot be read[: {why}]. If it is the right one, open it once more and save it again.",
)
NOT_THERE = Rule(
    id="PLAN-60",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="{why} Prüfen Sie den Namen und den Ordner, in dem Sie gerade sind.",
    en="{why} Look at the name, and at the folder that you are in.",
)
HIDDEN = Rule(
    id="PLAN-19",
    severity=Severity.WARNING,
    de="{c} ist ausgeblendet, wird aber gelesen. Löschen Sie, was nicht erscheinen soll.",
    en="{c} is hidden but is read. Delete what is not to appear.",
)
NOT_UNDERSTOOD = Rule(
    id="PLAN-23",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="„{v}“ verstehen wir bei „{c}“ nicht. Schreiben Sie zum Beispiel {ex}.[ Meinten Sie „{d}“?]",
    en="We do not understand “{v}” for “{c}”. Write for example {ex}.[ Did you mean “{d}”?]",
)

# --- While comparing with the loaded plan ---------------------------------------------------

VANISHED = Rule(
    id="PLAN-15",
    severity=Severity.WARNING,
    de="{id} fehlt in der neuen Datei. Der geplante Beitrag wird abgesagt.",
    en="{id} is missing in the new file. The planned post will be cancelled.",
)
ALREADY_OUT = Rule(
    id="PLAN-16",
    severity=Severity.WARNING,
    de="{id} ist schon online. Die Änderung wird nicht übernommen[: {c}].",
    en="{id} is already online. The change is ignored[: {c}].",
)
CHANGED_MEANWHILE = Rule(
    id="PLAN-20",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="„{c}“ wurde seit dem Export dieser Datei geändert.[ Damals: „{old}“.] Jetzt gilt: „{now}“. "
    "In Ihrer Datei steht[: „{v}“][ {former}].",
    en="“{c}” has been changed since this file was exported.[ Then: “{old}”.] Now: “{now}”. "
    "In your file[: “{v}”][: {former}].",
)

# --- Among the pictures' files ----------------------------------------------------------------

UNUSED = Rule(
    id="MED-06",
    severity=Severity.WARNING,
    de="„{v}“ wird nirgends verwendet. Fehlt der Name in einer Zeile?",
    en="“{v}” is not used anywhere. Is its name missing in a row?",
)

# --- While drawing: `render/` looks -------------------------------------------------------------

DOES_NOT_FIT = Rule(
    id="CARD-01",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="„{field}“ passt nicht auf die Karte[ ({shape})]. Kürzen Sie den Text.",
    en="“{field}” does not fit on the card[ ({shape})]. Shorten it.",
)

NO_LETTER = Rule(
    id="CARD-02",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="[In „{field}“ steht: ]„{v}“ kann keine unserer Schriften auf die Karte schreiben. "
    "Nehmen Sie ein anderes Zeichen.",
    en="[In “{field}”: ]“{v}” cannot be drawn on the card by any of our fonts. Use another character.",
)

NOT_DRAWN = Rule(
    id="CARD-03",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Die Karte lässt sich nicht zeichnen[: {why}]. Prüfen Sie die Kartenvorlage „{v}“[; {n} Beiträge verwenden sie].",
    en="The card cannot be drawn[: {why}]. Look at the card template “{v}”[; {n} posts use it].",
)

"""PLAN and MED, continued: what only the file itself can tell. `plan/` looks, we keep the sentences."""

from __future__ import annotations

from integrado_poster.check.rule import Rule
from integrado_poster.model import Severity

SHORT_YEAR = Rule(
    id="PLAN-50",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="„{v}“: Welches Jahr ist gemeint? Schreiben Sie es mit vier Ziffern[, vielleicht {d}].",
    en="“{v}”: which year is meant? Write it with four digits[, perhaps {d}].",
)
COLUMN_TWICE = Rule(
    id="PLAN-51",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="„{v}“ steht zweimal da. Wir wissen nicht, was gelten soll; löschen Sie eines von beiden.",
    en="“{v}” stands there twice. We cannot know which one counts; delete one of the two.",
)
NO_HEADING = Rule(
    id="PLAN-52",
    severity=Severity.WARNING,
    de="Über dieser Spalte steht nichts; was darin steht, lesen wir nicht. "
    "Geben Sie ihr eine Überschrift oder löschen Sie sie.",
    en="There is no heading above this column, and what stands in it is not read. "
    "Give it a heading, or delete it.",
)
LONG_CELL = Rule(
    id="PLAN-53",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="In {cell} stehen {n} Zeichen; höchstens 32 767 passen in eine Zelle. Kürzen Sie den Text.",
    en="There are {n} characters in {cell}; a cell holds at most 32 767. Shorten the text.",
)
AND_MORE = Rule(
    id="PLAN-54",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Es gibt noch {n} weitere Meldungen. Verbessern Sie zuerst diese, und prüfen Sie dann noch einmal.",
    en="There are {n} more messages. Mend these first, and check again.",
)
MERGED = Rule(
    id="PLAN-55",
    severity=Severity.WARNING,
    de="Die Zellen {v} sind verbunden; was darin steht, lesen wir nur für die erste. "
    "Heben Sie die Verbindung auf und füllen Sie jede Zelle.",
    en="The cells {v} are merged; what stands there is read for the first one only. "
    "Unmerge them and fill each cell.",
)
OTHER_WEEKDAY = Rule(
    id="PLAN-56",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="„{v}“: Der {d} ist aber ein {wd}. Was soll gelten, der Tag oder das Datum?",
    en="“{v}”: but {d} is a {wd}. Which one counts, the weekday or the date?",
)
ABOVE_HEADINGS = Rule(
    id="PLAN-58",
    severity=Severity.HINT,
    de="„{v}“ steht über den Überschriften; das lesen wir nicht.",
    en="“{v}” stands above the headings, and is not read.",
)
A_TOTAL = Rule(
    id="PLAN-61",
    severity=Severity.HINT,
    de="„{v}“ sieht nach einer Summe aus. Diese Zeile lesen wir nicht.",
    en="“{v}” looks like a total. This row is not read.",
)
AMBIGUOUS = Rule(
    id="MED-20",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Das Bild „{v}“ gibt es mehrmals: {files}. Geben Sie jedem einen eigenen Namen.",
    en="There are several pictures “{v}”: {files}. Give each its own name.",
)

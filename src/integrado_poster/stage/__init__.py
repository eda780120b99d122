"""Stand-in platforms on loopback: for rehearsal, demonstration and tests."""

from __future__ import annotations

from integrado_poster.stage.faults import BEFORE, KINDS, LASTING, PLACES, Faults
from integrado_poster.stage.shown import Expected, Seen, Shown, ShownPicture, Verdict, verdict
from integrado_poster.stage.stage import Stage

__all__ = [
    "BEFORE",
    "KINDS",
    "LASTING",
    "PLACES",
    "Expected",
    "Faults",
    "Seen",
    "Shown",
    "ShownPicture",
    "Stage",
    "Verdict",
    "verdict",
]

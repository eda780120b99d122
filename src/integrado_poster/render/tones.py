"""The tones of a card, made from a member's colour so that every text on them can be read."""

from __future__ import annotations

from integrado_poster.measure import INK, contrast, ink_on, readable

Rgb = tuple[float, float, float]

PAPER = "#fffdf9"
MUTED = "#4a4f58"


def tones(colour: str) -> dict[str, str]:
    """Give the named tones that a template may use, as "#rrggbb".

    The colour stays as it is and carries white or black; only one on which neither can be read (a
    plan with it is refused) is darkened. `deep` can be read on `paper` and on `tint`.
    """
    found = readable(colour)
    ground, on = _rgb(found), ink_on(found)
    tint = _mix(ground, (1.0, 1.0, 1.0), 0.90)
    return {
        "colour": _hex(ground),
        "on-colour": on,
        "deep": _hex(_darkened(ground, tint, 7.0)),
        "mid": _hex(_mix(ground, (1.0, 1.0, 1.0), 0.45)),
        "soft": _hex(_mix(ground, (1.0, 1.0, 1.0), 0.78)),
        "tint": _hex(tint),
        "line": _hex(_mix(ground, (1.0, 1.0, 1.0), 0.65)),
        "paper": PAPER,
        "text": INK,
        "muted": MUTED,
    }


def _darkened(tone: Rgb, against: Rgb, wanted: float) -> Rgb:
    """The tone, mixed with as little black as gives the wanted contrast."""
    for step in range(101):
        darker = _mix(tone, (0.0, 0.0, 0.0), step / 100)
        if contrast(_hex(darker), _hex(against)) >= wanted:
            return darker
    return (0.0, 0.0, 0.0)


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    return (
        one[0] + (other[0] - one[0]) * share,
        one[1] + (other[1] - one[1]) * share,
        one[2] + (other[2] - one[2]) * share,
    )


def _rgb(colour: str) -> Rgb:
    return (
        int(colour[1:3], 16) / 255,
        int(colour[3:5], 16) / 255,
        int(colour[5:7], 16) / 255,
    )


def _hex(tone: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in tone)

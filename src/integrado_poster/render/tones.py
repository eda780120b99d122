"""The tones of a card, made from a member's colour so that every text on them can be read."""

from __future__ import annotations

Rgb = tuple[float, float, float]

INK = "#16181d"
PAPER = "#fffdf9"
MUTED = "#4a4f58"
ENOUGH = 4.5  # WCAG 2, AA


def tones(colour: str) -> dict[str, str]:
    """Give the named tones that a template may use, as "#rrggbb".

    White stands on the colour if need be after darkening it a little; a light colour stays as it
    is and carries black. `deep` can be read on `paper` and on `tint`.
    """
    base = _rgb(colour)
    ground, on = _with_ink(base)
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


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours by WCAG 2, from 1 to 21."""
    light, dark = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _with_ink(base: Rgb) -> tuple[Rgb, str]:
    """The ground and what is written on it: a light ground keeps its colour and takes black."""
    if contrast(_hex(base), INK) >= 7.0:
        return base, INK
    return _darkened(base, (1.0, 1.0, 1.0), 5.5), "#ffffff"


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


def _luminance(tone: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in tone
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> Rgb:
    return (
        int(colour[1:3], 16) / 255,
        int(colour[3:5], 16) / 255,
        int(colour[5:7], 16) / 255,
    )


def _hex(tone: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in tone)

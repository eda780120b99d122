"""A text that is too long for one message, as a chain of several, each but the first an answer to the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from integrado_poster.contract import Ruler
from integrado_poster.render.sentences import pieces

MOST_PARTS = 25
"""What the longest of chains may have; as many as the platforms' own windows take at once."""


class Block(NamedTuple):
    """Words of one kind: where they are shown, and their name among what was dropped."""

    place: int
    name: str
    text: str


class Unit(NamedTuple):
    """What stays together: a sentence, the information, the link with everything that ends a post."""

    name: str
    text: str
    gap: str  #: What parts it from the unit before it in the same part.
    border: int  #: How unwelcome it is that a new part begins here.


class Chain(NamedTuple):
    """The texts of the parts, with their counters, and what found no room even so."""

    parts: tuple[str, ...]
    dropped: tuple[str, ...]


def chain(body: Block, wanted: Sequence[Block], rulers: Sequence[Ruler]) -> Chain | None:
    """Give the fewest parts that say all of this, each fitting by every ruler; None if there is no way.

    The body is parted between sentences only, best between paragraphs, and the parts are about
    equally full. Then follow translations and information; link, handle, funder and hashtags end
    the last part: the first is for words that make people read on, and its card names the rest.
    `wanted` comes the most important first, as what is too long for any part is left out whole.
    """
    for most in (9, MOST_PARTS):
        rooms = _rooms(rulers, most)
        if sentence_too_long(body, rulers, most):
            return None
        for number in range(len(wanted), -1, -1):
            units, dropped = _units(body, wanted[:number], rulers, rooms)
            cuts = _cuts(units, rulers, rooms)
            if cuts and len(cuts) <= most:
                parts = tuple(
                    _said(units[start:end], _counter(part, len(cuts)))
                    for part, (start, end) in enumerate(cuts, start=1)
                )
                gone = {*dropped, *(block.name for block in wanted[number:])}
                return Chain(parts, tuple(each.name for each in wanted if each.name in gone))
            if most < MOST_PARTS:
                break  # a longer chain is better than one that leaves something out
    return None


def sentence_too_long(body: Block, rulers: Sequence[Ruler], most: int = 9) -> str:
    """Give the first sentence that fits into no part of a chain; "" if there is none."""
    rooms = _rooms(rulers, most)
    return next(
        (each.text for each in pieces(body.text) if not _fits(each.text, rulers, rooms)), ""
    )


def _counter(part: int, parts: int) -> str:
    return f" ({part}/{parts})"


def _rooms(rulers: Sequence[Ruler], most: int) -> list[int]:
    """What each ruler leaves for words beside the longest counter."""
    return [ruler.limit - ruler.measure(_counter(most, most)) for ruler in rulers]


def _fits(text: str, rulers: Sequence[Ruler], rooms: Sequence[int]) -> bool:
    return all(ruler.measure(text) <= room for ruler, room in zip(rulers, rooms, strict=True))


# --- What stays together -----------------------------------------------------------------

# A full part counts a million, by the square of how full it is. So a paragraph is parted only if the
# parts would be very unequal otherwise, and the link has some words beside it whenever there is a way.
_BORDERS: Mapping[str, int] = {"": 0, "\n\n": 0, "\n": 40_000, " ": 120_000}
_LEFT_ALONE = 250_000
_END = frozenset(("link", "handle", "funder", "hashtags"))


def _units(
    body: Block, wanted: Sequence[Block], rulers: Sequence[Ruler], rooms: Sequence[int]
) -> tuple[list[Unit], set[str]]:
    """Everything that can be said, in its order, and the names of what is too long for any part."""
    units, dropped, end = _sentences(body), set(), []
    for block in sorted(wanted):
        if block.name in _END:
            text = _shortened(block, rulers, rooms)
            end += [block._replace(text=text)] if text else []
            dropped |= {block.name} if text != block.text else set()
            continue
        whole = block.name == "information" and _fits(block.text, rulers, rooms)
        parts = [Unit(block.name, block.text, "", 0)] if whole else _sentences(block)
        if all(_fits(each.text, rulers, rooms) for each in parts):
            units += [parts[0]._replace(gap="\n\n"), *parts[1:]]
        else:
            dropped.add(block.name)
    return units + _ending(end, rulers, rooms), dropped


def _sentences(block: Block) -> list[Unit]:
    return [
        Unit(block.name, piece.text, piece.gap, _BORDERS[piece.gap]) for piece in pieces(block.text)
    ]


def _shortened(block: Block, rulers: Sequence[Ruler], rooms: Sequence[int]) -> str:
    """The block as far as it fits: of the hashtags some may stay, anything else stays whole or goes."""
    text = block.text
    while text and not _fits(text, rulers, rooms):
        text = text.rpartition(" ")[0] if block.name == "hashtags" else ""
    return text


def _ending(blocks: Sequence[Block], rulers: Sequence[Ruler], rooms: Sequence[int]) -> list[Unit]:
    """Link, handle, funder and hashtags: one unit, if one part holds them."""
    units: list[Unit] = []
    for block in blocks:
        before = units[-1].name if units else ""
        units.append(Unit(block.name, block.text, gap(before, block.name), _LEFT_ALONE))
    together = "".join([*(unit.gap * bool(at) + unit.text for at, unit in enumerate(units))])
    if len(units) > 1 and _fits(together, rulers, rooms):
        return [units[0]._replace(text=together)]
    return units


def gap(before: str, name: str) -> str:
    """Give what parts two blocks: a blank line, but link and handle stand close together."""
    return "\n" if (before, name) == ("link", "handle") else "\n\n"


# --- Where the parts begin ------------------------------------------------------------------


def _cuts(
    units: Sequence[Unit], rulers: Sequence[Ruler], rooms: Sequence[int]
) -> list[tuple[int, int]]:
    """Start and end of each part: as few as there can be, and of those the best; [] if there is no way.

    Each unit is counted once: with blanks and line ends between them, no ruler counts more for
    all together than for each alone.
    """
    lengths = [[ruler.measure(unit.text) for ruler in rulers] for unit in units]
    gaps = [[ruler.measure(unit.gap) for ruler in rulers] for unit in units]
    if min(rooms) < 1 or _hopeless(lengths, rooms):
        return []
    best: list[tuple[int, int, int] | None] = [(0, 0, 0)]  # parts, badness, start of the last one
    for end in range(1, len(units) + 1):
        ways = [
            (before[0] + 1, before[1] + full * full + units[start].border * bool(start), start)
            for start, full in _last_parts(lengths, gaps, rooms, end)
            if (before := best[start])
        ]
        best.append(min(ways, default=None))
    cuts: list[tuple[int, int]] = []
    end = len(units)
    while end and (way := best[end]):
        cuts.append((way[2], end))
        end = way[2]
    return cuts[::-1] if not end else []


def _hopeless(lengths: Sequence[Sequence[int]], rooms: Sequence[int]) -> bool:
    """Whether there is more to say than the longest of chains holds; seen before anything is tried."""
    totals = [sum(each[ruler] for each in lengths) for ruler in range(len(rooms))]
    return any(total > MOST_PARTS * room for total, room in zip(totals, rooms, strict=True))


def _last_parts(
    lengths: Sequence[Sequence[int]], gaps: Sequence[Sequence[int]], rooms: Sequence[int], end: int
) -> Iterator[tuple[int, int]]:
    """Where a part that ends here may begin, and how full it is then, in thousandths."""
    used = [0] * len(rooms)
    for start in range(end - 1, -1, -1):
        before = gaps[start + 1] if start + 1 < end else (0,) * len(rooms)
        used = [sum(three) for three in zip(used, before, lengths[start], strict=True)]
        full = max(each * 1000 / room for each, room in zip(used, rooms, strict=True))
        if full > 1000:
            return
        yield start, int(full)


def _said(units: Sequence[Unit], counter: str) -> str:
    """The words of one part; its counter stands behind its text, before link and hashtags."""
    first = list(takewhile(lambda unit: unit.name == units[0].name, units))
    text = first[0].text + "".join(unit.gap + unit.text for unit in first[1:]) + counter
    return text + "".join(unit.gap + unit.text for unit in units[len(first) :])

"""The parts of the crash run, and what of them has to be seen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.crash.chains import SCRIPTS as CHAIN_SCRIPTS
from tests.crash.chains import ChainCase, sweep_chain
from tests.crash.disk import Left
from tests.crash.fuse import WIRE
from tests.crash.killing import kill
from tests.crash.lives import POINTS
from tests.crash.machine import explore
from tests.crash.power import Outage, cut_power
from tests.crash.schedules import SCRIPTS, Case, sweep
from tests.crash.tally import Tally
from tests.fakes import Blow, Finds

THINNED = 2  # of the pairs of crashes under two faults every other one is played; from N=10 on all
SHARDS = 3  # databases on which the real program is killed
DAYS = 20  # of each at most, after one in peace
KILLS = 700  # at least
ENOUGH = 240  # kills on each database, after which no other day begins
HISTORIES = 80  # of the state machine, the same each time, and as many others
IN_FULL = ((), (Blow.REFUSED,), (Blow.BUSY,))  # with what is the same as at another point
OUTAGES: tuple[tuple[Blow, ...], ...] = ((), (Blow.LOST_AFTER,), (Blow.LOST_BEFORE, Blow.BUSY))


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the run for one process."""

    name: str
    play: Callable[[], Tally]
    waits: bool = False  #: Half of its time: for the disk, for replies, for a death.
    caught: bool = False  #: It must find something, being weaker than ours.


def parts(times: int, seed: int) -> list[Part]:
    """Everything there is to play, the longest first."""
    shards = [seed + number for number in range(SHARDS * times)]
    return [
        *(Part("kill -9", partial(kill, number, DAYS, ENOUGH), waits=True) for number in shards),
        Part("state machine", partial(explore, HISTORIES * times, None)),
        Part("state machine", partial(explore, HISTORIES * times, seed)),
        *(Part("chains", partial(sweep_chain, case)) for case in chain_cases(times)),
        *(Part("schedules", partial(sweep, case)) for case in cases(times)),
        *outages(seed),
    ]


def cases(times: int) -> list[Case]:
    """Every kind of find under every row of faults."""
    thinned: dict[str, Any] = {"pairs": THINNED, "thin": True} if times < 10 else {}
    return [
        Case(
            finds=finds,
            script=script,
            nested=max(1, 160 // times),
            everything=times >= 10 or script in IN_FULL,
            **(thinned if len(script) > 1 else {}),
        )
        for script in SCRIPTS  # those of few faults first: they are played in full
        for finds in Finds
    ]


def chain_cases(times: int) -> list[ChainCase]:
    """Chains on every kind of find, without faults and with a fault on each part."""
    pairs = max(1, 15 // times)
    return [
        ChainCase(finds=finds, script=script, pairs=pairs, everything=times >= 10)
        for script in CHAIN_SCRIPTS
        for finds in Finds
    ]


def outages(seed: int) -> list[Part]:
    """Power losses under our settings, and under those that are known to lose commits."""
    ours = [
        Outage(mode=mode, left=left, script=script, seed=seed)
        for mode in ("wal", "delete")
        for left in Left
        for script in OUTAGES
    ]
    weak = [
        Outage(mode=mode, left=Left.NOTHING, synchronous=setting, seed=seed)
        for mode, setting in (("wal", "normal"), ("delete", "normal"), ("delete", "full"))
    ]
    return [
        *(Part(str(outage), partial(cut_power, outage)) for outage in ours),
        *(Part(str(outage), partial(cut_power, outage), caught=True) for outage in weak),
    ]


def judged(part: Part, tally: Tally) -> Tally:
    """The part's figures; of one that must be caught only whether it was."""
    if not part.caught:
        return tally
    told = (
        f"{part.name}: {len(tally.failures)} of {tally.schedules} schedules go wrong, as they must"
    )
    sys.stderr.write(f"{told}\n")
    verdict = Tally()
    if not tally.problems["duplicated"]:
        verdict.fail("wrong", f"{part.name}: it should have doubled a post, and nobody noticed")
    return verdict


def unseen(tally: Tally, kills: int) -> list[str]:
    """What the run has to have done, and has not."""
    named = [*sorted(POINTS - tally.points)]
    found = [f"no schedule came to {name}" for name in named]
    found += [f"nobody was killed at {name}" for name in sorted((POINTS | WIRE) - tally.killed_at)]
    if tally.kills < kills:
        found.append(f"only {tally.kills} kills; {kills} are wanted")
    if not tally.cold:
        found.append("nobody was killed after a cold start")
    return found

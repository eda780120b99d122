"""What kills a process from within: by its own hand, at the n-th point that it comes to."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

WIRE = frozenset({"http.client.connect", "http.client.send"})
"""Python's own audit events: before connecting, and before the head or the body of a request leaves."""

ANY = "any"  # point


@dataclass
class Fuse:
    """Kills its own process the n-th time that it comes to a point, or to any.

    It tells its parent of the first point, or that there was nothing to do, and of the one where it ends.
    """

    at: str
    left: int
    tell: int
    told: bool = False

    def point(self, name: str) -> None:
        if not self.told:
            self.told = True
            os.write(self.tell, b"\n")
        if self.at in (name, ANY):
            self.left -= 1
            if not self.left:
                os.write(self.tell, name.encode())
                os.kill(os.getpid(), signal.SIGKILL)

    def idle(self, *, busy: bool) -> None:
        """After a round: if it has led to no point and nobody is on the way to one, there is no work."""
        if not (busy or self.told):
            os.write(self.tell, b"-")

    def audit(self, event: str, _facts: object) -> None:
        if event in WIRE:
            self.point(event)

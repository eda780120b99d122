"""When posts are due, and what wakes the publisher up."""

from __future__ import annotations

from integrado_poster.schedule.when import due, planned, starts

__all__ = ["due", "planned", "starts"]

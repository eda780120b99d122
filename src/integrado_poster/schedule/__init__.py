"""When posts are due, and what wakes the publisher up."""

from __future__ import annotations

from integrado_poster.schedule.when import GRACE, due, planned, resolved, starts

__all__ = ["GRACE", "due", "planned", "resolved", "starts"]

"""How `run` logs: readable text for a terminal, JSON lines for machines; no secrets either way."""

from __future__ import annotations

import logging
import sys


def configure(form: str) -> None:
    """Send every record of ours to stderr, in UTC, with its facts as fields."""
    import structlog
    from structlog.typing import Processor

    chain: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                last,
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)

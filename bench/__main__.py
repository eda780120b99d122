"""Measure everything, print a table, write build/bench.json."""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench import cards, deliveries, plans, punctuality, startup


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    gc.set_threshold(50_000)  # as the program does
    rooms = {
        "cards": cards,
        "plans": plans,
        "deliveries": deliveries,
        "punctuality": punctuality,
        "startup": startup,
    }
    found = []
    table = Table("what", "value", "unit", "against", "ratio")
    with TemporaryDirectory(prefix="bench-") as name:
        for room in sys.argv[1:] or rooms:
            for figure in rooms[room].figures(Path(name)):
                found.append(figure)
                ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
                table.add_row(
                    figure.name, f"{figure.value:.1f}", figure.unit, figure.against, ratio
                )
    build = Path("build")
    build.mkdir(exist_ok=True)
    (build / "bench.json").write_text(
        json.dumps([asdict(figure) for figure in found], indent=1), encoding="utf-8"
    )
    Console().print(table)


if __name__ == "__main__":  # the stage's process imports this file, too
    main()

"""`python -m integrado_poster` is the same as `integrado-poster`."""

from __future__ import annotations

from integrado_poster.cli import main

main()

"""An empty plan to fill in with Excel or LibreOffice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from integrado_poster.model import Account


def template(
    path: Path, accounts: Sequence[Account] = (), lengths: Mapping[str, int] | None = None
) -> None:
    """Write an .xlsx with all columns, examples and drop-downs; with a column for each account.

    `lengths` says how many characters fit on each platform; the sheet colours longer texts.
    """
    from integrado_poster.plan.cells import Cells
    from integrado_poster.plan.xlsx import Book

    platforms = list(dict.fromkeys(account.platform for account in accounts))
    numbers = ["1", "2", "3", "4"]
    extra = {
        "image": numbers, "alt": numbers, "credit": numbers, "focus": numbers,
        "people": numbers, "consent": numbers, "lettered": numbers, "ai": numbers,
        "translation": ["1", "2"], "translation_language": ["1", "2"],
        "translated_headline": ["1", "2"], "translated_information": ["1", "2"], "translated_alt": ["1", "2"],
        "text": platforms, "handle": platforms,
        "channel": [account.key for account in accounts],
    }  # fmt: skip
    campaign: Cells = {
        "zone": "Europe/Berlin",
        "cadence": "jeden Tag ein anderer Träger",
        "language": "de",
        "long_texts": "kürzen lassen",
        "languages": "zusammen",
        "on_late": "fragen",
        "approvals": "nein",
        "late_after": "6",
    }
    rows: dict[str, list[Cells]] = {
        "campaign": [campaign],
        "areas": [],
        "organisations": [],
        "accounts": [
            {"key": account.key, "platform": account.platform, "handle": account.handle}
            for account in accounts
        ],
        "consents": [],
        "posts": [],
    }
    fits = {f"text_{name}": most for name, most in (lengths or {}).items() if name in platforms}
    if fits:
        fits["text"] = min(fits.values())
    path.write_bytes(Book(german=True, lengths=fits).written(rows, extra))

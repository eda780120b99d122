"""What the documents say is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from integrado_poster.cli import cli
from integrado_poster.settings import Settings

ROOT = Path(__file__).parents[1]
OPERATOR = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def test_the_operators_page_lists_every_setting() -> None:
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}` "
        assert f"| `{name}` | {default}| {field.description} |" in OPERATOR


def test_every_link_between_documents_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_command_in_the_documents_exists() -> None:
    group = typer.main.get_command(cli)
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    calls = {
        call
        for page in pages
        for call in re.findall(
            r"(?<![\w`/])integrado-poster ((?:--\w+ \S+ )?[a-z]+(?: [a-z-]+)?)",
            page.read_text(encoding="utf-8"),
        )
    }
    assert len(calls) > 10
    for call in calls:
        words = re.sub(r"^--\w+ \S+ ", "", call).split()
        known = getattr(group, "commands", {})
        assert words[0] in known, call
        inner = getattr(known[words[0]], "commands", None)
        if inner is not None:
            assert words[-1] in inner, call

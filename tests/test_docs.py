"""What the documents say is what the program does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import typer.main

from integrado_poster import plan
from integrado_poster.check import RULES
from integrado_poster.check.catalogue import markdown
from integrado_poster.cli import cli
from integrado_poster.model import Shape
from integrado_poster.notify.mailbox import Mail
from integrado_poster.render import cards, tones
from integrado_poster.settings import Settings

ROOT = Path(__file__).parents[1]
OPERATOR = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def test_the_operators_page_lists_every_setting() -> None:
    of_mail = {f"mail.{field.alias or name}": field for name, field in Mail.model_fields.items()}
    for name, field in {**Settings.model_fields, **of_mail}.items():
        shown = not field.is_required() and field.default is not None
        default = f"`{field.default}` " if shown else ""
        assert f"| `{name}` | {default}| {field.description} |" in OPERATOR


def test_the_page_of_rules_is_the_list_of_rules() -> None:
    """Run `integrado-poster plan rules --markdown > docs/rules.md`."""
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == markdown(RULES)


def test_every_link_between_documents_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


CALL = re.compile(
    r"(?:`|^\s*|\bsh -c '|poster )integrado-poster (?:--\w+ \S+ )?([a-z]+)(?: ([a-z-]+))?",
    re.MULTILINE,
)


def test_every_command_in_the_documents_exists() -> None:
    commands = getattr(typer.main.get_command(cli), "commands", {})
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    pages += (ROOT / "src" / "integrado_poster" / "speech").glob("*.toml")  # the mails
    calls = {call for page in pages for call in CALL.findall(page.read_text(encoding="utf-8"))}
    assert len(calls) > 20
    for command, word in calls:
        assert command in commands
        inner = getattr(commands[command], "commands", None)
        assert inner is None or word in inner, (command, word)


@pytest.mark.parametrize("number", [0, 1])
def test_the_designers_templates_draw_every_shape(tmp_path: Path, number: int) -> None:
    page = (ROOT / "docs" / "designer.md").read_text(encoding="utf-8")
    templates = re.findall(r"```typst\n(.*?)```", page, re.DOTALL)
    shutil.copytree(ROOT / "campaign" / "interkulturelle-woche-2021", tmp_path / "campaign")
    (tmp_path / "campaign" / "cards" / "fest.typ").write_text(templates[number], encoding="utf-8")
    campaign = plan.read(tmp_path / "campaign").campaign
    assert campaign
    posts = [post.model_copy(update={"card": "fest"}) for post in campaign.posts]
    found = cards.cards(campaign, posts, tuple(Shape), tmp_path / "campaign")

    assert len(templates) == 2
    assert len(found) == len(posts) * len(Shape)


def test_the_designers_tables_name_what_there_is() -> None:
    page = (ROOT / "docs" / "designer.md").read_text(encoding="utf-8")
    library = "".join(
        (ROOT / "src/integrado_poster/render/templates" / name).read_text(encoding="utf-8")
        for name in ("lib.typ", "parts.typ")
    )
    parts = set(re.findall(r"^\| `([a-z-]+)\(", page, re.MULTILINE))

    assert len(parts) > 9
    assert {part for part in parts if f"#let {part}(" not in library} == set()
    for tone in tones.tones("#0b5d5e"):
        assert f"`{tone}`" in page

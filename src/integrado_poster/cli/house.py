"""init and db: setting up, and looking after the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from integrado_poster.cli.shell import Shell

database = typer.Typer(no_args_is_help=True, help="Look after the database.")


def add_to(cli: typer.Typer) -> None:
    """Add these commands to the program."""
    cli.command()(init)
    cli.add_typer(database, name="db")


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")] = Path(),
) -> None:
    """Set up a folder: settings, key, empty database, a plan to fill in."""
    from integrado_poster import plan, settings
    from integrado_poster.journal import journal_at, make_key

    shell: Shell = context.obj
    folder.mkdir(parents=True, exist_ok=True)
    toml = folder / settings.FILE
    if not toml.exists():
        toml.write_text(shell.say("init.toml"), encoding="utf-8")
    found = settings.load(data=shell.data, file=toml)
    make_key(found.key_file)
    journal_at(found.database, found.key_file, create=True).close()
    if not (folder / "plan.xlsx").exists():
        plan.template(folder / "plan.xlsx")
    shell.answer("init.done", folder=folder.absolute(), file=found.key_file)


@database.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database to what this version needs; a copy of the old one is kept."""
    from integrado_poster import journal

    shell: Shell = context.obj
    journal.upgrade(shell.settings.database)
    shell.answer("db.upgraded", database=shell.settings.database)


@database.command()
def check(context: typer.Context) -> None:
    """Tell whether the database is whole and fits this version."""
    shell: Shell = context.obj
    with shell.journal():  # opening it checks both
        shell.answer("db.good", database=shell.settings.database)

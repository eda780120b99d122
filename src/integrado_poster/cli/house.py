"""init, doctor and db: setting up, and looking after machine and database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from integrado_poster.cli.plans import Json
from integrado_poster.cli.shell import Shell

database = typer.Typer(no_args_is_help=True, help="Look after the database.")


def add_to(cli: typer.Typer) -> None:
    """Add these commands to the program."""
    cli.command()(init)
    cli.command()(doctor)
    cli.add_typer(database, name="db")


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")] = Path(),
) -> None:
    """Set up a folder: settings, key, empty database, a plan to fill in."""
    from integrado_poster import app, plan, settings
    from integrado_poster.journal import journal_at, make_key

    shell: Shell = context.obj
    folder.mkdir(parents=True, exist_ok=True)
    toml = folder / settings.FILE
    if not toml.exists():
        toml.write_text(shell.say("init.toml"), encoding="utf-8")
    found = settings.load(data=shell.data, file=toml)
    make_key(found.key_file)
    found.data.mkdir(parents=True, exist_ok=True)
    journal_at(found.place, found.key_file, create=True).close()
    if not (folder / "plan.xlsx").exists():
        plan.template(folder / "plan.xlsx", *app.suggested(None))
    shell.answer("init.done", folder=folder.absolute(), file=found.key_file)


def doctor(
    context: typer.Context,
    online: Annotated[bool, typer.Option(help="Ask the platforms about the logins.")] = True,
    json: Json = False,
) -> None:
    """Look at this machine: all that publishing rests on, and what to do where it is missing."""
    from integrado_poster import doctor as doctors
    from integrado_poster.clock import SystemClock

    shell: Shell = context.obj
    mounts = Path("/proc/self/mounts")
    found = list(
        doctors.examine(
            shell.settings.place,
            shell.settings.data,
            shell.settings.key_file,
            now=SystemClock().now(),
            mounts=mounts.read_text(encoding="utf-8") if mounts.exists() else "",
            online=online,
        )
    )
    found.append(doctors.mails(shell.settings.mail, online=online))
    if json:
        shell.json([
            {
                "part": each.part,
                "health": each.health,
                "message": shell.say(f"doctor.{each.part}.{each.verdict}", **each.facts),
            }
            for each in found
        ])  # fmt: skip
    else:
        for each in found:
            sign = shell.say(f"health.{each.health}")
            sentence = shell.say(f"doctor.{each.part}.{each.verdict}", **each.facts)
            shell.line(f"{sign:8} {sentence}", bold=each.health != doctors.Health.GOOD)
    raise typer.Exit(max((d.exit_code for d in found if d.health == "bad"), default=0))


@database.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database to what this version needs; a copy of the old one is kept."""
    from integrado_poster import journal

    shell: Shell = context.obj
    journal.upgrade(shell.settings.place)
    shell.answer("db.upgraded", database=shell.database)


@database.command()
def check(context: typer.Context) -> None:
    """Tell whether the database is whole and fits this version."""
    from integrado_poster.errors import DatabaseUnusable

    shell: Shell = context.obj
    with shell.journal() as journal:
        if damage := journal.damage():
            raise DatabaseUnusable(damage)
        shell.answer("db.good", database=shell.database)

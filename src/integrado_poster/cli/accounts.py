"""account list, connect, check, disconnect."""

from __future__ import annotations

import json as jsons
import sys
from pathlib import Path
from typing import Annotated

import typer

from integrado_poster.cli.plans import Json
from integrado_poster.cli.shell import Shell
from integrado_poster.speech import Sentence

account_commands = typer.Typer(no_args_is_help=True, help="Connect the platforms' accounts.")
Key = Annotated[str, typer.Argument(help="The account's key, as the plan names it.")]


def add_to(cli: typer.Typer) -> None:
    """Add these commands to the program."""
    cli.add_typer(account_commands, name="account")


@account_commands.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List the connected accounts."""
    shell: Shell = context.obj
    with shell.journal() as journal:
        accounts = journal.accounts()
    if json:
        shell.json([
            {
                "account": account.key,
                "platform": account.platform,
                "name": account.identity.name if account.identity else None,
                "works": account.login_works,
            }
            for account in accounts
        ])  # fmt: skip
        return
    if not accounts:
        shell.answer("account.none")
        return
    table = shell.table("account", "platform", "identity", "login")
    for account in accounts:
        missing = "login.needed" if account.connected_at else "login.never"
        table.add_row(
            account.key,
            account.platform,
            account.identity.name if account.identity else "",
            shell.say("login.ok" if account.login_works else missing),
        )
    shell.out.print(table)


@account_commands.command()
def connect(
    context: typer.Context,
    key: Key,
    platform: Annotated[str | None, typer.Option(help="Only if the plan does not say it.")] = None,
    secrets: Annotated[
        Path | None, typer.Option(help="A JSON file with settings and secrets; - for stdin.")
    ] = None,
) -> None:
    """Connect an account, or renew its login. Secrets are asked for; they are never arguments."""
    shell: Shell = context.obj
    platform = platform or _planned(shell, key) or key
    try:
        facts = _given(shell, secrets) if secrets else _ask(shell, platform)
    except typer.Abort:  # Ctrl-C, or nobody there to answer
        sys.stderr.write("\n")
        shell.tell("account.aborted")
        raise typer.Exit(2) from None
    with shell.app() as app:
        identity = app.connect(key, platform, facts)
    shell.answer("account.connected", account=key, name=identity.name)


@account_commands.command()
def check(
    context: typer.Context,
    key: Annotated[str | None, typer.Argument(help="Only this account.")] = None,
    json: Json = False,
) -> None:
    """Ask every platform whether its login still works."""
    from integrado_poster.errors import PlatformError

    shell: Shell = context.obj
    worst, asked = 0, []
    with shell.app() as app:
        if key is not None and app.journal.account(key) is None:
            shell.tell("account.unknown", account=key)
            raise typer.Exit(2)
        for account in app.journal.accounts():
            if key not in (None, account.key):
                continue
            try:
                name, trouble = app.check_login(account.key).name, None
            except PlatformError as error:
                name, trouble = None, shell.say.words(error.said)
                worst = max(worst, error.exit_code)
            facts = {"account": account.key, "name": name, "detail": trouble}
            asked.append(facts | {"works": trouble is None})
            if not json:
                shell.answer(f"account.{'broken' if trouble else 'works'}", **facts)
    if json:
        shell.json(asked)
    elif not asked:
        shell.answer("account.none")
    raise typer.Exit(worst)


@account_commands.command()
def disconnect(context: typer.Context, key: Key) -> None:
    """Forget an account's login. Its posts wait until it is connected again."""
    shell: Shell = context.obj
    with shell.app() as app:
        if not app.journal.disconnect(key, now=app.clock.now()):
            shell.tell("account.unknown", account=key)
            raise typer.Exit(2)
    shell.answer("account.disconnected", account=key)


def _planned(shell: Shell, key: str) -> str | None:
    """The platform of an account as the plan says, or as it was connected before."""
    with shell.journal() as journal:
        campaign, known = journal.campaign(), journal.account(key)
    for account in campaign.accounts if campaign else ():
        if account.key == key:
            return account.platform
    return known.platform if known else None


def _given(shell: Shell, secrets: Path) -> dict[str, str]:
    """Settings and secrets from a file; raises `SettingsError`, which quotes nothing of them."""
    from integrado_poster.errors import SettingsError

    try:
        text = sys.stdin.read() if str(secrets) == "-" else secrets.read_text(encoding="utf-8")
        facts = jsons.loads(text)
    except (OSError, ValueError):
        facts = None
    if not isinstance(facts, dict) or not all(isinstance(fact, str) for fact in facts.values()):
        raise SettingsError(Sentence("account.no-json", file=secrets))
    return facts


def _ask(shell: Shell, platform: str) -> dict[str, str]:
    from integrado_poster.app import asked

    facts = {}
    for field in asked(platform):
        answer = typer.prompt(
            shell.say(f"ask.{field.name}"),
            default=field.default,
            hide_input=field.secret,
            err=True,
        )
        facts[field.name] = answer
    return facts

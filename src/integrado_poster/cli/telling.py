"""mail test and watch: whether a person would be told, also when nothing runs any more."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated

import typer

from integrado_poster.cli.shell import Shell
from integrado_poster.errors import DatabaseUnusable, NotTold, SettingsError
from integrado_poster.speech import Sentence

if TYPE_CHECKING:
    from datetime import datetime

mail_commands = typer.Typer(no_args_is_help=True, help="The mails that people get.")


def add_to(cli: typer.Typer) -> None:
    """Add these commands to the program."""
    cli.command()(watch)
    cli.add_typer(mail_commands, name="mail")


@mail_commands.command()
def test(context: typer.Context) -> None:
    """Send a mail to everybody who is to be told, to see whether it arrives."""
    from integrado_poster.clock import SystemClock
    from integrado_poster.notify.letter import Letter
    from integrado_poster.notify.mail import addresses, deliver, envelope

    shell: Shell = context.obj
    mail, now = shell.settings.mail, SystemClock().now()
    if mail is None:
        raise SettingsError(Sentence("settings.no-mail"))
    words = Letter(shell.say("mail.test.subject"), shell.say("mail.test.text"))
    refused = deliver(mail, envelope(mail, words, f"test-{now:%Y%m%d%H%M%S%f}", now))
    told = [who for who in addresses(mail) if who not in refused]
    shell.answer("mail.test.done", to=", ".join(told), host=mail.host)
    if refused:
        strangers = "; ".join(f"{who}: {words}" for who, words in refused.items())
        raise NotTold("recipients", strangers)


def watch(
    context: typer.Context,
    every: Annotated[
        int | None,
        typer.Option(min=10, metavar="SECONDS", help="Go on looking; for a service of its own."),
    ] = None,
) -> None:
    """Look whether posts go out, and mail once an hour if they do not. For a timer, every minute."""
    from threading import Event

    from integrado_poster.clock import SystemClock

    shell: Shell = context.obj
    clock, halt = SystemClock(), Event()
    seen = _watch(shell, clock.now())
    if every is None:
        raise typer.Exit(0 if seen in ("well", "idle") else 7)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: halt.set())
    while not halt.wait(every):
        seen = _watch(shell, clock.now(), but=seen)


def _watch(shell: Shell, now: datetime, *, but: str = "") -> str:
    """Look once and tell people; say what was seen, `but` not if it is the same as before."""
    from integrado_poster.notify import watch as watching

    mail, folder = shell.settings.mail, shell.settings.data
    try:
        with shell.journal() as journal:
            seen = watching.watch(journal, folder, shell.messenger(journal), now)
            since = shell.when(seen.since) if seen.since else shell.say("mail.never")
        if seen.verdict != but:
            shell.answer(f"watch.{seen.verdict}", since=since, count=seen.overdue)
        return seen.verdict
    except DatabaseUnusable as error:
        if but != "database":
            shell.tell("error.DatabaseUnusable", detail=error.said)
        try:
            if mail:
                watching.tell_without_a_journal(mail, folder, error, now)
        except NotTold as silent:
            shell.tell("error.NotTold", detail=silent.said)
        return "database"

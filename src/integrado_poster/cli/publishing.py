"""rehearse, run, stage, status, log, stop, resume."""

from __future__ import annotations

import os
import signal
import sys
import webbrowser
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrado_poster.cli.looking import locked_out, waiting
from integrado_poster.cli.plans import Json, PlanPath, rendered, usable
from integrado_poster.cli.shell import Shell

if TYPE_CHECKING:
    from integrado_poster.app import App
    from integrado_poster.model import Campaign, Delivery, Outlook
    from integrado_poster.rehearse import Rehearsal


def add_to(cli: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (rehearse, run, stage, stop, resume):
        cli.command()(command)


def rehearse(
    context: typer.Context,
    plan: PlanPath,
    faults: Annotated[
        str, typer.Option(metavar="KINDS", help="What goes wrong on the way: all, or a list.")
    ] = "",
    seed: Annotated[int, typer.Option(help="The same number draws the same faults.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for the gallery and the timelines.")] = Path(
        "build/rehearsal"
    ),
    show: Annotated[bool, typer.Option("--open", help="Open the gallery in the browser.")] = False,
    json: Json = False,
) -> None:
    """Publish the whole campaign to stand-in platforms, on a clock of its own."""
    from integrado_poster import rehearse as rehearsal

    shell: Shell = context.obj
    faults_wanted = rehearsal.fault_kinds(faults)
    line = usable(shell, plan, rehearsal.opening, asked=False)
    messages = rendered(shell, line)
    page = line.gallery(messages, out)
    with shell.progress("rehearse.working") as progress:
        result = rehearsal.rehearse(
            line, messages, faults=faults_wanted, seed=seed, progress=progress
        )
    if json:
        shell.json(_rehearsal_json(result, page))
    else:
        _print_rehearsal(shell, line.campaign, result, page)
    if show:
        webbrowser.open(page.absolute().as_uri())
    if not result.flawless:
        raise typer.Exit(5)


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option(help="Publish what is due now, then end.")] = False,
) -> None:
    """Publish what is due, day by day, until it is told to stop (Ctrl-C, SIGTERM)."""
    from integrado_poster.cli.logs import configure
    from integrado_poster.journal import on_duty
    from integrado_poster.worker import Worker, WorkerStuck

    shell: Shell = context.obj
    configure(shell.settings.log)
    with on_duty(shell.settings.place), shell.app() as app:
        worker = Worker(app, shell.settings.senders, shell.messenger(app.journal))
        if once:
            count = worker.once()
            shell.answer("run.once", count=count)
            _tell_of_the_rest(shell, app)
            if why := app.journal.suspicion():
                shell.answer("status.clock", why=why)
            _exit_for_people(app)
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.halt.set())
        shell.tell("run.started", database=shell.database)
        try:
            worker.run()
        except WorkerStuck as stuck:
            shell.tell("error.WorkerStuck", detail=stuck.said)
            sys.stderr.flush()
            os._exit(WorkerStuck.exit_code)  # Python would wait for the threads that hang


def stage(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8099,
    connect: Annotated[
        bool, typer.Option(help="Connect the plan's accounts to it, unless they have a real login.")
    ] = False,
) -> None:
    """Run the stand-in platforms by themselves, to try things out; Ctrl-C ends them."""
    from threading import Event

    from integrado_poster.clock import SystemClock
    from integrado_poster.stage import Stage

    shell: Shell = context.obj
    halt = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: halt.set())
    with Stage(now=SystemClock().now, port=port) as running:
        shell.answer("stage.started", url=running.url)
        if connect:
            with shell.app() as app:
                for key in app.connect_stage(running.credentials):
                    shell.answer("stage.connected", account=key)
        halt.wait()


def stop(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why; everybody will read it.")] = "",
) -> None:
    """Stop everything at once: nothing more goes out until `resume`."""
    shell: Shell = context.obj
    with shell.app() as app:
        app.journal.stop(reason, by=shell.who, now=app.clock.now())
    shell.answer("stop.done")


def resume(
    context: typer.Context,
    look: Annotated[bool, typer.Option("--look", help="Only show; go on standing still.")] = False,
    json: Json = False,
) -> None:
    """Let posts go out again, and show what was missed and what becomes of it."""
    shell: Shell = context.obj
    with shell.app() as app:
        now = app.clock.now()
        missed = app.journal.outlook(now)
        was = "running" if not app.stopped() else "look" if look else "done"
        if not look:
            (shell.settings.data / "STOP").unlink(missing_ok=True)
            app.journal.resume(by=shell.who, now=now)
    if json:
        shell.json([_outlook_json(each) for each in missed])
        return
    shell.answer(f"resume.{was}", count=len(missed))
    if missed:
        _print_outlook(shell, missed)


# --- Answering ---------------------------------------------------------------------------


def _print_rehearsal(shell: Shell, campaign: Campaign, result: Rehearsal, page: Path) -> None:
    table = shell.table("time", "post", "organisation", "accounts", "state")
    for post, deliveries in groupby(result.deliveries, key=lambda delivery: delivery.post):
        rows = list(deliveries)
        planned = next(planned for planned in campaign.posts if planned.id == post)
        table.add_row(
            shell.when(rows[0].due, "column"),
            post,
            campaign.members[planned.organisation].short,
            " ".join(dict.fromkeys(delivery.account for delivery in rows)),
            _states(shell, rows),
        )
    shell.out.print(table)
    shell.answer("rehearse.counts", **result.counts)
    for note in result.verdict.notes:
        shell.out.print(f"  {note}", markup=False)
    if result.faults:
        drawn = ", ".join(f"{kind} {count}" for kind, count in sorted(result.faults.items()))
        shell.answer("rehearse.faults", faults=drawn)
    shell.answer("rehearse.gallery", page=page, seconds=_seconds(shell, result))


def _print_outlook(shell: Shell, missed: list[Outlook]) -> None:
    table = shell.table("time", "post", "account", "fate")
    for each in missed:
        told = shell.say(f"fate.{each.fate.value}", moment=shell.when(each.at))
        delivery = each.delivery
        table.add_row(shell.when(delivery.due, "column"), delivery.name, delivery.account, told)
    shell.out.print(table)


def _outlook_json(each: Outlook) -> dict[str, object]:
    delivery = each.delivery
    told = {"post": delivery.post, "account": delivery.account, "due": delivery.due}
    return told | {"fate": each.fate.value, "at": each.at}


def _states(shell: Shell, deliveries: list[Delivery]) -> str:
    """How many are in each state: 4 online, or 3 online, 1 braucht Sie."""
    counts = Counter(delivery.state for delivery in deliveries)
    return ", ".join(f"{count} {shell.say(f'state.{state}')}" for state, count in counts.items())


def _seconds(shell: Shell, result: Rehearsal) -> str:
    """How long it took, with the language's own sign for a decimal."""
    return f"{result.seconds:.1f}".replace(".", shell.say("rehearse.decimal"))


def _rehearsal_json(result: Rehearsal, page: Path) -> dict[str, object]:
    return {
        **result.counts,
        "faults": result.faults,
        "seconds": round(result.seconds, 2),
        "gallery": str(page),
    }


def _tell_of_the_rest(shell: Shell, app: App) -> None:
    """What is overdue and has its turn later: somebody must run this again."""
    now = app.clock.now()
    rest = [each for each in app.journal.outlook(now) if each.at > now]
    if rest:
        first = min(each.at for each in rest)
        shell.answer("run.later", count=len(rest), moment=shell.when(first))


def _exit_for_people(app: App) -> None:
    if app.stopped():
        raise typer.Exit(8)
    if app.time.doubted:
        raise typer.Exit(7)
    deliveries = app.journal.deliveries()
    if waiting(deliveries) or locked_out(deliveries, app.journal.accounts()):
        raise typer.Exit(5)

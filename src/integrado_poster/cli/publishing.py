"""rehearse, run, stage, status, log, stop, resume."""

from __future__ import annotations

import signal
import webbrowser
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrado_poster.cli.plans import AsOf, Json, PlanPath, _rendered, _usable
from integrado_poster.cli.shell import Shell

if TYPE_CHECKING:
    from integrado_poster.journal import Journal
    from integrado_poster.model import Campaign, Delivery
    from integrado_poster.rehearse import Rehearsal

ALIVE = timedelta(seconds=45)  #: A heartbeat older than this is none.


def add_to(cli: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (rehearse, run, stage, status, log, stop, resume):
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
    line = _usable(shell, plan, rehearsal.opening)
    messages = _rendered(shell, line)
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
    from integrado_poster.journal import single_instance
    from integrado_poster.worker import Worker

    shell: Shell = context.obj
    configure(shell.settings.log)
    with single_instance(shell.settings.data), shell.app() as app:
        worker = Worker(app, shell.settings.senders)
        if once:
            count = worker.once()
            shell.answer("run.once", count=count)
            _exit_for_people(app.journal)
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.halt.set())
        shell.tell("run.started", database=shell.settings.database)
        worker.run()


def stage(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8099,
    connect: Annotated[
        bool, typer.Option(help="Connect the plan's accounts to it, unless they have a real login.")
    ] = False,
) -> None:
    """Run the stand-in platforms by themselves, to try things out; Ctrl-C ends them."""
    from threading import Event

    from integrado_poster.app import SystemClock
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


def status(
    context: typer.Context,
    json: Json = False,
    as_of: AsOf = None,
    healthy: Annotated[
        bool, typer.Option(help="Only tell by the exit code whether `run` is alive.")
    ] = False,
) -> None:
    """Say what is online, what comes next, and what needs a person."""
    shell: Shell = context.obj
    now = shell.moment(as_of)
    with shell.journal() as journal:
        deliveries = journal.deliveries()
        stopped = journal.stopped()
        account_count = len(journal.accounts())
    alive = _alive(shell.settings.data, now)
    if healthy:
        raise typer.Exit(0 if alive else 7)
    if json:
        shell.json(_status_json(deliveries, stopped, alive, now))
    else:
        _print_status(shell, deliveries, stopped, alive=alive, now=now, accounts=account_count)
    if stopped is not None or (shell.settings.data / "STOP").exists():
        raise typer.Exit(8)
    if _waiting(deliveries):
        raise typer.Exit(5)


def log(
    context: typer.Context,
    post: Annotated[str | None, typer.Option(help="Only this post.")] = None,
    last: Annotated[int, typer.Option("--last", "-n", help="How many lines.")] = 40,
    json: Json = False,
) -> None:
    """Print the posting log, newest last."""
    shell: Shell = context.obj
    with shell.journal() as journal:
        lines = journal.log(last, post=post)
    if json:
        shell.json([asdict(line) for line in lines])
        return
    table = shell.table("time", "post", "account", "event", "detail")
    for line in lines:
        table.add_row(
            _local(line.at), line.post, line.account, _event(shell, line.event), line.detail
        )
    shell.out.print(table)


def stop(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why; everybody will read it.")] = "",
) -> None:
    """Stop everything at once: nothing more goes out until `resume`."""
    shell: Shell = context.obj
    with shell.app() as app:
        app.journal.stop(reason, by=_who(), now=app.clock.now())
    shell.answer("stop.done")


def resume(context: typer.Context) -> None:
    """Let posts go out again, and show what was missed."""
    shell: Shell = context.obj
    with shell.app() as app:
        now = app.clock.now()
        app.journal.resume(by=_who(), now=now)
        missed = [
            delivery
            for delivery in app.journal.deliveries()
            if delivery.state.value == "scheduled" and delivery.due <= now
        ]
    (shell.settings.data / "STOP").unlink(missing_ok=True)
    shell.answer("resume.done", count=len(missed))
    if missed:
        _print_deliveries(shell, missed)


# --- Answering ---------------------------------------------------------------------------


def _print_rehearsal(shell: Shell, campaign: Campaign, result: Rehearsal, page: Path) -> None:
    table = shell.table("time", "post", "organisation", "accounts", "state")
    for post, deliveries in groupby(result.deliveries, key=lambda delivery: delivery.post):
        rows = list(deliveries)
        planned = next(planned for planned in campaign.posts if planned.id == post)
        table.add_row(
            _local(rows[0].due),
            post,
            campaign.members[planned.organisation].short,
            " ".join(delivery.account for delivery in rows),
            _states(shell, rows),
        )
    shell.out.print(table)
    shell.answer("rehearse.counts", **result.counts)
    for note in result.verdict.notes:
        shell.out.print(f"  {note}", markup=False)
    if result.faults:
        drawn = ", ".join(f"{kind} {count}" for kind, count in sorted(result.faults.items()))
        shell.answer("rehearse.faults", faults=drawn)
    shell.answer("rehearse.gallery", page=page, seconds=f"{result.seconds:.1f}")


def _states(shell: Shell, deliveries: list[Delivery]) -> str:
    """ "4 online", or "3 online, 1 braucht Sie"."""
    counts = Counter(delivery.state for delivery in deliveries)
    return ", ".join(f"{count} {shell.say(f'state.{state}')}" for state, count in counts.items())


def _rehearsal_json(result: Rehearsal, page: Path) -> dict[str, object]:
    return {
        **result.counts,
        "faults": result.faults,
        "seconds": round(result.seconds, 2),
        "gallery": str(page),
    }


def _status_json(
    deliveries: list[Delivery], stopped: str | None, alive: bool, now: datetime
) -> dict[str, object]:
    from integrado_poster.model import State

    counts = Counter(delivery.state for delivery in deliveries)
    return {
        "now": now,
        "running": alive,
        "stopped": stopped,
        "counts": {state.value: counts[state] for state in State},
        "deliveries": [asdict(delivery) for delivery in deliveries],
    }


def _print_status(
    shell: Shell,
    deliveries: list[Delivery],
    stopped: str | None,
    *,
    alive: bool,
    now: datetime,
    accounts: int,
) -> None:
    if stopped is not None:
        shell.answer("status.stopped", reason=stopped)
    if not deliveries:
        shell.answer("status.empty")
        return
    _print_deliveries(shell, deliveries)
    waiting = _waiting(deliveries)
    shell.answer("status.people", count=len(waiting))
    for delivery in waiting:
        why = delivery.held.value if delivery.held else delivery.state.value
        shell.answer(
            f"need.{why}", post=delivery.post, account=delivery.account, note=delivery.note
        )
    coming = [d for d in deliveries if d.state.value == "scheduled" and d.next_at >= now]
    if coming:
        first = min(coming, key=lambda delivery: delivery.next_at)
        shell.answer("status.next", post=first.post, moment=_local(first.next_at))
    shell.answer("status.alive" if alive else "status.dead")
    if not accounts:
        shell.answer("status.no-accounts")


def _print_deliveries(shell: Shell, deliveries: list[Delivery]) -> None:
    from rich.text import Text

    styles = {
        "published": "green",
        "held": "bold yellow",
        "failed": "bold red",
        "unknown": "yellow",
    }
    table = shell.table("time", "post", "account", "state", "detail")
    for delivery in deliveries:
        table.add_row(
            _local(delivery.due),
            delivery.post,
            delivery.account,
            Text(shell.say(f"state.{delivery.state}"), style=styles.get(delivery.state.value, "")),
            Text(delivery.receipt_url or delivery.note),
        )
    shell.out.print(table)


def _waiting(deliveries: list[Delivery]) -> list[Delivery]:
    return [delivery for delivery in deliveries if delivery.state.value in ("held", "failed")]


def _exit_for_people(journal: Journal) -> None:
    if journal.stopped() is not None:
        raise typer.Exit(8)
    if _waiting(journal.deliveries()):
        raise typer.Exit(5)


def _alive(folder: Path, now: datetime) -> bool:
    from integrado_poster.worker import heartbeat

    last = heartbeat(folder)
    return last is not None and abs(now - last) < ALIVE


def _local(moment: datetime) -> str:
    """As a clock on the wall of this machine shows it."""
    return f"{moment.astimezone():%a %d.%m.%Y %H:%M}"


def _event(shell: Shell, event: str) -> str:
    return shell.say(f"event.{event}") if f"event.{event}" in shell.say else event


def _who() -> str:
    import getpass

    return getpass.getuser()

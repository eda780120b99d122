"""status and log: how it goes, and how it went."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from integrado_poster.cli.plans import AsOf, Json
from integrado_poster.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from integrado_poster.journal import AccountStatus, Pause
    from integrado_poster.model import Delivery


def add_to(cli: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (status, log):
        cli.command()(command)


def status(
    context: typer.Context,
    json: Json = False,
    as_of: AsOf = None,
    healthy: Annotated[
        bool, typer.Option(help="Only tell by the exit code whether `run` is alive.")
    ] = False,
) -> None:
    """Say what is online, what comes next, and what needs a person."""
    from integrado_poster.journal import lock

    shell: Shell = context.obj
    now = shell.moment(as_of)
    alive = lock.alive(shell.settings.data, now)
    if healthy:
        raise typer.Exit(0 if alive else 7)
    seen = _see(shell)
    locked = locked_out(seen.deliveries, seen.accounts)
    if json:
        facts = _status_json(shell, seen.deliveries, seen.stopped, alive, now)
        pauses = [asdict(pause) for pause in seen.pauses]
        clock = seen.clock and shell.say.read(seen.clock)
        shell.json(facts | {"logins": locked, "pauses": pauses, "clock": clock})
    else:
        _print_status(shell, seen.deliveries, seen.stopped, alive=alive, now=now)
        _print_obstacles(shell, seen, locked)
    if seen.stopped is not None:
        raise typer.Exit(8)
    if waiting(seen.deliveries) or locked:
        raise typer.Exit(5)
    if seen.clock is not None:
        raise typer.Exit(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What the journal says at one glance."""

    deliveries: list[Delivery]
    stopped: str | None
    unapproved: list[str]
    accounts: Sequence[AccountStatus]
    pauses: Sequence[Pause]
    clock: str | None
    deaf: str


def _see(shell: Shell) -> _Seen:
    with shell.journal() as journal:
        seen = _Seen(
            deliveries=journal.deliveries(),
            stopped=journal.stopped(),
            unapproved=[each.post for each in journal.unapproved()],
            accounts=journal.accounts(),
            pauses=journal.pauses(),
            clock=journal.suspicion(),
            deaf=journal.deaf(),
        )
    if seen.stopped is None and (shell.settings.data / "STOP").exists():
        return replace(seen, stopped=shell.say("status.stop-file"))
    return seen


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
        shell.json([asdict(line) | {"detail": shell.say.read(line.detail)} for line in lines])
        return
    if not lines:
        shell.answer("log.none" if post else "log.empty", post=post)
        return
    table = shell.table("time", "post", "account", "event", "detail")
    for line in lines:
        table.add_row(
            shell.when(line.at, "log"),
            line.name,
            line.account,
            _event(shell, line.event),
            _linked(shell, shell.say.read(line.detail)),
        )
    shell.out.print(table)


# --- Answering ---------------------------------------------------------------------------


def as_json(shell: Shell, delivery: Delivery) -> dict[str, object]:
    """A delivery with its note in words."""
    return asdict(delivery) | {"note": shell.say.read(delivery.note)}


def _status_json(
    shell: Shell, deliveries: list[Delivery], stopped: str | None, alive: bool, now: datetime
) -> dict[str, object]:
    from integrado_poster.model import State

    counts = Counter(delivery.state for delivery in deliveries)
    return {
        "now": now,
        "running": alive,
        "stopped": stopped,
        "counts": {state.value: counts[state] for state in State},
        "deliveries": [as_json(shell, delivery) for delivery in deliveries],
    }


def _print_status(
    shell: Shell,
    deliveries: list[Delivery],
    stopped: str | None,
    *,
    alive: bool,
    now: datetime,
) -> None:
    if stopped is not None:
        shell.answer("status.stopped", reason=f": {stopped}" if stopped else "")
        if missed := sum(
            d.open and d.state.value == "scheduled" and d.due <= now for d in deliveries
        ):
            shell.answer("status.missed", count=missed)
    if not deliveries:
        shell.answer("status.empty")
        return
    print_deliveries(shell, deliveries)
    stuck = waiting(deliveries)
    shell.answer("status.people", count=len(stuck))
    for _, same in groupby(stuck, key=lambda d: (d.post, d.held, d.state, d.note)):
        _print_need(shell, list(same), deliveries)
    coming = [d for d in deliveries if d.state.value == "scheduled" and d.next_at >= now]
    if coming:
        first = min(coming, key=lambda delivery: delivery.next_at)
        shell.answer("status.next", post=first.post, moment=shell.when(first.next_at))
    shell.answer("status.alive" if alive else "status.dead")


def _print_obstacles(shell: Shell, seen: _Seen, locked: list[str]) -> None:
    """What keeps posts back besides themselves."""
    strangers = [each.key for each in seen.accounts if each.connected_at is None]
    _print_missing(shell, [key for key in strangers if key not in locked], seen.unapproved)
    if seen.clock is not None:
        shell.answer("status.clock", why=seen.clock)
    for pause in seen.pauses:
        _print_pause(shell, pause, seen.deliveries)
    _print_deaf(shell, locked, seen.deaf)


def _print_missing(shell: Shell, strangers: list[str], unapproved: list[str]) -> None:
    """What has to come before the posts can go out."""
    if unapproved:
        shell.answer("status.unapproved", posts=", ".join(unapproved), post=unapproved[0])
    if strangers:
        shell.answer("status.strangers", accounts=", ".join(strangers), account=strangers[0])


def _print_pause(shell: Shell, pause: Pause, deliveries: list[Delivery]) -> None:
    """What is left in peace, until when, and which post will try it then."""
    waiting = [
        delivery
        for delivery in deliveries
        if delivery.state.value == "scheduled"
        and delivery.platform == pause.platform
        and (pause.whole or delivery.account in pause.accounts)
    ]
    first = min(waiting, key=lambda delivery: (delivery.next_at, delivery.due), default=None)
    trial = shell.say("status.trial", post=first.post, account=first.account) if first else ""
    facts = {"until": shell.when(pause.until), "trial": trial}
    if pause.whole:
        accounts = ", ".join(pause.accounts)
        shell.answer("status.platform-pause", platform=pause.platform, accounts=accounts, **facts)
    else:
        shell.answer("status.pause", account=pause.accounts[0], **facts)


def _print_deaf(shell: Shell, locked: list[str], deaf: str) -> None:
    """Which platforms do not hear us, and that nobody is told of it, or could not be."""
    if locked:
        shell.answer("status.logins", accounts=", ".join(locked), account=locked[0])
    if shell.settings.mail is None:
        shell.answer("status.no-mail")
    elif deaf:
        shell.answer("status.deaf", detail=deaf)


def _print_need(shell: Shell, same: list[Delivery], deliveries: list[Delivery]) -> None:
    """What has happened to a post on some accounts, and the command that helps on all of them."""
    first = same[0]
    everywhere = {delivery.account for delivery in deliveries if delivery.post == first.post}
    # Looking and logging in happen account by account.
    alike = first.held not in ("unclear", "login") and {d.account for d in same} == everywhere
    for group in [same] if alike else [[delivery] for delivery in same]:
        one = len(group) == 1
        part = f" --part {group[0].part}" if one and group[0].parts > 1 else ""
        shell.answer(
            f"need.{_needed(first)}",
            post=first.post,
            name=group[0].name if one else first.post,
            part=part,
            account=group[0].account,
            accounts=", ".join(dict.fromkeys(delivery.account for delivery in group)),
            on=f" --account {group[0].account}{part}" if one else "",
            due=shell.when(first.due),
            note=shell.say.read(first.note),
            why=f" ({shell.say.read(first.note)})" if first.note else "",
        )


def _needed(delivery: Delivery) -> str:
    """What a delivery needs a person for, as the sentences' keys are written."""
    if delivery.held:
        return delivery.held.value
    return f"{delivery.state.value}-part" if delivery.follows else delivery.state.value


def print_deliveries(shell: Shell, deliveries: list[Delivery]) -> None:
    from rich.text import Text

    styles = {
        "published": "green",
        "held": "bold yellow",
        "failed": "bold red",
        "unknown": "yellow",
    }
    table = shell.table("time", "post", "account", "state", "detail")
    for delivery in deliveries:
        note = shell.say.read(delivery.note)
        if delivery.waits and delivery.state.value == "scheduled":
            note = shell.say("status.waits", part=delivery.part - 1)
        table.add_row(
            shell.when(delivery.due, "column"),
            delivery.name,
            delivery.account,
            Text(shell.say(f"state.{delivery.state}"), style=styles.get(delivery.state.value, "")),
            _linked(shell, " · ".join(filter(None, (delivery.receipt_url, note)))),
        )
    shell.out.print(table)


def _linked(shell: Shell, said: str) -> Text:
    """What is said; of an address alone, a link on a terminal stands for a tail that has no room."""
    from rich.text import Text

    if shell.out.is_terminal and re.fullmatch(r"https?://\S+", said):
        return Text(said, style=f"link {said}", no_wrap=True, overflow="ellipsis")
    return Text(said)


def locked_out(deliveries: list[Delivery], accounts: Sequence[AccountStatus]) -> list[str]:
    """The accounts without a working login on which something waits for one before its moment.

    What may be online there is not looked for, and an account that worked will not publish.
    """
    open_there = {each.account for each in deliveries if each.open}
    in_doubt = {each.account for each in deliveries if each.state.value == "unknown"}
    return [
        each.key
        for each in accounts
        if not each.login_works
        and each.key in (in_doubt if each.connected_at is None else open_there)
    ]


def waiting(deliveries: list[Delivery]) -> list[Delivery]:
    return [delivery for delivery in deliveries if delivery.needs_person]


def _event(shell: Shell, event: str) -> str:
    key = f"event.{event.replace(' ', '-')}"
    return shell.say(key) if key in shell.say else event

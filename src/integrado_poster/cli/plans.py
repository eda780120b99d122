"""plan check, template, export; and render. What changes a plan is in changes.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypedDict

import typer

from integrado_poster.cli import marking
from integrado_poster.cli.findings import exit_for, findings_json, print_findings
from integrado_poster.cli.rules import rules
from integrado_poster.cli.sarif import sarif
from integrado_poster.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from integrado_poster.line import Line
    from integrado_poster.model import Campaign, Finding, Message, PlannedPost
    from integrado_poster.render.pool import Desk

    Moment = Callable[[Campaign], datetime]

PlanPath = Annotated[
    Path,
    typer.Argument(
        help="A plan (.xlsx, .ods, .csv, .yaml), or the folder or .zip in which it lies."
    ),
]
AsOf = Annotated[
    str | None, typer.Option(metavar="MOMENT", help="Act as if it were then: 2021-09-20.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Strict = Annotated[bool, typer.Option(help="End with 4 if there are warnings.")]

_NO_FILE = ("PLAN-21", "PLAN-60")  #: What says that there was nothing to read.

plan_commands = typer.Typer(no_args_is_help=True, help="Check, compare and take over a plan.")


def add_to(cli: typer.Typer) -> None:
    """Add these commands to the program."""
    from integrado_poster.cli import changes  # noqa: F401 - its commands add themselves

    cli.add_typer(plan_commands, name="plan")
    plan_commands.command()(rules)
    cli.command()(render)


@plan_commands.command()
def check(
    context: typer.Context,
    plan: PlanPath,
    as_of: AsOf = None,
    strict: Strict = False,
    json: Json = False,
    mark_as: Annotated[
        Path | None, typer.Option("--mark", help="Write a copy with a note on each place.")
    ] = None,
    fix_as: Annotated[
        Path | None, typer.Option("--fix", help="Write a copy with what is certain corrected.")
    ] = None,
    as_sarif: Annotated[
        bool, typer.Option("--sarif", help="Answer as SARIF, for editors.")
    ] = False,
) -> None:
    """Find everything that is wrong with a plan, and change nothing in it."""
    shell: Shell = context.obj
    _, findings, judged = _read(shell, plan, at(shell, as_of))
    # A file that was refused is not opened again: it may be a bomb.
    readable = all(finding.rule not in _NO_FILE for finding in findings)
    if mark_as and readable:
        marking.mark(shell, plan, findings, mark_as)
    if fix_as and readable:
        marking.fix(shell, plan, findings, fix_as)
    if json:
        shell.json(findings_json(shell, plan, findings))
    elif as_sarif:
        shell.json(sarif(plan, findings, shell.say.language))
    else:
        print_findings(shell, findings, unread=not judged and readable)
    exit_for(findings, strict=strict)


@plan_commands.command()
def template(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The .xlsx to write.")] = Path("plan.xlsx"),
) -> None:
    """Write an empty plan to fill in with Excel or LibreOffice."""
    from integrado_poster import app, plan

    shell: Shell = context.obj
    _must_end(shell, file, ".xlsx")
    _must_be_new(shell, file)
    plan.template(file, *app.suggested(_known(shell)["loaded"]))
    shell.answer("plan.written", file=file)


@plan_commands.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The .xlsx, .csv or .yaml to write.")],
    plan: Annotated[
        Path | None, typer.Option("--from", help="A plan file; else the plan taken over last.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Write over an existing file.")] = False,
) -> None:
    """Write a plan as .xlsx, .csv or .yaml; reading it again gives the same plan."""
    from integrado_poster import plan as plans

    shell: Shell = context.obj
    _must_end(shell, file, ".xlsx", ".csv", ".yaml", ".yml")
    if not force:
        _must_be_new(shell, file)
    if plan:
        plans.export(_readable(shell, plan), file)
    else:
        loaded = _applied(shell)
        plans.export(loaded, file, base=loaded.digest)
    shell.answer("plan.written", file=file)


def render(
    context: typer.Context,
    plan: PlanPath,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("build/gallery"),
    as_of: AsOf = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and draw again what changes; Ctrl-C ends it.")
    ] = False,
) -> None:
    """Draw every card and write every text, as files and as one page to look at."""
    shell: Shell = context.obj
    if watch:
        from integrado_poster.cli.watching import watching

        watching(shell, plan, out, at(shell, as_of))
        return
    line = usable(shell, plan, at(shell, as_of), asked=False)
    messages = rendered(shell, line)
    page = line.gallery(messages, out)
    shell.answer("render.done", posts=len(line.campaign.posts), messages=len(messages), page=page)


# --- Reading -------------------------------------------------------------------------


def at(shell: Shell, as_of: str | None) -> Moment:
    """The moment as of which a plan is judged."""
    moment = shell.moment(as_of)
    return lambda _: moment


class _Read(NamedTuple):
    line: Line | None  #: None if the plan cannot be used at all.
    findings: list[Finding]
    judged: bool = True  #: Whether the rules were asked, at least about what could be understood.


def _read(shell: Shell, plan: Path, now: Moment, *, asked: bool = True) -> _Read:
    """The plan, and what is wrong with it; `asked` for approvals or not."""
    from integrado_poster import app
    from integrado_poster.errors import PlanUnreadable
    from integrado_poster.line import Unusable, unreadable

    try:
        known = _known(shell)
        if not asked:
            known["approved"] = known["online"] = None
        read = app.read(plan, now=now, **known)
    except PlanUnreadable as error:
        return _Read(None, [unreadable(error)], judged=False)
    line = None if isinstance(read, Unusable) else read
    campaign = read.sketch if isinstance(read, Unusable) else read.campaign
    if campaign:
        shell.follow(campaign.zone, campaign.language)
    return _Read(line, list(read.findings), judged=campaign is not None)


def usable(shell: Shell, plan: Path, now: Moment, *, asked: bool = True) -> Line:
    """The plan without errors; else its findings are printed and the command ends with 3."""
    line, findings, judged = _read(shell, plan, now, asked=asked)
    if line is None or line.blocked:
        unread = not judged and all(finding.rule not in _NO_FILE for finding in findings)
        print_findings(shell, findings, console=shell.err, unread=unread)
        raise typer.Exit(3)
    return line


def _readable(shell: Shell, path: Path) -> Campaign:
    """The plan if it can be read at all, be it good or not; else the command ends with 3."""
    from integrado_poster import plan
    from integrado_poster.errors import PlanUnreadable
    from integrado_poster.line import unreadable

    try:
        reading = plan.read(path)
    except PlanUnreadable as error:
        print_findings(shell, [unreadable(error)], console=shell.err)
        raise typer.Exit(3) from None
    if reading.campaign is None:
        print_findings(shell, list(reading.findings), console=shell.err)
        raise typer.Exit(3)
    return reading.campaign


def rendered(shell: Shell, line: Line, desk: Desk | None = None) -> tuple[Message, ...]:
    """All messages; words that fit on no card become findings and end the command with 3."""
    from integrado_poster.errors import CardRefused, PictureRefused
    from integrado_poster.line import refused

    try:
        with shell.progress("render.working") as progress:
            return line.render(progress, desk)
    except (CardRefused, PictureRefused) as error:
        print_findings(shell, refused(line, error), console=shell.err)
        raise typer.Exit(3) from None


class _Known(TypedDict):
    connected: set[str]
    settled: dict[str, set[str]]  #: By campaign: another one may have posts of the same numbers.
    approved: dict[str, PlannedPost] | None
    loaded: Campaign | None
    online: set[str] | None


def _known(shell: Shell) -> _Known:
    """What the journal knows that a check should: accounts with a login, posts by their state, the loaded plan."""
    if not shell.has_database:
        return _Known(connected=set(), settled={}, approved={}, loaded=None, online=set())
    with shell.journal() as journal:
        connected = {account.key for account in journal.accounts() if account.connected_at}
        deliveries = journal.deliveries()
        unapproved = set(journal.unapproved())
        loaded = journal.campaign()
    waiting = {(each.campaign, each.post) for each in deliveries if each.open}
    settled: dict[str, set[str]] = {}
    for each in deliveries:
        if (each.campaign, each.post) not in waiting:
            settled.setdefault(each.campaign, set()).add(each.post)
    key = loaded.key if loaded else ""
    asked = loaded.posts if loaded and loaded.approvals == "member" else ()
    approved = {post.id: post for post in asked if (key, post.id) in waiting - unapproved}
    # A chain is as fixed as its first part.
    ours = [each for each in deliveries if each.campaign == key]
    movable = {each.post for each in ours if not each.fixed and not each.follows}
    online = {each.post for each in ours} - movable
    return _Known(
        connected=connected, settled=settled, approved=approved, loaded=loaded, online=online
    )


def _applied(shell: Shell) -> Campaign:
    with shell.journal() as journal:
        campaign = journal.campaign()
    if campaign is None:
        shell.tell("plan.none")
        raise typer.Exit(2)
    return campaign


def _must_end(shell: Shell, file: Path, *kinds: str) -> None:
    if file.suffix.lower() not in kinds:
        shell.tell("plan.other-kind", file=file, kinds=", ".join(kinds))
        raise typer.Exit(2)


def _must_be_new(shell: Shell, file: Path) -> None:
    if file.exists():
        shell.tell("plan.exists", file=file)
        raise typer.Exit(2)

"""plan diff, apply, versions and restore: what a plan changes, in words, before it does."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from integrado_poster.cli.findings import print_findings
from integrado_poster.cli.parts import in_parts
from integrado_poster.cli.plans import AsOf, Json, PlanPath, at, plan_commands, rendered, usable
from integrado_poster.cli.shell import Shell
from integrado_poster.errors import PosterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.text import Text

    from integrado_poster.app import App
    from integrado_poster.journal import Changes
    from integrado_poster.line import Line
    from integrado_poster.model import Campaign, Message
    from integrado_poster.plan import Change, Conflict

Overwrite = Annotated[
    bool,
    typer.Option(
        help="Take the file's word also where the loaded plan has been changed since its export."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
LISTS = ("added", "changed", "cancelled", "unchanged", "too_late")


@plan_commands.command()
def diff(context: typer.Context, plan: PlanPath, as_of: AsOf = None, json: Json = False) -> None:
    """Show what `plan apply` would change, word by word and with what follows from it."""
    from integrado_poster.line import clash

    shell: Shell = context.obj
    line = usable(shell, plan, at(shell, as_of))
    messages = rendered(shell, line)
    with shell.app() as app:
        loaded = app.journal.campaign(line.campaign.key)
        changes = app.compare(line, messages)
        found = _conflicts(app, line, loaded)
    _tell(shell, loaded, line.campaign, messages, changes, found, json=json)
    if found and not json:
        print_findings(shell, [clash(line, one) for one in found], console=shell.err)


@plan_commands.command()
def apply(
    context: typer.Context,
    plan: PlanPath,
    as_of: AsOf = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Take over a plan: render everything and schedule it, all or nothing."""
    from integrado_poster.line import clash

    shell: Shell = context.obj
    with _or_nothing(shell):
        line = usable(shell, plan, at(shell, as_of))
        with shell.app() as app:
            loaded = app.journal.campaign(line.campaign.key)
            if not overwrite and (found := _conflicts(app, line, loaded)):
                print_findings(shell, [clash(line, one) for one in found], console=shell.err)
                shell.tell("plan.clashes")
                raise typer.Exit(3)
            messages = rendered(shell, line)
            seen = loaded.digest if loaded else None
            changes = app.apply(line, messages, shell.moment(as_of), by=shell.who, seen=seen)
    _done(shell, changes, json=json)


@plan_commands.command()
def versions(context: typer.Context, json: Json = False) -> None:
    """List every plan that was taken over, the newest first."""
    shell: Shell = context.obj
    with shell.journal() as journal:
        campaign = journal.campaign()
        found = journal.versions(campaign.key) if campaign else []
    if json:
        shell.json([asdict(version) for version in found])
        return
    if not found:
        shell.answer("plan.none")
        return
    table = shell.table("version", "time", "by", "posts", "messages")
    for version in found:
        table.add_row(
            str(version.number),
            shell.when(version.at, "column"),
            version.by,
            str(version.posts),
            str(version.messages),
        )
    shell.out.print(table)
    shell.answer("plan.restorable")


@plan_commands.command()
def restore(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The number that `plan versions` shows.")],
    dry_run: DryRun = False,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Take over an earlier plan again, with exactly the words and pictures that it had."""
    shell: Shell = context.obj
    with shell.app() as app:
        loaded = app.journal.campaign()
        found = app.journal.version(loaded.key, number) if loaded else None
        if loaded is None or found is None:
            shell.tell("plan.no-version", number=number)
            raise typer.Exit(2)
        if dry_run:
            _tell(shell, loaded, *found, app.compare_again(*found), json=json)
            return
        now = shell.moment(as_of)
        with _or_nothing(shell):
            changes = app.apply_again(*found, now, by=shell.who, seen=loaded.digest)
    _done(shell, changes, json=json)


# --- What the loaded plan says by now -------------------------------------------------------------


def _conflicts(app: App, line: Line, loaded: Campaign | None) -> tuple[Conflict, ...]:
    """Where the loaded plan has been changed since the file was exported; nothing for other files."""
    from integrado_poster.plan import conflicts

    if loaded is None or line.base is None or line.base == loaded.digest:
        return ()
    base = app.journal.plan_of(loaded.key, line.base)
    return conflicts(base, loaded, line.campaign) if base else ()


# --- In words -------------------------------------------------------------------------------------


@contextmanager
def _or_nothing(shell: Shell) -> Iterator[None]:
    """Whatever keeps a plan from being taken over, say that nothing of it was."""
    try:
        yield
    except typer.Exit:
        shell.tell("plan.untouched")
        raise
    except PosterError as error:
        error.add_note(shell.say("plan.untouched"))
        raise


def _done(shell: Shell, changes: Changes, *, json: bool) -> None:
    """What has been taken over, in short."""
    if json:
        shell.json(_listed(changes))
        return
    if not any((changes.added, changes.changed, changes.cancelled, changes.too_late)):
        shell.answer("plan.nothing", count=len(changes.unchanged))
        return
    for name in ("added", "changed", "cancelled", "too_late"):
        if found := getattr(changes, name):
            posts = ", ".join(sorted({post for post, _ in found}))
            shell.answer(f"plan.{name}", count=len(found), posts=posts)
    if changes.lapsed:
        shell.answer("plan.lapsed", posts=", ".join(changes.lapsed))


def _listed(changes: Changes) -> dict[str, object]:
    lists: dict[str, object] = {
        name: [{"post": post, "account": account} for post, account in getattr(changes, name)]
        for name in LISTS
    }
    return lists | {"lapsed": list(changes.lapsed)}


def _tell(
    shell: Shell,
    loaded: Campaign | None,
    new: Campaign,
    messages: Iterable[Message],
    changes: Changes,
    found: Iterable[Conflict] = (),
    *,
    json: bool,
) -> None:
    """Every difference to the loaded plan, post by post, each post with what follows from it."""
    from integrado_poster.plan import compare

    fields = compare(loaded, new) if loaded else ()
    if json:
        lists = {"fields": [*map(asdict, fields)], "conflicts": [*map(asdict, found)]}
        shell.json(_listed(changes) | lists)
        return
    follows = {name: _by_post(getattr(changes, name)) for name in LISTS if name != "unchanged"}
    touched = {field.post for field in fields}.union(*follows.values())
    if not touched:
        shell.answer("plan.nothing", count=len(changes.unchanged))
        return
    if None in touched:
        shell.line(shell.say("plan.whole"), bold=True)
        _print_fields(shell, new, [field for field in fields if field.post is None])
    order = {post.id: number for number, post in enumerate(new.posts)}
    for post in sorted(filter(None, touched), key=lambda one: (order.get(one, len(order)), one)):
        shell.line(_head(shell, loaded, new, post), bold=True)
        _print_fields(shell, new, [field for field in fields if field.post == post])
        for sentence in (
            *_consequences(shell, post, follows, post in changes.lapsed),
            *in_parts(shell, new, post, messages, follows),
        ):
            shell.line(f"  → {sentence}")


def _by_post(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for post, account in dict.fromkeys(pairs):
        found.setdefault(post, []).append(account)
    return found


def _head(shell: Shell, loaded: Campaign | None, new: Campaign, number: str) -> str:
    """A post by its number, its organisation and its day."""
    for campaign in filter(None, (new, loaded)):
        for post in campaign.posts:
            if post.id == number:
                member = campaign.members.get(post.organisation)
                day = f"{shell.say(f'weekday.{post.date.weekday()}')} {post.date:%d.%m.%Y}"
                return " · ".join((number, member.short if member else post.organisation, day))
    return number


def _consequences(
    shell: Shell, post: str, follows: dict[str, dict[str, list[str]]], lapsed: bool
) -> list[str]:
    """What happens to a post when the plan is taken over."""
    said = [
        shell.say(f"plan.follows.{name}", accounts=", ".join(accounts))
        for name, posts in follows.items()
        if (accounts := posts.get(post))
    ]
    if lapsed:
        said.append(shell.say("plan.follows.lapsed"))
    return said or [shell.say("plan.follows.nothing")]


def _print_fields(shell: Shell, new: Campaign, fields: Iterable[Change]) -> None:
    from rich.text import Text

    from integrado_poster.plan import named

    for change in fields:
        if not change.field:  # a whole post that came or went; what follows says so
            continue
        said = named(new, change.post, change.field)
        name = said.de if shell.say.language == "de" else said.en
        shell.out.print(Text(f"  {name}: ", style="dim") + _difference(change))


def _difference(change: Change) -> Text:
    """The words that went in brackets with a minus, those that came with a plus; in colour, too."""
    from rich.text import Text

    from integrado_poster.plan import pieces

    text = Text()
    for piece in pieces(change.old, change.new):
        if piece.sign:
            style = "red strike" if piece.sign == "-" else "green"
            text += Text(f"[{piece.sign}{piece.text}{piece.sign}]", style=style)
        else:
            text += Text(piece.text)
    return Text(" ⏎ ").join(text.split("\n"))

"""post list, show, approve, retry, skip, mark-posted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from integrado_poster.cli.looking import as_json, print_deliveries
from integrado_poster.cli.plans import Json
from integrado_poster.cli.shell import Shell

if TYPE_CHECKING:
    from integrado_poster.app import App
    from integrado_poster.journal import Journal
    from integrado_poster.model import Delivery

post_commands = typer.Typer(no_args_is_help=True, help="Look at posts and decide about them.")
Number = Annotated[str, typer.Argument(metavar="NR", help="The post's number in the plan: IKW-03.")]
Way = Literal["phone", "mail", "meeting"]  #: As model.How, which costs a start 50 ms.
OnAccount = Annotated[str | None, typer.Option("--account", help="Only on this account.")]
Part = Annotated[
    int | None, typer.Option("--part", min=1, help="Only this part of a chain, or this language.")
]


def add_to(cli: typer.Typer) -> None:
    """Add these commands to the program."""
    cli.add_typer(post_commands, name="post")


@post_commands.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List every post on every account."""
    shell: Shell = context.obj
    with shell.journal() as journal:
        deliveries = journal.deliveries()
    if json:
        shell.json([as_json(shell, delivery) for delivery in deliveries])
    elif deliveries:
        print_deliveries(shell, deliveries)
    else:
        shell.answer("status.empty")


@post_commands.command()
def show(context: typer.Context, number: Number, json: Json = False) -> None:
    """Show what a post says on each account, and where it stands."""
    shell: Shell = context.obj
    with shell.journal() as journal:
        deliveries = _chosen(shell, journal, number, None)
        if json:
            shell.json([_shown(shell, journal, delivery) for delivery in deliveries])
            return
        print_deliveries(shell, deliveries)
        for delivery in deliveries:
            message = journal.message(delivery.digest)
            parts = f" · {delivery.part}/{delivery.parts}" if delivery.parts > 1 else ""
            head = f"── {delivery.account} ({delivery.platform}){parts} "
            shell.line(head.ljust(60, "─"), bold=True)
            if delivery.receipt_url:
                shell.answer("post.online", url=delivery.receipt_url)
            shell.out.print(message.text, markup=False)
            for picture in message.pictures:
                shell.answer(
                    "post.picture", width=picture.width, height=picture.height, alt=picture.alt
                )


@post_commands.command()
def retry(
    context: typer.Context,
    number: Number,
    account: OnAccount = None,
    part: Part = None,
    looked: Annotated[
        bool, typer.Option("--not-there", help="I have looked: it is not online.")
    ] = False,
) -> None:
    """Send again what was refused, was late, or is surely not online."""
    shell: Shell = context.obj
    with shell.app() as app:
        for delivery in _meant(_chosen(shell, app.journal, number, account, part)):
            unclear = delivery.held == "unclear"
            if unclear or (looked and delivery.state == "unknown"):
                if not looked:
                    shell.tell("post.look-first", name=delivery.name, account=delivery.account)
                    raise typer.Exit(5)
                done = app.journal.not_there(delivery.id, by=shell.who, now=app.clock.now())
            else:
                done = app.journal.again(delivery.id, by=shell.who, now=app.clock.now())
            _tell_moment(shell, app.journal, delivery, done)
        _end_if_stopped(shell, app)


@post_commands.command()
def release(context: typer.Context, account: OnAccount = None) -> None:
    """Send what was too much at once: the oldest first, five minutes apart on each account."""
    shell: Shell = context.obj
    with shell.app() as app:
        waiting = [
            delivery
            for delivery in app.journal.deliveries()
            if delivery.held == "flood" and account in (None, delivery.account)
        ]
        for delivery in waiting:
            done = app.journal.again(delivery.id, by=shell.who, now=app.clock.now())
            _tell_moment(shell, app.journal, delivery, done)
        if not waiting:
            shell.answer("post.no-flood")
        _end_if_stopped(shell, app)


@post_commands.command()
def approve(
    context: typer.Context,
    number: Number,
    by: Annotated[str, typer.Option(help="Who has said yes.")],
    how: Annotated[Way, typer.Option(help="How they have said it.")],
) -> None:
    """Write down a member's yes to exactly what the post says now; any change makes it void."""
    from integrado_poster.journal import Post
    from integrado_poster.model import How

    shell: Shell = context.obj
    with shell.app() as app:
        first = _chosen(shell, app.journal, number, None)[0]
        post = Post(first.campaign, first.post)
        if not app.journal.approve(post, by=by, how=How(how), now=app.clock.now()):
            shell.tell("post.not-in-plan", post=first.post)
            raise typer.Exit(2)
    shell.answer("post.approved", post=first.post, by=by)


@post_commands.command()
def skip(
    context: typer.Context, number: Number, account: OnAccount = None, part: Part = None
) -> None:
    """Do not send it any more, nor what follows it in a chain."""
    shell: Shell = context.obj
    with shell.app() as app:
        for delivery in _meant(_chosen(shell, app.journal, number, account, part)):
            done = app.journal.skip(delivery.id, by=shell.who, now=app.clock.now())
            _tell(shell, "post.skipped", delivery, done)


@post_commands.command("mark-posted")
def mark_posted(
    context: typer.Context,
    number: Number,
    account: Annotated[str, typer.Option("--account", help="On which account.")],
    url: Annotated[str, typer.Option(help="The post's address.")],
    part: Part = None,
) -> None:
    """Write down that it is online: a person has seen it, or posted it by hand."""
    from integrado_poster.contract import Receipt

    shell: Shell = context.obj
    with shell.app() as app:
        delivery = _one(shell, _meant(_chosen(shell, app.journal, number, account, part)))
        receipt = Receipt.by_hand(url)
        done = app.journal.mark_posted(delivery.id, receipt, by=shell.who, now=app.clock.now())
        _tell(shell, "post.marked", delivery, done)


def _shown(shell: Shell, journal: Journal, delivery: Delivery) -> dict[str, object]:
    """A delivery with the very words and pictures that go out."""
    message = journal.message(delivery.digest)
    pictures = [
        {"width": picture.width, "height": picture.height, "alt": picture.alt}
        for picture in message.pictures
    ]
    return as_json(shell, delivery) | {"text": message.text, "pictures": pictures}


def _chosen(
    shell: Shell, journal: Journal, number: str, account: str | None, part: int | None = None
) -> list[Delivery]:
    """The deliveries of a post; ends the command with 2 if there is none, or more than one such post."""
    named = _named(journal.deliveries(), number)
    meant = _post(shell, journal, named)
    found = [
        delivery
        for delivery in named
        if (delivery.campaign, delivery.post) == meant and account in (None, delivery.account)
    ]
    if not found:
        shell.tell("post.unknown", post=number)
        raise typer.Exit(2)
    chosen = [delivery for delivery in found if part in (None, delivery.part)]
    if not chosen:
        shell.tell("post.no-part", post=found[0].post, part=part)
        raise typer.Exit(2)
    return chosen


def _named(deliveries: list[Delivery], number: str) -> list[Delivery]:
    """What goes by a number, with its campaign's key before it or not; else, written otherwise, nearly so."""
    for spelt in (str, str.casefold):
        asked = spelt(number)
        if found := [
            each
            for each in deliveries
            if asked in (spelt(each.post), spelt(f"{each.campaign}/{each.post}"))
        ]:
            return found
    return []


def _post(shell: Shell, journal: Journal, named: list[Delivery]) -> tuple[str, str] | None:
    """Which post is meant, with its campaign, if several go by a number: that of which something is left to do.

    Else that of the latest campaign; ends the command with 2 if something is left of several.
    """
    undone = dict.fromkeys((each.campaign, each.post) for each in named if each.undone)
    if len(undone) > 1:
        posts = ", ".join(map("/".join, undone))
        shell.tell("post.which-one", post=named[0].post, posts=posts)
        raise typer.Exit(2)
    known = undone or dict.fromkeys((each.campaign, each.post) for each in named)
    order = list(journal.titles())
    return min(known, key=lambda post: order.index(post[0]), default=None)


def _meant(chosen: list[Delivery]) -> list[Delivery]:
    """Of a post in parts, on each account, those that a word about the whole post is about.

    Not what is online, was taken back or waits for another part, unless there is nothing else.
    """
    meant = []
    for account in dict.fromkeys(delivery.account for delivery in chosen):
        there = [delivery for delivery in chosen if delivery.account == account]
        asked = [each for each in there if each.open or each.needs_person]
        meant += asked or there[:1]
    return meant


def _one(shell: Shell, meant: list[Delivery]) -> Delivery:
    """The one that has an address; ends the command with 2 if it could be several."""
    found = [delivery for delivery in meant if delivery.needs_person] or meant
    if len(found) > 1:
        first = found[0]
        shell.tell("post.which-part", post=first.post, account=first.account, part=first.part)
        raise typer.Exit(2)
    return found[0]


def _end_if_stopped(shell: Shell, app: App) -> None:
    """Say that nothing goes out at that moment while all stands still, and end with 8 then."""
    if app.stopped():
        shell.tell("post.stopped")
        raise typer.Exit(8)


def _tell_moment(shell: Shell, journal: Journal, delivery: Delivery, done: bool) -> None:
    """Say that it goes out, and when."""
    after = journal.delivery(delivery.id)
    if not done or after is None:
        _tell(shell, "post.not-now", delivery, done)
        return
    moment = shell.when(after.next_at)
    shell.answer("post.again", name=delivery.name, account=delivery.account, moment=moment)


def _tell(shell: Shell, key: str, delivery: Delivery, done: bool) -> None:
    state = shell.say(f"state.{delivery.state}")
    shell.answer(
        key if done else "post.not-now", name=delivery.name, account=delivery.account, state=state
    )

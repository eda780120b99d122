"""Every post on every account: its final words, its card, its further pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from integrado_poster.contract import Limits
from integrado_poster.model import Account, Campaign, Message, Picture, PlannedPost, Shape
from integrado_poster.render import captions, cards, pool, words


def messages(
    campaign: Campaign,
    folder: Path,
    limits: Mapping[str, Limits],
    *,
    progress: pool.Progress | None = None,
    workers: int = 2,
    desk: pool.Desk | None = None,
) -> tuple[Message, ...]:
    """Give what each account will publish for each post, in the order of posts, accounts and parts.

    `limits` are given by platform, `folder` is the plan's. Each card is drawn once and goes to
    every account whose platform likes its shape; with a `desk` only what has changed is drawn.
    Raises as `cards.cards` does.
    """
    pairs = [(post, account) for post in campaign.posts for account in campaign.accounts_for(post)]
    jobs: dict[Drawing, pool.Job] = {}
    for post, account in pairs:
        for drawing in _drawings(post, limits[account.platform]):
            if drawing not in jobs:
                jobs[drawing] = _job(campaign, post, drawing, folder)
    answers = cards.draw(
        campaign, folder, list(jobs.values()), progress=progress, workers=workers, desk=desk
    )
    drawn = dict(zip(jobs, answers, strict=True))
    return tuple(
        message
        for post, account in pairs
        for message in _messages(campaign, post, account, limits[account.platform], drawn)
    )


class Drawing(NamedTuple):
    """One file that has to be drawn: a card in a shape, or a further picture by its number."""

    post: str
    what: Shape | int
    needs: cards.Needs


def _drawings(post: PlannedPost, limits: Limits) -> Iterator[Drawing]:
    """What a post needs on a platform, in the order in which it is shown."""
    needs = cards.Needs.of(limits)
    if limits.images:
        # A card has its shape's proportions and size, whatever else a platform allows.
        yield Drawing(post.id, limits.shape, cards.Needs(most_bytes=needs.most_bytes))
    for number in range(1, min(limits.images, len(post.pictures))):
        yield Drawing(post.id, number, needs)


def _job(campaign: Campaign, post: PlannedPost, drawing: Drawing, folder: Path) -> pool.Job:
    if isinstance(drawing.what, Shape):
        return cards.job(campaign, post, drawing.what, folder, drawing.needs)
    return cards.photo_job(post, post.pictures[drawing.what], folder, drawing.needs)


def _messages(
    campaign: Campaign,
    post: PlannedPost,
    account: Account,
    limits: Limits,
    drawn: Mapping[Drawing, pool.Answer],
) -> Iterator[Message]:
    """A post on one account, part by part; what continues another part has no pictures."""
    pictures = _pictures(campaign, post, limits, drawn)
    for said in words.wordings(campaign, post, account, limits):
        yield Message(
            post=post.id,
            account=account.key,
            platform=account.platform,
            text=said.text,
            language=said.language,
            pictures=() if said.follows else pictures,
            part=said.part,
            follows=said.follows,
        )


def _pictures(
    campaign: Campaign,
    post: PlannedPost,
    limits: Limits,
    drawn: Mapping[Drawing, pool.Answer],
) -> tuple[Picture, ...]:
    pictures: list[Picture] = []
    for drawing in _drawings(post, limits):
        answer = drawn[drawing]
        if isinstance(drawing.what, Shape):
            alt = cards.alt(campaign, post, answer, limits.alt)
        else:
            alt = captions.within(post.pictures[drawing.what].alt, limits.alt)
        pictures.append(cards.picture(answer, alt))
    return tuple(pictures)

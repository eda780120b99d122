"""Every post on every account: its final words, its card, its further pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from integrado_poster.contract import Limits
from integrado_poster.model import (
    Account,
    Campaign,
    Languages,
    Message,
    Picture,
    PlannedPost,
    Shape,
)
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
        for number, version in enumerate(words.versions(campaign, post)):
            for drawing in _drawings(version, number, limits[account.platform]):
                if drawing not in jobs:
                    jobs[drawing] = _job(campaign, post, version, drawing, folder)
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
    version: int = 0  #: The number of the translation that has a card of its own.


def _drawings(post: PlannedPost, version: int, limits: Limits) -> Iterator[Drawing]:
    """What a version of a post needs on a platform, in the order in which it is shown."""
    needs = cards.Needs.of(limits)
    if limits.images:
        # A card has its shape's proportions and size, whatever else a platform allows.
        own = version if post.headline else 0
        yield Drawing(post.id, limits.shape, cards.Needs(most_bytes=needs.most_bytes), own)
    for number in range(1, min(limits.images, len(post.pictures))):
        yield Drawing(post.id, number, needs)


def _job(
    campaign: Campaign, post: PlannedPost, version: PlannedPost, drawing: Drawing, folder: Path
) -> pool.Job:
    if not isinstance(drawing.what, Shape):
        return cards.photo_job(post, post.pictures[drawing.what], folder, drawing.needs)
    if drawing.version:
        number, shown = drawing.version, version
        fields = {name: f"translated_{name}_{number}" for name in ("headline", "information")}
        fields["text"] = f"translation_{number}"
    else:
        numbers, shown = _sharing(campaign, post)
        fields = {f"translation_{at}": f"translation_{n}" for at, n in enumerate(numbers, start=1)}
    return {**cards.job(campaign, shown, drawing.what, folder, drawing.needs), "fields": fields}


def _sharing(campaign: Campaign, post: PlannedPost) -> tuple[tuple[int, ...], PlannedPost]:
    """The post as its own card shows it, and the numbers of the translations there: those without a card of their own."""
    numbered = enumerate(post.translations, start=1)
    apart = campaign.languages is Languages.APART
    there = [(number, each) for number, each in numbered if not (apart and each.headline)]
    if len(there) < len(post.translations):
        post = post.model_copy(update={"translations": tuple(each for _, each in there)})
    return tuple(number for number, _ in there), post


def _messages(
    campaign: Campaign,
    post: PlannedPost,
    account: Account,
    limits: Limits,
    drawn: Mapping[Drawing, pool.Answer],
) -> Iterator[Message]:
    """A post on one account, part by part; what continues another part has no pictures."""
    every = words.versions(campaign, post)
    for said in words.wordings(campaign, post, account, limits):
        version, number = every[said.translation], said.translation
        pictures = () if said.follows else _pictures(campaign, post, version, number, limits, drawn)
        yield Message(
            post=post.id,
            account=account.key,
            platform=account.platform,
            text=said.text,
            language=said.language,
            pictures=pictures,
            part=said.part,
            follows=said.follows,
        )


def _pictures(
    campaign: Campaign,
    post: PlannedPost,
    version: PlannedPost,
    number: int,
    limits: Limits,
    drawn: Mapping[Drawing, pool.Answer],
) -> tuple[Picture, ...]:
    """A version's own card, or the post's; its alt text says what stands there."""
    pictures: list[Picture] = []
    for drawing in _drawings(version, number, limits):
        answer = drawn[drawing]
        if not isinstance(drawing.what, Shape):
            alt = captions.within(post.pictures[drawing.what].alt, limits.alt)
        elif drawing.version:
            there = campaign.model_copy(update={"language": version.language})
            alt = cards.alt(there, version, answer, limits.alt)
        else:
            alt = cards.alt(campaign, _sharing(campaign, post)[1], answer, limits.alt)
        pictures.append(cards.picture(answer, alt))
    return tuple(pictures)

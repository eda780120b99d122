"""Every post on every account: its final words, its card, its further pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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
) -> tuple[Message, ...]:
    """Give what each account will publish for each post, in the order of posts and accounts.

    `limits` are given by platform, `folder` is the plan's. Each card is drawn once and goes to
    every account whose platform likes its shape. Raises as `cards.cards` does.
    """
    pairs = [(post, account) for post in campaign.posts for account in campaign.accounts_for(post)]
    jobs: dict[tuple[str, Shape | int], pool.Job] = {}
    for post, account in pairs:
        jobs |= _jobs(campaign, post, limits[account.platform], folder, jobs)
    answers = cards.draw(campaign, folder, list(jobs.values()), progress=progress, workers=workers)
    drawn = dict(zip(jobs, answers, strict=True))
    return tuple(
        _message(campaign, post, account, limits[account.platform], drawn)
        for post, account in pairs
    )


def _jobs(
    campaign: Campaign,
    post: PlannedPost,
    limits: Limits,
    folder: Path,
    known: Mapping[tuple[str, Shape | int], pool.Job],
) -> dict[tuple[str, Shape | int], pool.Job]:
    """What has to be drawn for a post on a platform and is not yet among the known jobs."""
    jobs: dict[tuple[str, Shape | int], pool.Job] = {}
    if limits.images and (post.id, limits.shape) not in known:
        jobs[post.id, limits.shape] = cards.job(campaign, post, limits.shape, folder)
    for number, picture in enumerate(post.pictures[1 : limits.images], start=1):
        if (post.id, number) not in known:
            jobs[post.id, number] = cards.photo_job(post, picture, folder)
    return jobs


def _message(
    campaign: Campaign,
    post: PlannedPost,
    account: Account,
    limits: Limits,
    drawn: Mapping[tuple[str, Shape | int], pool.Answer],
) -> Message:
    pictures: list[Picture] = []
    if limits.images:
        answer = drawn[post.id, limits.shape]
        pictures.append(cards.picture(answer, cards.alt(campaign, post, answer, limits.alt)))
    for number, picture in enumerate(post.pictures[1 : limits.images], start=1):
        alt = captions.within(picture.alt, limits.alt)
        pictures.append(cards.picture(drawn[post.id, number], alt))
    said = words.wording(campaign, post, account, limits)
    return Message(
        post=post.id,
        account=account.key,
        platform=account.platform,
        text=said.text,
        language=said.language,
        pictures=tuple(pictures),
    )

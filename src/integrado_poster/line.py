"""A plan on its way to the journal: read, check, render; pure but for its files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from integrado_poster.contract import Limits
from integrado_poster.errors import CardFault, CardRefused, PictureRefused, PlanUnreadable
from integrado_poster.model import (
    Campaign,
    Finding,
    Message,
    PlannedPost,
    Said,
    Severity,
    Shape,
    Where,
    Wording,
)

if TYPE_CHECKING:
    from integrado_poster.check import PictureFact
    from integrado_poster.plan import Conflict, Reading
    from integrado_poster.render.pool import Desk

Progress = Callable[[int, int], None]

_SHORT = 60  #: Characters of a text that can be told as a whole.


@dataclass(frozen=True)
class Line:
    """A plan that was read, on its way to the journal."""

    campaign: Campaign
    folder: Path
    findings: tuple[Finding, ...]
    where: Where
    limits: Mapping[str, Limits]  #: By platform.
    base: str | None = None  #: The digest of the plan from which the file was exported.
    kept: object = None  #: See `plan.Reading`.

    @property
    def blocked(self) -> bool:
        """Whether an error stands in the way."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def render(
        self, progress: Progress | None = None, desk: Desk | None = None
    ) -> tuple[Message, ...]:
        """Every text and picture of every post; raises `CardRefused`, `PictureRefused`."""
        from integrado_poster import render

        return render.messages(
            self.campaign, self.folder, self.limits, progress=progress, desk=desk
        )

    def gallery(
        self, messages: tuple[Message, ...], folder: Path, *, watched: bool = False
    ) -> Path:
        """Write everything that will go out as one page to look at; return its path.

        A page that is `watched` loads itself again when it was written anew.
        """
        from integrado_poster import render

        return render.gallery(self.campaign, messages, folder, limits=self.limits, watched=watched)


@dataclass(frozen=True)
class Unusable:
    """A plan that could not be read, with everything that is wrong with it."""

    findings: tuple[Finding, ...]
    sketch: Campaign | None = (
        None  #: What could be judged of it; None if there were no rules to ask.
    )


def read(
    path: Path,
    *,
    limits: Mapping[str, Limits],
    now: Callable[[Campaign], datetime],
    connected: Collection[str] = (),
    settled: Mapping[str, Collection[str]] | None = None,
    approved: Mapping[str, PlannedPost] | None = None,
    loaded: Campaign | None = None,
    online: Collection[str] | None = None,
) -> Line | Unusable:
    """Read and check a plan: every finding at once; raises `PlanUnreadable` if there is nothing to read.

    `now` gives the moment as of which the plan is judged; a rehearsal's depends on the plan.
    `connected` names the accounts with a login, `settled` each campaign's posts whose moment may
    have passed, `loaded` the plan that applies now, `approved` those of its posts with a yes (see
    `check.check`) and `online` those of its posts of which nothing can be changed any more (see `plan.read`).
    """
    from integrado_poster import check, plan

    reading = plan.read(path, loaded, online)
    campaign = reading.sketch
    if campaign is None:
        return Unusable(tuple(reading.findings))
    others = loaded is not None and loaded.key != campaign.key
    found = check.check(
        campaign,
        now=now(campaign),
        wordings=lambda post: tuple(wordings(campaign, post, limits)),
        limits=limits,
        pictures=_facts(reading, campaign),
        connected=connected,
        settled=(settled or {}).get(campaign.key, ()),
        approved={} if others and approved is not None else approved,
        where=reading.where,
    )
    order = {post.id: number for number, post in enumerate(campaign.posts)}
    told = tuple(
        sorted(
            (*check.weighed(reading.findings, campaign), *check.judged(found, reading.gaps)),
            key=lambda finding: order.get(finding.post or "", -1),
        )
    )
    if reading.campaign is None:
        return Unusable(told, campaign)
    return Line(campaign, reading.folder, told, reading.where, limits, reading.base, reading.kept)


def wordings(
    campaign: Campaign, post: PlannedPost, limits: Mapping[str, Limits]
) -> Iterator[Wording]:
    """What a post says on each of its accounts, part by part."""
    from integrado_poster.render import words

    for account in campaign.accounts_for(post):
        if account.platform in limits:
            yield from words.wordings(campaign, post, account, limits[account.platform])


def unreadable(error: PlanUnreadable) -> Finding:
    """A plan that could not be read at all, as a finding like any other."""
    from integrado_poster import check

    return check.found(error.rule, where=error.where, why=Said(str(error), error.en))


def clash(line: Line, conflict: Conflict) -> Finding:
    """What has been changed since a file was exported, and the file does not know, as a finding."""
    from integrado_poster import check, plan

    whole = Said("der ganze Beitrag", "the whole post")
    then, now, file = conflict.then, conflict.now, conflict.file
    former = None
    if max(len(text or "") for text in (then, now, file)) > _SHORT:
        # Three long texts would look alike: only what differs is told.
        if file == then:
            former = Said("noch das Frühere", "still what was there before")
        then, now, file = None, plan.marked(then, now), plan.marked(then, file)
    return check.found(
        "PLAN-20",
        post=conflict.post,
        where=line.where(conflict.post, conflict.field.split(".")[0]),
        value=conflict.file,
        c=plan.named(line.campaign, conflict.post, conflict.field) if conflict.field else whole,
        old=then,
        now=now or "–",
        v=None if former else file or "–",
        former=former,
    )


def refused(line: Line, error: CardRefused | PictureRefused) -> list[Finding]:
    """What keeps cards from being drawn, as findings like any other: one for each field."""
    from integrado_poster import check, plan

    if isinstance(error, PictureRefused):
        return [check.found(error.rule, value=str(error))]
    details: dict[tuple[str, str, str], list[str]] = {}
    templates: dict[str, list[CardFault]] = {}
    for fault in error.faults:
        if fault.rule == "CARD-03":
            templates.setdefault(_card(line.campaign, fault.post), []).append(fault)
        else:
            key = fault.rule, fault.post, fault.field
            details.setdefault(key, []).append(fault.detail)
    return [_broken(line, *each) for each in templates.items()] + [
        check.found(
            rule,
            post=post,
            where=line.where(post, field),
            value="".join(dict.fromkeys(found)),
            field=plan.heading(field),
            shape=_shapes(found) if rule == "CARD-01" else None,
        )
        for (rule, post, field), found in details.items()
    ]


def _broken(line: Line, template: str, faults: list[CardFault]) -> Finding:
    """A template that fails: told once, however many posts use it."""
    from integrado_poster import check

    first, posts = faults[0], {fault.post for fault in faults}
    alone = first.post if len(posts) == 1 and first.post else None
    return check.found(
        first.rule,
        post=alone,
        where=line.where(alone, "card"),
        value=template,
        why=Said(first.de or first.detail, first.detail),
        n=len(posts) if len(posts) > 1 else None,
    )


def _card(campaign: Campaign, post: str) -> str:
    """The template of a post; of an unknown one, the campaign's."""
    asked = (each.card for each in campaign.posts if each.id == post)
    return next(asked, "") or campaign.card


def _shapes(names: list[str]) -> Said:
    said = [Shape(name).said for name in names]
    return Said(", ".join(each.de for each in said), ", ".join(each.en for each in said))


def _facts(reading: Reading, campaign: Campaign) -> Mapping[str, PictureFact]:
    """What can be known of each picture without using it."""
    from integrado_poster.check import PictureFact
    from integrado_poster.render import cards, focus, pictures

    facts = {}
    for file in {picture.file for post in campaign.posts for picture in post.pictures}:
        try:
            data = cards.photo(reading.folder, file).read_bytes()
            width, height = pictures.look(data)
            eye = focus.suggested(data, (width, height))
            facts[file] = PictureFact(file=file, width=width, height=height, striking=eye)
        except OSError:
            facts[file] = PictureFact(file=file, problem="MED-01")
        except PictureRefused as error:
            why, meant = str(error), reading.meant.get(file)
            facts[file] = PictureFact(file=file, problem=error.rule, message=why, meant=meant)
    return facts

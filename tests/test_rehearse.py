"""The whole week on the stage: everything online, once, as planned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrado_poster.app import LIMITS
from integrado_poster.errors import SettingsError
from integrado_poster.line import Line
from integrado_poster.model import Approvals, Held, Message, State
from integrado_poster.rehearse import fault_kinds, rehearse

Messages = tuple[Message, ...]


def test_the_shipped_week_is_online_once_and_as_planned(
    shipped: Line, shipped_messages: Messages
) -> None:
    result = rehearse(shipped, shipped_messages)

    assert result.counts == {
        "posts": 8,
        "deliveries": 32,
        "published": 32,
        "missing": 0,
        "duplicates": 0,
        "different": 0,
        "unclear": 0,
        "failed": 0,
    }
    assert result.flawless


@pytest.mark.parametrize("seed", range(1, 9))
def test_whatever_goes_wrong_on_the_way_each_post_is_online_once(
    shipped: Line, shipped_messages: Messages, seed: int
) -> None:
    result = rehearse(shipped, shipped_messages, faults=fault_kinds("all"), seed=seed)

    assert sum(result.faults.values()) > 0
    assert (result.verdict.missing, result.verdict.duplicates, result.verdict.different) == (
        0,
        0,
        0,
    )
    assert result.counts["published"] == 32


def test_every_kind_of_fault_is_survived_by_itself(
    shipped: Line, shipped_messages: Messages
) -> None:
    for kind in fault_kinds("all"):
        result = rehearse(shipped, shipped_messages[:8], faults=[kind], seed=3)

        assert result.verdict.good, (kind, result.verdict.notes)


def test_the_same_seed_draws_the_same_faults(shipped: Line, shipped_messages: Messages) -> None:
    first, second = (
        rehearse(shipped, shipped_messages, faults=fault_kinds("all"), seed=5) for _ in range(2)
    )

    assert first.faults == second.faults


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_platform_refuses_is_reported_and_never_doubled(
    shipped: Line, shipped_messages: Messages, seed: int
) -> None:
    result = rehearse(shipped, shipped_messages, faults=fault_kinds("refusal,revoked"), seed=seed)

    stuck = [
        delivery
        for delivery in result.deliveries
        if delivery.state is State.FAILED or delivery.held is Held.LOGIN
    ]
    assert len(stuck) == result.verdict.missing > 0
    assert result.counts["published"] + len(stuck) == 32
    assert (result.verdict.duplicates, result.verdict.different) == (0, 0)
    assert not result.flawless


def test_a_rehearsal_needs_nobodys_approval(shipped: Line, shipped_messages: Messages) -> None:
    strict = shipped.campaign.model_copy(update={"approvals": Approvals.MEMBER})

    assert rehearse(replace(shipped, campaign=strict), shipped_messages).flawless


def test_an_unknown_fault_is_refused_with_what_there_is() -> None:
    with pytest.raises(SettingsError, match=r"lost-replies.*lost-reply"):
        fault_kinds("lost-replies")


def in_parts(messages: Messages) -> Messages:
    """The same, with two more parts of each post wherever there are chains."""
    return tuple(
        replace(message, text=f"{part} {message.text[:200]}", part=part, follows=True, pictures=())
        if part > 1
        else message
        for message in messages
        for part in ((1, 2, 3) if LIMITS[message.platform].chains else (1,))
    )


@pytest.mark.parametrize("seed", [None, 1, 2, 3, 4])
def test_chains_are_online_part_under_part(
    shipped: Line, shipped_messages: Messages, seed: int | None
) -> None:
    faults = fault_kinds("all" if seed else "")

    result = rehearse(shipped, in_parts(shipped_messages), faults=faults, seed=seed or 1)

    assert result.verdict.good, result.verdict.notes
    assert result.counts["published"] == result.counts["deliveries"] == 80

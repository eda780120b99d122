"""Which profile an account may open: one that no other account opens, and the one on which its posts are."""

from __future__ import annotations

from collections.abc import Mapping

from integrado_poster.contract import Identity
from integrado_poster.errors import SettingsError
from integrado_poster.journal import Journal
from integrado_poster.model import Delivery, State
from integrado_poster.speech import Sentence


def refuse_another(journal: Journal, key: str, identity: Identity) -> None:
    """Raise `SettingsError` if it is not the one on which something may be online, or is in part."""
    known = journal.account(key)
    if known is None or known.identity is None or known.identity.id == identity.id:
        return
    there = [each for each in journal.deliveries() if each.account == key]
    sending = [each for each in there if each.state is State.SENDING]
    doubtful = [each for each in there if _in_doubt(each)]
    halves = [each for each in there if each.follows and not each.waits and each.undone]
    reasons = (("still-sending", sending), ("other-profile", doubtful), ("half-there", halves))
    for why, found in reasons:
        if found:
            first = found[0]  # settled, it makes room for the next one
            raise SettingsError(
                Sentence(
                    f"login.{why}",
                    account=key,
                    known=known.identity.name,
                    opened=identity.name,
                    posts=", ".join(each.name for each in found),
                    name=first.name,
                    post=first.post,
                    part=f" --part {first.part}" if first.parts > 1 else "",
                )
            )


def refuse_a_second_account(
    journal: Journal, key: str, platform: str, facts: Mapping[str, str], identity: Identity
) -> None:
    """Raise `SettingsError` if another account opens this profile already."""
    for other in journal.accounts():
        known = other.identity if other.connected_at and other.platform == platform else None
        same = known is not None and known.id == identity.id and other.key != key
        # A stand-in has one profile for all.
        if same and _one_place(facts, other.settings) and not stand_in(facts):
            opened = identity.name
            raise SettingsError(
                Sentence("login.same-profile", account=key, opened=opened, other=other.key)
            )


def stand_in(facts: Mapping[str, str]) -> bool:
    """Whether it is a login at a stage on this machine."""
    return "//127.0.0.1:" in facts.get("base_url", "")


def _one_place(*logins: Mapping[str, str]) -> bool:
    """Whether they may be at the same server; the numbers of a Mastodon server are its own."""
    return len({login["base_url"].rstrip("/") for login in logins if login.get("base_url")}) < 2


def _in_doubt(delivery: Delivery) -> bool:
    """Whether it may be online without our knowing."""
    return delivery.fixed and delivery.state is not State.PUBLISHED

"""A post that is several on one account, in words: its languages apart, and chains."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from integrado_poster.cli.shell import Shell
    from integrado_poster.model import Campaign, Message


def in_parts(
    shell: Shell,
    new: Campaign,
    post: str,
    messages: Iterable[Message],
    follows: dict[str, dict[str, list[str]]],
) -> list[str]:
    """Where a post that is new or changed becomes several: by its languages, or as a chain."""
    touched = {*follows["added"].get(post, ()), *follows["changed"].get(post, ())}
    mine = [each for each in messages if each.post == post and each.account in touched]
    language = next((each.language for each in new.posts if each.id == post), "")
    return [*_apart(shell, mine, language), *_chained(shell, mine, language)]


def _apart(shell: Shell, messages: Iterable[Message], language: str) -> Iterator[str]:
    spoken: dict[str, list[str]] = {}
    for each in messages:
        if each.language != language and not each.follows:
            spoken.setdefault(each.account, []).append(each.language)
    accounts: dict[str, list[str]] = {}
    for account, languages in spoken.items():
        accounts.setdefault(", ".join(languages), []).append(account)
    for named, where in accounts.items():
        yield shell.say("plan.follows.apart", languages=named, accounts=", ".join(where))


def _chained(shell: Shell, messages: Iterable[Message], language: str) -> Iterator[str]:
    names = [
        each.account if each.language == language else f"{each.account} ({each.language})"
        for each in messages
    ]
    by_length: dict[int, list[str]] = {}
    for name in dict.fromkeys(names):
        by_length.setdefault(names.count(name), []).append(name)
    for number, accounts in sorted(by_length.items()):
        if number > 1:
            yield shell.say("plan.follows.chain", parts=number, accounts=", ".join(accounts))

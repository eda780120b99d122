"""What a letter says: what happened, to which post on which account, and what she can do now. Pure."""

from __future__ import annotations

import shlex
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from integrado_poster.journal import News, Title
from integrado_poster.speech import Speech

MOST = 20  #: Things in one letter; `status` shows the rest.
WIDTH = 72
ALONE = ("unclear",)  #: Looking happens account by account, with an address for each.
BY_ACCOUNT = ("login",)  #: One login helps every post that waits for it.
AS_ONE = ("flood",)  #: One command lets all of it go.
NAMES = 10  #: Posts or accounts that are named one by one.
#: What comes first, and what comes last, whenever it was.
FIRST, LAST = (
    ("database", "silent", "overdue", "stuck", "clock-suspected"),
    ("away", "resumed", "clock-trusted"),
)
NOWHERE = Title("integrado-poster", "", "de")  # "": the zone of this machine
# Characters that change the order of others, or end a line, without being seen.
UNSEEN = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject and a text, ready for any envelope: no character of either can do harm."""

    subject: str
    text: str


def letter(news: Sequence[News], titles: Mapping[str, Title], say: Speech) -> Letter:
    """Tell all of it in one letter. `titles` are the campaigns', the latest first."""
    named = [titles[each.campaign] for each in news if each.campaign in titles]
    title = (named or [*titles.values()] or [NOWHERE])[0]
    groups = _groups(news)
    shown = [_Thing(group, title.zone, say) for group in groups[:MOST]]
    blocks = [say("mail.greeting")]
    for number, thing in enumerate(shown, 1):
        blocks += thing.blocks(number if len(groups) > 1 else 0)
    if more := len(groups) - len(shown):
        blocks.append(say("mail.more", count=more))
    blocks.append(say("mail.end"))
    subject = say("mail.subject", campaign=plain(title.name, 40), what=plain(shown[0].title, 60))
    if len(groups) > 1:
        subject = say("mail.and-more", subject=subject, count=len(groups) - 1)
    # Python would read an encoded word in it, and write a line break that it found there.
    return Letter(subject.replace("=?", "= ?"), "\n\n".join(blocks) + "\n")


def plain(text: str, most: int = 200) -> str:
    """Foreign words as one visible line that obeys nobody: no breaks, no turning of the direction."""
    seen = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") else c
        for c in text
        if c not in UNSEEN
    )
    line = " ".join(seen.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _wrapped(words: str) -> str:
    return textwrap.fill(words, WIDTH, break_long_words=False, break_on_hyphens=False)


def _listed(names: Iterable[str]) -> str:
    """Each name once; not all of very many."""
    named = list(dict.fromkeys(names))
    return ", ".join(named[:NAMES]) + (f", … ({len(named)})" if len(named) > NAMES else "")


def _groups(news: Sequence[News]) -> list[list[News]]:
    """What one command helps, put together; the same as `status` shows."""
    found: dict[tuple[object, ...], list[News]] = {}
    for each in sorted(news, key=lambda each: (each.why not in FIRST, each.why in LAST)):
        key: tuple[object, ...] = (each.why, each.campaign, each.post, each.note)
        if each.why in BY_ACCOUNT:
            key = (each.why, each.account)
        elif each.why in AS_ONE:
            key = (each.why,)
        elif each.why in ALONE or not each.post:
            key = (each,)
        found.setdefault(key, []).append(each)
    groups: list[list[News]] = []
    for group in found.values():
        first = group[0]
        # A command without an account would reach those on which all is well.
        together = not first.post or first.why in (*BY_ACCOUNT, *AS_ONE)
        whole = together or len({each.account for each in group}) == first.of_post
        groups += [group] if whole else [[each] for each in group]
    return groups


@dataclass(frozen=True, slots=True)
class _Thing:
    """One thing to tell, in words of its own."""

    group: list[News]
    zone: str
    say: Speech

    @property
    def title(self) -> str:
        return self.say(f"{self._key}.title", **self._facts(plain))

    def blocks(self, number: int) -> Iterator[str]:
        """What happened, and what to do about it."""
        heading = f"{number}. {self.title}" if number else self.title
        yield "\n".join([heading, "-" * min(len(heading), WIDTH), *self._what()])
        yield self.say(f"{self._key}.do", **self._facts(lambda fact: shlex.quote(plain(fact))))

    def _what(self) -> Iterator[str]:
        facts = self._facts(plain)
        words = self.say(f"{self._key}.what", **facts)
        yield _wrapped(words)
        if facts["note"] and "{note}" not in self.say.sentences[f"{self._key}.what"]:
            yield _wrapped(self.say("mail.because", note=facts["note"]))

    @property
    def _key(self) -> str:
        first = self.group[0]
        key = f"mail.{first.why}{'-part' if first.follows and first.why == 'failed' else ''}"
        return key if f"{key}.title" in self.say else "mail.other"

    def _facts(self, safe: Callable[[str], str]) -> dict[str, str]:
        first = self.group[0]
        account = safe(first.account)
        one = len(self.group) == 1
        part = f" --part {first.part}" if one and first.parts > 1 else ""
        on = f" --account {account}" if one and (first.of_post > 1 or part) else ""
        return {
            "why": first.why,
            "post": safe(first.post),
            "name": safe(first.name if one else first.post),
            "part": part,
            "posts": _listed(safe(each.name) for each in self.group),
            "account": account,
            "accounts": _listed(safe(each.account) for each in self.group),
            "on": f"{on}{part}",
            "moment": self._moment(first.at),
            "note": plain(self.say.read(next((n.note for n in self.group if n.note), ""))),
        }

    def _moment(self, moment: datetime | None) -> str:
        return self.say("mail.never") if moment is None else self.say.moment(moment, self.zone)

"""What is wrong with the end: by what readers see, and by what the platforms were asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from integrado_poster.model import Delivery, Message, State
from integrado_poster.rehearse import expectations
from integrado_poster.stage import Shown, verdict

KINDS = {"missing": "lost", "again": "duplicated"}  # of the stage's notes; all others are wrong


def judge(
    messages: Sequence[Message],
    deliveries: Sequence[Delivery],
    shown: Mapping[str, Sequence[Shown]],
    repeats: Sequence[tuple[str, str]] = (),
) -> Iterator[tuple[str, str]]:
    """Hold what readers see against what was planned, and what the journal says against both.

    `repeats` are the requests, as platform and post, to publish what was online already. Their
    platform has merged or refused them, and readers see nothing; but our protocol never sends again
    before a look has shown that nothing is there, so each of them counts as a duplicate. What it does
    send again, after a clear no or to find a picture anew, is never such a request: nothing is online.
    """
    for note in verdict(expectations(messages), shown).notes:
        yield KINDS.get(note.partition(" ")[0], "wrong"), note
    for platform, id in repeats:
        yield "duplicated", f"{platform} was asked to publish {id} once more"
    yield from _receipts(messages, deliveries, shown)


def _receipts(
    messages: Sequence[Message],
    deliveries: Sequence[Delivery],
    shown: Mapping[str, Sequence[Shown]],
) -> Iterator[tuple[str, str]]:
    texts = {(m.post, m.account, m.part): m.text for m in messages}
    for delivery in deliveries:
        text = texts[delivery.post, delivery.account, delivery.part]
        online = [post.id for post in shown[delivery.account] if post.text == text]
        if delivery.state is not State.PUBLISHED:
            yield "lost", f"{delivery.name} on {delivery.account} is {delivery.state} in the end"
        elif delivery.receipt_id not in online:
            yield "wrong", f"{delivery.name} on {delivery.account} has the receipt of another post"

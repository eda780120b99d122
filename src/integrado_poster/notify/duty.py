"""Telling people while the program works, in a thread that nothing waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from integrado_poster.errors import PosterError

POLL = 5.0  #: Seconds between two looks whether somebody is to be told something.
GOODBYE = 5.0  #: Seconds that a letter on its way has left when we are told to stop: else it is sent twice.
LAST_WORDS = 25.0  #: Seconds that a dying process gives its last letter.


@contextmanager
def on_the_side(tell: Callable[[], object], last_word: Callable[[], object]) -> Iterator[None]:
    """Call `tell` again and again while the block runs, and `last_word` if it ends with an error of ours.

    No mail server holds the block up: it goes on beside it, and its end waits for some seconds only.
    """
    over, dying = Event(), Event()

    def keep_telling() -> None:
        while not over.wait(POLL):
            tell()
        if dying.is_set():
            last_word()

    teller = Thread(target=keep_telling, name="messenger", daemon=True)
    teller.start()
    try:
        yield
    except PosterError:
        dying.set()
        raise
    finally:
        over.set()
        teller.join(LAST_WORDS if dying.is_set() else GOODBYE)

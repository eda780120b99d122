"""The judge of the crash run is awake, and has nothing to say about the real thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrado_poster.journal import Journal
from tests.crash.schedules import Case, sweep
from tests.fakes import Finds


def test_the_judge_sees_an_orphan_that_is_sent_again_blindly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(finds=Finds.IN_LIST, script=(), pairs=20)
    sound = sweep(case, tmp_path)
    recover = Journal.recover

    def careless(journal: Journal, now: object, **more: object) -> int:
        with journal.write() as connection:
            connection.exec_driver_sql("UPDATE delivery SET intent_at = NULL")
        return recover(journal, now, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "recover", careless)
    blind = sweep(case, tmp_path)

    assert (sound.problems, sound.failures) == ({}, [])
    assert blind.figures["duplicated"] > 0
    assert any("crashed at points" in failure for failure in blind.failures)

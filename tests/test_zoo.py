"""No file, however hostile or clumsy, is misread, skipped in silence, or more than we can bear."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from integrado_poster import plan
from integrado_poster.errors import PlanUnreadable
from tests import zoo
from tests.zoo import ZOO, Animal

MEGABYTES = 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files of the zoo. They are made elsewhere: making a bomb takes more memory than reading it."""
    place = tmp_path_factory.mktemp("zoo")
    subprocess.run([sys.executable, "-m", "tests.zoo", "make", str(place)], check=True)
    return place


def test_the_zoo_is_large_enough() -> None:
    assert len(ZOO) >= 40
    assert len({one.name for one in ZOO}) == len(ZOO)


@pytest.mark.parametrize("one", ZOO, ids=lambda one: one.name)
def test_exactly_what_is_wrong_is_said(one: Animal, folder: Path) -> None:
    found = zoo.read(one, folder)

    assert tuple(dict.fromkeys(rule for rule, _ in found if rule in one.rules)) == one.rules, found
    assert one.rules or not found, found
    assert not one.says or any(one.says in message for _, message in found), found


@pytest.mark.parametrize("one", [one for one in ZOO if not one.rules], ids=lambda one: one.name)
def test_no_damage_to_a_good_file_brings_the_reader_down(one: Animal, tmp_path: Path) -> None:
    whole = one.make()
    dice = random.Random(one.name)

    for _ in range(6):
        broken = bytearray(whole)
        for _ in range(dice.randrange(1, 5)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        (tmp_path / one.file).write_bytes(
            broken[: dice.choice([len(broken), dice.randrange(1, len(broken))])]
        )
        with contextlib.suppress(PlanUnreadable):
            reading = plan.read(tmp_path / one.file)
            assert reading.campaign is not None or reading.findings


def test_reading_them_all_takes_little_memory_and_no_file_half_a_minute(folder: Path) -> None:
    """The reader stops itself after 30 s with one file; the memory is that of the whole process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.zoo", "read", str(folder)], check=True, capture_output=True
    )
    costs = json.loads(done.stdout)

    assert len(costs) == len(ZOO)
    assert max(memory for _, _, memory in costs) < MEGABYTES, costs

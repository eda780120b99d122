"""Every fault still fits the source, and names tests that there are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.faults import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
CONTRACT = (ROOT / "tests/platforms/contract.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_fits_and_somebody_is_named_to_notice(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text(encoding="utf-8")

    ast.parse(mutant.applied(source))

    for test in mutant.tests:
        file, _, name = test.partition("::")
        _, _, name = name.rpartition("::")
        inherited = CONTRACT if file.startswith("tests/platforms/") else ""
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8") + inherited


def test_a_fault_that_fits_nowhere_is_said_as_such() -> None:
    with pytest.raises(ValueError, match="0 times"):
        MUTANTS[0].applied("")

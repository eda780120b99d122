"""What we write opens in LibreOffice without complaint, and what it saves we read as the same plan."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from integrado_poster import plan
from integrado_poster.model import Account
from tests.conftest import SHIPPED

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice is not here; on Debian: apt-get install libreoffice-calc"
)


def saved(file: Path, kind: str, *options: str) -> Path:
    """The file as LibreOffice saves it in another format; it must say nothing but that it has done so."""
    done = subprocess.run(
        [
            str(SOFFICE),
            "--headless",
            "--norestore",
            *options,
            f"-env:UserInstallation=file://{file.parent}/profile",
            "--convert-to",
            kind,
            "--outdir",
            str(file.parent / "saved"),
            str(file),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        env={**os.environ, "HOME": str(file.parent)},
    )
    assert not [line for line in done.stderr.splitlines() if "javaldx" not in line], done.stderr
    return file.parent / "saved" / f"{file.stem}.{kind.partition(':')[0]}"


@pytest.mark.parametrize("kind", ["ods", "xls", "xlsx"])
def test_a_plan_that_libreoffice_has_saved_is_the_same_plan(tmp_path: Path, kind: str) -> None:
    campaign = plan.read(SHIPPED).campaign
    assert campaign is not None
    plan.export(campaign, tmp_path / "plan.xlsx")

    reading = plan.read(saved(tmp_path / "plan.xlsx", kind))

    assert reading.findings == ()
    assert reading.campaign == campaign


def test_the_template_opens_and_is_still_empty_when_saved_again(tmp_path: Path) -> None:
    plan.template(tmp_path / "vorlage.xlsx", [Account(key="x", platform="x")], {"x": 280})
    before = plan.read(tmp_path / "vorlage.xlsx")

    after = plan.read(saved(tmp_path / "vorlage.xlsx", "ods"))

    assert [finding.rule for finding in after.findings] == [one.rule for one in before.findings]


def test_a_csv_that_libreoffice_has_saved_is_the_same_plan(tmp_path: Path) -> None:
    campaign = plan.read(SHIPPED).campaign
    assert campaign is not None
    plan.export(campaign, tmp_path / "plan.csv")
    semicolons = "Text - txt - csv (StarCalc):59,34,76"

    reading = plan.read(
        saved(tmp_path / "plan.csv", f"csv:{semicolons}", f"--infilter={semicolons}")
    )

    assert reading.findings == ()
    assert reading.campaign == campaign

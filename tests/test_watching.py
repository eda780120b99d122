"""render --watch: what changes is drawn again, and nothing else; errors are told, and it goes on."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PIL import Image

from integrado_poster import render
from integrado_poster.cli import watching
from integrado_poster.contract import Limits, Ruler
from integrado_poster.errors import CardRefused
from integrado_poster.model import Campaign, Message, PlannedPicture, PlannedPost, Shape
from integrado_poster.render import live, pool
from integrado_poster.render.pool import Desk
from tests.builders import a_campaign, a_message, a_planned_post
from tests.conftest import SHIPPED

LIMITS = {
    "mastodon": Limits(
        rulers=(Ruler(limit=500, measure=len, unit="characters"),), shape=Shape.SQUARE
    )
}
PHOTO = PlannedPicture(file="bild.jpg", alt="Ein Feld.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plan's folder with one picture."""
    (tmp_path / "pictures").mkdir()
    paint(tmp_path, "red")
    return tmp_path


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk whose processes end with the test."""
    desk = Desk()
    yield desk
    desk.close()


def paint(folder: Path, colour: str) -> None:
    Image.new("RGB", (400, 300), colour).save(folder / "pictures" / "bild.jpg")


def campaign_of(*texts: str, **post: Any) -> Campaign:
    posts = (a_planned_post(id=f"P-{n}", text=text, **post) for n, text in enumerate(texts))
    return a_campaign(posts=tuple(posts))


def drawn(desk: Desk | None, campaign: Campaign, folder: Path) -> tuple[Message, ...]:
    return render.messages(campaign, folder, LIMITS, desk=desk)


# --- What is drawn -------------------------------------------------------------------------


def test_a_desk_draws_the_same_cards_as_without_one(desk: Desk, folder: Path) -> None:
    campaign = campaign_of("Eins.", "Zwei.", pictures=(PHOTO,))

    assert drawn(desk, campaign, folder) == drawn(None, campaign, folder)
    assert desk.drawn == 2


def test_only_the_card_of_a_changed_post_is_drawn_again(desk: Desk, folder: Path) -> None:
    first = drawn(desk, campaign_of("Eins.", "Zwei."), folder)
    drawn(desk, campaign_of("Eins.", "Zwei."), folder)
    assert desk.drawn == 0

    new = drawn(desk, campaign_of("Eins.", "Drei."), folder)
    assert desk.drawn == 1
    assert new[0] == first[0]
    assert new[1].pictures != first[1].pictures


def test_another_photo_under_the_same_name_is_noticed(desk: Desk, folder: Path) -> None:
    campaign = campaign_of("Eins.", pictures=(PHOTO,))
    first = drawn(desk, campaign, folder)
    paint(folder, "blue")
    new = drawn(desk, campaign, folder)

    assert desk.drawn == 1
    assert new[0].pictures[0].data != first[0].pictures[0].data


def test_a_changed_template_is_used_by_the_processes_that_stay(desk: Desk, folder: Path) -> None:
    campaign = campaign_of("Eins.", "Zwei.").model_copy(update={"card": "eigene"})
    template = folder / "cards" / "eigene.typ"
    template.parent.mkdir()
    found = []
    for colour in ("red", "blue"):
        template.write_text(f'#import "/lib.typ": *\n#show: sheet\n#rect(fill: {colour})')
        found.append(drawn(desk, campaign, folder))
        assert desk.drawn == 2

    assert found[0][0].pictures[0].data != found[1][0].pictures[0].data
    assert found[1] == drawn(None, campaign, folder)


def test_a_broken_template_is_told_each_time_until_it_is_mended(desk: Desk, folder: Path) -> None:
    campaign = campaign_of("Eins.").model_copy(update={"card": "eigene"})
    template = folder / "cards" / "eigene.typ"
    template.parent.mkdir()
    template.write_text("#boom(")
    for _ in range(2):
        with pytest.raises(CardRefused, match="unclosed delimiter"):
            drawn(desk, campaign, folder)

    template.write_text('#import "/lib.typ": *\n#show: sheet\n#rect()')
    assert len(drawn(desk, campaign, folder)) == 1


def test_a_card_that_killed_its_process_is_tried_again(desk: Desk) -> None:
    setup: pool.Job = {"files": {}, "fonts": ["no such folder"], "emoji": [], "cpu_seconds": "x"}
    for _ in range(2):
        (answer,) = desk.draw(setup, [{"kind": "photo", "photo": None}])
        assert "died" in answer.facts
        assert desk.drawn == 1


# --- What is noticed -----------------------------------------------------------------------


@pytest.fixture
def plan(folder: Path) -> Path:
    """A plan beside its picture and a card template."""
    (folder / "cards" / "logos").mkdir(parents=True)
    (folder / "cards" / "eigene.typ").write_text("eins")
    (folder / "plan.yaml").write_text("eins")
    return folder / "plan.yaml"


@pytest.mark.parametrize(
    "name", ["plan.yaml", "pictures/bild.jpg", "pictures/neu.png", "cards/eigene.typ", "foto.jpg"]
)
@pytest.mark.parametrize("whole", [True, False])
def test_plan_pictures_and_templates_are_looked_at(plan: Path, name: str, whole: bool) -> None:
    asked = plan.parent if whole else plan
    seen = watching.stamps(asked)
    (plan.parent / name).write_text("etwas Neues")
    new = next(watching.changes(asked, seen, Event()))

    assert {path for path in new if new[path] != seen.get(path)} == {plan.parent / name}


@pytest.mark.parametrize("name", [".~lock.plan.xlsx#", "~$plan.xlsx", "build.txt", "cards/.x.swp"])
def test_what_programs_leave_lying_about_is_not(plan: Path, name: str) -> None:
    seen = watching.stamps(plan.parent)
    (plan.parent / name).write_text("nichts")

    assert watching.stamps(plan.parent) == seen


def test_a_plan_that_is_gone_is_a_change_and_no_error(plan: Path) -> None:
    for asked in (plan, plan.parent):
        seen = watching.stamps(plan)
        plan.rename(plan.with_suffix(".bak"))
        assert plan not in next(watching.changes(asked, seen, Event()))
        plan.with_suffix(".bak").rename(plan)

    shutil.rmtree(plan.parent)
    assert watching.stamps(plan) == {}


def test_without_a_change_nothing_happens_until_the_end(plan: Path) -> None:
    halt = Event()
    halt.set()

    assert list(watching.changes(plan, watching.stamps(plan), halt)) == []


# --- The page ---------------------------------------------------------------------------------


def page(folder: Path, text: str, *, watched: bool = True) -> str:
    campaign = a_campaign(posts=(PlannedPost(**a_planned_post().model_dump()),))
    message = a_message(text=text, pictures=())
    return render.gallery(campaign, [message], folder, watched=watched).read_text("utf-8")


def test_only_a_watched_page_has_a_script_and_may_run_no_other(tmp_path: Path) -> None:
    lively, plain = page(tmp_path, "Eins."), page(tmp_path, "Eins.", watched=False)
    (script,) = re.findall(r"<script>(.*?)</script>", lively, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()

    assert f"content=\"script-src 'sha256-{digest}' 'strict-dynamic'\"" in lively
    assert "<script" not in plain
    assert "data-version" not in plain


def test_the_page_is_told_of_a_newer_one_and_of_one_that_cannot_be_drawn(tmp_path: Path) -> None:
    told = []
    for text in ("Eins.", "Zwei.", "Zwei."):
        page(tmp_path, text)
        told.append((tmp_path / live.NOW).read_text())
    live.say(tmp_path, stale=True)

    assert told[0] != told[1] == told[2]
    assert all(each.endswith(", false);\n") for each in told)
    assert (tmp_path / live.NOW).read_text() == told[2].replace("false", "true")


def test_where_no_page_was_written_yet_nothing_is_told(tmp_path: Path) -> None:
    live.say(tmp_path, stale=True)

    assert not list(tmp_path.iterdir())


# --- From the shell ------------------------------------------------------------------------


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_follows_the_plan_through_errors_until_the_end(tmp_path: Path, end: int) -> None:
    folder, out = tmp_path / "kampagne", tmp_path / "galerie"
    shutil.copytree(SHIPPED, folder)
    plan, template = folder / "plan.yaml", folder / "cards" / "poster.typ"
    # As a shell starts what it puts into the background.
    deaf = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]
    command = [*deaf, sys.executable, "-m", "integrado_poster", "render", str(plan), "--watch"]
    with subprocess.Popen(
        [*command, "--as-of", "2021-09-20", "--out", str(out)],
        cwd=tmp_path,
        env={**os.environ, "INTEGRADO_LANGUAGE": "de"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        told = process.stdout.readline
        try:
            assert "index.html" in told()
            assert "Strg-C" in told()

            text = plan.read_text("utf-8")
            plan.write_text(text.replace("An unserem langen Tisch", "Am Tisch", 1), "utf-8")
            assert re.match(r"plan\.yaml · neu gezeichnet: \d · ", told())
            assert "Am Tisch" in (out / "index.html").read_text("utf-8")

            template.write_text("#boom(")
            assert told().startswith("poster.typ: so kann ich nichts zeigen.")
            assert (out / live.NOW).read_text().endswith(", true);\n")

            template.unlink()
            assert told().startswith("poster.typ · neu gezeichnet: ")
            assert (out / live.NOW).read_text().endswith(", false);\n")
        finally:
            process.send_signal(end)
            rest, errors = process.communicate()

    assert process.returncode == 0
    assert rest == "Beendet. Die Vorschau bleibt liegen.\n"
    assert "unclosed delimiter (poster.typ" in errors
    assert "Traceback" not in errors

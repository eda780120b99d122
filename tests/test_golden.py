"""Cards in every script look like those that somebody has looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from integrado_poster.render import fonts
from tests import golden


@pytest.mark.skipif(fonts.coloured() is not None, reason="they were drawn without emoji in colour")
def test_every_script_is_drawn_as_it_was_when_somebody_looked(tmp_path: Path) -> None:
    """After a change that is meant to show: python -m tests.golden"""
    found = golden.drawn(tmp_path)
    known = {path.stem: Image.open(path).convert("RGB") for path in golden.FOLDER.glob("*.png")}
    far = {
        name: round(golden.distance(image, known[name]), 2)
        for name, image in found.items()
        if name in known and golden.distance(image, known[name]) > golden.FAR
    }

    assert set(found) == set(known)
    assert not far


@pytest.mark.skipif(fonts.coloured() is None, reason="the extra 'emoji' is not installed")
def test_emoji_are_in_colour_where_their_font_is_installed(tmp_path: Path) -> None:
    name = "en-x-emoji-poster-story"
    found = golden.drawn(tmp_path)[name]
    known = Image.open(golden.FOLDER / f"{name}.png").convert("RGB")

    assert golden.distance(found, known) > golden.FAR


def test_another_word_is_further_away_than_another_edge() -> None:
    known = Image.open(golden.FOLDER / "de-poster-portrait.png").convert("RGB")
    other = known.copy()
    word = (84, 251, 104, 263)  # a few letters of the information line
    ImageDraw.Draw(other).rectangle(word, fill="#fffdf9")
    moved = known.transform(
        known.size, Image.Transform.AFFINE, (1, 0, 0.05, 0, 1, 0), Image.Resampling.BILINEAR
    )

    assert golden.distance(known, other) > golden.FAR > golden.distance(known, moved)

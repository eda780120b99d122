"""Whatever people write, a card shows all of it inside its margins, or is refused by the field's name."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from integrado_poster.model import Funder, PlannedPicture, PlannedPost, Shape, Translation
from integrado_poster.render import cards, pool
from integrado_poster.render.drawer import Press
from tests.builders import a_campaign, a_planned_post, an_organisation

FIELDS = {"headline", "text", "lede", "information", "organisation", "campaign", "funder", "hashtags",
          "areas", "kind", "credit_1"}  # fmt: skip

# --- What people write ----------------------------------------------------------------------

_PARTS = ["Integrations", "fach", "dienst", "leistungs", "beratungs", "stellen", "förder",
          "nachbarschafts", "zentrum", "wohnungs", "geber", "bescheinigung"]  # fmt: skip
compounds = st.lists(st.sampled_from(_PARTS), min_size=1, max_size=7).map(
    lambda parts: "".join(parts).capitalize()
)
oddities = st.sampled_from(
    ["أهلًا", "وسهلًا", "(مجانًا)", "ጎረባብቲ", "ካልኦት", "Ласкаво", "просимо", "ücretsiz", "İyi", "și", "bê", "🎉", "🏡", "♿",
     "https://awo.example.org/termine/2021", "#InterkulturelleWoche", "presse@awo.example.org", "0231 5550-101",
     "&", "<b>", "$x$", "#panic()", "\\", '"', "W" * 23, "…", "–", "1.000", "z. B."]
)  # fmt: skip
words_ = st.one_of(
    st.sampled_from(["Wir", "sind", "da", "für", "alle", "und", "mit", "Ihnen"]),
    compounds,
    oddities,
)


def lines(most_words: int, most_lines: int) -> st.SearchStrategy[str]:
    line = st.lists(words_, min_size=1, max_size=most_words).map(" ".join)
    return st.lists(line, min_size=1, max_size=most_lines).map("\n".join)


translations = st.builds(
    Translation, language=st.sampled_from(["ar", "tr", "uk", "ti", "fa"]), text=lines(12, 3)
)
posts = st.builds(
    a_planned_post,
    headline=lines(7, 1),
    text=lines(30, 4),
    information=st.one_of(st.just(""), lines(8, 6)),
    language=st.sampled_from(["de", "de", "ar", "uk", "tr", "ti", "en"]),
    translations=st.lists(translations, max_size=2).map(tuple),
    card=st.sampled_from(["poster", "text", "profile"]),
    pictures=st.sampled_from([(), (PlannedPicture(file="bild.jpg", alt="Ein Feld"),)]),
)


class Drawn:
    """A press in this process, for a campaign with one member and a white picture."""

    def __init__(self, folder: Path) -> None:
        (folder / "pictures").mkdir()
        (folder / "empty").mkdir()
        Image.new("RGB", (900, 700), "white").save(folder / "pictures" / "bild.jpg")
        self.folder = folder
        self.press = Press(cards.setup(a_campaign(), folder), folder / "empty")

    def job(self, post: PlannedPost, shape: Shape, **member: Any) -> pool.Job:
        """The frame for one card of this post."""
        campaign = a_campaign(
            organisations=(an_organisation(colour="#0f5f66", **member),),
            hashtags=("InterkulturelleWoche", "EinTag"),
            funder=Funder(line="Dank", long_line="Mit Dank an das Ministerium für gute Dinge"),
            posts=(post,),
        )
        job: pool.Job = json.loads(json.dumps(cards.job(campaign, post, shape, self.folder)))
        return job


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    return Drawn(tmp_path_factory.mktemp("fit"))


# --- All of it fits, or none of it ------------------------------------------------------------

MARGIN = 24  # pixels at the edges that no word may touch; the templates keep at least 56


class Letter(NamedTuple):
    """The box of one character's ink, as pdfium sees it in a PDF."""

    left: float
    bottom: float
    right: float
    top: float
    text: str


def letters(pdf: bytes) -> list[Letter]:
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    page = document[0].get_textpage()
    found = []
    for number in range(page.count_chars()):
        left, bottom, right, top = page.get_charbox(number)
        found.append(Letter(left, bottom, right, top, page.get_text_range(number, 1)))
    document.close()
    return [letter for letter in found if letter.right > letter.left]


def in_the_margin(found: Sequence[Letter], size: tuple[int, int]) -> str:
    """The letters that reach into the margin."""
    return "".join(
        letter.text
        for letter in found
        if letter.left < MARGIN
        or letter.bottom < MARGIN
        or letter.right > size[0] - MARGIN
        or letter.top > size[1] - MARGIN
    )


def on_each_other(found: Sequence[Letter]) -> list[str]:
    """Pairs of letters of two lines, one of which reaches into the other.

    Only letters without marks above or below: lines stand as close as these allow.
    """
    plain = sorted(letter for letter in found if re.fullmatch("[A-Za-z0-9]", letter.text))
    pairs = []
    for place, one in enumerate(plain):
        for other in plain[place + 1 :]:
            if other.left >= one.right - 1.5:
                break
            common = min(one.top, other.top) - max(one.bottom, other.bottom)
            lower = min(one.top - one.bottom, other.top - other.bottom)
            if 2.5 < common < 0.6 * lower:  # more is a neighbour in the same line
                pairs.append(one.text + other.text)
    return pairs


def margins_are_plain(data: bytes) -> bool:
    """Whether each row of the left and the right margin is of one colour, as drawn."""
    image = Image.open(BytesIO(data)).convert("L")
    for left in (0, image.width - MARGIN):
        strip = image.crop((left, 0, left + MARGIN, image.height))
        plain = strip.resize((1, strip.height), Image.Resampling.BOX).resize(strip.size)
        if ImageChops.difference(strip, plain).getextrema()[1] > 40:  # type: ignore[operator]
            return False
    return True


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(post=posts, shape=st.sampled_from(Shape), name=st.one_of(st.just("AWO"), lines(6, 1)))
def test_every_card_fits_or_is_refused_by_its_field(
    drawn: Drawn, post: PlannedPost, shape: Shape, name: str
) -> None:
    job = drawn.job(post, shape, name=name)
    facts, data = drawn.press.answer(job)

    if not data:
        assert set(facts) == {"cramped"}, facts
        fields = {field for field in facts["cramped"] if not field.startswith("translation_")}
        assert fields <= FIELDS
        return
    found = letters(bytes(drawn.press.laid_out(job)[0]))
    assert in_the_margin(found, shape.size) == ""
    assert on_each_other(found) == []
    if post.pictures and post.card != "text":  # else a pattern runs to the edges
        assert margins_are_plain(data)


def test_a_word_at_a_wrong_place_would_be_seen(drawn: Drawn) -> None:
    job = drawn.job(a_planned_post(headline="Rand"), Shape.SQUARE)
    words = "#set text(size: 60pt)\n#at(5pt, 500pt, card.headline.first())\n#at(5pt, 530pt)[Sand]"
    template = '#import "/lib.typ": *\n#show: sheet\n' + words
    (drawn.press.root / "bad.typ").write_text(template)
    bad = {**job, "template": "bad"}
    facts, data = drawn.press.answer(bad)
    found = letters(bytes(drawn.press.laid_out(bad)[0]))

    assert in_the_margin(found, Shape.SQUARE.size) == "RS"
    assert "aa" in on_each_other(found)
    assert not margins_are_plain(data), facts


def test_two_processes_draw_the_same_bytes_whatever_is_written(tmp_path: Path) -> None:
    drawn = Drawn(tmp_path)
    texts = ["Ein Fest 🎉 für alle", "أهلًا وسهلًا (بكم)", "ጎረባብቲ ኣብ ሓደ መኣዲ", "Ласкаво просимо"]
    jobs = [
        drawn.job(a_planned_post(headline=text, card=card, pictures=pictures), shape)
        for text, card in zip(texts, ("poster", "text", "profile", "poster"), strict=True)
        for pictures in ((), (PlannedPicture(file="bild.jpg"),))
        for shape in Shape
    ]
    setup = cards.setup(a_campaign(), drawn.folder)
    one, other = (pool.draw(setup, each, workers=1) for each in (jobs, jobs[::-1]))
    sums = [hashlib.sha256(answer.data).hexdigest() for answer in one]

    assert all(answer.data for answer in one)
    assert sums == [hashlib.sha256(answer.data).hexdigest() for answer in other][::-1]

"""Counting as the platforms count."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integrado_poster import measure

WORDS = [
    "Beratung",
    "für",
    "alle:",
    "Mo.–Do.",
    "10.30",
    "z.B.",
    "„Hallo“",
    "26.9.2021,",
    "e.V.",
    "ende.Und",
    "5,–€",
    "…",
    "•",
    "MKFFI",
    "日本語",
    "한국어",
    "مرحبا",
    "مرحبا.كوم",
    "שלום",
    "Привіт",
    "été",
    unicodedata.normalize("NFD", "Tür"),
    "e\u0301\u0323",
    "👍",
    "👍🏽",
    "👨‍👩‍👧‍👦",
    "❤️",
    "❤",
    "🏳️‍🌈",
    "🇺🇦",
    "🇺",
    "1️⃣",
    "#️⃣",
    "©",
    "™",
    "☎",
    "🫶",
    "\u200d",
    "\ufe0f",
    "\u20e3",
    "\u200f",
    "\u202e",
    "https://example.org",
    "https://example.org/a_(b)?c=d#e.",
    "http://EXAMPLE.org:80/ü/я",
    "https://www.beispiel-träger.example/Zugang",
    "example.com",
    "example.com/abc.",
    "(planerladen.de)",
    "@awo.de",
    "@user@social.example.org",
    "mail@example.org",
    "#dortmund.de",
    "中国.中国",
    "日本.com.example.com/x",
    "a.b.c.de",
    "-example.de",
    "_example.de",
    "https://t.co/abcdefghij",
    "https://t.co/abc/def",
    "ftp://example.org",
    "x.engineering",
    "www.dortmund.de,und",
    "рф.рф",
    "ä.de",
    "xn--mnchen-3ya.de",
    "https://",
    ".de",
    "..de",
    "1.de1️⃣",
]
JOINTS = ["", " ", "\n", "\r\n", "\t", "\u00a0", ".", ",", "/", "\u3000", "-", "\u2028", "\r"]

texts = st.lists(
    st.tuples(st.sampled_from(WORDS) | st.text(max_size=4), st.sampled_from(JOINTS)), max_size=12
).map(lambda pairs: "".join(word + joint for word, joint in pairs))


@settings(max_examples=800, deadline=None)
@given(
    texts.filter(lambda text: text.isascii() or text.encode("utf-8", "replace").decode() == text)
)
@example("")
@example("example.com/1️⃣")
@example("äb.de ß.com")
def test_x_weights_are_those_of_the_library(text: str) -> None:
    measure._library()  # loads it in spite of what it misses in setuptools
    from twitter_text import parse_tweet

    assert measure.weighted(text) == parse_tweet(text).weightedLength


def test_a_link_on_x_needs_no_scheme_and_a_mention_is_none() -> None:
    assert measure.linked("Siehe awo.example.org.")
    assert measure.linked("https://example.org/da")
    assert not measure.linked("Um 10.30 Uhr bei @awo.social.example, z.B. am 26.9.")


def test_every_emoji_of_the_library_may_begin_where_we_look() -> None:
    from importlib import resources

    lines = resources.files("twitter_text.regexp").joinpath("emoji-test.txt").read_text("utf-8")
    for line in lines.splitlines():
        if ";" in line and not line.startswith("#") and "; component" not in line:
            emoji = "".join(chr(int(code, 16)) for code in line.split(";")[0].split())
            assert measure._EMOJI_START.match(emoji) or measure._KEYCAP_START.match(emoji), emoji
            assert measure._emoji_at(emoji + "a") == len(emoji)


def test_the_library_is_loaded_without_pkg_resources() -> None:
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['pkg_resources'] = None\n"
        "from integrado_poster import measure\n"
        "assert measure.weighted('👍🏽 example.org') == 26\n"
        "assert sys.modules['pkg_resources'] is None"
    )
    source = str(measure.__file__).removesuffix("/integrado_poster/measure.py")
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=True, env={"PYTHONPATH": source}
    )


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Grüße", 5),
        (unicodedata.normalize("NFD", "Grüße"), 5),
        ("👨‍👩‍👧‍👦", 1),
        ("🇺🇦🇹🇷", 2),
        ("a\r\nb", 3),
        ("नमस्ते", 3),
        ("Mo.–Do. „ja“ 5 € …", 18),
        ("1️⃣", 1),
    ],
)
def test_graphemes_are_what_a_person_counts(text: str, length: int) -> None:
    assert measure.graphemes(text) == length


@settings(max_examples=500, deadline=None)
@given(texts)
def test_the_short_cut_for_plain_texts_counts_the_same_graphemes(text: str) -> None:
    assert measure.graphemes(text) == len(measure._GRAPHEME.findall(text))


@given(texts)
def test_bytes_and_utf16_units_are_those_of_the_codecs(text: str) -> None:
    assert measure.utf8(text) == len(text.encode("utf-8"))
    assert measure.utf16(text) == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Mehr: https://example.org/ein/sehr/langer/weg?mit=frage", 6 + 23),
        ("(https://example.org).", 1 + 23 + 2),
        ("example.org/ein/sehr/langer/weg", 31),
        ("Hallo @beratung@social.example.org!", len("Hallo @beratung!")),
        ("mail@example.org", 16),
        ("👨‍👩‍👧‍👦 ja", 4),
        ("https://localhost/ohne/punkt/ist/keine/adresse", 46),
        ("https://example.org https://example.org", 47),
        ("漢https://t.co/a", 1 + 23 + 2),  # Mastodon: 24; what stands behind its host counts twice
        ("ähttps://example.org, ja", 1 + 23 + 4),
    ],
)
def test_mastodon_shortens_links_and_remote_mentions(text: str, length: int) -> None:
    assert measure.mastodon(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Grüße – „ja“ …", 14),
        ("👍", 4),
        ("a👍🏽b", 10),
        ("👨‍👩‍👧‍👦", 25),
        ("🇺🇦", 8),
        ("1️⃣", 7),
        ("مرحبا", 5),
    ],
)
def test_threads_charges_emoji_by_their_bytes(text: str, length: int) -> None:
    assert measure.threads(text) == length


@pytest.mark.parametrize(
    "piece", ["a", "@a", "@a.", "https://a.", "a-", "👍🏽", "\u0301", "@-", "a.", "a.de "]
)
def test_counting_a_strange_text_takes_a_moment(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    started = time.process_time()
    for count in (measure.graphemes, measure.mastodon, measure.threads, measure.weighted):
        count(text)
    assert time.process_time() - started < 2

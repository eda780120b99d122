"""Cards to be compared with pictures that somebody has looked at.

After a change that is meant to show:  python -m tests.golden   (then look at tests/golden/*.png)
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image, ImageChops, ImageDraw

from integrado_poster.model import Campaign, Funder, PlannedPicture, PlannedPost, Shape, Translation
from integrado_poster.render import cards
from tests.builders import a_campaign, a_planned_post, an_organisation

FOLDER = Path(__file__).parent / "golden"
WIDTH = 270  # pixels: small files, and a wrong letter still shows
SQUARE = 12  # pixels: about two letters
FAR = 8  # of 255: another version of a library may move an edge

# One card for each script, in turn in our three templates and four shapes.
WORDS: Mapping[str, tuple[str, str, str, str]] = {
    "de": ("Größere Gemeinschaft", "Wir üben Nachbarschaft. Jede Straße zählt.", "Straße 1, ohne Stufen\nKostenlos, Telefon 0231 5550-101", "poster"),
    "en": ("Neighbours at one table", "Bring a chair. We bring the soup.", "Sample Street 1, step-free\nFree of charge, Monday 9 am to noon", "text"),
    "tr": ("Komşularla aynı sofrada", "Işığımız açık. Çayımız sıcak, gelin görüşelim.", "Örnek Sokak 1, asansörlü\nÜcretsiz, saat 10:00", "profile"),
    "ar": ("أهلًا بكم (جميعًا)", "نجلس معًا إلى مائدة واحدة. الباب مفتوح.", "شارع النموذج 1، مصعد متوفر\nمجانًا، هاتف 0231 5550-101", "poster"),
    "fa": ("همسایه‌ها کنار هم", "پنجره‌ها روشن است. چای گرم است.", "خیابان نمونه 1، آسانسور\nرایگان، تلفن 0231 5550-101", "text"),
    "ku": ("Cîran li ser yek sifreyê", "Dergeh vekirî ye. Çay germ e, werin.", "Kolana Nimûne 1, bê derence\nBelaş, saet 10:00", "profile"),
    "ckb": ("دراوسێکان لەسەر یەک سفرە", "دەرگا کراوەیە. چا گەرمە، وەرن.", "شەقامی نموونە 1، ئاسانسۆر\nبێ بەرامبەر، تەلەفۆن 0231 5550-101", "poster"),
    "uk": ("Сусіди за одним столом", "Їжа, ґанок і щира розмова. Приходьте!", "вул. Зразкова 1, без сходинок\nБезкоштовно, телефон 0231 5550-101", "text"),
    "ro": ("Vecini la aceeași masă", "Ușa e deschisă. Țineți minte: ceaiul e cald.", "Strada Exemplu 1, fără trepte\nGratuit, luni 10:00", "profile"),
    "ti": ("ጎረባብቲ ኣብ ሓደ መኣዲ", "ማዕጾ ክፉት እዩ። ንዑ።", "ጎደና ኣብነት 1\nብነጻ፣ ቴሌፎን 0231 5550-101", "poster"),
    "am": ("ጎረቤቶች በአንድ ማዕድ", "በሩ ክፍት ነው። ኑ።", "መንገድ 1\nበነጻ፣ ስልክ 0231 5550-101", "text"),
    "en-x-emoji": ("Together 🎉 outside", "Soup 🍲, music 🎻 and a garden 🌻.", "Free of charge ♿ ☎", "poster"),
}  # fmt: skip
ALSO = {
    "de": Translation(language="ar", text="أهلًا بكم، الباب مفتوح!"),
    "ar": Translation(language="de", text="Willkommen, die Tür ist offen!"),
    "en": Translation(language="ti", text="እንቋዕ ብደሓን መጻእኩም!"),
}


def drawn(folder: Path) -> dict[str, Image.Image]:
    """Every golden card as it is drawn today, by its name."""
    campaign = _campaign(folder)
    shapes = [list(Shape)[number % len(Shape)] for number in range(len(campaign.posts))]
    jobs = [cards.job(campaign, *pair, folder) for pair in zip(campaign.posts, shapes, strict=True)]
    answers = cards.draw(campaign, folder, jobs)
    return {
        f"{post.id}-{post.card}-{shape.value}": _small(answer.data)
        for post, shape, answer in zip(campaign.posts, shapes, answers, strict=True)
    }


def _campaign(folder: Path) -> Campaign:
    image = Image.new("RGB", (1200, 900), "#f3c969")
    ImageDraw.Draw(image).ellipse((300, 150, 900, 750), fill="#1b6f8a")
    (folder / "pictures").mkdir()
    image.save(folder / "pictures" / "sonne.png")
    colours = ("#0f5f66", "#7a3360", "#e8b54a")  # the last one carries black
    members = [
        an_organisation(key=f"m{number}", colour=colour, kind="Integrationsagentur")
        for number, colour in enumerate(colours)
    ]
    posts = tuple(_post(number, language) for number, language in enumerate(WORDS))
    funder = Funder(line="Dank", long_line="Mit Dank an das Ministerium für gute Dinge")
    fields: dict[str, Any] = {"organisations": members, "funder": funder, "hashtags": ("EinTag",)}
    fields["last_day"] = dt.date(2021, 10, 3)
    return a_campaign(posts=posts, **fields)


def _post(number: int, language: str) -> PlannedPost:
    headline, text, information, card = WORDS[language]
    return a_planned_post(
        id=language,
        organisation=f"m{number % 3}",
        language=language.split("-x-")[0],
        headline=headline,
        text=text,
        information=information,
        card=card,
        translations=(ALSO[language],) if language in ALSO else (),
        pictures=(PlannedPicture(file="sonne.png", alt="Ein blauer Kreis.", credit="Netz"),),
    )


def _small(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data)).convert("RGB")
    height = round(image.height * WIDTH / image.width)
    return image.resize((WIDTH, height), Image.Resampling.LANCZOS)


def distance(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart where they differ most, from 0 to 255; 255 for another size.

    Compared in squares: a moved edge is little in each, another word is much in one.
    """
    if one.size != other.size:
        return 255.0
    difference = ImageChops.difference(one, other).convert("L")
    squares = (-(-one.width // SQUARE), -(-one.height // SQUARE))
    most = difference.resize(squares, Image.Resampling.BOX).getextrema()[1]
    return float(most)  # type: ignore[arg-type]


def main() -> None:
    """Draw them anew."""
    with TemporaryDirectory() as folder:
        found = drawn(Path(folder))
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for name, image in found.items():
        palette = image.quantize(192, dither=Image.Dither.NONE)
        palette.save(FOLDER / f"{name}.png", optimize=True)
    sys.stdout.write(f"{len(WORDS)} cards in {FOLDER}: look at them before you commit them\n")


if __name__ == "__main__":
    main()

"""One limited process that draws cards: frames of JSON come in, frames of JSON and bytes go out.

It imports no model and reads no setting. Everything it needs is in the frames.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from integrado_poster.errors import PictureRefused
from integrado_poster.render import pictures, reports

if TYPE_CHECKING:
    from PIL import Image

ADDRESS_SPACE = 1_500_000_000
WORDS = "_card.json"  # where lib.typ reads what to draw; it covers a file of that name in cards

Job = Mapping[str, Any]


def serve() -> None:
    """Answer jobs from standard input until it ends. A frame with files sets up, each other draws.

    An answer is one line of JSON and then as many bytes as its `bytes` says.
    """
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not get between the frames.
    os.dup2(2, 1)
    with suppress(ValueError, OSError):  # macOS knows this limit and refuses to set it
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    with tempfile.TemporaryDirectory() as root:
        press = None
        for line in source:
            job = json.loads(line)
            if press is None or "files" in job:
                press = Press(job, Path(tempfile.mkdtemp(dir=root)))
                continue
            _allow(press.seconds)
            answer, data = press.answer(job)
            _send(target, answer, data)


def _send(target: IO[bytes], answer: dict[str, Any], data: bytes) -> None:
    target.write(json.dumps({**answer, "bytes": len(data)}).encode() + b"\n" + data)
    target.flush()


def _allow(seconds: int) -> None:
    """Move the soft limit on: a process that has drawn a thousand cards may draw one more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, hard))


class Press:
    """What stays the same between two cards: the fonts and the templates' files, copied into `root`."""

    def __init__(self, setup: Job, root: Path) -> None:
        import typst

        # Typst would also take files from memory, but only such as are UTF-8: no logo could be a PNG.
        for name, text in setup["files"].items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(bytes.fromhex(text))
        self.emoji: list[str] = setup["emoji"]
        self.seconds: int = setup["cpu_seconds"]
        self.root = root
        self.fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=setup["fonts"],
        )

    def answer(self, job: Job) -> tuple[dict[str, Any], bytes]:
        """Give the picture asked for, or what is wrong with the words or the photo."""
        import typst

        try:
            if job["kind"] == "photo":
                data, width, height = pictures.bounded(
                    Path(job["photo"]).read_bytes(),
                    job["longest"],
                    job["most_bytes"],
                    aspect=job["aspect"],
                    focus=tuple(job["focus"]),
                )
                return {"width": width, "height": height}, data
            return self._card(job)
        except PictureRefused as error:
            return {"refused": {"rule": error.rule, "message": str(error)}}, b""
        except OSError as error:
            return {"refused": {"rule": "MED-01", "message": error.strerror or ""}}, b""
        except typst.TypstError as error:
            return {"template": _where(error)}, b""

    def _card(self, job: Job) -> tuple[dict[str, Any], bytes]:
        size = (job["card"]["width"], job["card"]["height"])
        try:
            pdf, values = self.laid_out(job)
            found = reports.read(values, size)
        except _NoFont as error:
            return {"missing": error.texts}, b""
        except ValueError as error:
            return {"template": str(error), "german": getattr(error, "de", "")}, b""
        if found.cramped:
            return {"cramped": found.cramped}, b""
        with _opened(pdf) as document:
            if pages := _other_pages(document, size):
                return {"template": pages[0], "german": pages[1]}, b""
            image = _drawn(document, *_canvas(job, found.places))
        facts = {"width": image.width, "height": image.height}
        said = {"shown": sorted(found.fits), "without": found.without}
        return facts | said, pictures.encode(image, job["most_bytes"])

    def laid_out(self, job: Job) -> tuple[Any, Any]:
        """Give the card as a PDF without its photo, and what its template reports.

        Raises `NoTemplate` for one that is not there, and Typst's own error for its faults.
        """
        import typst

        name = job["template"]
        file = self.root / f"{name}.typ"
        if name in _LIBRARIES or not _NAME.fullmatch(name) or not file.is_file():
            raise NoTemplate(name)
        words = {**job["card"], "emoji": self.emoji}
        # In a file, not among Typst's inputs: those count as part of its library, and with other
        # inputs nothing would hold that it has worked out for the cards before.
        text = json.dumps(words, ensure_ascii=False, sort_keys=True)
        (self.root / WORDS).write_text(text, encoding="utf-8")
        # A new compiler for every card: an old one keeps whatever it was given.
        compiler = typst.Compiler(str(file), root=self.root, font_paths=self.fonts)
        try:
            # PDF/A is the one way out of Typst that does not draw an empty box for a character
            # that no font has, but says so. Nobody reads this PDF aloud: no tags.
            pdf: Any = compiler.compile(
                format="pdf", pdf_standards=["a-2b"], timestamp=0, pdf_tags=False
            )
        except typst.TypstError as error:
            if missing := _undrawable(error):
                raise _NoFont(missing) from None
            raise
        # Costs little from the same compiler: it remembers the layout.
        return _plain_colours(pdf), json.loads(compiler.query("<report>", field="value"))


_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_LIBRARIES = ("lib", "parts")  # they draw nothing by themselves


class NoTemplate(ValueError):
    """No file has the name of the template that was asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no template {name!r}")
        self.de = f"eine Vorlage „{name}“ gibt es nicht"


class _NoFont(Exception):
    """Characters that no font has."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self.texts = texts


def _undrawable(error: Any) -> list[str]:
    """The characters that no font has, from Typst's own words about a PDF/A error."""
    texts = re.findall(r'the text `"(.*?)"` could not be displayed', error.diagnostic)
    return sorted({json.loads(f'"{text}"') if "\\u{" not in text else text for text in texts})


def _plain_colours(pdf: bytes) -> bytes:
    """The same PDF with its sRGB called plain RGB, so that nobody converts from sRGB to sRGB.

    PDF/A has every colour refer to a profile, from which pdfium works out a conversion for each card:
    a third of its time, for the same pixels. No byte moves, so what points into the file holds.
    """
    if own := re.search(rb"/DestOutputProfile (\d+ 0 R)", pdf):
        by_profile = b"[/ICCBased " + own[1] + b"]"
        return pdf.replace(by_profile, b"/DeviceRGB".ljust(len(by_profile)))
    return pdf


def _where(error: Any) -> str:
    """The first line of a template's fault and the place it points to."""
    place = re.search(r"─ \S*?([\w.-]+:\d+:\d+)", error.diagnostic)
    return f"{error.message} ({place[1]})" if place else str(error.message)


@contextmanager
def _opened(pdf: Any) -> Iterator[Any]:
    """A PDF as pdfium reads it."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def _other_pages(document: Any, size: tuple[int, int]) -> tuple[str, str] | None:
    """What is wrong with the pages, in English and German; nothing if there is one of the card's size."""
    if len(document) != 1:
        many = len(document)
        return (
            f"it fills {many} pages instead of one",
            f"sie füllt {many} Seiten statt einer",
        )
    width, height = document.get_page_size(0)
    if (round(width), round(height)) != size:
        found, meant = f"{width:.0f} × {height:.0f}", f"{size[0]} × {size[1]}"
        return (
            f"its page is {found} instead of {meant}",
            f"ihre Seite ist {found} statt {meant}",
        )
    return None


def _canvas(job: Job, places: Sequence[reports.Place]) -> tuple[Image.Image, bytearray]:
    """A white page with the photo where the template wants it, and the memory in which it lies."""
    from PIL import Image

    size = (job["card"]["width"], job["card"]["height"])
    pixels = bytearray(b"\xff") * (4 * size[0] * size[1])
    canvas = Image.frombuffer("RGBX", size, pixels, "raw", "RGBX", 0, 1)
    canvas.readonly = 0  # otherwise Pillow copies the memory before it changes it
    if job["photo"]:
        written = Path(job["photo"]).stat().st_mtime_ns
        for x, y, width, height in places:
            part = _photo(job["photo"], written, (width, height), tuple(job["focus"]))
            canvas.paste(part, (x, y))
    return canvas, pixels


@lru_cache(maxsize=8)
def _photo(path: str, _written: int, size: tuple[int, int], focus: pictures.Focus) -> Image.Image:
    """A photo prepared for its box: the same for all cards that show it there, until it is another."""
    return pictures.crop(Path(path).read_bytes(), size, focus).convert("RGBX")


def _drawn(document: Any, canvas: Image.Image, pixels: bytearray) -> Image.Image:
    """The canvas with a PDF's first page on it, drawn by pdfium straight into its memory."""
    import pypdfium2.raw as pdfium

    width, height = canvas.size
    buffer = (ctypes.c_char * len(pixels)).from_buffer(pixels)  # the same memory, no copy
    page = document[0]  # held on to: without a name it would be closed before it is drawn
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGRx, buffer, 4 * width)
    pdfium.FPDF_RenderPageBitmap(
        bitmap, page.raw, 0, 0, width, height, 0, pdfium.FPDF_REVERSE_BYTE_ORDER
    )
    pdfium.FPDFBitmap_Destroy(bitmap)
    return canvas

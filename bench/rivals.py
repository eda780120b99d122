"""The same card drawn by others: headless Chromium, and satori with resvg. Both are optional."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from bench.figures import below

Card = Callable[[dict[str, Any]], bytes]

_NODE = Path(os.environ.get("BENCH_NODE", "build/rivals"))
_NEEDED = ("satori", "@resvg/resvg-js", "@fontsource/noto-sans")


@dataclass(frozen=True)
class Rival:
    """Somebody who draws a card from its words, or why nobody does."""

    name: str
    draw: Card | None = None
    processes: frozenset[int] = frozenset()
    missing: str = ""


@contextmanager
def rivals(photo: bytes, fonts: Path, folder: Path) -> Iterator[list[Rival]]:
    """Everybody else, each with the processes that it keeps; who is missing says so."""
    with ExitStack() as stack:
        found = []
        for name, rival in (("Chromium", _chromium), ("satori + resvg", _satori)):
            ours = below(os.getpid())
            try:
                draw = stack.enter_context(rival(photo, fonts, folder))
                found.append(Rival(name, draw, below(os.getpid()) - ours))
            except LookupError as error:
                found.append(Rival(name, missing=error.args[0]))
        yield found


# --- Chromium by Playwright, one browser kept open ---------------------------------------------

_STYLE = """
@font-face { font-family: Noto; src: url(font.ttf); font-weight: 100 900; }
* { margin: 0; box-sizing: border-box; }
body { width: 1080px; height: 1350px; font-family: Noto; font-size: 34px; color: #16181d;
       background: #fffdf9; display: flex; flex-direction: column; hyphens: auto; }
header, footer { padding: 28px 64px; font-size: 27px; color: #4a4f58; }
header { display: flex; justify-content: space-between; font-weight: 700; }
main { flex: 1; min-height: 0; background: center 60% / cover url(photo.jpg); }
section { background: COLOUR; color: #fff; padding: 26px 64px; }
section div { display: flex; align-items: center; gap: 26px; font-weight: 700; }
section i { width: 150px; height: 150px; border-radius: 50%; background: #fff; color: COLOUR; display: flex;
            align-items: center; justify-content: center; font-style: normal; font-size: 60px; font-weight: 800; }
h1 { font-size: 100px; font-weight: 800; line-height: 1.08; }
ul { list-style: none; padding: 40px 64px 20px; }
li { display: flex; gap: 20px; align-items: center; }
svg { width: 38px; height: 38px; stroke: COLOUR; stroke-width: 2; fill: none; }
footer { border-top: 2px solid #ddd; font-size: 22px; } footer b { font-size: 27px; color: COLOUR; }
"""
_ICON = (
    '<svg viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/><path d="M12 6.8V12l3.4 2.2"/></svg>'
)


@contextmanager
def _chromium(photo: bytes, fonts: Path, folder: Path) -> Iterator[Card]:
    """A new document for each card, as a service would do; font and photo are files beside it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise LookupError("no chromium on this machine")
    try:
        from playwright.sync_api import sync_playwright  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise LookupError("no playwright (pip install playwright)") from None
    (folder / "photo.jpg").write_bytes(photo)
    shutil.copy(fonts / "NotoSans[wght].ttf", folder / "font.ttf")
    page_file = folder / "card.html"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1080, "height": 1350})

        def card(words: dict[str, Any]) -> bytes:
            page_file.write_text(_page(words), encoding="utf-8")
            page.goto(page_file.as_uri(), wait_until="load")
            page.evaluate("document.fonts.ready")
            drawn: bytes = page.screenshot(type="jpeg", quality=88)
            return drawn

        yield card
        browser.close()


def _inline(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _page(words: dict[str, Any]) -> str:
    style = _STYLE.replace("COLOUR", "#0f5f66")
    return (
        f'<!doctype html><html lang="de"><style>{style}</style><body>{_body(words)}</body></html>'
    )


def _body(words: dict[str, Any]) -> str:
    facts = "".join(f"<li>{_ICON}{escape(line)}</li>" for line in words["information"])
    organisation = words["organisation"]
    return (
        f"<header><span>{escape(words['campaign'])}</span><span>{escape(words['date'])} 1/8</span></header><main></main>"
        f"<section><div><i>{escape(organisation['monogram'])}</i>{escape(organisation['name'])}</div>"
        f"<h1>{escape(words['headline'][0])}</h1><p>{escape(' '.join(words['lede']))}</p></section><ul>{facts}</ul>"
        f"<footer><b>{escape(' '.join(words['hashtags']))}</b><br>{escape(words['funder'])}</footer>"
    )


# --- satori and resvg, one process of Node kept open ---------------------------------------------


@contextmanager
def _satori(photo: bytes, fonts: Path, folder: Path) -> Iterator[Card]:
    node, modules = shutil.which("node"), _NODE / "node_modules"
    if node is None:
        raise LookupError("no node on this machine")
    if not all((modules / name).is_dir() for name in _NEEDED):
        raise LookupError(f"npm install --prefix {_NODE} {' '.join(_NEEDED)}")
    script = Path(__file__).with_name("satori.mjs")
    process = subprocess.Popen(
        [node, str(script), str(_NODE.resolve())], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    to, come = process.stdin, process.stdout
    assert to
    assert come

    def ask(frame: dict[str, Any]) -> bytes:
        to.write(json.dumps(frame).encode() + b"\n")
        to.flush()
        return come.read(int(come.readline()))

    ask({"photo": _inline("image/jpeg", photo)})
    yield ask
    to.close()
    process.wait()

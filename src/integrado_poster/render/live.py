"""A gallery that shows changes by itself, for as long as somebody edits: no server, one small script."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from html import escape
from pathlib import Path

from integrado_poster.render import page_words

NOW = "now.js"

# A page that was opened as a file may read no other file, but it may run one.
_SCRIPT = """
const page = document.documentElement, told = document.getElementById("stale");
window.now = (version, stale) => {
  if (version !== page.dataset.version) location.reload();
  told.textContent = stale ? told.dataset.text : "";
};
setInterval(() => {
  const ask = document.createElement("script");
  ask.src = "%s?" + Date.now();
  ask.onload = ask.onerror = () => ask.remove();
  document.head.append(ask);
}, 300);
"""


def lively(page: str, language: str) -> str:
    """Give the page with a version and with the script that loads it again when that has changed."""
    script = _SCRIPT % NOW
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"script-src 'sha256-{digest}' 'strict-dynamic'"
    stale = escape(page_words.said(language)["stale"], quote=True)
    version = hashlib.sha256(page.encode()).hexdigest()[:20]
    page = page.replace("<html ", f'<html data-version="{version}" ', 1)
    page = page.replace(
        "<head>\n", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{policy}">\n', 1
    )
    told = f'<p id="stale" role="status" data-text="{stale}"></p>'
    return page.replace("</body>", f"{told}\n<script>{script}</script>\n</body>")


def say(folder: Path, *, stale: bool = False) -> None:
    """Tell the page in a folder which version is the newest, and whether it is behind the plan."""
    page = folder / "index.html"
    known = re.search(r'data-version="(\w+)"', page.read_text("utf-8")) if page.exists() else None
    if known:
        said = f'now("{known[1]}", {"true" if stale else "false"});\n'
        (folder / NOW).write_text(said, encoding="ascii")

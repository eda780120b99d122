"""Turn a campaign's drawings (SVG) into its pictures (JPEG, 1600 x 1200, no metadata).

Run after changing a drawing:  .venv/bin/python tools/draw_pictures.py [CAMPAIGN-FOLDER]
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import typst
from PIL import Image

SIZE = (1600, 1200)
OVERSAMPLING = 2  # drawn larger and scaled down: smoother edges than the renderer's own
QUALITY = 88
MOST_BYTES = 350_000
CAMPAIGN = Path(__file__).parents[1] / "campaign" / "interkulturelle-woche-2021"

# One point is one pixel at 72 ppi.
PAGE = """#set page(width: {}pt, height: {}pt, margin: 0pt)
#image("drawing.svg", width: 100%, height: 100%, fit: "cover")
"""


def picture(drawing: Path) -> bytes:
    """Draw one SVG and return it as JPEG bytes, small enough for every platform."""
    with TemporaryDirectory() as folder:
        page = Path(folder, "page.typ")
        page.write_text(PAGE.format(*SIZE), encoding="utf-8")
        Path(folder, "drawing.svg").write_bytes(drawing.read_bytes())
        png = typst.compile(page, root=Path(folder), format="png", ppi=72 * OVERSAMPLING)
    large = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in range(QUALITY, 60, -4):
        out = io.BytesIO()
        large.resize(SIZE, Image.Resampling.LANCZOS).save(
            out, "JPEG", quality=quality, optimize=True, subsampling="4:2:0"
        )
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise SystemExit(f"{drawing.name}: too detailed for {MOST_BYTES} bytes")


def main(campaign: Path) -> None:
    """Redraw every picture of a campaign."""
    pictures = campaign / "pictures"
    pictures.mkdir(exist_ok=True)
    for drawing in sorted((campaign / "drawings").glob("*.svg")):
        data = picture(drawing)
        (pictures / f"{drawing.stem}.jpg").write_bytes(data)
        sys.stdout.write(f"{drawing.stem}.jpg  {len(data) // 1000} kB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CAMPAIGN)

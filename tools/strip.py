"""Draw docs/images/demo.jpg: the example pair, and three of the frames that filmnet makes between.

Run it as `.venv/bin/python tools/strip.py`, after new weights or another pair.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import filmnet
from filmnet.media import read_photo

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "demo.jpg"
TIMES = (0.25, 0.5, 0.75)
CROP = (slice(60, 540), slice(420, 900))
"""Rows and columns of the photos in which things move most."""

SIDE, GAP, CAPTION = 236, 4, 22
"""Pixels: a tile's side, the space between tiles, the height of the line below."""


def main() -> None:
    """Make the frames, and write the picture."""
    photos = [read_photo(ROOT / "examples" / name) for name in ("one.jpg", "two.jpg")]
    made = filmnet.load().between(*photos, times=TIMES)
    tiles = {"one.jpg": photos[0]}
    tiles |= {f"made, t = {t:g}": frame for t, frame in zip(TIMES, made, strict=True)}
    tiles["two.jpg"] = photos[1]
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    draw_strip(tiles).save(PICTURE, quality=88, optimize=True)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size} bytes")


def draw_strip(tiles: dict[str, np.ndarray]) -> Image.Image:
    """Pictures (H, W, 3) side by side, each with its name below."""
    width = len(tiles) * (SIDE + GAP) - GAP
    strip = Image.new("RGB", (width, SIDE + CAPTION), "white")
    draw = ImageDraw.Draw(strip)
    for k, (name, picture) in enumerate(tiles.items()):
        left = k * (SIDE + GAP)
        tile = cv2.resize(picture[CROP], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        strip.paste(Image.fromarray(tile), (left, 0))
        middle = (left + SIDE // 2, SIDE + CAPTION // 2)
        draw.text(middle, name, fill="black", anchor="mm", font=ImageFont.load_default(14))
    return strip


if __name__ == "__main__":
    main()

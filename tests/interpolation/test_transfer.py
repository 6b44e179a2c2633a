from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from filmnet.interpolation.transfer import to_arrays
from filmnet.media.pixels import to_array


class Log:
    """Frames, and a way to move them, that note in one list what happens when."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def frames(self, count: int) -> Iterator[Tensor]:
        for i in range(count):
            self.events.append(f"make {i}")
            yield torch.full((1, 3, 4, 5), i / 255)

    def move(self, codes: Tensor) -> Callable[[], NDArray[Any]]:
        name = int(codes[0, 0, 0])
        self.events.append(f"start {name}")

        def wait() -> NDArray[Any]:
            self.events.append(f"wait {name}")
            return codes.numpy()

        return wait


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pictures_are_those_of_to_array(dtype: type) -> None:
    images = list(torch.rand(3, 1, 3, 300, 7, generator=torch.Generator().manual_seed(0)))
    for picture, image in zip(to_arrays(images, dtype), images, strict=True):
        assert picture.dtype == dtype
        assert np.array_equal(picture, to_array(image, dtype))


def test_on_a_cpu_nothing_is_made_ahead() -> None:
    log = Log()
    pictures = to_arrays(log.frames(3), np.uint8)
    next(pictures)
    assert log.events == ["make 0"]


def test_a_frame_moves_while_the_next_is_made() -> None:
    log = Log()
    pictures = list(to_arrays(log.frames(3), np.uint8, log.move))
    assert [int(picture[0, 0, 0]) for picture in pictures] == [0, 1, 2]
    assert log.events == [
        *("make 0", "start 0", "make 1", "start 1", "wait 0"),
        *("make 2", "start 2", "wait 1", "wait 2"),
    ]


def test_no_frames_are_no_pictures() -> None:
    assert list(to_arrays([], np.uint8, Log().move)) == []

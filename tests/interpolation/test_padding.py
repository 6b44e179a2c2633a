from __future__ import annotations

import torch

from filmnet.interpolation.padding import pad
from filmnet.weights import Padding


def test_padding_is_centred_with_the_odd_pixel_after() -> None:
    padded, box = pad(torch.ones(1, 3, 5, 6), Padding(multiple=8), 1)
    assert padded.shape == (1, 3, 8, 8)
    assert (box.top, box.left) == (1, 1)
    assert float(padded[..., 1:6, 1:7].min()) == 1
    assert float(padded.sum()) == 3 * 5 * 6


def test_cropping_undoes_padding() -> None:
    image = torch.rand(2, 3, 7, 9)
    for mode in ("zeros", "replicate"):
        padded, box = pad(image, Padding(multiple=4, mode=mode), 16)
        assert min(padded.shape[-2:]) >= 16
        assert torch.equal(box.crop(padded), image)


def test_replicated_borders_repeat_the_edge() -> None:
    padded, _ = pad(torch.arange(4.0).view(1, 1, 1, 4), Padding(multiple=8, mode="replicate"), 1)
    assert padded[0, 0, 0].tolist() == [0, 0, 0, 1, 2, 3, 3, 3]


def test_a_fitting_picture_is_left_alone() -> None:
    image = torch.rand(1, 3, 64, 128)
    assert pad(image, Padding(), 64)[0] is image

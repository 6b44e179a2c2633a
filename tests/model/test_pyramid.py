from __future__ import annotations

import pytest
import torch

from filmnet.model.pyramid import image_pyramid


def test_levels_halve_and_odd_sizes_round_down() -> None:
    sizes = [tuple(level.shape[-2:]) for level in image_pyramid(torch.rand(1, 3, 13, 22), 3)]
    assert sizes == [(13, 22), (6, 11), (3, 5)]


def test_a_level_is_the_mean_of_four_pixels() -> None:
    image = torch.arange(16.0).view(1, 1, 4, 4)
    assert image_pyramid(image, 2)[1].flatten().tolist() == [2.5, 4.5, 10.5, 12.5]


def test_too_small_a_picture_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="63x200 leaves no pixel at the coarsest of 7 levels"):
        image_pyramid(torch.rand(1, 3, 200, 63), 7)

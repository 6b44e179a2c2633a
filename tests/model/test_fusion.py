from __future__ import annotations

import torch

from filmnet.model import FilmConfig
from filmnet.model.fusion import Fusion, concatenate


def test_output_has_three_channels_or_four_to_blend() -> None:
    for output, channels in (("image", 3), ("blend", 4)):
        config = FilmConfig(filters=2, fusion_pyramid_levels=3, output=output)
        aligned = [
            torch.rand(1, config.aligned_channels(i), 12 >> i, 20 >> i).tensor_split(2, dim=1)
            for i in range(3)
        ]
        assert Fusion(config)(aligned).shape == (1, channels, 12, 20)


def test_parts_are_joined_in_order_and_in_one_type() -> None:
    joined = concatenate((torch.zeros(1, 1, 2, 2), torch.ones(1, 2, 2, 2)), torch.bfloat16)
    assert joined.dtype == torch.bfloat16
    assert joined[0, :, 0, 0].tolist() == [0, 1, 1]

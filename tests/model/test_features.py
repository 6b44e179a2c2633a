from __future__ import annotations

import torch

from filmnet.model import FilmConfig
from filmnet.model.features import FeatureExtractor
from filmnet.model.pyramid import image_pyramid


def test_channels_follow_the_configuration_at_every_level() -> None:
    config = FilmConfig(filters=4)
    features = FeatureExtractor(config)(image_pyramid(torch.rand(1, 3, 64, 64), 7))
    assert [x.shape[1] for x in features] == [config.feature_channels(i) for i in range(7)]


def test_a_coarse_level_sees_a_picture_as_a_fine_level_sees_it_smaller() -> None:
    # Levels of full depth share their meaning: level 4 of a picture is level 3 of its half.
    extractor = FeatureExtractor(FilmConfig(filters=4))
    pyramid = image_pyramid(torch.rand(1, 3, 64, 64), 6)
    assert torch.equal(extractor(pyramid)[4], extractor(pyramid[1:])[3])

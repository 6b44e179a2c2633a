from __future__ import annotations

import numpy as np
import pytest

from exporting import Exported
from filmnet.errors import WeightsError
from filmnet.interpolation import load
from filmnet.media.pixels import to_tensor
from filmnet.model.warp import warp
from video_files import texture


@pytest.fixture
def images():
    return texture(0, size=(40, 24)), texture(3, size=(40, 24))


def test_the_made_frame_is_that_of_between(make_interpolator, images):
    model = make_interpolator()
    seen = model.insight(*images, 0.25)
    (frame,) = model.between(*images, times=[0.25])
    assert np.array_equal(seen.image, frame)
    assert seen.confidence == model.confidence(*images)


def test_flows_and_moved_photos_have_the_photos_size(make_interpolator, images):
    seen = make_interpolator(multiple=64).insight(*images)
    assert seen.flow_01.shape == seen.flow_10.shape == (2, 24, 40)
    assert seen.warped0.shape == seen.warped1.shape == (24, 40, 3)
    assert seen.agreement.shape == (24, 40)


def test_photos_are_moved_along_the_flows(make_interpolator, images):
    import torch

    seen = make_interpolator().insight(*images, 0.25)
    flow = torch.from_numpy(seen.flow_10)[None] * 0.25
    moved = warp(to_tensor(images[0]), flow)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(seen.warped0 - moved).max() <= 0.51  # rounded to a code value


def test_the_same_picture_twice_agrees_with_itself(make_interpolator):
    grey = np.full((24, 40, 3), 128, np.uint8)
    seen = make_interpolator().insight(grey, grey)
    assert seen.agreement.min() > 0.999


@pytest.mark.parametrize("t", [0, 1, -1, 2])
def test_an_instant_outside_is_refused(make_interpolator, images, t):
    with pytest.raises(ValueError, match="not all strictly between 0 and 1"):
        make_interpolator().insight(*images, t)


def test_an_exported_network_shows_no_motion(exported_onnx: Exported, images):
    with pytest.raises(WeightsError, match="does not show how things move, which is what"):
        load(exported_onnx.path).insight(*images)

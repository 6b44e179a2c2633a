from dataclasses import replace

import numpy as np
import pytest
import torch

from filmnet.model.warp import warp
from filmnet.training.scenes import SceneConfig, layered_scene
from material import texture

CLEAN = SceneConfig(
    brightness_probability=0, noise_probability=0, compression_probability=0, blur_probability=0
)
TEXTURES = [texture(96, 128, seed) for seed in range(3)]
SEEDS = range(6)


def scene(seed, *, t=0.5, motion_px=12.0, config=CLEAN):
    return layered_scene(
        TEXTURES,
        side=64,
        t=t,
        motion_px=motion_px,
        config=config,
        generator=np.random.default_rng(seed),
    )


def tensor(array):
    return torch.from_numpy(array).permute(2, 0, 1)[None]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_frame_at_the_ends_of_time_is_the_input(seed):
    assert np.array_equal(scene(seed, t=0.0).truth, scene(seed).image0)
    assert np.array_equal(scene(seed, t=1.0).truth, scene(seed).image1)


@pytest.mark.parametrize("seed", SEEDS)
def test_flow_leads_from_each_input_to_the_other_where_nothing_hides(seed):
    drawn = scene(seed)
    for image, other, flow, back in (
        (drawn.image0, drawn.image1, drawn.flow_01, drawn.flow_10),
        (drawn.image1, drawn.image0, drawn.flow_10, drawn.flow_01),
    ):
        there = tensor(flow)
        returned = there + warp(tensor(back), there)
        seen = (returned.norm(dim=1)[0] < 0.1) & inside(there)
        error = (warp(tensor(other), there) - tensor(image)).abs().mean(dim=1)[0]
        assert seen.float().mean() > 0.3
        # Both were sampled from the textures bilinearly, and soft edges mix two motions.
        assert error[seen].median() < 0.02


def inside(flow):
    """Whether a pixel stays in the picture, (H, W)."""
    height, width = flow.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    x, y = x + flow[0, 0], y + flow[0, 1]
    return (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_truth_lies_on_the_way_at_any_t(seed):
    for t in (0.25, 0.8):
        drawn = scene(seed, t=t)
        there = tensor(drawn.flow_01)
        moved = warp(tensor(drawn.truth), t * there)
        seen = (there + warp(tensor(drawn.flow_10), there)).norm(dim=1)[0] < 0.1
        error = (moved - tensor(drawn.image0)).abs().mean(dim=1)[0]
        assert error[seen & inside(there)].median() < 0.02  # as above


def test_without_motion_and_change_all_three_frames_are_one():
    still = scene(0, motion_px=0.0, config=replace(CLEAN, rotation_degrees=0, zoom=0))
    assert np.array_equal(still.image0, still.image1)
    assert np.array_equal(still.image0, still.truth)
    assert np.abs(still.flow_01).max() < 1e-3  # float32 matrices and their inverses


def test_motion_goes_as_far_as_asked():
    lengths = [np.hypot(*scene(seed, motion_px=40.0).flow_01.T).max() for seed in range(20)]
    assert max(lengths) > 30
    small = [np.median(np.hypot(*scene(seed, motion_px=4.0).flow_01.T)) for seed in range(20)]
    assert np.median(small) < 8  # turning and zooming come on top


@pytest.mark.parametrize(
    "kind", ["brightness_probability", "noise_probability", "compression_probability"]
)
def test_disturbances_change_inputs_but_only_light_changes_the_truth(kind):
    disturbed = scene(1, config=replace(CLEAN, **{kind: 1}))
    clean = scene(1)
    assert not np.array_equal(disturbed.image1, clean.image1)
    assert np.array_equal(disturbed.truth, clean.truth) == (kind != "brightness_probability")
    assert disturbed.image1.min() >= 0
    assert disturbed.image1.max() <= 1


def test_light_changes_evenly_from_the_first_frame_on():
    config = replace(CLEAN, brightness_probability=1)
    for seed in SEEDS:
        bright, clean = scene(seed, config=config), scene(seed)
        assert np.array_equal(bright.image0, clean.image0)
        change = [
            np.median(b - c)
            for b, c in zip((bright.truth, bright.image1), (clean.truth, clean.image1), strict=True)
        ]
        assert change[0] == pytest.approx(change[1] / 2, abs=0.01)  # medians of two frames


def test_blur_softens_textures():
    blurred = replace(CLEAN, blur_probability=1)

    def detail(config):
        return np.mean(
            [np.abs(np.diff(scene(s, config=config).truth, axis=1)).mean() for s in SEEDS]
        )

    assert detail(blurred) < 0.9 * detail(CLEAN)


def test_the_generator_alone_decides():
    for name in ("image0", "truth", "image1", "flow_01", "flow_10"):
        first, again, other = (getattr(scene(seed), name) for seed in (1, 1, 2))
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": 0}, "layers 0"),
        ({"noise_probability": 1.5}, "noise_probability 1.5 is not within 0..1"),
        ({"zoom": 1.0}, "zoom 1.0"),
    ],
)
def test_settings_that_cannot_be_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        SceneConfig(**change)

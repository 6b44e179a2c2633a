import colorsys

import numpy as np
import pytest

from filmnet.media.flow_colours import draw_flow

DIRECTIONS = np.linspace(0, 2 * np.pi, 360, endpoint=False)


def _flow(*vectors):
    """A flow of one row, a vector a pixel."""
    return np.array(vectors, dtype=np.float32).T[:, None, :]


def _towards(angles, length=1.0):
    return length * np.stack([np.cos(angles), np.sin(angles)])[:, None, :]


def _hsv(pixel):
    return colorsys.rgb_to_hsv(*(int(value) / 255 for value in pixel))


def test_no_motion_is_white():
    assert (draw_flow(np.zeros((2, 3, 4))) == 255).all()
    assert draw_flow(np.zeros((2, 3, 4))).shape == (3, 4, 3)


def test_the_four_directions_have_the_colours_of_the_published_wheel():
    right, down, left, up = draw_flow(_flow((1, 0), (0, 1), (-1, 0), (0, -1)))[0].tolist()
    assert right == [255, 0, 0]
    assert down == [255, 234, 0]  # 13.75 of the 15 places from red to yellow
    assert left == [0, 197, 255]  # 2.5 of the 11 places from cyan to blue
    assert up == [103, 0, 255]  # 5.25 of the 13 places from blue to magenta


def test_opposite_directions_are_opposite_hues():
    colours = draw_flow(_towards(DIRECTIONS))[0]
    hues = np.array([_hsv(pixel)[0] for pixel in colours])
    apart = np.abs(hues - np.roll(hues, 180))
    apart = np.minimum(apart, 1 - apart)
    # The wheel gives reds and blues more room than greens: half of it is not half of the hues.
    assert apart.min() > 0.3


def test_a_full_turn_shows_every_hue_once_and_without_a_jump():
    colours = draw_flow(_towards(DIRECTIONS))[0].astype(int)
    assert np.abs(colours - np.roll(colours, 1, axis=0)).max() <= np.ceil(255 * 55 / 4 / 360)
    hues = np.array([_hsv(pixel)[0] for pixel in colours])
    assert (np.diff(hues) >= 0).all()
    assert len({tuple(colour) for colour in colours}) == len(DIRECTIONS)


def test_longer_is_more_saturated():
    lengths = np.linspace(0, 1, 20)
    saturations = [_hsv(p)[1] for p in draw_flow(_towards(np.full(20, 2.0), lengths))[0]]
    assert (np.diff(saturations) > 0).all()
    assert saturations[-1] == 1


def test_the_scale_of_a_flow_does_not_matter_unless_one_is_given():
    flow = np.random.default_rng(0).normal(size=(2, 8, 9))
    assert np.abs(draw_flow(1000 * flow).astype(int) - draw_flow(flow)).max() <= 1
    assert np.abs(draw_flow(2 * flow, 20).astype(int) - draw_flow(flow, 10)).max() <= 1
    assert (draw_flow(flow, 10).min(axis=-1) > draw_flow(flow).min(axis=-1)).all()


def test_longer_than_the_given_length_is_darker_and_pure():
    half, whole, twice = draw_flow(_flow((1, 0), (2, 0), (4, 0)), longest_px=2)[0].tolist()
    assert half == [255, 128, 128]
    assert whole == [255, 0, 0]
    assert twice == [191, 0, 0]


def test_unknown_flow_is_black_and_does_not_change_the_rest():
    flow = _flow((1, 0), (np.nan, 5), (0, np.inf), (0, 0.5))
    colours = draw_flow(flow)[0]
    assert (colours[1:3] == 0).all()
    assert (colours[[0, 3]] == draw_flow(flow[..., [0, 3]])[0]).all()
    assert np.isnan(flow[0, 0, 1])


def test_another_shape_or_scale_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match=r"shape \(3, 4, 2\) is not \(2, H, W\)"):
        draw_flow(np.zeros((3, 4, 2)))
    with pytest.raises(ValueError, match="longest_px 0 is not above 0"):
        draw_flow(np.zeros((2, 3, 4)), longest_px=0)

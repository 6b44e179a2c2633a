import numpy as np
import pytest

from filmnet.media.scene_cuts import CutDetector


def texture(seed, height=180, width=800):
    """Blurred noise in a colour of its own: much to follow."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((height // 12 + 1, width // 12 + 1, 3))
    picture = coarse.repeat(12, 0).repeat(12, 1)[:height, :width]
    for axis in (0, 1):
        for _ in range(8):
            picture = (picture + np.roll(picture, 1, axis)) / 2
    return (255 * (0.2 * rng.random(3) + 0.7 * picture)).astype(np.uint8)


def pan(seed, frames, step=4):
    picture = texture(seed)
    return [picture[:, step * i : step * i + 240] for i in range(frames)]


def cuts(frames):
    detector = CutDetector()
    answers = [detector.push(frame) for frame in frames]
    assert answers[0] is None
    assert len(answers) == len(frames)
    return [i for i, answer in enumerate([*answers[1:], detector.finish()]) if answer]


def test_cuts_are_found_where_they_are():
    frames = [*pan(0, 6), *pan(1, 5), *pan(2, 7)]
    assert cuts(frames) == [6, 11]


def test_the_last_and_the_second_frame_may_start_a_scene():
    assert cuts([*pan(0, 4), *pan(1, 1)]) == [4]
    assert cuts([*pan(0, 1), *pan(1, 4)]) == [1]


@pytest.mark.parametrize("step", [0, 6, 12])
def test_motion_is_no_cut(step):
    assert cuts(pan(3, 10, step)) == []


@pytest.mark.parametrize("length", [1, 2])
def test_a_flash_is_no_cut(length):
    frames = pan(4, 12)
    for i in range(5, 5 + length):
        frames[i] = np.clip(frames[i].astype(int) // 2 + 150, 0, 255).astype(np.uint8)
    assert cuts(frames) == []


def test_a_change_of_light_is_no_cut():
    frames = [(frame * (1 - 0.07 * i)).astype(np.uint8) for i, frame in enumerate(pan(5, 10))]
    assert cuts(frames) == []


def test_noise_and_black_are_no_cuts():
    rng = np.random.default_rng(0)
    assert cuts([rng.integers(0, 6, (60, 80, 3), np.uint8) for _ in range(6)]) == []
    assert cuts([np.zeros((60, 80, 3), np.uint8)] * 4) == []


def test_depth_and_alpha_do_not_count():
    frames = [*pan(0, 4), *pan(1, 4)]
    deep = [frame.astype(np.uint16) * 257 for frame in frames]
    clear = [np.dstack((frame, frame[..., :1])) for frame in frames]
    assert cuts(deep) == cuts(clear) == cuts(frames) == [4]


def test_nothing_has_no_cut():
    assert CutDetector().finish() is None


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 200, 3), (400, 2, 3)])
def test_any_size_is_looked_at(noise, shape):
    height, width, _ = shape
    assert isinstance(cuts([noise(width, height, seed=i) for i in range(3)]), list)

from itertools import pairwise

import numpy as np
import pytest

from filmnet.media.repeats import is_repeat
from filmnet.media.video_reader import VideoReader
from media.video_files import scene, write_video


def test_the_same_frame_is_a_repeat(noise):
    assert is_repeat(noise(), noise())


def test_noise_of_compression_does_not_count(smooth):
    rng = np.random.default_rng(0)
    picture = smooth(160, 120)
    noisy = np.clip(picture + rng.normal(0, 1, picture.shape), 0, 255).astype(np.uint8)
    assert is_repeat(picture, noisy)
    deep = [frame.astype(np.uint16) * 257 for frame in (picture, noisy)]
    assert is_repeat(*deep)


def test_a_small_thing_that_moves_counts(smooth):
    picture = smooth(160, 120)
    moved = picture.copy()
    moved[40:46, 50:56] = 255 - moved[40:46, 50:56]
    assert not is_repeat(picture, moved)


def test_a_slow_fade_counts(smooth):
    picture = smooth(160, 120)
    assert not is_repeat(picture, np.clip(picture.astype(int) + 4, 0, 255).astype(np.uint8))


def test_another_size_or_depth_is_no_repeat(noise):
    assert not is_repeat(noise(8, 8), noise(8, 9))
    assert not is_repeat(noise(8, 8), noise(8, 8).astype(np.uint16) * 257)


@pytest.mark.parametrize("crf", ["18", "28"])
def test_animation_on_twos_is_seen_through_compression(tmp_path, crf):
    path = write_video(
        tmp_path / "a.mp4",
        12,
        size=(128, 96),
        options={"crf": crf},
        picture=lambda i, w, h: scene(i // 2 * 3, w, h),
    )
    with VideoReader(path) as reader:
        frames = [frame.pixels for frame in reader]
    repeats = [is_repeat(a, b) for a, b in pairwise(frames)]
    assert repeats == [True, False] * 5 + [True]

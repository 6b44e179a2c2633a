from dataclasses import replace

import numpy as np
import pytest

from filmnet.training.windows import (
    PackConfig,
    Window,
    choose_windows,
    cut_windows,
    scan_clip,
)
from material import TINY_PACK, sliding, texture, write_clip, write_photo


def scan(tmp_path, frames, config=TINY_PACK, times=None):
    clip = write_clip(tmp_path / "clip.mkv", frames, times)
    return scan_clip(clip, config, np.random.default_rng(0))


def firsts(tmp_path, frames, config=TINY_PACK, times=None):
    """First frames of the stretches that were found usable."""
    return sorted({window.first for window in scan(tmp_path, frames, config, times).windows})


def test_a_moving_camera_gives_windows_at_every_stride(tmp_path):
    assert firsts(tmp_path, sliding(12)) == [0, 2, 4, 6]


def test_a_clip_as_short_as_a_window_gives_one(tmp_path):
    for frames in (3, 5, 7):
        config = replace(TINY_PACK, frames=frames, stride=4)
        assert firsts(tmp_path, sliding(frames), config) == [0]


def test_no_window_spans_a_cut(tmp_path):
    frames = [*sliding(7, step=1), *sliding(9, step=1, seed=1)]
    assert firsts(tmp_path, frames, replace(TINY_PACK, stride=1)) == [0, 1, 2, 7, 8, 9, 10, 11]


def test_no_window_holds_a_flash(tmp_path):
    frames = sliding(16)
    for number in (7, 8):
        frames[number] = np.clip(frames[number].astype(int) + 50, 0, 255).astype(np.uint8)
    assert firsts(tmp_path, frames, replace(TINY_PACK, stride=1)) == [0, 1, 2, 9, 10, 11]


def test_a_cut_soon_after_a_window_is_told_from_fast_motion(tmp_path):
    # What follows a step counts as well: the first two frames show a scene of their own.
    frames = [*sliding(2, step=1), *sliding(9, step=1, seed=1)]
    assert firsts(tmp_path, frames, replace(TINY_PACK, stride=1)) == [2, 3, 4, 5, 6]


def test_what_is_left_out_is_counted(tmp_path):
    frames = [*sliding(8, step=1), *sliding(8, step=1, seed=1), *[texture(64, 64)] * 8]
    frames[4] = frames[3]
    assert scan(tmp_path, frames).left_out == {"cuts": 2, "repeats": 8}
    assert scan(tmp_path, sliding(6, size=24)).left_out == {"too small frames": 6}
    flicker = np.random.default_rng(0).integers(0, 3, (5, 64, 64, 3), dtype=np.uint8)
    still = [texture(64, 64) // 2 + noise for noise in flicker]
    assert scan(tmp_path, still).left_out == {"still windows": 2}


def test_no_window_holds_a_repeated_frame(tmp_path):
    frames = sliding(12)
    frames[6] = frames[5]
    assert firsts(tmp_path, frames, replace(TINY_PACK, stride=1)) == [0, 1, 6, 7]


def test_no_window_spans_a_gap_in_time(tmp_path):
    times = [i + (i > 5) for i in range(12)]
    assert firsts(tmp_path, sliding(12), replace(TINY_PACK, stride=1), times) == [0, 1, 6, 7]


def test_a_still_stretch_gives_none(tmp_path):
    flicker = np.random.default_rng(0).integers(0, 3, (8, 64, 64, 3), dtype=np.uint8)
    still = [texture(64, 64) // 2 + noise for noise in flicker]
    assert firsts(tmp_path, still) == []


def test_a_clip_smaller_than_a_window_gives_none(tmp_path):
    assert firsts(tmp_path, sliding(8, size=24)) == []


def test_frames_that_change_their_size_start_a_new_stretch(tmp_path):
    frames = [*sliding(6), *sliding(6, size=48)]
    for i, frame in enumerate(frames):
        write_photo(tmp_path / "frames" / f"{i}.png", frame)
    found = scan_clip(tmp_path / "frames", TINY_PACK, np.random.default_rng(0))
    assert sorted({window.first for window in found.windows}) == [0, 6]


def test_motion_is_in_pixels_per_frame(tmp_path):
    motions = [window.motion for window in scan(tmp_path, sliding(5, step=3, size=96)).windows]
    assert motions == pytest.approx([3, 3], abs=0.5)


def test_one_window_lies_where_most_moves(tmp_path):
    frames = [texture(64, 192) for _ in range(5)]
    for frame, moving in zip(frames, sliding(5, seed=1), strict=True):
        frame[:, 128:] = moving
    busiest = scan(tmp_path, frames).windows[0]
    assert busiest.left > 112


def test_stills_are_spread_and_a_short_clip_gives_one(tmp_path):
    frames = sliding(100, step=1)
    stills = scan(tmp_path, frames).stills
    assert [np.array_equal(*pair) for pair in zip(stills, frames[30::60], strict=True)] == [
        True
    ] * 2
    assert len(scan(tmp_path, sliding(8)).stills) == 1
    assert scan(tmp_path, sliding(8), replace(TINY_PACK, stills_per_clip=0)).stills == []


def test_cut_fetches_the_pixels_that_scan_saw(tmp_path):
    frames = sliding(10)
    clip = write_clip(tmp_path / "clip.mkv", frames)
    windows = [Window(first=f, top=3 * f, left=5, motion=1.0) for f in (0, 2, 5)]
    cut_windows(clip, windows, TINY_PACK, tmp_path / "cut.npy")
    cut = np.load(tmp_path / "cut.npy")
    for pixels, w in zip(cut, windows, strict=True):
        stretch = frames[w.first : w.first + 5]
        assert np.array_equal(pixels, [f[w.top : w.top + 32, 5:37] for f in stretch])


def test_choice_is_balanced_over_octaves_of_motion():
    slow = [Window(first=i, top=0, left=0, motion=1.5) for i in range(900)]
    fast = [Window(first=i, top=0, left=0, motion=20.0) for i in range(100)]
    chosen = choose_windows(slow + fast, 100, np.random.default_rng(0))
    assert 35 <= sum(window.motion > 10 for window in chosen) <= 65
    assert len({(window.first, window.motion) for window in chosen}) == 100


def test_few_windows_are_all_kept():
    windows = [Window(first=i, top=0, left=0, motion=0.0) for i in range(3)]
    assert choose_windows(windows, 3, np.random.default_rng(0)) == windows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": 2}, "frames 2 are no triplet"),
        ({"stride": 0}, "start at 1"),
        ({"seed": -1}, "seed start at 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        PackConfig(**change)

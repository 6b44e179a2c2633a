from fractions import Fraction

import numpy as np
import pytest

from filmnet.jobs import video_source
from filmnet.jobs.gap_filling import Tally
from filmnet.jobs.video_source import flatten, source_frames
from filmnet.media.video_reader import VideoFrame

FPS = Fraction(24)


class PlainCuts:
    """A scene begins where plain pictures differ by more than 100."""

    def __init__(self):
        self.values = []

    def push(self, picture):
        self.values.append(int(picture[0, 0, 0]))
        return self._is_cut(-2) if len(self.values) > 1 else None

    def finish(self):
        return self._is_cut(-1)

    def _is_cut(self, k):
        return len(self.values) >= 1 - k and abs(self.values[k] - self.values[k - 1]) > 100


@pytest.fixture(autouse=True)
def plain_marks(monkeypatch):
    """Cuts and repeats of plain pictures, told exactly."""
    monkeypatch.setattr(video_source, "CutDetector", PlainCuts)
    monkeypatch.setattr(video_source, "is_repeat", np.array_equal)


def videos_frames(values, seconds=None, duration=1 / FPS):
    seconds = [k / FPS for k in range(len(values))] if seconds is None else seconds
    for value, second in zip(values, seconds, strict=True):
        yield VideoFrame(np.full((2, 2, 3), value, np.uint8), Fraction(second), duration)


def shown(frames, *, dedupe=False, tally=None, convert=lambda picture: picture, duration=5):
    return list(
        source_frames(
            frames,
            frame_rate=FPS,
            duration=Fraction(duration),
            dedupe=dedupe,
            convert=convert,
            tally=tally or Tally(),
        )
    )


def values(frames):
    return [int(s.frame.picture[0, 0, 0]) for s in frames]


def test_cuts_and_stills_are_marked_where_they_are():
    tally = Tally()
    found = shown(videos_frames([0, 1, 1, 200, 200, 201]), tally=tally)
    assert [s.frame.is_cut for s in found] == [False, False, False, True, False, False]
    assert [s.frame.is_still for s in found] == [False, False, True, False, True, False]
    assert tally.cuts == [3 / FPS]


def test_the_last_frame_may_begin_a_scene():
    assert [s.frame.is_cut for s in shown(videos_frames([0, 1, 200]))] == [False, False, True]


def test_repeats_stay_unless_asked_for():
    assert values(shown(videos_frames([0, 0, 1, 1]))) == [0, 0, 1, 1]


def test_animation_on_twos_keeps_one_frame_of_each_drawing_at_its_time():
    tally = Tally()
    found = shown(videos_frames([0, 0, 10, 10, 20, 20, 30]), dedupe=True, tally=tally)
    assert values(found) == [0, 10, 20, 30]
    assert [s.seconds for s in found] == [0, 2 / FPS, 4 / FPS, 6 / FPS]
    assert not any(s.frame.is_still for s in found)
    assert tally.repeats == 3


def test_what_stays_longer_than_a_moment_is_a_still_even_then():
    tally = Tally()
    found = shown(videos_frames([0] * 12 + [10, 20]), dedupe=True, tally=tally)
    assert values(found) == [0] * 12 + [10, 20]
    assert [s.frame.is_still for s in found] == [False] + [True] * 11 + [False] * 2
    assert tally.repeats == 0


def test_repeats_at_the_end_are_held_for_their_time():
    found = shown(videos_frames([0, 10, 10]), dedupe=True)
    assert values(found) == [0, 10, 10]
    assert found[-1].frame.is_still


def test_a_cut_is_never_taken_for_a_repeat_and_keeps_its_time():
    found = shown(videos_frames([0, 0, 200, 200, 210]), dedupe=True)
    assert values(found) == [0, 200, 210]
    assert [s.frame.is_cut for s in found] == [False, True, False]
    assert found[1].seconds == 2 / FPS


def test_a_picture_that_stays_long_stands_until_just_before_the_next():
    found = shown(videos_frames([0, 10], seconds=[0, 3]))
    assert values(found) == [0, 0, 10]
    assert [s.seconds for s in found] == [0, 3 - 1 / FPS, 3]
    assert [s.frame.is_still for s in found] == [False, True, False]


def test_frames_that_do_not_come_later_are_left_out():
    frames = videos_frames([0, 10, 20, 30], seconds=[0, "0.1", "0.1", "0.05"])
    assert values(shown(frames)) == [0, 10]


def test_a_last_frame_without_a_duration_lasts_to_the_end_of_the_video():
    (found,) = shown(videos_frames([0], seconds=[1], duration=None))
    assert found.duration == 4
    (found,) = shown(videos_frames([0], seconds=[6], duration=None))
    assert found.duration == 1 / FPS


def test_frames_are_read_two_ahead_at_most():
    taken = []

    def reading():
        for frame in videos_frames(range(50)):
            taken.append(frame)
            yield frame

    found = source_frames(
        reading(), frame_rate=FPS, duration=Fraction(5), dedupe=True, convert=flatten, tally=Tally()
    )
    for k, _ in enumerate(found):
        assert len(taken) <= k + 3


def test_pictures_are_converted():
    found = shown(videos_frames([0, 1]), convert=lambda picture: picture.astype(np.uint16) * 257)
    assert values(found) == [0, 257]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_transparency_is_laid_over_white(dtype):
    top = np.iinfo(dtype).max
    picture = np.array([[[0, 0, 0, 0], [0, top, 0, top]]], dtype)
    assert flatten(picture).tolist() == [[[top] * 3, [0, top, 0]]]
    assert flatten(picture).dtype == dtype
    opaque = picture[..., :3]
    assert flatten(opaque) is opaque

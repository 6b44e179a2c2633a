from fractions import Fraction

import numpy as np
import pytest

from filmnet.errors import InputError
from filmnet.jobs.gap_filling import GapFiller, SourceFrame, Tally, blend, check_at_cuts
from filmnet.jobs.video_timeline import Gap

TIMES = (Fraction(0), Fraction(1, 4), Fraction(1, 2))


def frame(value, *, alpha=None, dtype=np.uint8, **marks):
    picture = np.full((2, 3, 3), value, dtype)
    if alpha is not None:
        picture = np.dstack((picture, np.full((2, 3), alpha, dtype)))
    return SourceFrame(picture, **marks)


@pytest.fixture
def tally():
    return Tally()


@pytest.fixture
def fill(gap_maker, tally):
    """Fill a gap with TIMES; the first pixel of each frame."""
    filler = GapFiller(gap_maker, "hold", tally)

    def run(before, after, *, times=TIMES, skip=0, filler=filler):
        frames = list(filler.fill(Gap(before, after, 0, times), skip=skip))
        return [picture[0, 0].tolist() for picture in frames]

    return run


def test_frames_are_made_where_they_lie(fill, tally):
    assert fill(frame(100), frame(200)) == [[100] * 3, [125] * 3, [150] * 3]
    assert (tally.real, tally.made, tally.held) == (1, 2, 0)


def test_a_frame_is_prepared_once_for_both_of_its_gaps(fill, gap_maker):
    frames = [frame(value) for value in (0, 100, 200)]
    fill(frames[0], frames[1])
    fill(frames[1], frames[2])
    assert gap_maker.prepared == 3


def test_a_still_pair_costs_no_network(fill, gap_maker, tally):
    assert fill(frame(100), frame(101, is_still=True)) == [[100] * 3] * 3
    assert gap_maker.prepared == 0
    assert (tally.real, tally.held) == (1, 2)


def test_a_cut_holds_the_scene_before_it(fill, gap_maker, tally):
    assert fill(frame(0), frame(200, is_cut=True)) == [[0] * 3] * 3
    assert gap_maker.prepared == 0
    assert tally.held == 2


def test_a_cut_may_be_blended(fill, gap_maker, tally):
    filler = GapFiller(gap_maker, "blend", tally)
    found = fill(frame(0), frame(200, is_cut=True), filler=filler)
    assert found == [[0] * 3, [50] * 3, [100] * 3]
    assert gap_maker.prepared == 0
    assert tally.blended == 2


def test_after_the_last_frame_it_is_held(fill, tally):
    assert fill(frame(7), None, times=(Fraction(0),) * 3) == [[7] * 3] * 3
    assert (tally.real, tally.held) == (1, 2)


def test_real_frames_are_the_very_arrays_of_the_source(gap_maker, tally):
    before = frame(3)
    gap = Gap(before, frame(4), 0, TIMES)
    assert next(GapFiller(gap_maker, "hold", tally).fill(gap)) is before.picture


@pytest.mark.parametrize("skip", range(4))
def test_skipped_frames_are_counted_and_change_nothing_in_the_others(fill, gap_maker, tally, skip):
    assert fill(frame(100), frame(200), skip=skip) == [[100] * 3, [125] * 3, [150] * 3][skip:]
    assert (tally.real, tally.made) == (1, 2)
    assert gap_maker.prepared == (0 if skip == 3 else 2)


def test_alpha_is_made_like_a_grey_picture_of_its_own(fill, gap_maker):
    found = fill(frame(100, alpha=0), frame(200, alpha=200))
    assert found == [[100] * 3 + [0], [125] * 3 + [50], [150] * 3 + [100]]
    assert gap_maker.prepared == 4


def test_alpha_that_stays_costs_nothing(fill, gap_maker):
    assert fill(frame(100, alpha=255), frame(200, alpha=255))[1] == [125] * 3 + [255]
    assert gap_maker.prepared == 2


def test_deep_pictures_stay_deep(fill):
    assert fill(frame(1001, dtype=np.uint16), frame(2001, dtype=np.uint16))[2] == [1501] * 3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_blending_rounds(dtype):
    top = np.iinfo(dtype).max
    mixed = blend(np.full((1, 1, 4), top, dtype), np.zeros((1, 1, 4), dtype), Fraction(1, 4))
    assert mixed.dtype == dtype
    assert mixed[0, 0, 0] == round(top * 0.75)


def test_an_unknown_way_at_cuts_is_named():
    assert check_at_cuts("blend") == "blend"
    with pytest.raises(InputError, match="at-cuts is 'morph', but has to be hold or blend"):
        check_at_cuts("morph")

import itertools

import numpy as np
import pytest

from filmnet.training.steps import Step, StepRecord, judge_steps, luma_difference
from material import sliding, texture

M, C, R, F, U = (Step.MOTION, Step.CUT, Step.REPEAT, Step.FLASH, Step.UNEVEN)


def steps_of(frames, times=None):
    """Kinds of the steps of frames, as a clip at 25 frames per second."""
    record = StepRecord()
    for frame, time in zip(frames, times or range(len(frames)), strict=True):
        record.add(frame, time / 25)
    return record.judge().tolist()


def lit(frames, numbers, levels=40, part=np.s_[:, :]):
    """Frames of which some are brighter (or darker), in whole or in part."""
    made = [frame.copy() for frame in frames]
    for number in numbers:
        brighter = made[number][part].astype(int) + levels
        made[number][part] = np.clip(brighter, 0, 255)
    return made


def test_steps_of_a_moving_camera_are_all_motion():
    assert steps_of(sliding(10)) == [M] * 9


def test_fast_motion_is_taken_neither_for_cuts_nor_for_flashes():
    frames = sliding(10, step=12)
    assert luma_difference(frames[0], frames[1]) > 0.07
    assert steps_of(frames) == [M] * 9


def test_a_cut_is_the_only_step_left_out():
    frames = [*sliding(5, step=1), *sliding(5, step=1, seed=1)]
    assert steps_of(frames) == [M] * 4 + [C] + [M] * 4


def test_a_cut_to_a_brighter_scene_is_a_cut():
    frames = lit([*sliding(5, step=1), *sliding(5, step=1, seed=1)], range(5, 10), 50)
    assert steps_of(frames) == [M] * 4 + [C] + [M] * 4


def test_a_repeated_frame_is_left_out():
    frames = sliding(6)
    frames.insert(3, frames[2].copy())
    assert steps_of(frames) == [M, M, R, M, M, M]


def test_a_change_of_size_is_a_cut():
    assert steps_of([*sliding(4), *sliding(4, size=48)]) == [M] * 3 + [C] + [M] * 3


@pytest.mark.parametrize("levels", [18, 40, 120, -40])
@pytest.mark.parametrize("count", [1, 2])
def test_a_flash_of_one_or_two_frames_is_left_out_at_both_ends(levels, count):
    frames = lit(sliding(12), range(5, 5 + count), levels)
    expected = [M] * 11
    expected[4] = expected[4 + count] = F
    assert steps_of(frames) == expected


def test_a_flash_that_lights_half_of_the_frame_is_one():
    frames = lit(sliding(12), [5], 60, np.s_[:, :32])
    assert steps_of(frames) == [M] * 4 + [F, F] + [M] * 5


def test_a_flash_at_either_end_of_a_clip_is_found():
    assert steps_of(lit(sliding(8), [0]))[0] == F
    assert steps_of(lit(sliding(8), [7]))[-1] == F


def test_lightning_that_fades_is_left_out_where_it_strikes():
    frames = sliding(12)
    for number, levels in ((5, 90), (6, 60), (7, 30), (8, 15)):
        frames = lit(frames, [number], levels)
    kinds = steps_of(frames)
    assert kinds[4] == F
    assert set(kinds[:4] + kinds[8:]) == {M}


def test_a_strobe_is_left_out_though_its_neighbours_flash_as_well():
    kinds = steps_of(lit(sliding(13), range(1, 13, 2)))
    assert kinds == [F] * 12


def test_a_lamp_switched_on_is_left_out_and_stays_on():
    assert steps_of(lit(sliding(12), range(6, 12), 14)) == [M] * 5 + [F] + [M] * 5


def test_light_that_changes_gently_is_motion():
    frames = sliding(10)
    for number in range(10):
        frames = lit(frames, [number], 4 * number)
    assert steps_of(frames) == [M] * 9


def test_something_bright_that_flits_through_a_corner_is_no_flash():
    frames = lit(sliding(12, size=64), [5], 120, np.s_[:12, :12])
    assert steps_of(frames) == [M] * 11


def test_a_dropped_frame_is_left_out_by_its_duration():
    assert steps_of(sliding(6), [0, 1, 2, 4, 5, 6]) == [M, M, U, M, M]


def test_a_rate_that_changes_for_good_costs_no_more_than_the_steps_around():
    times = [*range(12), *range(13, 37, 2)]
    kinds = steps_of(sliding(24, step=1), times)
    assert kinds.count(U) <= 4
    assert set(kinds[:8] + kinds[-8:]) == {M}


def test_unknown_times_count_as_even():
    moving, light = np.full(4, 0.03), np.zeros((5, 16))
    assert not judge_steps(moving, light, np.full(4, np.nan)).any()
    assert not judge_steps(moving, light, np.array([0.04, np.nan, 0.04, 0.04])).any()


def test_a_clip_of_one_frame_has_no_step():
    assert steps_of([texture(16, 16)]) == []


def test_every_step_of_a_clip_is_judged():
    frames = sliding(9)
    assert len(steps_of(frames)) == len(list(itertools.pairwise(frames)))

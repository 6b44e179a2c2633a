import itertools
from fractions import Fraction

import pytest

from filmnet.errors import InputError
from filmnet.jobs.timeline import (
    Timeline,
    count_shown,
    hold_frames,
    parse_fps,
    plan_timeline,
    there_and_back,
)

FPS = Fraction(30)


@pytest.mark.parametrize("photos", [2, 3, 7])
@pytest.mark.parametrize("seconds", [0.3, 1, 2, 3.37])
@pytest.mark.parametrize("fps", [FPS, Fraction(30000, 1001), Fraction(24)])
def test_photos_stand_where_the_formula_says(photos, seconds, fps):
    plan = plan_timeline(photos, fps=fps, seconds=seconds)
    frames = round(seconds * fps)
    assert plan.frames == frames
    assert plan.photo_frames == tuple(round(k * (frames - 1) / (photos - 1)) for k in range(photos))


@pytest.mark.parametrize("photos", [2, 3, 7])
@pytest.mark.parametrize("seconds", [0.3, 1, 2, 3.37])
def test_in_a_loop_photos_stand_where_the_formula_says(photos, seconds):
    plan = plan_timeline(photos, fps=FPS, seconds=seconds, loop=True)
    frames = round(seconds * FPS)
    assert plan.frames == frames
    assert plan.photo_frames == tuple(round(k * frames / photos) for k in range(photos))


@pytest.mark.parametrize("loop", [False, True])
def test_gaps_and_photos_fill_the_clip(loop):
    for photos in range(2, 12):
        for frames in range(photos, 60):
            plan = plan_timeline(photos, fps=Fraction(1), seconds=frames, loop=loop)
            assert sum(plan.gaps) + photos == frames
            assert len(plan.gaps) == (photos if loop else photos - 1)
            assert max(plan.gaps) - min(plan.gaps) <= 1
            assert plan.photo_frames == tuple(sorted(set(plan.photo_frames)))


def test_between_makes_that_many_frames_per_pair():
    plan = plan_timeline(4, fps=FPS, between=5)
    assert plan.gaps == (5, 5, 5)
    assert plan.frames == 19
    loop = plan_timeline(4, fps=FPS, between=5, loop=True)
    assert loop.gaps == (5, 5, 5, 5)
    assert loop.frames == 24


def test_by_default_a_pair_takes_2_seconds_and_many_1_per_pair():
    assert plan_timeline(2, fps=FPS).frames == 60
    assert plan_timeline(3, fps=FPS).frames == 60
    assert plan_timeline(11, fps=FPS).frames == 300
    assert plan_timeline(11, fps=FPS, loop=True).frames == 330


def test_fewer_frames_than_photos_is_an_error_with_the_numbers():
    with pytest.raises(InputError) as caught:
        plan_timeline(7, fps=FPS, seconds=0.2)
    assert str(caught.value) == (
        "0.2 seconds at 30 frames per second are 6 frames, fewer than the 7 photos; "
        "raise --seconds or --fps, or use --between"
    )
    assert plan_timeline(6, fps=FPS, seconds=0.2).gaps == (0,) * 5


def test_both_lengths_at_once_are_an_error():
    with pytest.raises(InputError, match="--seconds and --between both"):
        plan_timeline(2, fps=FPS, seconds=2, between=3)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e308])
def test_seconds_out_of_range_are_an_error(seconds):
    with pytest.raises(InputError, match="seconds is"):
        plan_timeline(2, fps=FPS, seconds=seconds)


@pytest.mark.parametrize("between", [0, -1])
def test_between_starts_at_1(between):
    with pytest.raises(InputError, match=f"between is {between}, but has to be 1 or more"):
        plan_timeline(2, fps=FPS, between=between)


def test_a_clip_without_end_is_an_error():
    with pytest.raises(InputError, match="frames, more than"):
        plan_timeline(2, fps=FPS, between=10**12)


@pytest.mark.parametrize(
    ("given", "fps"),
    [
        (30, Fraction(30)),
        (29.97, Fraction(2997, 100)),
        ("30000/1001", Fraction(30000, 1001)),
        (" 24 ", Fraction(24)),
        (Fraction(25, 2), Fraction(25, 2)),
        (1000, Fraction(1000)),
        (Fraction(301 * 10**48 + 1, 10**49), Fraction(301, 10)),  # 100 digits as text
        (0.1 + 0.2, Fraction(3, 10)),
        ("29." + "9" * 37, Fraction(30)),
    ],
)
def test_fps_may_be_a_number_or_a_fraction(given, fps):
    assert parse_fps(given) == fps


@pytest.mark.parametrize(
    "fps",
    [
        *(0, -1, 1001, 1e-9, float("nan"), float("inf"), None),
        *("0", "-30", "nan", "inf", "fast", "", "30/0"),
        *("1e999999999", "1e-999999999", "9" * 10_000),
        *("30." + "0" * 38, Fraction(10**400), Fraction(1, 10**400)),
    ],
)
def test_fps_out_of_range_is_one_sentence(fps):
    with pytest.raises(InputError, match=r"^fps is .*, but has to [^\n]*$"):
        parse_fps(fps)


def test_fps_of_more_digits_than_python_writes_is_one_sentence():
    with pytest.raises(InputError, match="fps is a number of thousands of digits, but has to lie"):
        parse_fps(10**5000)


def test_hold_is_rounded_to_frames():
    assert hold_frames(0, FPS) == 0
    assert hold_frames(0.5, FPS) == 15
    assert hold_frames(0.05, FPS) == 2


@pytest.mark.parametrize("hold", [-0.1, float("nan"), float("inf"), 1e300])
def test_hold_out_of_range_is_an_error(hold):
    with pytest.raises(InputError, match="hold is"):
        hold_frames(hold, FPS)


PLAIN = Timeline(photo_frames=(0, 2, 4), frames=5)
LOOP = Timeline(photo_frames=(0, 2), frames=4, loop=True)


@pytest.mark.parametrize(
    ("timeline", "options", "order"),
    [
        (PLAIN, {}, [0, 1, 2, 3, 4]),
        (PLAIN, {"hold": 2}, [0, 0, 0, 1, 2, 3, 4, 4, 4]),
        (PLAIN, {"boomerang": True}, [0, 1, 2, 3, 4, 3, 2, 1]),
        (PLAIN, {"boomerang": True, "hold": 1}, [0, 0, 1, 2, 3, 4, 4, 3, 2, 1]),
        (LOOP, {}, [0, 1, 2, 3]),
        (LOOP, {"hold": 1}, [0, 0, 1, 2, 2, 3]),
        (Timeline(photo_frames=(0, 1), frames=2), {"boomerang": True}, [0, 1]),
    ],
)
def test_frames_are_shown_in_order(timeline, options, order):
    assert list(there_and_back(timeline, **options)) == order
    assert count_shown(timeline, **options) == len(order)


def test_a_boomerang_that_repeats_has_no_doubled_frame():
    shown = list(there_and_back(PLAIN, boomerang=True)) * 2
    assert all(a != b for a, b in itertools.pairwise(shown))

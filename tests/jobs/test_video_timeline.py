import itertools
from fractions import Fraction

import pytest

from filmnet.errors import InputError
from filmnet.jobs.video_timeline import (
    MAX_FRAMES,
    Pace,
    Shown,
    check_length,
    lay_out,
    plan_pace,
)

FILM = Fraction(24000, 1001)


def steady(number, fps):
    return [Shown(k, k / fps, 1 / fps) for k in range(number)]


def at(*seconds, last=Fraction(1, 10)):
    """Frames at these seconds, the last of which lasts `last`."""
    return [Shown(k, Fraction(second), last) for k, second in enumerate(seconds)]


def positions(source, pace):
    """Where each output frame lies, in source frames."""
    found = []
    for gap in lay_out(source, pace):
        assert gap.first == len(found)
        found += [gap.before + t for t in gap.times]
    return found


@pytest.mark.parametrize(
    ("number", "fps", "to", "expected"),
    [
        (24, FILM, Fraction(60), 60),  # 24 x 1001/24000 s are 1.001 s
        (1000, FILM, Fraction(60), 2502),  # 2502.5, rounded to even
        (25, Fraction(25), Fraction(60), 60),
        (101, Fraction(25), Fraction(60), 242),
        (60, Fraction(60), Fraction(24), 24),
        (7, Fraction(30), Fraction(60000, 1001), 14),
    ],
)
def test_the_output_has_round_of_duration_times_fps_frames(number, fps, to, expected):
    found = positions(steady(number, fps), Pace(fps=to))
    assert len(found) == expected == round(number / fps * to)


def test_25_to_60_meets_a_real_frame_at_every_twelfth():
    found = positions(steady(6, Fraction(25)), Pace(fps=Fraction(60)))
    assert found[:13] == [Fraction(5 * k, 12) for k in range(12)] + [5]
    assert found[12:] == [5, 5]  # after the last frame it is held


def test_slower_by_a_fraction_keeps_the_rate_and_places_frames_exactly():
    pace = plan_pace(None, 2.5, Fraction(30))
    assert pace == Pace(fps=Fraction(30), slower=Fraction(5, 2))
    found = positions(steady(6, Fraction(30)), pace)
    assert found == [*(Fraction(2 * k, 5) for k in range(13)), 5, 5]


def test_slower_and_fps_work_together():
    pace = plan_pace(60, "4", Fraction(30))
    assert positions(steady(2, Fraction(30)), pace) == [
        *(Fraction(k, 8) for k in range(8)),
        *[1] * 8,
    ]


def test_variable_rates_are_placed_by_time():
    source = at(0, "0.1", "0.4", "0.5", last=Fraction(1, 2))
    assert positions(source, Pace(fps=Fraction(10))) == [
        *(0, 1, Fraction(4, 3), Fraction(5, 3), 2),
        *[3] * 5,
    ]


def test_what_comes_before_the_first_frame_shows_it():
    assert positions(at("0.25", "0.5"), Pace(fps=Fraction(10)))[:4] == [0, 0, 0, Fraction(1, 5)]


def test_without_the_first_source_frames_the_other_gaps_are_the_same():
    source, pace = steady(40, FILM), Pace(fps=Fraction(60))
    rest = list(lay_out(source[10:], pace, start=25))
    assert rest == [gap for gap in lay_out(source, pace) if gap.first >= 25]
    assert rest[0].before == 10


def test_times_rounded_to_milliseconds_still_meet_real_frames():
    source = at("0", "0.033", "0.067", "0.1", "0.133", last=Fraction(33, 1000))
    found = positions(source, Pace(fps=Fraction(60)))
    assert [p for p in found if p == int(p)] == [0, 1, 2, 3, 4, 4]


def test_in_very_slow_motion_no_frame_stands_still_for_that():
    found = positions(steady(3, Fraction(240)), Pace(fps=Fraction(30), slower=Fraction(400)))
    inside = [p for p in found if p < 2]
    assert all(a < b for a, b in itertools.pairwise(inside))


def test_one_frame_is_held():
    assert positions(at(0, last=Fraction(1, 2)), Pace(fps=Fraction(8))) == [0] * 4
    assert positions(at(0, last=Fraction(0)), Pace(fps=Fraction(8))) == [0]
    assert positions([], Pace(fps=Fraction(8))) == []


@pytest.mark.parametrize("fps", [Fraction(1), FILM, Fraction(60), Fraction(7, 3)])
@pytest.mark.parametrize("number", range(1, 30))
def test_every_number_of_frames_gives_a_rising_line_of_the_promised_length(number, fps):
    source = steady(number, Fraction(25))
    found = positions(source, Pace(fps=fps))
    assert len(found) == max(1, round(Fraction(number, 25) * fps))
    assert found == sorted(found)


def test_a_gap_waits_for_no_more_than_the_frame_that_makes_it_certain():
    taken = []

    def source():
        for shown in steady(100, Fraction(30)):
            taken.append(shown.frame)
            yield shown

    for gap in lay_out(source(), Pace(fps=Fraction(60))):
        assert len(taken) <= min(100, gap.before + 3)


def test_neither_fps_nor_slower_explains_the_two():
    with pytest.raises(InputError) as error:
        plan_pace(None, None, Fraction(30))
    assert str(error.value) == (
        "nothing to do: pass --fps for a smoother video of the same duration, such as --fps 60, "
        "or --slower for slow motion, such as --slower 4, or both"
    )


@pytest.mark.parametrize("slower", [1, 0.5, 0, -2, 1001, float("nan"), "1e999999999", "1/0", "x"])
def test_a_factor_that_makes_nothing_slower_is_refused(slower):
    with pytest.raises(InputError, match=r"^slower is .*, but has to be a number above 1"):
        plan_pace(None, slower, Fraction(30))


def test_a_factor_may_be_written_as_a_fraction():
    assert plan_pace(None, "5/2", Fraction(30)).slower == Fraction(5, 2)
    assert plan_pace(None, Fraction(7, 3), Fraction(30)).slower == Fraction(7, 3)


def test_an_absurd_number_of_frames_is_refused():
    check_length(Pace(fps=Fraction(1000)), Fraction(MAX_FRAMES, 1000))
    with pytest.raises(InputError, match="would have 10000001 frames, more than 10000000"):
        check_length(Pace(fps=Fraction(1000)), Fraction(MAX_FRAMES + 1, 1000))

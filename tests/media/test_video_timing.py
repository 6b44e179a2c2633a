from fractions import Fraction

import pytest

from filmnet.media.video_timing import FrameClock, nominal_rate, time_packets

MS = Fraction(1, 1000)


@pytest.mark.parametrize(
    ("nominal", "step", "rate"),
    [
        (Fraction(30000, 1001), Fraction(1001, 30000), Fraction(30000, 1001)),
        (Fraction(90000), Fraction(3003, 90000), Fraction(30000, 1001)),
        (None, Fraction(1, 24), Fraction(24)),
        (Fraction(1000), Fraction(1, 15), Fraction(15)),
        (Fraction(50), None, Fraction(50)),
        (None, None, Fraction(25)),
        (Fraction(0), Fraction(0), Fraction(25)),
    ],
)
def test_the_nominal_rate_is_one_that_frames_have(nominal, step, rate):
    assert nominal_rate(nominal, step) == rate


def test_instants_rounded_to_the_clock_are_a_constant_rate():
    stamps = [(round(i * 1000 / 24), 42) for i in range(48)]
    timing = time_packets(stamps[::-1], MS, Fraction(24))
    assert not timing.is_variable
    assert timing.frame_rate == 24
    assert timing.duration == Fraction(stamps[-1][0] + 42, 1000)


def test_uneven_steps_are_a_variable_rate():
    timing = time_packets([(0, 40), (40, 40), (80, 120), (200, 40), (240, 0)], MS, None)
    assert timing.is_variable
    assert timing.duration == Fraction(280, 1000)  # the last has the length of most


def test_one_frame_lasts_as_long_as_its_rate_says():
    assert time_packets([(7, 0)], MS, Fraction(50)).duration == Fraction(1, 50)


def test_a_clock_starts_at_zero_and_is_exact():
    clock = FrameClock(Fraction(1, 90000), Fraction(1), Fraction(25))
    assert [clock.place(90000 + 3003 * i) for i in range(3)] == [
        Fraction(1001 * i, 30000) for i in range(3)
    ]
    assert clock.mended == 0


@pytest.mark.parametrize("bad", [None, 40, 0, -5, 10**9])
def test_a_clock_mends_what_is_missing_and_never_goes_back(bad):
    clock = FrameClock(MS, Fraction(0), Fraction(25))
    seconds = [clock.place(instant) for instant in (0, 40, bad, 120)]
    assert seconds == [0, Fraction(40, 1000), Fraction(80, 1000), Fraction(120, 1000)]
    assert clock.mended == 1

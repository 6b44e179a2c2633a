from fractions import Fraction

import pytest

from filmnet.media.video_timing import FrameClock, Timing, nominal_rate, time_packets

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
        (Fraction(1, 2**31), None, Fraction(25)),
    ],
)
def test_the_nominal_rate_is_one_that_frames_have(nominal, step, rate):
    assert nominal_rate(nominal, step) == rate


def test_instants_rounded_to_the_clock_are_a_constant_rate():
    stamps = [(round(i * 1000 / 24), 42) for i in range(48)]
    timing = time_packets(stamps[::-1], MS, Fraction(24))
    assert not timing.is_variable
    assert timing.frame_rate == 24
    assert timing.duration == 2  # and not what the clock rounds that to


@pytest.mark.parametrize(
    "wanted",
    [*map(Fraction, (24, 25, 30, 50, 60, 120)), *(Fraction(k, 1001) for k in (24000, 60000))],
)
@pytest.mark.parametrize("frames", [24, 25, 101, 300])
def test_a_rate_is_exact_although_the_clock_counts_milliseconds(wanted, frames):
    stamps = [(7 + round(i * 1000 / wanted), round(1000 / wanted)) for i in range(frames)]
    guessed = wanted.limit_denominator(400)  # such as 18701/312, by FFmpeg
    timing = time_packets(stamps, MS, guessed)
    assert timing == Timing(wanted, frames / wanted, is_variable=False)


def test_a_guess_that_the_clock_contradicts_is_not_believed():
    stamps = [(3003 * i // 4, 750) for i in range(200)]  # 119.88 frames in 90,000 units
    assert time_packets(stamps, Fraction(1, 90_000), Fraction(120)).frame_rate == Fraction(
        120_000, 1001
    )


def test_a_rate_that_is_none_of_the_usual_ones_is_kept():
    stamps = [(round(i * 1000 / 13), 76) for i in range(101)]
    assert time_packets(stamps, MS, Fraction(13)) == Timing(
        Fraction(13), Fraction(101, 13), is_variable=False
    )


def test_packets_in_pairs_of_one_instant_last_half_of_it_each():
    stamps = [(i // 2 * 80, 40) for i in range(12)]
    assert time_packets(stamps, MS, Fraction(25)) == Timing(
        Fraction(25), Fraction(48, 100), is_variable=False
    )


@pytest.mark.parametrize("instants", [[0] * 8, [i * 10**7 for i in range(8)]])
def test_instants_that_say_nothing_are_replaced_by_the_rate(instants):
    timing = time_packets([(instant, 0) for instant in instants], MS, Fraction(0))
    assert timing == Timing(Fraction(25), Fraction(8, 25), is_variable=False)


def test_one_jump_of_hours_is_an_error_and_not_a_duration():
    stamps = [(40 * i + (i > 4) * 10**8, 40) for i in range(10)]
    assert time_packets(stamps, MS, Fraction(25)).duration == Fraction(40, 100)


def test_a_last_frame_of_hours_lasts_as_long_as_any():
    stamps = [(40 * i, 40) for i in range(9)]
    timing = time_packets([*stamps, (360, 2**31 - 1)], MS, Fraction(25))
    assert timing.duration == Fraction(40, 100)


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


def test_a_steady_clock_undoes_rounding_and_leaves_the_rest():
    clock = FrameClock(MS, Fraction(5, 1000), Fraction(24), is_steady=True)
    assert clock.place(5) == 0
    assert clock.place(47) == Fraction(1, 24)
    assert clock.place(88) == Fraction(2, 24)
    assert clock.place(147) == Fraction(142, 1000)
    assert clock.lasts(42) == Fraction(1, 24)
    assert clock.lasts(80) == Fraction(80, 1000)
    assert clock.lasts(0) is None
    assert clock.lasts(10**8) is None

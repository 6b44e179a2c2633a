from fractions import Fraction

import pytest

from filmnet.jobs.video_estimate import estimate_made
from filmnet.jobs.video_timeline import Pace


@pytest.mark.parametrize(
    ("fps", "pace", "expected"),
    [
        (30, Pace(fps=Fraction(60)), 299),  # the last frame is held
        (30, Pace(fps=Fraction(30), slower=Fraction(4)), 897),
        (60, Pace(fps=Fraction(30)), 0),
        (25, Pace(fps=Fraction(60)), 547),  # 11 of 12 in each of 249 gaps
    ],
)
def test_ten_seconds_need_as_many_made_frames(fps, pace, expected):
    made = estimate_made(Fraction(fps), Fraction(10), pace)
    # Frames after the last one are held, so that the number is short by less than a gap.
    assert abs(made - expected) <= 3


def test_a_long_video_is_told_from_its_beginning():
    made = estimate_made(Fraction(30), Fraction(36000), Pace(fps=Fraction(60)))
    assert made == pytest.approx(36000 * 30, rel=1e-3)

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from filmnet.jobs.gap_filling import Tally
from filmnet.jobs.video_report import clock, remarks_of_work
from filmnet.jobs.video_timeline import Pace
from filmnet.media.segments import WrittenVideo
from filmnet.media.video_reader import Damage


@dataclass
class Info:
    duration: Fraction = Fraction(2)


def report(*, seconds=2, tally=None, damage=(), slower=1, at_cuts="hold"):
    written = WrittenVideo(path=Path("a.mp4"), frames=60, seconds=Fraction(seconds), remarks=())
    pace = Pace(fps=Fraction(30), slower=Fraction(slower))
    return remarks_of_work(Info(), pace, tally or Tally(), damage, written, at_cuts=at_cuts)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00.00"), ("7.5", "0:07.50"), ("59.999", "1:00.00"), (3723, "1:02:03.00")],
)
def test_places_are_written_as_players_show_them(seconds, written):
    assert clock(Fraction(seconds)) == written


def test_the_duration_is_compared_within_a_frame():
    assert report(seconds="2.03") == (
        "the output lasts 2.030 s, the input's 2.000 s within one frame",
    )
    assert report(seconds=5, slower="2.5") == (
        "the output lasts 5.000 s, 2.5 times the input's 2.000 s within one frame",
    )


def test_a_duration_that_differs_is_said():
    (sentence,) = report(seconds="1.5")
    assert sentence == (
        "the output lasts 1.500 s, which is not the input's 2.000 s: its frames end at another "
        "time than it says"
    )


def test_damage_is_named_with_its_places():
    places = [Damage(Fraction(k), 2) for k in range(7)]
    assert report(damage=places)[1] == (
        "the input is damaged at 0:00.00, 0:01.00, 0:02.00, 0:03.00, 0:04.00 and 2 more: "
        "14 frames lost at least"
    )
    assert report(damage=[Damage(Fraction(1), 0)])[1].endswith("0:01.00: frames spoiled")


def test_cuts_and_repeats_are_counted():
    tally = Tally(cuts=[Fraction(1)], repeats=12)
    assert report(tally=tally)[1:] == (
        "1 scene cut held, at 0:01.00",
        "12 repeated frames replaced by in-betweens",
    )
    assert report(tally=tally, at_cuts="blend")[1] == "1 scene cut blended, at 0:01.00"

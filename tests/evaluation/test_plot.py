import math

from filmnet.evaluation.plot import Dot, place


def dot(x, y, **options):
    return Dot(x=x, y=y, name=f"{x}", **options)


def test_more_is_right_and_up_and_all_lies_inside_the_axes():
    plot = place([dot(20, 0.1), dot(30, 0.3), dot(25, 0.2)], "x", "y")
    low, high, middle = plot.dots
    assert low.x < middle.x < high.x
    assert low.y > middle.y > high.y  # drawings count downwards
    for placed in plot.dots:
        assert plot.left < placed.x < plot.right
        assert plot.top < placed.y < plot.bottom


def test_ticks_are_round_and_stand_where_their_number_lies():
    plot = place([dot(20, 0), dot(30, 1)], "x", "y")
    assert [mark.text for mark in plot.x_marks] == ["20", "22", "24", "26", "28", "30"]
    assert plot.x_marks[0].place == plot.dots[0].x


def test_a_single_point_and_none_at_all():
    assert place([dot(20, 0)], "x", "y").dots[0].x > 0
    assert place([dot(math.inf, 0)], "x", "y") is None
    assert place([dot(math.inf, 0), dot(1, 1)], "x", "y").dots[0].dot.x == 1

import math

import pytest

from filmnet.training.watch import EXPLODED, GOOD, WATCHED_STEPS, LossValues, LossWatch


def losses(total):
    return LossValues(total=total, l1=total / 2, vgg=0.0, style=0.0, flow=0.0, warped=0.0)


def watched(*stretches):
    """A watch that saw each loss for a hundred steps."""
    watch = LossWatch()
    for number, total in enumerate(stretches):
        for step in range(WATCHED_STEPS):
            watch.add(number * WATCHED_STEPS + step + 1, losses(total))
    return watch


def test_the_mean_is_that_of_the_last_hundred_steps():
    watch = watched(9.0)
    for step in range(WATCHED_STEPS):
        watch.add(step, losses(step % 2))
    assert watch.mean() == pytest.approx(losses(0.5))


def test_a_loss_far_above_its_lowest_mean_has_exploded():
    assert not watched(1.0, 0.1, 0.1 * EXPLODED * 0.99).has_exploded
    assert watched(1.0, 0.1, 0.1 * EXPLODED * 1.01).has_exploded


def test_a_single_bad_step_is_no_explosion():
    watch = watched(1.0)
    watch.add(101, losses(EXPLODED * 50))
    assert not watch.has_exploded


def test_the_first_steps_say_nothing_yet():
    watch = LossWatch()
    for step, total in enumerate((1.0, 1000.0)):
        watch.add(step + 1, losses(total))
    assert not watch.has_exploded


def test_all_is_well_while_the_mean_is_near_its_lowest():
    assert watched(1.0, 0.1, 0.1 * GOOD * 0.99).good_step == 3 * WATCHED_STEPS
    worse = watched(1.0, 0.1, 0.1 + 0.2 * (GOOD - 1))  # the mean is past the bound halfway
    assert worse.good_step == pytest.approx(2.5 * WATCHED_STEPS, abs=1)


def test_nothing_speaks_against_the_first_steps_nor_those_before_it_begins():
    watch = LossWatch(7000)
    assert watch.good_step == 7000
    watch.add(7001, losses(3.0))
    assert watch.good_step == 7001


def test_a_watch_that_is_restored_goes_on_as_if_never_stopped():
    watch, other = watched(1.0, 0.1), LossWatch()
    other.restore(watch.state())
    for step in range(201, 300):
        for each in (watch, other):
            each.add(step, losses(2.0))
        assert (other.mean(), other.good_step) == (watch.mean(), watch.good_step)
        assert other.has_exploded == watch.has_exploded
    assert watch.has_exploded


def test_what_is_forgotten_no_longer_counts():
    watch = watched(0.01)
    watch.forget()
    for step in range(WATCHED_STEPS):
        watch.add(step, losses(40.0))
    assert not watch.has_exploded
    assert watch.mean().total == pytest.approx(40.0)


def test_losses_are_finite_if_all_are():
    assert losses(1.0).is_finite
    assert not losses(1.0)._replace(style=math.nan).is_finite
    assert not losses(math.inf).is_finite

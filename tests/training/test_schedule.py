import pytest

from filmnet.training.recipe import Optimization
from filmnet.training.schedule import learning_rate

COSINE = Optimization(learning_rate=1e-3, final_learning_rate=1e-5, warmup_steps=10)


def test_cosine_begins_at_the_full_rate_and_ends_at_the_final_one():
    assert learning_rate(10, 110, COSINE) == pytest.approx(1e-3)
    assert learning_rate(60, 110, COSINE) == pytest.approx((1e-3 + 1e-5) / 2)
    assert learning_rate(110, 110, COSINE) == pytest.approx(1e-5)
    assert learning_rate(109, 110, COSINE) == pytest.approx(1e-5, rel=0.05)


def test_cosine_only_falls_after_the_warm_up():
    rates = [learning_rate(step, 110, COSINE) for step in range(10, 110)]
    assert rates == sorted(rates, reverse=True)


def test_warm_up_rises_evenly():
    rates = [learning_rate(step, 10_000, COSINE) for step in range(10)]
    assert rates == pytest.approx([1e-4 * (i + 1) for i in range(10)], rel=1e-4)


def test_staircase_has_the_published_values():
    stairs = Optimization(learning_rate=1e-4, schedule="staircase", warmup_steps=0)
    steps = (0, 749_999, 750_000, 1_500_000, 2_999_999)
    rates = [learning_rate(step, 3_000_000, stairs) for step in steps]
    assert rates == pytest.approx([1e-4, 1e-4, 4.64158e-5, 2.15443e-5, 1e-5], rel=1e-5)


def test_a_run_shorter_than_its_warm_up_has_a_rate():
    assert 0 < learning_rate(3, 5, COSINE) < 1e-3

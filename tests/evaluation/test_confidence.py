import numpy as np
import pytest

from filmnet.evaluation.confidence import paired_interval, student_quantile


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.7062), (2, 4.3027), (5, 2.5706), (11, 2.2010), (63, 1.9983), (391, 1.9660)],
)
def test_students_quantiles_are_those_of_the_tables(freedom, quantile):
    assert student_quantile(freedom) == pytest.approx(quantile, abs=1e-4)


def test_an_interval_by_hand():
    mean, low, high = paired_interval([1.0, 2.0, 3.0])
    reach = 4.302653 / np.sqrt(3)
    assert (mean, low, high) == pytest.approx((2, 2 - reach, 2 + reach), abs=1e-4)


def test_an_interval_moves_and_stretches_with_its_differences():
    differences = np.random.default_rng(0).normal(0.1, 0.5, 30)
    mean, low, high = paired_interval(differences)
    assert paired_interval(2 * differences + 1) == pytest.approx(
        (2 * mean + 1, 2 * low + 1, 2 * high + 1)
    )


def test_nineteen_of_twenty_intervals_hold_the_true_mean():
    generator = np.random.default_rng(1)
    quantile = student_quantile(11)
    values = generator.normal(0.3, 1.0, (4000, 12))
    reach = quantile * values.std(axis=1, ddof=1) / np.sqrt(12)
    held = np.abs(values.mean(axis=1) - 0.3) <= reach
    # The law of large numbers leaves ±0.0069 (two standard errors) around 0.95.
    assert held.mean() == pytest.approx(0.95, abs=0.01)
    assert paired_interval(values[0]).high == pytest.approx(values[0].mean() + reach[0])


def test_a_single_difference_says_nothing_about_its_mean():
    assert paired_interval([0.5]) == (0.5, -np.inf, np.inf)
    with pytest.raises(ValueError, match=r"no differences"):
        paired_interval([])

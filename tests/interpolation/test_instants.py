from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
import torch

from filmnet.interpolation import Interpolator
from filmnet.interpolation.instants import even_instants, halvings

Make = Callable[..., Interpolator]


def pair() -> tuple[torch.Tensor, torch.Tensor]:
    image0, image1 = torch.rand(2, 1, 3, 8, 8, generator=torch.Generator().manual_seed(3))
    return image0, image1


def instants(interpolator: Interpolator, times: list[Fraction]) -> list[torch.Tensor]:
    frames = [interpolator.engine.prepare(image) for image in pair()]
    return list(interpolator._instants(*frames, times))


def test_even_instants_divide_the_interval() -> None:
    assert even_instants(3) == [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]
    assert even_instants(0) == []


@pytest.mark.parametrize(
    ("t", "count", "depth"),
    [
        (Fraction(1, 2), 1, 1),
        (Fraction(3, 8), 7, 3),
        (Fraction(3, 8), 1, 3),
        (Fraction(1, 3), 2, 2),
        (Fraction(1, 6), 5, 3),
        (Fraction(0.1), 1, 1),
        (Fraction(1, 2**16), 1, 16),
        (Fraction(1, 2**17), 3, 2),
    ],
)
def test_depth_is_exact_for_dyadic_instants_and_follows_the_count_else(
    t: Fraction, count: int, depth: int
) -> None:
    assert halvings(t, count) == depth


def test_dyadic_instants_are_midpoints_of_midpoints(make_interpolator: Make) -> None:
    interpolator = make_interpolator(times="midpoint")
    image0, image1 = pair()
    made = instants(interpolator, even_instants(7))
    half = interpolator.tensor(image0, image1)
    quarter = interpolator.tensor(image0, half)
    three_eighths = interpolator.tensor(quarter, half)
    assert torch.equal(made[3], half)
    assert torch.equal(made[1], quarter)
    assert torch.equal(made[2], three_eighths)


def test_other_instants_are_one_scaled_step_inside_the_last_interval(
    make_interpolator: Make,
) -> None:
    halving, direct = make_interpolator(times="midpoint"), make_interpolator()
    image0, image1 = pair()
    made = instants(halving, even_instants(2))
    half = halving.tensor(image0, image1)
    quarter, three_quarters = halving.tensor(image0, half), halving.tensor(half, image1)
    # 1/3 lies a third of the way from 1/4 to 1/2, 2/3 two thirds from 1/2 to 3/4.
    assert torch.allclose(made[0], direct.tensor(quarter, half, Fraction(1, 3)), atol=1e-6)
    assert torch.allclose(made[1], direct.tensor(half, three_quarters, Fraction(2, 3)), atol=1e-6)


@pytest.mark.parametrize(("count", "steps"), [(1, 1), (3, 3), (7, 7), (15, 15), (2, 5), (5, 11)])
def test_no_instant_is_made_twice(make_interpolator: Make, count: int, steps: int) -> None:
    # Dyadic: one step each. Two thirds: 1/2, 1/4, 3/4 and a step in each of two intervals.
    # Sixths: 1/2 serves itself; 1/4, 3/4 and four eighths lead to one step in four intervals.
    interpolator = make_interpolator(times="midpoint")
    assert len(instants(interpolator, even_instants(count))) == count
    assert interpolator.engine.calls["make"] == steps


def test_instants_come_in_time_order_when_dyadic_and_others_mix(make_interpolator: Make) -> None:
    interpolator = make_interpolator(times="midpoint")
    times = [Fraction(1, 16), Fraction(1, 10), Fraction(1, 3), Fraction(1, 2), Fraction(9, 10)]
    together = instants(interpolator, times)
    for i in (0, 3):
        assert torch.allclose(together[i], instants(interpolator, [times[i]])[0], atol=1e-6)
    assert len(together) == 5


def test_a_single_late_instant_skips_the_other_half(make_interpolator: Make) -> None:
    interpolator = make_interpolator(times="midpoint")
    instants(interpolator, [Fraction(3, 4)])
    assert interpolator.engine.calls["make"] == 2

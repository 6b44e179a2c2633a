from __future__ import annotations

import pytest

from filmnet.interpolation.plan import Demand, Plan, candidates, fastest, smallest
from filmnet.model import FilmConfig

SMALL = FilmConfig(filters=16, flow_filters=(16, 32, 64, 128), output="blend")
GB = 10**9


def demand(width: int, height: int, value_bytes: int = 4, config: FilmConfig = SMALL) -> Demand:
    return Demand(config=config, size=(height, width), value_bytes=value_bytes)


def best(wanted: Demand, budget: float) -> Plan | None:
    return fastest(candidates(wanted.config, None, None), wanted, budget)


def test_a_frame_that_fits_is_made_at_once() -> None:
    assert best(demand(1280, 720), 8 * GB) == Plan()


def test_twelve_megapixels_fit_into_six_gigabytes_in_half_precision() -> None:
    plan = best(demand(4000, 3000, 2), 5.5 * GB)
    assert plan is not None
    assert 512 <= plan.tile_px < 4000


def test_forty_eight_megapixels_fit_into_eight_gigabytes_in_half_precision() -> None:
    assert best(demand(8000, 6000, 2), 7.5 * GB) is not None


def test_less_memory_means_no_larger_estimate_and_never_more_than_is_there() -> None:
    wanted = demand(4000, 3000)
    estimates = [
        wanted.estimate(plan) for budget in (20, 10, 6, 4) if (plan := best(wanted, budget * GB))
    ]
    assert estimates == sorted(estimates, reverse=True)
    assert estimates[-1] <= 4 * GB


def test_nothing_fits_into_nothing() -> None:
    assert best(demand(4000, 3000), 1e8) is None


def test_the_smallest_plan_is_the_last_resort() -> None:
    wanted = demand(4000, 3000)
    plans = candidates(SMALL, None, None)
    least = smallest(plans, wanted)
    assert least.stored_level == 3
    assert all(wanted.estimate(least) <= wanted.estimate(plan) for plan in plans)


def test_a_forced_side_leaves_only_the_storage_to_choose() -> None:
    assert {plan.tile_px for plan in candidates(SMALL, 500, None)} == {500}
    assert candidates(SMALL, 500, 2) == [Plan(tile_px=500, stored_level=2)]


@pytest.mark.parametrize("stored_level", [0, 1, 2, 3])
def test_larger_tiles_take_more_and_cost_less(stored_level: int) -> None:
    wanted = demand(4000, 3000)
    plans = [Plan(tile_px=side, stored_level=stored_level) for side in (256, 512, 1024, 2048)]
    estimates, costs = [[f(plan) for plan in plans] for f in (wanted.estimate, wanted.cost)]
    assert estimates == sorted(estimates)
    assert costs == sorted(costs, reverse=True)


def test_frames_held_and_batches_count() -> None:
    one = demand(640, 480).estimate(Plan())
    assert (
        Demand(config=SMALL, size=(480, 640), value_bytes=4, batch=2).estimate(Plan()) > 1.9 * one
    )
    more = Demand(config=SMALL, size=(480, 640), value_bytes=4, frames=3)
    assert more.held(Plan()) - demand(640, 480).held(Plan()) == pytest.approx(
        640 * 480 * (16 + 4 * (16 + 48 / 4 + 112 / 16 + 240 / 64 * (1 + 1 / 4 + 1 / 16 + 1 / 64)))
    )


def test_only_a_frame_at_once_with_all_features_is_whole() -> None:
    wanted = demand(640, 480)
    assert wanted.is_whole(Plan())
    assert wanted.is_whole(Plan(tile_px=640))
    assert not wanted.is_whole(Plan(tile_px=512))
    assert not wanted.is_whole(Plan(stored_level=1))


def test_what_the_way_to_compute_takes_is_in_every_plan() -> None:
    more = Demand(config=SMALL, size=(480, 640), value_bytes=4, extra_bytes=10**9)
    for plan in (Plan(), Plan(tile_px=256), Plan(tile_px=256, stored_level=2)):
        assert more.estimate(plan) - demand(640, 480).estimate(plan) == GB


def test_memory_for_each_size_is_kept_for_whole_frames_alone() -> None:
    kept = Demand(config=SMALL, size=(480, 640), value_bytes=4, by_size=True)
    assert kept.estimate(Plan()) > 1.5 * demand(640, 480).estimate(Plan())
    tiles = Plan(tile_px=256)
    assert kept.estimate(tiles) == demand(640, 480).estimate(tiles)


def test_tiles_may_keep_freed_memory_as_far_as_the_plan_counts_it() -> None:
    wanted, plan = demand(4000, 3000), Plan(tile_px=512, stored_level=1)
    assert wanted.estimate(plan) == pytest.approx(wanted.held(plan) + wanted.kept(plan), abs=2)
    assert wanted.kept(Plan(tile_px=96)) > 64 * 2**20

import itertools

import pytest

from filmnet.training.batches import RankBatches
from filmnet.training.recipe import Stage


def batches(world_size, *, first_step=0, accumulate=1):
    """What each process computes."""
    stage = Stage(steps=3, crop_px=64, batch=8, accumulate=accumulate)
    return [list(RankBatches(stage, first_step, rank, world_size)) for rank in range(world_size)]


def test_one_process_computes_whole_batches_in_order():
    assert batches(1) == [[list(range(8)), list(range(8, 16)), list(range(16, 24))]]


@pytest.mark.parametrize(("world_size", "accumulate"), [(2, 1), (1, 4), (2, 2), (8, 1)])
def test_a_steps_samples_are_the_same_however_they_are_shared(world_size, accumulate):
    shares = batches(world_size, accumulate=accumulate)
    for step in range(3):
        parts = [s for share in shares for s in share[step * accumulate : (step + 1) * accumulate]]
        assert {len(part) for part in parts} == {8 // (world_size * accumulate)}
        assert sorted(itertools.chain(*parts)) == list(range(8 * step, 8 * step + 8))


def test_a_resumed_stage_goes_on_with_the_next_steps_samples():
    for whole, rest in zip(
        batches(2, accumulate=2), batches(2, first_step=1, accumulate=2), strict=True
    ):
        assert rest == whole[2:]


def test_the_number_of_parts_is_known():
    assert len(RankBatches(Stage(steps=3, crop_px=64, accumulate=2), 1, 0, 1)) == 4

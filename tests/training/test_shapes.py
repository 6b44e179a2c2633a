import numpy as np
import pytest

from filmnet.training.shapes import bars, blob, ragged, random_mask

SIDE = 48


@pytest.mark.parametrize("draw", [random_mask, blob, ragged, bars])
@pytest.mark.parametrize("seed", range(8))
def test_masks_are_alphas_with_an_inside_and_an_outside(draw, seed):
    mask = draw(SIDE, np.random.default_rng(seed))
    assert mask.shape == (SIDE, SIDE)
    assert mask.min() == 0
    assert 0 < mask.max() <= 1


@pytest.mark.parametrize("draw", [blob, bars])
def test_edges_are_soft(draw):
    masks = [draw(SIDE, np.random.default_rng(seed)) for seed in range(8)]
    assert all(((mask > 0) & (mask < 1)).any() for mask in masks)


def test_a_blob_lies_around_the_middle():
    assert all(
        blob(SIDE, np.random.default_rng(seed))[SIDE // 2, SIDE // 2] == 1 for seed in range(8)
    )


def test_the_generator_alone_decides():
    first, again, other = (random_mask(SIDE, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)

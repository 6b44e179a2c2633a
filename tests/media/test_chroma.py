import numpy as np
import pytest

from filmnet.media.chroma import lower_chroma, raise_chroma


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("cosited", [False, True])
@pytest.mark.parametrize("length", [1, 2, 3, 7, 16, 31])
def test_what_goes_down_after_it_came_up_is_the_same(axis, cosited, length):
    samples = -(-length // 2)
    shape = (samples, 5) if axis == 0 else (5, samples)
    plane = np.random.default_rng(0).random(shape, np.float32)
    raised = raise_chroma(plane, length, axis=axis, cosited=cosited)
    assert raised.shape[axis] == length
    lowered = lower_chroma(raised, axis=axis, cosited=cosited)
    assert np.abs(lowered - plane).max() < 1e-6  # float32


@pytest.mark.parametrize(("cosited", "start"), [(False, 0.5), (True, 0.0)])
def test_a_slope_is_kept_where_it_is(cosited, start):
    pixels = np.arange(32, dtype=np.float32)[None]
    samples = np.arange(16, dtype=np.float32)[None] * 2 + start
    raised = raise_chroma(samples, 32, axis=1, cosited=cosited)
    assert np.abs(raised - pixels)[:, 5:-5].max() < 1e-5
    lowered = lower_chroma(pixels, axis=1, cosited=cosited)
    assert np.abs(lowered - samples)[:, 1:-1].max() < 1e-5


@pytest.mark.parametrize("cosited", [False, True])
def test_plain_chroma_stays_plain(cosited):
    plane = np.full((3, 4), 77, np.float32)
    assert np.allclose(raise_chroma(plane, 8, axis=1, cosited=cosited), 77, atol=1e-4)
    assert np.allclose(lower_chroma(plane, axis=1, cosited=cosited), 77, atol=1e-4)

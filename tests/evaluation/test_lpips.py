from pathlib import Path

import numpy as np
import pytest
import torch

from filmnet.errors import WeightsError
from filmnet.evaluation.lpips import Lpips
from seeded_backbones import alexnet_kernels, lpips_weights, reference_pair

FILE = Path("file.pth")


@pytest.fixture(scope="module")
def lpips():
    return Lpips(alexnet_kernels(), FILE, lpips_weights(), FILE)


def test_lpips_equals_the_published_code(lpips):
    """Figures of lpips 0.1.4 on the same seeded kernels; float32 sums in another order."""
    with torch.inference_mode():
        values = lpips(*reference_pair())
    assert values.tolist() == pytest.approx([0.0692148357629776, 0.06722637265920639], rel=1e-4)


def test_equal_pictures_have_no_distance_and_order_does_not_matter(lpips):
    a, b = reference_pair()
    with torch.inference_mode():
        assert lpips(a, a).tolist() == [0, 0]
        assert torch.allclose(lpips(a, b), lpips(b, a))


def test_pictures_that_alexnet_cannot_hold_are_refused(lpips):
    with pytest.raises(ValueError, match=r"40x30 is too small for LPIPS, which needs 31 pixels"):
        lpips(torch.zeros(1, 3, 30, 40), torch.zeros(1, 3, 30, 40))
    with torch.inference_mode():
        assert lpips(torch.zeros(1, 3, 31, 40), torch.zeros(1, 3, 31, 40)).tolist() == [0]


def test_files_of_other_networks_are_refused():
    other = alexnet_kernels() | {"features.3.weight": torch.zeros(192, 64, 3, 3)}
    with pytest.raises(WeightsError, match=r"features\.3\.weight has the shape \(192, 64, 3, 3\)"):
        Lpips(other, FILE, lpips_weights(), FILE)
    with pytest.raises(WeightsError, match=r"lin0\.model\.1\.weight is missing"):
        Lpips(alexnet_kernels(), FILE, {"lin0": torch.from_numpy(np.zeros(1))}, FILE)

from pathlib import Path

import pytest
import torch

from filmnet.errors import WeightsError
from filmnet.evaluation.dists import Dists
from seeded_backbones import dists_weights, reference_pair, vgg16_kernels

FILE = Path("file.pth")


@pytest.fixture(scope="module")
def dists():
    return Dists(vgg16_kernels(), FILE, dists_weights(), FILE)


def test_dists_equals_the_published_code(dists):
    """Figures of DISTS_pytorch 0.1 on the same seeded kernels; float32 sums in another order."""
    with torch.inference_mode():
        values = dists(*reference_pair())
    published = [0.009431123733520508, 0.010218441486358643]
    assert values.tolist() == pytest.approx(published, abs=1e-5)


def test_equal_pictures_have_no_distance(dists):
    a, _ = reference_pair()
    with torch.inference_mode():
        assert dists(a, a).tolist() == pytest.approx([0, 0], abs=1e-5)


def test_files_of_other_networks_are_refused():
    with pytest.raises(WeightsError, match=r"alpha has the shape \(4,\), expected \(1, 1475, 1, 1"):
        Dists(vgg16_kernels(), FILE, {"alpha": torch.zeros(4), "beta": torch.zeros(4)}, FILE)

import pytest
import torch

from filmnet.training.pack import prepare_pack
from material import TINY_PACK, write_material


@pytest.fixture(autouse=True)
def _one_thread():
    """Networks this small gain nothing from a second thread, and wait for it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def raw_material(tmp_path_factory):
    return write_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(scope="session")
def pack(raw_material, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "pack"
    prepare_pack([raw_material], folder, TINY_PACK)
    return folder

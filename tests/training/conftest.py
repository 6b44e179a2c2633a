import pytest

from filmnet.training.pack import prepare_pack
from material import TINY_PACK, write_material


@pytest.fixture(scope="session")
def raw_material(tmp_path_factory):
    return write_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(scope="session")
def pack(raw_material, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "pack"
    prepare_pack(raw_material, folder, TINY_PACK)
    return folder

import pytest

from filmnet.training.pack import is_pack, open_windows
from material import sliding, write_clip, write_photo

RECIPE = """
name = "tiny"
[pack]
frames = 5
side_px = 32
[[stages]]
steps = 1
crop_px = 64
"""


@pytest.fixture
def raw(tmp_path):
    write_clip(tmp_path / "raw" / "clips" / "a.mkv", sliding(9))
    write_photo(tmp_path / "raw" / "photos" / "1.png", sliding(1)[0])
    return tmp_path / "raw"


def test_prepare_makes_a_pack_and_prints_where(run, raw, tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    code, out, err = run(
        "data", "prepare", raw, "-o", tmp_path / "pack", "--recipe", tmp_path / "recipe.toml"
    )
    assert (code, out) == (0, f"{tmp_path / 'pack'}\n")
    assert "a.mkv: 4 windows\n" in err
    assert "1.png\n" in err
    assert open_windows(tmp_path / "pack")[0].windows.shape == (4, 5, 32, 32, 3)


def test_quiet_prints_the_folder_alone(run, raw, tmp_path):
    code, out, err = run("data", "prepare", raw, "-o", tmp_path / "pack", "--quiet")
    assert (code, out, err) == (0, f"{tmp_path / 'pack'}\n", "")


def test_a_pack_is_replaced_only_when_asked(run, raw, tmp_path):
    arguments = ("data", "prepare", raw, "-o", tmp_path / "pack", "--quiet")
    run(*arguments)
    code, _, err = run(*arguments)
    assert code == 2
    assert err.endswith("is a pack already; pass --overwrite to replace it\n")
    assert run(*arguments, "--overwrite")[0] == 0


def test_a_folder_without_material_is_one_sentence(run, tmp_path):
    code, out, err = run("data", "prepare", tmp_path, "-o", tmp_path / "pack")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "no video and no folder of frames in it; put some there" in err
    assert not is_pack(tmp_path / "pack")

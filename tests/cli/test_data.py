import shutil

import pytest

from filmnet.training.pack import is_pack, open_windows
from material import TINY_MODEL_TOML, sliding, write_clip, write_photo, write_sequence, write_vimeo

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
    assert "kept: 4 windows of 1 clips\n" in err
    assert "motion: " in err
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


def test_prepare_takes_single_clips_and_says_what_it_left_out(run, tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    frames = sliding(9)
    frames.append(frames[-1])
    clips = [write_clip(tmp_path / "a.mkv", frames), write_clip(tmp_path / "b.mkv", sliding(9))]
    code, out, err = run(
        "data", "prepare", *clips, "-o", tmp_path / "pack", "--recipe", tmp_path / "recipe.toml"
    )
    assert (code, out) == (0, f"{tmp_path / 'pack'}\n")
    assert "a.mkv: 4 windows; left out: repeats 1\n" in err
    assert "b.mkv: 4 windows\n" in err
    assert "left out: repeats 1\n" in err


def test_prepare_as_triplets_makes_a_set_that_check_finds_sound(run, raw, tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    code, out, _ = run(
        *("data", "prepare", raw, "-o", tmp_path / "set", "--as", "triplets"),
        *("--recipe", tmp_path / "recipe.toml"),
    )
    assert (code, out) == (0, f"{tmp_path / 'set'}\n")
    code, out, _ = run("data", "check", tmp_path / "set", "--crop", "64")
    assert code == 0
    assert out.splitlines()[0] == f"{tmp_path / 'set'}: Vimeo-90K triplets"
    assert out.splitlines()[-1] == "will be used: 4 sequences"


def test_check_counts_and_shows_its_progress_on_stderr(run, tmp_path):
    code, out, err = run("data", "check", write_vimeo(tmp_path / "vimeo", 3))
    assert code == 0
    assert "found: 3 sequences, 9 pictures\n" in out
    assert "will be used: 3 sequences\n" in out
    assert "checking" in err
    assert run("data", "check", tmp_path / "vimeo", "--quiet") == (0, out, "")


def test_check_leaves_out_what_is_broken_when_asked(run, tmp_path):
    data = write_vimeo(tmp_path / "vimeo", 4)
    (data / "sequences/00001/0001/im1.png").write_bytes(b"no picture")
    shutil.rmtree(data / "sequences/00002/0002")
    code, out, _ = run("data", "check", data)
    assert code == 0
    assert "not usable: 00001/0001: " in out
    assert "missing, though the list names them: 1, the first is 00002/0002\n" in out
    assert out.endswith("training would stop at what is missing or not usable; pass --leave-out\n")
    code, out, _ = run("data", "check", data, "--leave-out")
    assert (code, out.splitlines()[-1]) == (0, f"written: {data / 'left-out.txt'}")
    assert run("data", "check", data)[1].splitlines()[-1] == "will be used: 2 sequences"


def test_check_takes_the_crop_from_a_recipe(run, tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    data = write_vimeo(tmp_path / "vimeo", 1, size=48)
    write_sequence(data / "sequences/00001/0002", sliding(3))
    (data / "tri_trainlist.txt").write_text("00001/0001\n00001/0002\n")
    _, out, _ = run("data", "check", data, "--recipe", tmp_path / "recipe.toml")
    assert "not usable: 00001/0001: 48x48 is smaller than the crop, 64 px\n" in out
    code, _, err = run("data", "check", data, "--recipe", tmp_path / "recipe.toml", "--crop", "8")
    assert (code, err) == (2, "Error: --crop and --recipe both give the crop; pass one of them\n")


def test_check_of_a_set_of_which_nothing_is_usable_fails_with_one_sentence(run, tmp_path):
    data = write_vimeo(tmp_path / "vimeo", 2)
    code, out, err = run("data", "check", data, "--crop", "256", "--quiet")
    assert code == 2
    assert "will be used: 0 sequences\n" in out
    assert err == f"Error: {data}: nothing in it can be used for training\n"
    code, out, err = run("data", "check", tmp_path / "none", "--quiet")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_shard_writes_parts_and_index_joins_them(run, tmp_path):
    data = write_vimeo(tmp_path / "vimeo", 4)
    for k in (1, 2):
        target = tmp_path / f"part{k}"
        code, out, _ = run("data", "shard", data, "-o", target, "--part", f"{k}/2")
        assert (code, out) == (0, f"{target}\n")
        assert sorted(path.name for path in target.iterdir()) == ["index.json", "shard-000000.tar"]
    index = tmp_path / "all.json"
    code, out, err = run("data", "index", tmp_path / "part1", tmp_path / "part2", "-o", index)
    assert (code, out) == (0, f"{index}\n")
    assert "4 samples\n" in err
    assert "will be used: 4 sequences\n" in run("data", "check", index)[1]


@pytest.mark.parametrize("part", ["2", "0/2", "3/2", "a/b"])
def test_a_part_that_cannot_be_is_one_sentence(run, tmp_path, part):
    code, _, err = run("data", "shard", tmp_path, "-o", tmp_path / "s", "--part", part)
    assert (code, err) == (2, f"Error: --part {part}: give K/N with K from 1 to N, such as 1/2\n")


TINY = (
    """
name = "tiny"
precision = "32-true"
"""
    + TINY_MODEL_TOML
    + """
[augmentation]
rotation_probability = 0.5
channel_shuffle_probability = 0.0
[[stages]]
steps = 2
crop_px = 16
batch = 2
real_share = 1.0
"""
)


@pytest.mark.parametrize("layout", ["triplets", "septuplets", "shards", "frames"])
def test_training_runs_on_every_layout_of_frames(run, tmp_path, layout):
    (tmp_path / "recipe.toml").write_text(TINY)
    data = write_vimeo(tmp_path / "data", 3, frames=7 if layout == "septuplets" else 3)
    if layout == "shards":
        run("data", "shard", data, "-o", tmp_path / "shards")
        data = tmp_path / "shards"
    elif layout == "frames":
        data = write_sequence(tmp_path / "frames", sliding(9))
    arguments = ("train", tmp_path / "recipe.toml", "--data", data, "-o", tmp_path / "run")
    code, out, err = run(*arguments, "--workers", "0", "--device", "cpu", "--quiet")
    assert (code, out, err) == (0, f"{tmp_path / 'run' / 'weights.safetensors'}\n", "")

import shutil

import pytest

from filmnet.errors import RecipeError
from filmnet.training import sequences as sequences_module
from filmnet.training.layouts import Layout, open_sequences, recognise, survey
from material import (
    sliding,
    texture,
    write_clip,
    write_material,
    write_photo,
    write_sequence,
    write_vimeo,
)


def names(data):
    sequences = open_sequences(data)
    return [sequences.name(i) for i in range(len(sequences))]


def write_x4k(folder):
    """X4K1000FPS in miniature: two clips for training, one each for the rest."""
    for clip in ("002/occ008.320", "010/occ001.002"):
        write_sequence(folder / "train" / clip, sliding(5, size=32), "{:04}.png")
    for clip in ("val/Type1/TEST01", "test/Type1/TEST01_003_f0433"):
        write_sequence(folder / clip, sliding(5, size=32), "{:04}.png")
    return folder


def test_vimeo_triplets_are_those_of_the_list_for_training(tmp_path):
    write_vimeo(tmp_path, 4, tests=1)
    assert recognise(tmp_path) is Layout.TRIPLETS
    assert names(tmp_path) == ["00001/0001", "00001/0002", "00002/0001"]
    sequences = open_sequences(tmp_path)
    assert sequences.frame_count(0) == 3
    assert sequences.frame_name(2, 1) == f"{tmp_path}/sequences/00002/0001/im2.png"


def test_septuplets_are_sequences_of_seven(tmp_path):
    write_vimeo(tmp_path, 3, frames=7, tests=1)
    assert recognise(tmp_path) is Layout.SEPTUPLETS
    assert names(tmp_path) == ["00001/0001", "00001/0002"]
    assert open_sequences(tmp_path).frame_count(1) == 7


def test_what_both_lists_name_is_for_testing(tmp_path):
    write_vimeo(tmp_path, 3)
    (tmp_path / "tri_testlist.txt").write_text("00001/0002\n")
    assert names(tmp_path) == ["00001/0001", "00002/0001"]
    assert survey(tmp_path).remarks == (
        "sequences of tri_testlist.txt, which are for testing: 1",
        "sequences that tri_testlist.txt names as well: 1",
    )


def test_a_list_that_names_what_is_not_there_is_refused(tmp_path):
    write_vimeo(tmp_path, 4)
    shutil.rmtree(tmp_path / "sequences" / "00001" / "0002")
    shutil.rmtree(tmp_path / "sequences" / "00002")
    assert survey(tmp_path).missing == ("00001/0002", "00002/0001", "00002/0002")
    with pytest.raises(
        RecipeError,
        match=r"its list names 3 that sequences/ does not hold, the first is 00001/0002",
    ):
        open_sequences(tmp_path)


def test_what_is_left_out_by_name_is_not_used_nor_missed(tmp_path):
    write_vimeo(tmp_path, 4)
    shutil.rmtree(tmp_path / "sequences" / "00001" / "0002")
    (tmp_path / "left-out.txt").write_text("00001/0002\n00002/0002\n")
    assert names(tmp_path) == ["00001/0001", "00002/0001"]


def test_a_long_list_is_trusted_and_no_sequence_is_looked_into(tmp_path, monkeypatch):
    write_vimeo(tmp_path, 4)
    listed = []
    original = sequences_module.os.scandir
    monkeypatch.setattr(
        sequences_module.os, "scandir", lambda path: listed.append(path) or original(path)
    )
    open_sequences(tmp_path)
    groups = [tmp_path / "sequences" / group for group in ("00001", "00002")]
    assert listed == [tmp_path, *groups]


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("sequences", r"holds sequences for testing, too; name .*vimeo"),
        (".", r"tri_testlist\.txt is there, but no tri_trainlist\.txt"),
    ],
)
def test_vimeo_without_its_list_for_training_is_never_trained_on(tmp_path, inside, message):
    data = write_vimeo(tmp_path / "vimeo")
    if inside == ".":
        (data / "tri_trainlist.txt").unlink()
    with pytest.raises(RecipeError, match=message):
        recognise(data / inside)


def test_of_x4k_only_train_is_used(tmp_path):
    write_x4k(tmp_path)
    assert recognise(tmp_path) is Layout.TRAIN_FOLDER
    assert names(tmp_path) == ["002/occ008.320", "010/occ001.002"]
    assert survey(tmp_path).remarks == ("test/, beside train/", "val/, beside train/")
    assert names(tmp_path / "train") == ["002/occ008.320", "010/occ001.002"]


def test_a_folder_of_triplets_and_one_of_frames_are_sequences(tmp_path):
    write_sequence(tmp_path / "triplets" / "b", sliding(3, size=32))
    write_sequence(tmp_path / "triplets" / "a", sliding(3, size=32))
    write_sequence(tmp_path / "frames", sliding(11, size=32), "{}.jpg")
    assert recognise(tmp_path / "triplets") is Layout.FRAMES
    assert names(tmp_path / "triplets") == ["a", "b"]
    assert names(tmp_path / "frames") == ["."]
    sequences = open_sequences(tmp_path / "frames")
    assert sequences.frame_name(0, 9) == f"{tmp_path}/frames/10.jpg"  # in natural order


def test_what_is_no_sequence_is_named(tmp_path):
    write_sequence(tmp_path / "a", sliding(3, size=32))
    write_sequence(tmp_path / "pair", sliding(2, size=32))
    (tmp_path / "a" / "notes.txt").touch()
    (tmp_path / "a" / ".hidden.png").touch()
    assert survey(tmp_path).remarks == (
        "folders with fewer than three pictures: 1, the first is pair",
        "files that are no pictures: 1",
    )


def test_clips_are_recognised_with_and_without_their_folder(tmp_path):
    write_material(tmp_path / "usual")
    clip = write_clip(tmp_path / "plain" / "deep" / "a.mkv", sliding(3))
    assert recognise(tmp_path / "usual") is Layout.CLIPS
    assert recognise(tmp_path / "plain") is Layout.CLIPS
    assert recognise(clip) is Layout.CLIPS


def test_a_pack_is_recognised(pack):
    assert recognise(pack) is Layout.PACK


@pytest.mark.parametrize("content", [None, "1.png", "notes.txt"])
def test_a_folder_without_anything_to_train_on_says_what_is_expected(tmp_path, content):
    if content == "1.png":
        write_photo(tmp_path / content, texture(8, 8))
    elif content:
        (tmp_path / content).touch()
    with pytest.raises(RecipeError, match=r"nothing to train on in it; expected a pack, .* X4K"):
        recognise(tmp_path)


def test_a_folder_or_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"none: no such folder of training data"):
        recognise(tmp_path / "none")
    (tmp_path / "a.txt").touch()
    with pytest.raises(RecipeError, match=r"a\.txt: is neither an index of shards nor a video"):
        recognise(tmp_path / "a.txt")


def test_a_list_that_is_no_text_is_named(tmp_path):
    write_vimeo(tmp_path)
    (tmp_path / "tri_trainlist.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match=r"tri_trainlist\.txt: cannot be read as a list"):
        open_sequences(tmp_path)


def test_a_train_folder_without_frames_is_refused(tmp_path):
    (tmp_path / "train" / "empty").mkdir(parents=True)
    with pytest.raises(RecipeError, match=r"train: nothing to train on in it"):
        recognise(tmp_path)
    write_clip(tmp_path / "train" / "002" / "occ008.320.mkv", sliding(3))
    with pytest.raises(RecipeError, match=r"its train/ holds videos; name .*train itself"):
        recognise(tmp_path)


def test_a_set_of_which_all_is_left_out_is_refused(tmp_path):
    write_vimeo(tmp_path, 1)
    (tmp_path / "left-out.txt").write_text("00001/0001\n")
    with pytest.raises(RecipeError, match=r"no sequence of three or more frames is left"):
        open_sequences(tmp_path)

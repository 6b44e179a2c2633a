import shutil

import numpy as np
import pytest

from filmnet.errors import OutputError
from filmnet.training.check import check_data, leave_out
from filmnet.training.layouts import open_sequences
from filmnet.training.shard_writer import write_shards
from material import (
    sliding,
    texture,
    write_material,
    write_photo,
    write_sequence,
    write_vimeo,
)


def test_a_sound_set_is_counted_and_used_whole(tmp_path):
    told = []
    found = check_data(write_vimeo(tmp_path, 4, tests=1), 32, told.append)
    assert (found.found, found.usable, found.pictures) == (3, 3, 9)
    assert found.sizes == {(32, 32): 9}
    assert found.faults == {}
    assert [(p.done, p.total) for p in told] == [(1, 3), (2, 3), (3, 3)]
    assert list(found.lines()) == [
        f"{tmp_path}: Vimeo-90K triplets",
        "found: 3 sequences, 9 pictures",
        "sizes: 32x32 (9)",
        "not used: sequences of tri_testlist.txt, which are for testing: 1",
        "will be used: 3 sequences",
    ]


def test_every_fault_is_found_and_named(tmp_path):
    data = write_vimeo(tmp_path, 8)
    folder = data / "sequences"
    (folder / "00001/0001/im2.png").write_bytes(b"no picture")
    (folder / "00001/0002/im3.png").unlink()
    write_photo(folder / "00002/0001/im3.png", texture(40, 40))
    write_sequence(folder / "00002/0002", sliding(3, size=20))
    shutil.rmtree(folder / "00003/0001")
    found = check_data(data, 24)
    assert list(found.faults) == ["00001/0001", "00001/0002", "00002/0001", "00002/0002"]
    for name, reason in zip(
        found.faults,
        (
            "im2.png: no picture",
            "im3.png: cannot be read (No such file or directory)",
            "picture 3 is 40x40, the first is 32x32",
            "20x20 is smaller than the crop, 24 px",
        ),
        strict=True,
    ):
        assert found.faults[name].endswith(reason)
    assert found.missing == ("00003/0001",)
    assert (found.found, found.usable) == (7, 3)
    assert "will be used: 3 sequences" in list(found.lines())


def test_what_was_left_out_is_what_training_leaves_out(tmp_path):
    data = write_vimeo(tmp_path, 4)
    (data / "sequences/00001/0001/im2.png").write_bytes(b"no picture")
    shutil.rmtree(data / "sequences/00002/0002")
    path = leave_out(check_data(data))
    assert path.read_text() == "00001/0001\n00002/0002\n"
    assert open_sequences(data).folders == ("00001/0002", "00002/0001")
    again = check_data(data)
    assert (again.found, again.usable, again.missing) == (2, 2, ())
    assert "left out by name: 2" in list(again.lines())
    (data / "sequences/00001/0002/im2.png").unlink()
    leave_out(check_data(data))
    assert path.read_text() == "00001/0001\n00001/0002\n00002/0002\n"


def test_worker_processes_find_the_same(tmp_path):
    data = write_vimeo(tmp_path, 5)
    (data / "sequences/00001/0002/im2.png").write_bytes(b"no picture")
    alone, together = check_data(data, 32), check_data(data, 32, workers=2)
    assert list(alone.lines()) == list(together.lines())
    assert list(together.faults) == ["00001/0002"]


def test_shards_are_checked_and_left_out_alike(tmp_path):
    write_vimeo(tmp_path / "vimeo", 3)
    write_photo(tmp_path / "vimeo/sequences/00002/0001/im2.png", texture(8, 8))
    write_shards(tmp_path / "vimeo", tmp_path / "shards")
    found = check_data(tmp_path / "shards" / "index.json")
    assert found.faults == {"00002_0001": "picture 2 is 8x8, the first is 32x32"}
    assert leave_out(found) == tmp_path / "shards" / "left-out.txt"
    assert len(open_sequences(tmp_path / "shards")) == 2


def test_copies_and_repeats_are_told_and_used(tmp_path):
    frames = sliding(3, size=16)
    write_sequence(tmp_path / "a", frames)
    write_sequence(tmp_path / "b", [frames[0], frames[0], texture(16, 16, 9)])
    found = check_data(tmp_path)
    assert found.usable == 2
    assert found.notes == [
        "pictures that are copies of others, to the byte: 2",
        "sequences that show a picture twice in a row, which are used: 1, the first is b",
    ]


def test_a_pack_is_counted_and_its_side_compared(pack):
    found = check_data(pack, 32)
    assert found.usable == found.found > 0
    assert found.notes == ["for layered scenes: photos 2, stills of clips 2"]
    small = check_data(pack, 33)
    assert small.usable == 0
    assert small.faults == {"all windows": "32x32 is smaller than the crop, 33 px"}


def test_clips_are_decoded_to_their_ends(tmp_path):
    write_material(tmp_path)
    (tmp_path / "clips" / "frames" / "3.png").write_bytes(b"no picture")
    told = []
    found = check_data(tmp_path, report=told.append)
    assert (found.found, found.usable) == (2, 1)
    assert found.sizes[64, 64] == 12 + 3
    assert list(found.faults) == ["frames"]
    assert "for layered scenes: photos 2" in found.notes
    assert told[-1].done == told[-1].total == 2


def test_of_many_faults_and_sizes_some_are_listed(tmp_path):
    for i in range(30):
        grey = [np.full((10 + i, 10, 3), j, dtype=np.uint8) for j in range(3)]
        write_sequence(tmp_path / f"{i}", grey)
    lines = list(check_data(tmp_path, 99).lines())
    assert sum(line.startswith("not usable: ") for line in lines) == 21
    assert "not usable: 10 more" in lines
    assert lines[2].endswith(", 10 more")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    data = write_vimeo(tmp_path, 2)
    (data / "sequences/00001/0001/im2.png").unlink()
    found = check_data(data)
    (data / "left-out.txt").mkdir()
    with pytest.raises(OutputError, match=r"left-out\.txt: cannot be written \(Is a directory\)"):
        leave_out(found)

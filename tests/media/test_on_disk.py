import json
import shutil

import pytest

from filmnet.media.on_disk import remove, sync, sync_tree, write_json


def test_a_file_that_is_replaced_is_the_old_or_the_new_one(tmp_path, monkeypatch):
    path = tmp_path / "facts.json"
    write_json(path, {"frames": 1})
    with monkeypatch.context() as patch:
        patch.setattr("filmnet.media.on_disk.sync", None)  # what ends it before it has its name
        with pytest.raises(TypeError):
            write_json(path, {"frames": 2})
    assert json.loads(path.read_text("utf-8")) == {"frames": 1}
    write_json(path, {"frames": 2})
    assert json.loads(path.read_text("utf-8")) == {"frames": 2}
    assert [inside.name for inside in tmp_path.iterdir()] == ["facts.json"]


def test_a_folder_loses_its_name_before_what_is_in_it(tmp_path, monkeypatch):
    piece = tmp_path / "piece"
    piece.mkdir()
    (piece / "0.png").write_bytes(b"x")
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    remove(piece)
    assert not piece.exists()
    assert [inside.name for inside in (tmp_path / "gone").iterdir()] == ["0.png"]


def test_what_a_killed_removal_has_left_does_not_stop_the_next(tmp_path):
    for name in ("gone", "piece"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.png").write_bytes(b"x")
    remove(tmp_path / "piece")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file", "nothing"])
def test_a_file_is_removed_whether_it_is_there_or_not(tmp_path, name):
    (tmp_path / "file").write_bytes(b"x")
    remove(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_files_and_folders_with_files_can_be_waited_for(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    sync(tmp_path / "file")
    sync(tmp_path)
    sync_tree(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "nothing")

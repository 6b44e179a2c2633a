from pathlib import Path

import pytest

from filmnet.cluster import storage
from filmnet.errors import InputError, OutputError


@pytest.fixture(params=["local", "s3"])
def place(request, tmp_path):
    """A folder to write to, by path or URL."""
    return str(tmp_path / "films") if request.param == "local" else request.getfixturevalue("s3")


def test_what_is_delivered_is_found_listed_fetched_and_removed(tmp_path, place):
    (tmp_path / "made.mp4").write_text("frames")
    target = f"{place}/out/b.mp4"
    assert not storage.exists(target)
    storage.deliver(tmp_path / "made.mp4", target)
    storage.write_text(f"{place}/out/a10.txt", "ten")
    storage.write_text(f"{place}/out/a9.txt", "nine")
    assert storage.exists(target)
    entries = storage.list_folder(f"{place}/out")
    assert [entry.name for entry in entries] == ["a9.txt", "a10.txt", "b.mp4"]
    assert [entry.is_folder for entry in storage.list_folder(place)] == [True]
    (tmp_path / "in").mkdir()
    assert storage.fetch(entries[2].path, tmp_path / "in").read_text() == "frames"
    with storage.open_text(entries[0].path) as file:
        assert file.read() == "nine"
    storage.deliver(tmp_path / "made.mp4", f"{place}/out/a9.txt")
    with storage.open_text(entries[0].path) as file:
        assert file.read() == "frames"
    storage.remove(f"{place}/out")
    storage.remove(f"{place}/out")
    assert not storage.exists(target)


def test_what_is_not_there_is_one_sentence(tmp_path, s3):
    assert storage.list_folder(f"{s3}/none") is None
    assert storage.list_folder(str(tmp_path / "none")) is None
    for path in (f"{s3}/none.mp4", f"{s3}/x/none.mp4"):
        with pytest.raises(InputError, match=rf"{path}: there is no such file"):
            storage.fetch(path, tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match=r"s3://nowhere/a\.mp4: there is no such place"):
        storage.write_text("s3://nowhere/a.mp4", "")
    with pytest.raises(InputError, match=r"nothing://a: cannot be read \(Protocol not known"):
        storage.list_folder("nothing://a")


def test_files_of_a_url_come_in_natural_order(s3):
    for name in ("10.png", "9.png", "x.txt"):
        storage.write_text(f"{s3}/burst/{name}", "")
    assert storage.find_files(f"{s3}/burst/*.png") == [f"{s3}/burst/9.png", f"{s3}/burst/10.png"]
    assert len(storage.find_files(f"{s3}/burst/")) == 3
    assert storage.find_files(f"{s3}/burst/9.png") == [f"{s3}/burst/9.png"]


def test_a_local_file_is_used_where_it_lies(tmp_path):
    assert storage.fetch("/a/b.mp4", tmp_path) == Path("/a/b.mp4")


def test_a_folder_is_delivered_whole_in_place_of_another(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.png").touch()
    storage.deliver(tmp_path / "new", str(tmp_path / "old"))
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["new.png"]


def test_nothing_of_a_failed_delivery_takes_the_name(tmp_path):
    (tmp_path / "a.mp4").write_text("x")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        storage.deliver(tmp_path / "a.mp4", str(tmp_path / "file" / "b.mp4"))


@pytest.mark.parametrize(
    ("path", "base", "whole"),
    [
        ("a.mp4", "/jobs", "/jobs/a.mp4"),
        ("a.mp4", "s3://films/in/", "s3://films/in/a.mp4"),
        ("/x/a.mp4", "s3://films", "/x/a.mp4"),
        ("gs://b/a.mp4", "/jobs", "gs://b/a.mp4"),
    ],
)
def test_paths_are_located_from_a_base(path, base, whole):
    assert storage.locate(path, base) == whole

import errno
from pathlib import Path

import pytest

from filmnet.errors import InputError
from filmnet.media.photo_list import list_photos, natural_key
from filmnet.media.photos import read_photo


@pytest.fixture
def folder(tmp_path):
    for name in ("10.jpg", "2.JPG", "1.png", "notes.txt", ".hidden.jpg", "b2.heic", "B10.heic"):
        (tmp_path / name).touch()
    (tmp_path / "3.jpg").mkdir()
    return tmp_path


def names(paths):
    return [path.name for path in paths]


def test_a_folder_gives_its_photos_in_natural_order_whatever_their_extension(folder):
    assert names(list_photos(folder)) == ["1.png", "2.JPG", "10.jpg", "b2.heic", "B10.heic"]


def test_a_glob_gives_its_matches_in_natural_order(folder):
    assert names(list_photos(f"{folder}/*.[jJ][pP][gG]")) == ["2.JPG", "10.jpg"]


def test_named_files_keep_their_order_and_may_repeat(folder):
    given = [folder / "10.jpg", str(folder / "1.png"), folder / "10.jpg"]
    assert names(list_photos(given)) == ["10.jpg", "1.png", "10.jpg"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path):
    (tmp_path / "a[1].jpg").touch()
    (tmp_path / "a1.jpg").touch()
    assert names(list_photos(tmp_path / "a[1].jpg")) == ["a[1].jpg"]


def test_a_missing_file_is_left_for_reading_to_report(tmp_path):
    assert names(list_photos(tmp_path / "none.jpg")) == ["none.jpg"]


def test_a_folder_without_photos_says_what_was_looked_for(tmp_path):
    with pytest.raises(InputError, match=r"no photo in this folder; looked for \.jpg"):
        list_photos(tmp_path)


def test_a_glob_without_a_match_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"\*\.png: no file matches"):
        list_photos(tmp_path / "*.png")


def test_order_follows_numbers_in_folders_too_and_is_total(tmp_path):
    paths = [tmp_path / name for name in ("x10/1.jpg", "x9/2.jpg", "x9/02.jpg", "x9/1.JPG")]
    ordered = sorted(paths, key=natural_key)
    assert [str(path.relative_to(tmp_path)) for path in ordered] == [
        "x9/1.JPG",
        "x9/02.jpg",
        "x9/2.jpg",
        "x10/1.jpg",
    ]


def test_names_that_the_system_refuses_are_left_for_reading_to_report(monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.stat", refuse)
    for name in ("secret/a.jpg", "n" * 5000):
        assert list_photos(name) == [Path(name)]


def test_a_name_that_is_too_long_is_one_sentence():
    (path,) = list_photos("n" * 5000)
    with pytest.raises(InputError, match=r"nnn: File name too long$"):
        read_photo(path)


@pytest.mark.parametrize("inputs", ["", ["a.jpg", ""]])
def test_an_empty_name_is_not_the_current_folder(folder, monkeypatch, inputs):
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match="an empty name is no photo"):
        list_photos(inputs)

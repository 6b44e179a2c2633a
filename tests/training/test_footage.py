import pytest

from filmnet.errors import InputError, RecipeError
from filmnet.training.footage import find_footage
from material import sliding, write_clip, write_material, write_photo, write_sequence


def test_the_usual_folder_gives_clips_and_photos(tmp_path):
    footage = find_footage([write_material(tmp_path)])
    assert list(footage.clips) == ["slide.mkv", "frames"]
    assert list(footage.photos) == ["2.png", "3.png"]
    assert footage.frames == {"slide.mkv": 12, "frames": 8}


def test_clips_may_be_named_one_by_one_or_by_their_folder(tmp_path):
    clips = [write_clip(tmp_path / f"{name}.mkv", sliding(3)) for name in "ab"]
    assert list(find_footage(clips).clips.values()) == clips
    assert list(find_footage([tmp_path]).clips) == ["a.mkv", "b.mkv"]


def test_a_folder_of_frames_is_one_clip(tmp_path):
    write_sequence(tmp_path / "walk", sliding(3, size=16))
    assert list(find_footage([tmp_path / "walk"]).clips) == ["walk"]


def test_clips_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for folder in ("002", "010"):
        write_clip(tmp_path / folder / "occ.mkv", sliding(3, size=16))
    assert list(find_footage([tmp_path]).clips) == ["002-occ.mkv", "010-occ.mkv"]
    both = find_footage([tmp_path / "002" / "occ.mkv", tmp_path / "010"])
    assert list(both.clips) == ["002-occ.mkv", "010-occ.mkv"]


def test_a_clip_that_is_named_twice_is_refused(tmp_path):
    clip = write_clip(tmp_path / "a.mkv", sliding(3, size=16))
    with pytest.raises(RecipeError, match=r"a\.mkv: named twice"):
        find_footage([clip, tmp_path])


def test_a_video_that_cannot_be_opened_is_named_before_any_work(tmp_path):
    (tmp_path / "z.mp4").write_text("no video")
    with pytest.raises(RecipeError, match=r"z\.mp4: cannot be read as a video"):
        find_footage([tmp_path])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", r"none: there is no such file or folder"),
        ("notes.txt", r"notes\.txt: is neither a video nor a folder"),
        ("empty", r"empty: no video and no folder of frames in it"),
    ],
)
def test_what_is_no_footage_is_named(tmp_path, name, message):
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecipeError, match=message):
        find_footage([tmp_path / name])


def test_an_empty_folder_of_photos_is_named(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(InputError, match=r"no photo in this folder"):
        find_footage([tmp_path])
    write_photo(tmp_path / "photos" / "1.png", sliding(1)[0])
    assert find_footage([tmp_path]).clips == {}

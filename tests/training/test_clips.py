import av
import numpy as np
import pytest

from filmnet.errors import InputError, RecipeError
from filmnet.training.clips import (
    list_clips,
    motion_px,
    read_clip,
    shrink,
)
from material import sliding, texture, write_clip, write_photo


def test_a_video_comes_out_frame_by_frame_with_its_times(tmp_path):
    frames = sliding(4)
    clip = write_clip(tmp_path / "clip.mkv", frames, [0, 1, 3, 4])
    read = list(read_clip(clip, height_px=64))
    assert [np.array_equal(a.pixels, b) for a, b in zip(read, frames, strict=True)] == [True] * 4
    assert [frame.seconds for frame in read] == pytest.approx([0, 0.04, 0.12, 0.16])


def test_frames_in_a_folder_come_in_natural_order(tmp_path):
    for i in (0, 2, 10):
        write_photo(tmp_path / f"frame_{i}.png", np.full((8, 8, 3), i, dtype=np.uint8))
    read = list(read_clip(tmp_path, height_px=64))
    assert [int(frame.pixels[0, 0, 0]) for frame in read] == [0, 2, 10]
    assert [frame.seconds for frame in read] == [0, 1, 2]


def test_videos_and_folders_of_frames_are_listed_and_nothing_else(tmp_path):
    for name in ("b.MP4", "a.webm", "notes.txt", "._b.MP4"):
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    write_photo(tmp_path / "frames" / "1.PNG", texture(8, 8))
    assert [path.name for path in list_clips(tmp_path)] == ["a.webm", "b.MP4", "frames"]


def test_a_folder_without_clips_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"no video and no folder of frames"):
        list_clips(tmp_path)


def test_a_file_that_is_no_video_is_named(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_text("no video")
    with pytest.raises(RecipeError, match=r"clip\.mp4: cannot be read as a video .* remove it"):
        list(read_clip(path, height_px=64))


def test_a_file_with_sound_alone_is_named(tmp_path):
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), dtype=np.int16), layout="mono")
        sound.rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(RecipeError, match=r"no pictures in it"):
        list(read_clip(path, height_px=64))


def test_a_damaged_frame_in_a_folder_is_named(tmp_path):
    (tmp_path / "1.png").write_text("no picture")
    with pytest.raises(InputError, match=r"1\.png"):
        list(read_clip(tmp_path, height_px=64))


def test_shrink_brings_the_shorter_side_down_and_never_up():
    assert shrink(texture(40, 80), 20).shape == (20, 40, 3)
    assert shrink(texture(80, 40), 20).shape == (40, 20, 3)
    assert shrink(texture(16, 80), 20).shape == (16, 80, 3)


@pytest.mark.parametrize("size", [96, 400])  # the larger is measured at a smaller size
def test_motion_of_a_shift_is_its_length(size):
    frames = sliding(2, step=4, size=size)
    assert np.median(motion_px(*frames)) == pytest.approx(4, abs=0.4)  # DIS at quarter pixels


@pytest.mark.parametrize("size", [(17, 301), (301, 17), (24, 24), (8, 9)])
def test_motion_of_tiny_frames_is_measured_too(size):
    scene = texture(size[0] + 2, size[1] + 2)
    frames = [scene[i : i + size[0], i : i + size[1]].copy() for i in (0, 2)]
    motion = motion_px(*frames)
    assert np.isfinite(motion).all()
    assert motion.shape[0] / motion.shape[1] == pytest.approx(size[0] / size[1], rel=0.05)

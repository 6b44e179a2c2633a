from fractions import Fraction

import numpy as np
import pytest

from filmnet.media.file_check import count_frames
from filmnet.media.output_spec import check_output
from media.video_files import write_video


@pytest.mark.parametrize("frames", [1, 2, 13])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.webm"])
def test_frames_of_a_video_and_how_long_they_last(tmp_path, name, frames):
    codec = "libvpx-vp9" if name == "a.webm" else "libx264"
    path = write_video(tmp_path / name, frames, codec=codec)
    spec = check_output(path, fps=Fraction(25), overwrite=True)
    counted, seconds = count_frames(path, spec)
    assert counted == frames
    assert abs(seconds - Fraction(frames, 25)) <= Fraction(1, 1000)  # what Matroska counts in


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.apng"])
def test_frames_of_an_animation(tmp_path, smooth, write, name):
    write(tmp_path / name, [smooth(shift=10 * i) for i in range(4)], fps=Fraction(20))
    spec = check_output(tmp_path / name, fps=Fraction(20), overwrite=True)
    assert count_frames(tmp_path / name, spec) == (4, Fraction(4, 20))


def test_frames_of_a_folder(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(3):
        (folder / f"frame_{number}.png").write_bytes(b"")
    spec = check_output(f"{tmp_path}/new/", fps=Fraction(30))
    assert count_frames(folder, spec) == (3, Fraction(1, 10))


def test_a_file_is_read_by_its_content_whatever_its_name(tmp_path):
    path = write_video(tmp_path / "a.mp4", 5).rename(tmp_path / "part")
    spec = check_output(tmp_path / "out.mp4", fps=Fraction(25))
    assert count_frames(path, spec) == (5, Fraction(5, 25))


def test_a_file_that_was_cut_off_has_fewer_frames_or_none(tmp_path):
    path = write_video(tmp_path / "a.mkv", 30, picture=noisy)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    spec = check_output(tmp_path / "out.mkv", fps=Fraction(25))
    assert count_frames(path, spec)[0] < 30


def noisy(number, width, height):
    return np.random.default_rng(number).integers(0, 256, (height, width, 3), np.uint8)

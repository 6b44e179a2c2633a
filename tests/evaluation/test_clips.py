import numpy as np
import pytest

from evaluation_material import write_frames, write_y4m
from filmnet.errors import InputError
from filmnet.evaluation.clips import cut_triplets, open_clip, triplet_names
from material import sliding, texture, write_clip, write_photo


def test_odd_frames_are_the_truth_of_their_neighbours(tmp_path):
    frames = sliding(6)
    clip = open_clip(write_clip(tmp_path / "slide.mkv", frames))
    samples = list(cut_triplets(clip, clip.read()))
    assert [s.name for s in samples] == triplet_names(clip) == ["slide/001", "slide/003"]
    for k, sample in zip((1, 3), samples, strict=True):
        for picture, wanted in zip(
            (sample.image0, sample.truth, sample.image1), frames[k - 1 : k + 2], strict=True
        ):
            assert np.array_equal(picture, wanted)


@pytest.mark.parametrize(
    ("pix_fmt", "tolerance"), [("yuv420p", 12), ("yuv420p10le", 12), ("yuv444p", 1)]
)  # levels, on average: what halved chroma costs such colourful textures
def test_y4m_of_8_and_10_bits_is_counted_and_comes_in_8(tmp_path, pix_fmt, tolerance):
    clip = open_clip(write_y4m(tmp_path / "a.y4m", 6, pix_fmt=pix_fmt))
    assert (clip.count(), clip.count(4)) == (6, 4)
    frames = list(clip.read())
    assert len(frames) == 6
    assert (frames[0].shape, frames[0].dtype) == ((32, 32, 3), np.uint8)
    error = np.abs(frames[0].astype(int) - sliding(6, size=32)[0])
    assert error.mean() < tolerance


def test_frames_are_taken_as_they_are_asked_for(tmp_path):
    folder = write_frames(tmp_path / "clip", 3)
    (folder / "003.png").write_bytes(b"broken")
    frames = open_clip(folder).read()
    assert next(frames).shape == (32, 32, 3)
    next(frames)
    with pytest.raises(InputError, match=r"003\.png"):
        next(frames)


def test_what_is_no_clip_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none: neither a video nor a folder of frames"):
        open_clip(tmp_path / "none")
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(InputError, match=r"text\.mp4: cannot be read as a video"):
        triplet_names(open_clip(tmp_path / "text.mp4"))
    with pytest.raises(InputError, match=r"two: 2 frames; a made frame needs two neighbours"):
        triplet_names(open_clip(write_frames(tmp_path / "two", 2)))


def test_frames_of_two_sizes_are_refused(tmp_path):
    folder = write_frames(tmp_path / "clip", 3)
    write_photo(folder / "003.png", texture(16, 32))
    clip = open_clip(folder)
    with pytest.raises(InputError, match=r"clip: frame 2 is 32x16 uint8, the one before it 32x32"):
        list(cut_triplets(clip, clip.read()))

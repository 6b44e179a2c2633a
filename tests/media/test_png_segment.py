import numpy as np
import pytest

from filmnet.media.png_segment import PngSegment, read_segment, segment_files


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pictures_come_back_in_every_bit(tmp_path, noise, dtype, channels):
    pictures = [noise(seed=i, dtype=dtype, channels=channels) for i in range(3)]
    segment = PngSegment(tmp_path / "piece", first=8)
    for picture in pictures:
        segment.write(picture)
    segment.close()
    found = list(read_segment(tmp_path / "piece"))
    assert all(np.array_equal(a, b) for a, b in zip(found, pictures, strict=True))
    assert found[0].dtype == dtype


def test_files_are_numbered_as_the_frames_of_the_whole(tmp_path, noise):
    segment = PngSegment(tmp_path / "piece", first=9)
    for _ in range(2):
        segment.write(noise())
    assert [path.name for path in segment_files(tmp_path / "piece")] == [
        "000000009.png",
        "000000010.png",
    ]


def test_a_folder_that_is_there_is_not_written_into(tmp_path):
    (tmp_path / "piece").mkdir()
    with pytest.raises(FileExistsError):
        PngSegment(tmp_path / "piece", first=0)


def test_what_is_left_by_an_end_before_is_its_owners(tmp_path, noise):
    segment = PngSegment(tmp_path / "piece", first=0)
    segment.write(noise())
    segment.abort()
    assert len(segment_files(tmp_path / "piece")) == 1

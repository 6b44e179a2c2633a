import av
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from filmnet.media.side_data import side_data
from media.video_files import write_video


def test_what_a_frame_brings_along_is_bytes(tmp_path):
    path = write_video(tmp_path / "a.mp4", 2, rotation=90)
    with av.open(str(path)) as file:
        matrix = side_data(next(file.decode(video=0)), Type.DISPLAYMATRIX)
    assert isinstance(matrix, bytes)
    assert len(matrix) == 36


def test_what_it_does_not_bring_is_none():
    assert side_data(VideoFrame(8, 8, "yuv420p"), Type.DISPLAYMATRIX) is None

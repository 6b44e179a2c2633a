from fractions import Fraction

import av
import pytest

from video_material import about, clicks, moving, retime, write_source

NAMES = ["a.mp4", "a.mov", "a.mkv", "a.webm"]


def chapters(file):
    file.set_chapters(
        [
            {
                "id": i,
                "start": start,
                "end": start + 500,
                "time_base": Fraction(1, 1000),
                "metadata": {"title": f"part {i}"},
            }
            for i, start in enumerate((0, 500))
        ]
    )
    return []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("slower", [1, 3])
def test_chapters_move_with_the_pictures(tmp_path, name, slower):
    path = write_source(tmp_path / "in", container="matroska", extra=chapters)
    source = about(path, container="matroska")
    retime(source, tmp_path / name, moving(6 * slower), slower=Fraction(slower))
    with av.open(str(tmp_path / name)) as file:
        found = [
            (c["metadata"]["title"], c["start"] * c["time_base"], c["end"] * c["time_base"])
            for c in file.chapters()
        ]
    half = Fraction(slower, 2)
    assert found == [("part 0", 0, half), ("part 1", half, 2 * half)]


@pytest.mark.parametrize("name", NAMES)
def test_tracks_keep_language_title_and_which_is_the_default(tmp_path, name):
    path = write_source(
        tmp_path / "in",
        container="matroska",
        sounds=[("libopus", clicks(), "deu"), ("libopus", clicks(), "eng")],
        metadata={"title": "A film"},
    )
    retime(about(path, container="matroska"), tmp_path / name, moving(30))
    with av.open(str(tmp_path / name)) as file:
        languages = [stream.language for stream in file.streams.audio]
        assert languages == (["ger", "eng"] if name == "a.mov" else ["deu", "eng"])
        assert file.metadata["title"] == "A film"
        assert not {key.lower() for key in file.streams.audio[0].metadata} & {"bps", "vendor"}


def test_apples_keys_stay_in_quicktime(tmp_path):
    key = "com.apple.quicktime.location.ISO6709"
    path = tmp_path / "in"
    with av.open(str(path), "w", "mov", {"movflags": "use_metadata_tags"}) as file:
        file.metadata[key] = "+48.1+011.6/"
        stream = file.add_stream("libx264", 30)
        stream.width = stream.height = 64
        file.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        file.mux(stream.encode(None))
    retime(about(path), tmp_path / "a.mov", moving(3))
    with av.open(str(tmp_path / "a.mov")) as file:
        assert file.metadata[key] == "+48.1+011.6/"
    data = (tmp_path / "a.mov").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_attachments_arrive(tmp_path):
    def font(file):
        file.add_attachment("a.ttf", "font/ttf", b"a font")
        return []

    path = write_source(tmp_path / "in", container="matroska", extra=font)
    retime(about(path, container="matroska"), tmp_path / "a.mkv", moving(3))
    with av.open(str(tmp_path / "a.mkv")) as file:
        (attachment,) = [stream for stream in file.streams if stream.type == "attachment"]
        assert (attachment.name, attachment.mimetype, attachment.data) == (
            "a.ttf",
            "font/ttf",
            b"a font",
        )

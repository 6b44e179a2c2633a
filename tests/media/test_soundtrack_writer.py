import random
from fractions import Fraction

import av
import pytest

from filmnet.errors import OutputError
from filmnet.media import soundtrack_writer
from filmnet.media.video_info import probe_video
from video_material import about, clicks, decoded_planes, moving, retime, tone, write_source

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


def damage_sound(path, seed):
    """Change bytes in a third of the packets of the first soundtrack."""
    with av.open(str(path)) as file:
        places = [(packet.pos, packet.size) for packet in file.demux(audio=0) if packet.size]
    data, rng = bytearray(path.read_bytes()), random.Random(seed)
    for start, size in places:
        if rng.random() < 0.3:
            for _ in range(rng.randint(1, 40)):
                data[start + rng.randrange(-12, size)] = rng.randrange(256)
    path.write_bytes(data)


@pytest.mark.parametrize("slower", [1, 2])
@pytest.mark.parametrize(("name", "encoder"), [("a.mkv", "libopus"), ("a.mp4", "aac")])
def test_damaged_sound_costs_no_picture(tmp_path, name, encoder, slower):
    path = tmp_path / f"in-{name}"
    container = "matroska" if name == "a.mkv" else "mp4"
    write_source(path, container=container, sounds=[(encoder, tone(), "eng")])
    whole = path.read_bytes()
    for seed in range(5):
        path.write_bytes(whole)
        damage_sound(path, seed)
        retime(
            probe_video(path),
            tmp_path / name,
            moving(5),
            slower=Fraction(slower),
            overwrite=True,
        )
        assert len(decoded_planes(tmp_path / name)) == 5


def test_a_track_that_cannot_be_read_on_ends_and_that_is_said(tmp_path, monkeypatch):
    path = write_source(tmp_path / "in.mp4", container="mp4", sounds=[("aac", tone(), "eng")])

    def broken(*arguments, **options):
        packets, added = copied(*arguments, **options)

        def some():
            for _, packet in zip(range(20), packets, strict=False):
                yield packet
            raise av.error.InvalidDataError(1, "damaged")

        return some(), added

    copied = soundtrack_writer.copied_packets
    monkeypatch.setattr(soundtrack_writer, "copied_packets", broken)
    _, _, written = retime(probe_video(path), tmp_path / "a.mp4", moving(30))
    assert written.remarks == ("the audio track 1 is damaged and ends at 0.38 s",)
    assert len(decoded_planes(tmp_path / "a.mp4")) == 30


def test_a_disk_that_is_full_is_no_damage_to_the_sound(tmp_path, monkeypatch):
    path = write_source(tmp_path / "in.mp4", container="mp4", sounds=[("aac", tone(), "eng")])

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")
        yield

    copied = soundtrack_writer.copied_packets
    monkeypatch.setattr(
        soundtrack_writer, "copied_packets", lambda *a, **o: (full(), copied(*a, **o)[1])
    )
    with pytest.raises(OutputError, match="No space left on device"):
        retime(probe_video(path), tmp_path / "a.mp4", moving(5))


def test_tracks_that_no_file_can_hold_are_left_out_and_that_is_said(tmp_path, monkeypatch):
    path = write_source(tmp_path / "in.mp4", container="mp4", sounds=[("aac", tone(), "eng")])

    def refused(*arguments, **options):
        raise av.error.ArgumentError(22, "Invalid argument")

    monkeypatch.setattr(soundtrack_writer, "copied_packets", refused)
    _, _, written = retime(probe_video(path), tmp_path / "a.mp4", moving(5))
    assert written.remarks == (
        "no audio track is kept: they are too damaged for a file to hold them",
    )
    assert len(decoded_planes(tmp_path / "a.mp4")) == 5

from fractions import Fraction

import av
import pytest

from video_material import about, moving, retime, write_source

LINES = [
    ("one & two", Fraction(1, 10), Fraction(3, 10)),
    ("thrée", Fraction(1, 2), Fraction(9, 10)),
]


def with_lines(encoder):
    """Something that adds a track of subtitles to a file."""

    def extra(file):
        stream = file.add_mux_stream(encoder, time_base=Fraction(1, 1000))
        stream.metadata["language"] = "fra"
        packets = []
        for text, start, end in LINES:
            packet = av.Packet(text.encode())
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = round(start * 1000)
            packet.duration = round((end - start) * 1000)
            packets.append(packet)
        return packets

    return extra


def lines_of(path):
    with av.open(str(path)) as file:
        stream = file.streams.subtitles[0]
        found = []
        for packet in file.demux(stream):
            shown = stream.codec_context.decode2(packet) if packet.size else None
            for rect in shown or ():
                start = packet.pts * packet.time_base
                found.append(
                    (rect.dialogue.decode(), start, start + packet.duration * packet.time_base)
                )
        return found, stream.codec_context.name, stream.metadata["language"]


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "mov_text"), ("a.mov", "mov_text"), ("a.mkv", "srt"), ("a.webm", "webvtt")],
)
@pytest.mark.parametrize("slower", [Fraction(1), Fraction(2)])
def test_subtitles_keep_text_and_instants_in_every_container(tmp_path, name, codec, slower):
    path = write_source(tmp_path / "in", container="matroska", extra=with_lines("subrip"))
    _, plan, _ = retime(
        about(path, container="matroska"), tmp_path / name, moving(30), slower=slower
    )
    found, written, language = lines_of(tmp_path / name)
    assert (written.replace("subrip", "srt"), language) == (
        codec,
        "fra",
    )
    assert [text for text, _, _ in found] == [text for text, _, _ in LINES]
    for (_, start, end), (_, wanted_start, wanted_end) in zip(found, LINES, strict=True):
        assert float(start) == pytest.approx(float(wanted_start * slower), abs=0.0011)
        assert float(end) == pytest.approx(float(wanted_end * slower), abs=0.0011)
    assert bool(plan.remarks) == (codec != "srt")


def test_subtitles_of_mp4_become_those_of_matroska(tmp_path):
    first = write_source(tmp_path / "in", container="matroska", extra=with_lines("subrip"))
    retime(about(first, container="matroska"), tmp_path / "a.mp4", moving(30))
    _, plan, _ = retime(about(tmp_path / "a.mp4"), tmp_path / "b.mkv", moving(30))
    assert plan.remarks == ("subtitles in mov_text become subrip, which .mkv files hold",)
    found, _, _ = lines_of(tmp_path / "b.mkv")
    assert [text for text, _, _ in found] == [text for text, _, _ in LINES]

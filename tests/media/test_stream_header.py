from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from filmnet.media.stream_header import EncodedVideo, stream_template
from video_material import BT709, HDR10, encode, moving, planes_of

ENCODERS = {
    "h264": ("libx264", "yuv420p"),
    "hevc": ("libx265", "yuv420p10le"),
    "vp9": ("libvpx-vp9", "yuv420p"),
    "av1": ("libsvtav1", "yuv420p10le"),
    "prores": ("prores_ks", "yuv422p10le"),
}


def describe(path, codec, **facts):
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        known = {"sample_aspect": Fraction(1), "colour": BT709, **facts}
        return EncodedVideo(
            codec=codec,
            parameters=bytes(stream.codec_context.extradata or b""),
            first_packet=bytes(next(file.demux(stream))),
            size=(64, 64),
            **known,
        )


@pytest.mark.parametrize("codec", ENCODERS)
def test_a_template_decodes_what_it_describes(tmp_path, codec):
    encode(tmp_path / "a.mkv", *ENCODERS[codec], moving(3))
    with av.open(str(tmp_path / "a.mkv")) as file:
        (first, *_) = file.decode(video=0)
    with stream_template(describe(tmp_path / "a.mkv", codec)) as template:
        (frame,) = template.container.decode(template)
        assert frame.format.name == first.format.name
        assert np.array_equal(planes_of(frame), planes_of(first))


@pytest.mark.parametrize(
    ("codec", "container"),
    [
        *((codec, "matroska") for codec in ENCODERS),
        *((codec, "mp4") for codec in ("h264", "hevc", "vp9", "av1")),
        *((codec, "mov") for codec in ("h264", "hevc", "prores")),
        *((codec, "webm") for codec in ("vp9", "av1")),
    ],
)
def test_mastering_data_arrive_in_every_container(tmp_path, codec, container):
    encode(tmp_path / "a.mkv", *ENCODERS[codec], moving(1))
    video = describe(tmp_path / "a.mkv", codec, colour=HDR10)
    with (
        stream_template(video) as template,
        av.open(str(tmp_path / "out"), "w", container) as target,
        av.open(str(tmp_path / "a.mkv")) as source,
    ):
        stream = target.add_stream_from_template(template, opaque=True)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    data = (tmp_path / "out").read_bytes()
    if container in ("mp4", "mov"):
        display = data[data.index(b"mdcv") + 4 :][:24]
        numbers = [int.from_bytes(display[i : i + 2], "big") for i in range(0, 16, 2)]
        # Green, blue, red and white in steps of 0.00002 (ISO/IEC 14496-12, 12.1.5.3).
        assert numbers == [8500, 39850, 6550, 2300, 35400, 14600, 15635, 16450]
        assert int.from_bytes(display[16:20], "big") == 1000 * 10_000
        assert int.from_bytes(display[20:24], "big") == 50
        assert data[data.index(b"clli") + 4 :][:4] == (1000).to_bytes(2, "big") + (400).to_bytes(
            2, "big"
        )
    with av.open(str(tmp_path / "out")) as file:
        (frame, *_) = file.decode(video=0)
        assert {"MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"} <= {
            data.type.name for data in frame.side_data
        }


@pytest.mark.parametrize("aspect", [Fraction(16, 15), Fraction(4, 3), Fraction(1)])
def test_the_shape_of_pixels_is_exact(tmp_path, aspect):
    encode(tmp_path / "a.mkv", "libvpx-vp9", "yuv420p", moving(1))
    video = describe(tmp_path / "a.mkv", "vp9", sample_aspect=aspect)
    with stream_template(video) as template:
        assert template.sample_aspect_ratio == aspect


def test_luminance_alone_is_written_where_coordinates_are_not_known(tmp_path):
    encode(tmp_path / "a.mkv", "libx264", "yuv420p", moving(1))
    display = replace(HDR10.mastering_display, primaries=None, white=None)
    colour = replace(HDR10, mastering_display=display)
    with stream_template(describe(tmp_path / "a.mkv", "h264", colour=colour)) as template:
        (frame,) = template.container.decode(template)
        (data,) = [x for x in frame.side_data if x.type.name == "MASTERING_DISPLAY_METADATA"]
        # AVMasteringDisplayMetadata: 10 fractions, then whether primaries and luminance are there.
        assert np.frombuffer(data, np.int32)[-2:].tolist() == [0, 1]

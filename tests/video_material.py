"""Small videos with sound, and what is known about them, for tests of writing."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np

from filmnet.media.segments import open_segmented_output
from filmnet.media.soundtrack import plan_soundtrack
from filmnet.media.video_colour import ContentLight, MasteringDisplay, VideoColour
from filmnet.media.video_info import VideoInfo
from filmnet.media.video_plan import plan_video

BT709 = VideoColour(
    matrix=1, primaries=1, transfer=1, full_range=False, chroma_location=1, bits=8, chroma="420"
)
HDR10 = VideoColour(
    matrix=9,
    primaries=9,
    transfer=16,
    full_range=False,
    chroma_location=3,
    bits=10,
    chroma="420",
    mastering_display=MasteringDisplay(
        primaries=(
            (Fraction(708, 1000), Fraction(292, 1000)),
            (Fraction(170, 1000), Fraction(797, 1000)),
            (Fraction(131, 1000), Fraction(46, 1000)),
        ),
        white=(Fraction(3127, 10000), Fraction(329, 1000)),
        luminance=(Fraction(5, 1000), Fraction(1000)),
    ),
    content_light=ContentLight(max_content=1000, max_average=400),
)
FPS = Fraction(30)
RATE = 48_000


def about(path="in.mp4", **facts):
    """What `probe_video` would tell, without a file."""
    known = VideoInfo(
        path=str(path),
        container="mov,mp4,m4a,3gp,3g2,mj2",
        stream=0,
        codec="h264",
        profile="High",
        pixel_format="yuv420p",
        size=(64, 64),
        rotation=0,
        is_mirrored=False,
        sample_aspect=Fraction(1),
        frame_rate=FPS,
        frames=30,
        duration=Fraction(1),
        start=Fraction(0),
        is_variable=False,
        is_interlaced=False,
        has_alpha=False,
        colour=BT709,
        bit_rate=None,
        audio=(),
        subtitles=(),
        chapters=(),
        metadata={},
    )
    return replace(known, **facts)


def clicks(seconds=1.0, at=(0.5,), channels=1):
    """Silence with short tones, (channels, samples) float32."""
    sound = np.zeros((channels, round(seconds * RATE)), np.float32)
    for instant in at:
        first = round(instant * RATE)
        sound[:, first : first + 240] = 0.8 * np.sin(np.arange(240) * 0.25)
    return sound


def tone(seconds=1.0, hertz=1000):
    """A steady tone, (1, samples) float32."""
    return (
        0.5
        * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE), dtype=np.float32) / RATE)[
            None
        ]
    )


def write_source(
    path, *, container, sounds=(), frames=30, video="libx264", metadata=None, extra=None
):
    """A grey video of 64x64 with tracks of sound: (encoder, samples, language) each."""
    with av.open(str(path), "w", container) as file:
        file.metadata.update(metadata or {})
        stream = file.add_stream(video, FPS)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        tracks = []
        for encoder, samples, language in sounds:
            track = file.add_stream(encoder, rate=RATE)
            track.codec_context.layout = {1: "mono", 2: "stereo"}[len(samples)]
            track.metadata["language"] = language
            tracks.append((track, samples))
        more = extra(file) if extra else []
        packets = []
        for i in range(frames):
            picture = np.full((64, 64, 3), 8 * (i % 30), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = i, 1 / FPS
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for track, samples in tracks:
            layout = track.codec_context.layout.name
            sound = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
            sound.sample_rate, sound.pts = RATE, 0
            packets += [*track.encode(sound), *track.encode(None)]
        for packet in [*packets, *more]:
            file.mux(packet)
    return path


def retime(source, target, pictures, *, fps=FPS, slower=Fraction(1), audio=True, **options):
    """Write pictures with everything that goes with `source`."""
    plan = plan_video(target, source, fps=fps, **options)
    sound = plan_soundtrack(plan.spec, source, slower=slower, keep_audio=audio)
    with open_segmented_output(
        plan, source=source.path, settings={}, resume=False, frames_per_segment=8
    ) as output:
        for picture in pictures:
            output.write(picture)
        written = output.finish(sound)
    return plan, sound, written


def heard(path, track=0):
    """Sound of a file as (start in seconds, samples, sample rate), channels averaged."""
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=track))
    samples = np.concatenate([frame.to_ndarray() for frame in frames], -1)
    if not frames[0].format.is_planar:
        samples = samples.reshape(-1, len(frames[0].layout.channels)).T
    return (
        float(frames[0].pts * frames[0].time_base),
        samples.mean(0).astype(float),
        frames[0].sample_rate,
    )


def loud_instants(path, track=0):
    """Seconds at which tones begin, on the file's clock."""
    start, samples, rate = heard(path, track)
    loud = np.abs(samples) > 0.3 * np.abs(samples).max()
    first = [i for i in np.flatnonzero(loud) if not loud[max(i - rate // 20, 0) : i].any()]
    return [start + i / rate for i in first]


def planes_of(frame):
    """The bytes of a frame, without what lies beyond its edge."""
    deep = frame.format.components[0].bits > 8
    rows = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)
        for plane in frame.planes
    )
    widths = (plane.width * (1 + deep) for plane in frame.planes)
    return np.concatenate([row[:, :width].ravel() for row, width in zip(rows, widths, strict=True)])


def decoded_planes(path):
    """All frames of a video as bytes of their planes, without conversion."""
    with av.open(str(path)) as file:
        return [planes_of(frame) for frame in file.decode(video=0)]


def moving(count, size=64):
    """Pictures in which everything moves."""
    y, x = np.mgrid[0:size, 0:size]
    return [
        np.stack([(x * 3 + 5 * i) % 256, (y * 2 + 3 * i) % 256, (x + y + 7 * i) % 256], -1).astype(
            np.uint8
        )
        for i in range(count)
    ]


def encode(path, encoder, pixel_format, pictures):
    """Pictures in a Matroska file, as FFmpeg encodes them by itself."""
    options = {"x265-params": "log-level=none"} if encoder == "libx265" else {}
    os.environ.setdefault("SVT_LOG", "1")
    with av.open(str(path), "w", "matroska") as file:
        stream = file.add_stream(encoder, FPS, options)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixel_format
        for i, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = i, 1 / FPS
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def run_apart(work):
    """Start a copy of this process that does some work and ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads of this one are idle
        process = os.fork()
    if process:
        return process
    try:
        work()
    finally:
        os._exit(0)

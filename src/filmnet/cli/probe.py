"""`filmnet probe`: what is in a video, what would be done with it, and how long that takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import typer

from filmnet.cli.doctor import LABEL_WIDTH, seconds_per_frame
from filmnet.cli.options import Device, Precision, Weights
from filmnet.cli.video import FramesPerSecond, Slower, Source

if TYPE_CHECKING:
    from filmnet.jobs.video_timeline import Pace
    from filmnet.media.video_info import VideoInfo

_TIMED_PIXELS = 640 * 360
"""Pixels of the frames that the timing makes, at most; a larger video's time is scaled."""

_MATRICES = {0: "RGB", 1: "BT.709", 5: "BT.601", 6: "BT.601", 9: "BT.2020", 10: "BT.2020"}
_PRIMARIES = {1: "BT.709", 5: "BT.601", 6: "BT.601", 9: "BT.2020", 11: "DCI-P3", 12: "Display P3"}
_TRANSFERS = {1: "BT.709", 6: "BT.601", 8: "linear", 13: "sRGB", 14: "BT.2020", 16: "PQ", 18: "HLG"}
_UNSPECIFIED = 2
"""Names by the numbers of ITU-T H.273."""


def probe(
    source: Source,
    fps: FramesPerSecond = None,
    slower: Slower = None,
    weights: Weights = None,
    device: Device = "auto",
    precision: Precision = "auto",
    skip_timing: Annotated[
        bool, typer.Option("--skip-timing", help="Do not measure the speed.")
    ] = False,
) -> None:
    """Show what is in a video; with --fps or --slower, what would be done and how long it takes."""
    from filmnet.jobs.video_timeline import check_length, plan_pace
    from filmnet.media.video_info import probe_video

    info = probe_video(source)
    pace = None
    if fps is not None or slower is not None:
        pace = plan_pace(fps, slower, info.frame_rate)
        check_length(pace, info.duration)
    for label, value in (*_file(info), *_picture(info), *_others(info)):
        typer.echo(f"{label:{LABEL_WIDTH}}{value}")
    if pace is None:
        return
    made = _print_work(info, pace)
    if not skip_timing and made:
        seconds = made * _seconds_per_frame(info, weights, device, precision)
        typer.echo(
            f"{'expected':{LABEL_WIDTH}}{timedelta(seconds=max(1, round(seconds)))} on this "
            "machine, if nothing stands still"
        )


def _file(info: VideoInfo) -> Iterator[tuple[str, str]]:
    yield "file", info.path
    yield "container", info.container
    profile = f" {info.profile}" if info.profile else ""
    rate = f", {info.bit_rate / 1e6:.2f} Mbit/s" if info.bit_rate else ""
    yield "video", f"{info.codec}{profile}, {info.pixel_format}{rate}"


def _picture(info: VideoInfo) -> Iterator[tuple[str, str]]:
    width, height = info.size
    words = [f"{width}x{height}"]
    if info.rotation:
        words.append(f"turned by {info.rotation} degrees")
    if info.is_mirrored:
        words.append("mirrored")
    if info.sample_aspect != 1:
        words.append(f"pixels {info.sample_aspect} as wide as high")
    if info.is_interlaced:
        words.append("interlaced")
    if info.has_alpha:
        words.append("with alpha")
    yield "size", ", ".join(words)
    variable = {True: ", variable", False: "", None: ""}[info.is_variable]
    yield "frame rate", f"{float(info.frame_rate):g} ({info.frame_rate}){variable}"
    frames = "unknown until read" if info.frames is None else str(info.frames)
    yield "frames", frames
    yield "duration", f"{float(info.duration):.3f} s"
    yield "colour", ", ".join(_colour(info))


def _colour(info: VideoInfo) -> Iterator[str]:
    colour = info.colour
    yield f"{colour.bits} bits"
    yield "RGB" if colour.matrix == 0 else ":".join(colour.chroma)
    for what, names, number in (
        ("matrix", _MATRICES, colour.matrix),
        ("primaries", _PRIMARIES, colour.primaries),
        ("transfer", _TRANSFERS, colour.transfer),
    ):
        if number != _UNSPECIFIED:
            yield f"{what} {names.get(number, number)}"
    yield "full range" if colour.full_range else "limited range"
    if colour.mastering_display or colour.content_light:
        yield "mastering data"


def _others(info: VideoInfo) -> Iterator[tuple[str, str]]:
    for track in info.audio:
        words = [track.codec, f"{track.sample_rate} Hz", f"{track.channels} channels"]
        yield "audio", ", ".join([*words, *filter(None, (track.language, track.title))])
    for subtitle in info.subtitles:
        words = [subtitle.codec, *filter(None, (subtitle.language, subtitle.title))]
        yield "subtitles", ", ".join(words)
    if info.chapters:
        yield "chapters", str(len(info.chapters))


def _print_work(info: VideoInfo, pace: Pace) -> int:
    """Say what would be written; returns how many frames the network makes for it."""
    from filmnet.jobs.video_estimate import estimate_made

    made = estimate_made(info.frame_rate, info.duration, pace)
    frames = pace.frames(info.duration)
    typer.echo(
        f"{'would write':{LABEL_WIDTH}}{frames} frames, {made} of them made, "
        f"{float(Fraction(frames) / pace.fps):.3f} s at {float(pace.fps):g} frames per second"
    )
    return made


def _seconds_per_frame(info: VideoInfo, weights: str | None, device: str, precision: str) -> float:
    """Measured on small frames, and scaled to the video's pixels."""
    from filmnet.interpolation import load

    interpolator = load(weights, device=device, precision=precision)
    width, height = info.size
    scale = min(1.0, (_TIMED_PIXELS / (width * height)) ** 0.5)
    timed_width, timed_height = max(1, round(width * scale)), max(1, round(height * scale))
    seconds = seconds_per_frame(interpolator, timed_width, timed_height)
    return float(seconds * (width * height) / (timed_width * timed_height))

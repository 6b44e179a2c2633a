"""A video made smoother or slower, as the page asks for it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from filmnet.errors import FilmnetError
from filmnet.jobs import Cancel, plan_retiming, video_to_video
from filmnet.media.video_info import probe_video
from filmnet.web.formats import DEFAULT_FORMAT, OutputFormat, find_format
from filmnet.web.job_queue import Report
from filmnet.web.network import SharedNetwork
from filmnet.web.results import MadeVideo, zip_frames
from filmnet.web.settings import Limits
from filmnet.web.texts import PageError


@dataclass(frozen=True, kw_only=True)
class VideoOrder:
    """What a visitor wants of a video."""

    video: Path
    smoother: float = 2.0
    """How many times as many frames per second."""

    slower: float = 1.0
    """How many times as long."""

    audio: bool = True
    dedupe: bool = False
    format: str = DEFAULT_FORMAT


def check_video_order(order: VideoOrder, limits: Limits) -> None:
    """Refuse what cannot be made or is too much, before it is queued.

    Raises:
        FilmnetError: with what to change.
    """
    kind = find_format(order.format)
    if not (1 <= order.smoother <= 16 and 1 <= order.slower <= 100):
        raise PageError("error_times")
    if order.smoother * order.slower == 1 and not order.dedupe:
        raise PageError("error_same")
    try:
        info = probe_video(order.video)
    except FilmnetError as error:
        raise PageError("error_damaged", name=order.video.name) from error
    width, height = info.size
    if width * height > limits.pixels:
        raise PageError(
            "error_pixels",
            name=order.video.name,
            width=width,
            height=height,
            limit=f"{limits.pixels / 1e6:g}",
        )
    plan = plan_retiming(
        order.video,
        _target(order.video.parent, kind),
        fps=info.frame_rate * _fraction(order.smoother),
        slower=_slower(order),
        codec=_codec(kind, info.colour.bits),
    )
    if plan.frames > limits.frames:
        raise PageError("error_frames", frames=plan.frames, limit=limits.frames)


def make_retimed_video(
    order: VideoOrder, folder: Path, network: SharedNetwork, report: Report, cancel: Cancel
) -> MadeVideo:
    """Make the video in a folder; nothing lies there under its name until it is whole.

    Raises:
        FilmnetError: a video that cannot be used.
        Cancelled: `cancel` asked for it.
    """
    kind, info = find_format(order.format), probe_video(order.video)
    target = _target(folder, kind)
    try:
        summary = video_to_video(
            order.video,
            target,
            fps=info.frame_rate * _fraction(order.smoother),
            slower=_slower(order),
            dedupe=order.dedupe,
            audio=order.audio,
            codec=_codec(kind, info.colour.bits),
            interpolator=network.get(),
            progress=report,
            cancel=cancel,
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # with the pieces that a resumed run would use
        raise
    file = Path(target)
    if kind.extension == "/":
        file = folder / "frames.zip"
        zip_frames(folder / "frames", file)
    return MadeVideo(
        file=file,
        shown=kind.shown,
        frames=summary.frames,
        fps=summary.fps,
        size=summary.size,
        seconds_elapsed=summary.seconds_elapsed,
        remarks=summary.remarks,
    )


def _target(folder: Path, kind: OutputFormat) -> str:
    return f"{folder}/frames/" if kind.extension == "/" else f"{folder}/filmnet{kind.extension}"


def _codec(kind: OutputFormat, bits: int) -> str | None:
    return kind.deep_codec or kind.codec if bits > 8 else kind.codec


def _slower(order: VideoOrder) -> str | None:
    return None if order.slower == 1 else f"{order.slower:g}"


def _fraction(times: float) -> Fraction:
    return Fraction(times).limit_denominator(1000)

"""A video becomes a smoother or slower one: check everything, then read, make and write at once.

VideoReader ─ source_frames ─ lay_out ─▶ GapFiller ─▶ SegmentedOutput ─ finish ─▶ the file
└──────── a thread of its own ────────┘               └ another one ┘
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from filmnet import __version__
from filmnet.errors import InputError
from filmnet.jobs.gap_filling import GapFiller, GapMaker, SourceFrame, Tally
from filmnet.jobs.network import NetworkOptions
from filmnet.jobs.pipeline import Ahead, Behind
from filmnet.jobs.progress import Cancel, Cancelled, Progress
from filmnet.jobs.retiming_plan import RetimingPlan, one_frame_error, plan_retiming
from filmnet.jobs.video_report import remarks_of_work
from filmnet.jobs.video_source import source_frames
from filmnet.jobs.video_timeline import Gap, lay_out
from filmnet.media import PathLike
from filmnet.media.announcement import is_announced
from filmnet.media.segments import SegmentedOutput, WrittenVideo, open_segmented_output
from filmnet.media.video_reader import VideoReader


@dataclass(frozen=True, kw_only=True)
class RetimedSummary:
    """What a job made of a video."""

    output: Path
    """The file, or the folder of frames."""

    frames: int
    """Frames that came out."""

    made: int
    """Those that the network made."""

    size: tuple[int, int]
    """Width and height of the frames."""

    fps: Fraction
    """Frames per second."""

    seconds: Fraction
    """Duration of the output."""

    seconds_elapsed: float
    """What the whole took, without frames that an earlier run had made."""

    using: str
    """What made the frames: weights, device, precision and threads in one line."""

    remarks: tuple[str, ...]
    """What a user wants to know of this output, a sentence each: what was not kept, damage, cuts,
    repeats, and how the duration compares."""


def video_to_video(
    source: PathLike,
    output: PathLike,
    *,
    fps: float | Fraction | str | None = None,
    slower: float | Fraction | str | None = None,
    at_cuts: str = "hold",
    dedupe: bool = False,
    audio: bool = True,
    crf: int | None = None,
    codec: str | None = None,
    resume: bool = False,
    overwrite: bool = False,
    interpolator: GapMaker | None = None,
    weights: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    memory: str | int | None = None,
    tile: int | None = None,
    optimize: str = "auto",
    tta: int = 1,
    progress: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
) -> RetimedSummary:
    """Make a video smoother (`fps`), slower (`slower`), or both.

    A job that is stopped or killed, or meets a full disk, keeps its finished pieces in a hidden
    folder beside the output, and the same call with `resume` goes on there.

    Args:
        source: any video file that FFmpeg reads.
        output: as for `photos_to_video`.
        fps: frames per second of the output, as a number or as text like `30000/1001`; without
            `slower` the duration stays.
        slower: how many times longer the output is; without `fps` at the source's rate.
        at_cuts: `hold` the last frame of a scene until the next begins, or `blend` the two.
        dedupe: replace repeated frames (animation on twos, capture stutter) by in-betweens.
        audio: keep the sound: as it is, or stretched with its pitch kept.
        crf: constant rate factor, lower is better; by default what keeps the source's quality.
        codec: h264, hevc, vp9 or prores; by default the source's family, where the file holds it.
        resume: go on with the pieces that an earlier run has kept.
        overwrite: replace an existing output.
        interpolator: makes the frames; without it the next seven are given to `filmnet.load`.
        weights: a name or file; the package's own by default.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        precision: `auto`, `float32`, `bfloat16` or `float16`.
        memory: how much the program may take, such as `4GB`; by default what is free.
        tile: side of the tiles in pixels; by default what suits the memory.
        optimize: `auto`, `always` or `never`.
        tta: of how many mirrored copies a made frame is the mean, 1, 2 or 4.
        progress: called before the first frame and as frames are written.
        cancel: stops the job from another thread, which then raises `Cancelled`.

    Returns:
        What was written, and what there is to say about it.

    Raises:
        FilmnetError: input, options, output, weights or device that cannot be used.
        Cancelled: `cancel` asked for it.
    """
    plan = plan_retiming(
        source,
        output,
        fps=fps,
        slower=slower,
        at_cuts=at_cuts,
        dedupe=dedupe,
        audio=audio,
        crf=crf,
        codec=codec,
        overwrite=overwrite or (resume and is_announced(output)),
    )
    network = NetworkOptions(
        weights=weights,
        device=device,
        precision=precision,
        memory=memory,
        tile=tile,
        optimize=optimize,
        tta=tta,
    )
    maker = interpolator or network.load(frames=plan.frames)
    job = _Job(plan, maker, progress or _ignore, cancel or Cancel())
    return job.run(resume=resume)


class _Job:
    """One run, and what it counts."""

    def __init__(
        self,
        plan: RetimingPlan,
        maker: GapMaker,
        report: Callable[[Progress], None],
        cancel: Cancel,
    ) -> None:
        self._plan = plan
        self._maker = maker
        self._report = report
        self._cancel = cancel
        self._tally = Tally()
        self._using = maker.describe()
        self._start = time.monotonic()
        self._kept = 0
        self._total = plan.frames

    def run(self, *, resume: bool) -> RetimedSummary:
        plan = self._plan
        with (
            VideoReader(plan.info.path) as reader,
            open_segmented_output(
                plan.video,
                source=Path(plan.info.path),
                settings=self._settings(),
                resume=resume,
                way={"network": self._maker.identify(), "filmnet": __version__},
            ) as target,
        ):
            self._kept = target.frames
            self._cancel.check()
            self._tell(target.frames, (*target.remarks, *plan.remarks))
            try:
                self._work(reader, target)
                written = target.finish(plan.soundtrack)
            except (KeyboardInterrupt, Cancelled):
                self._tell(target.frames, _what_is_kept(target))
                raise
            return self._summary(reader, target, written)

    def _work(self, reader: VideoReader, target: SegmentedOutput) -> None:
        """Make and write all frames that are not there yet."""
        filler = GapFiller(self._maker, self._plan.at_cuts, self._tally)
        with Ahead(self._gaps(reader)) as gaps, Behind(target.write) as writing:
            for gap in gaps:
                skip = max(0, min(len(gap.times), self._kept - gap.first))
                for picture in filler.fill(gap, skip=skip):
                    writing.put(picture)
                    self._tell(self._kept + writing.done)
                    self._cancel.check()
                self._cancel.check()
        self._total = target.frames
        self._tell(target.frames)

    def _gaps(self, reader: VideoReader) -> Generator[Gap[SourceFrame], None, None]:
        plan = self._plan
        frames = source_frames(
            self._counted(reader),
            frame_rate=plan.info.frame_rate,
            duration=plan.info.duration,
            dedupe=plan.dedupe,
            convert=plan.convert,
            tally=self._tally,
        )
        yield from lay_out(frames, plan.pace)

    def _counted(self, reader: VideoReader) -> Generator[Any, None, None]:
        """The frames, if there are two or more."""
        number = 0
        for frame in reader:
            number += 1
            yield frame
        if number == 1:
            raise one_frame_error(self._plan.info)
        if not number:
            raise InputError(f"{self._plan.info.path}: no frame of this video can be decoded")

    def _tell(self, done: int, remarks: tuple[str, ...] = ()) -> None:
        self._report(
            Progress(
                frames_done=done,
                frames_total=max(self._total, done),
                seconds_elapsed=time.monotonic() - self._start,
                using=self._using,
                frames_kept=self._kept,
                remarks=remarks,
            )
        )

    def _settings(self) -> dict[str, str]:
        """Options that decide the pictures, besides source and output."""
        plan = self._plan
        return {
            "slower": str(plan.pace.slower),
            "at cuts": plan.at_cuts,
            "dedupe": str(plan.dedupe),
        }

    def _summary(
        self, reader: VideoReader, target: SegmentedOutput, written: WrittenVideo
    ) -> RetimedSummary:
        plan = self._plan
        work = remarks_of_work(
            plan.info, plan.pace, self._tally, reader.damage, written, at_cuts=plan.at_cuts
        )
        return RetimedSummary(
            output=written.path,
            frames=written.frames,
            made=self._tally.made,
            size=plan.video.size,
            fps=plan.pace.fps,
            seconds=written.seconds,
            seconds_elapsed=time.monotonic() - self._start,
            using=self._using,
            remarks=(
                *target.remarks,
                *plan.remarks,
                *reader.notes,
                *work,
                *written.remarks,
            ),
        )


def _what_is_kept(target: SegmentedOutput) -> tuple[str, ...]:
    if not target.frames_kept:
        return ()
    return (
        f"the first {target.frames_kept} frames are kept; the same command with --resume goes on",
    )


def _ignore(progress: Progress) -> None:
    """Report to nobody."""

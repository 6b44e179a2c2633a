"""Photos become a video: check everything, load the weights, then read, make and write by frame.

photos → PhotoSeries ─ read ─→ Interpolator.sequence ─ frame by frame ─→ Output
Timeline ─ made frames per gap ─┘    └ Spool (boomerang: the way back)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filmnet.errors import InputError, OutputError
from filmnet.jobs.network import NetworkOptions
from filmnet.jobs.photo_pairs import PairRecord, PhotoPair
from filmnet.jobs.photo_series import PhotoSeries, find_photos, probe_series
from filmnet.jobs.progress import Cancel, Progress
from filmnet.jobs.timeline import (
    Timeline,
    count_shown,
    hold_frames,
    parse_fps,
    plan_timeline,
    there_and_back,
)
from filmnet.media import (
    MAX_PIXELS,
    OutputSpec,
    PathLike,
    Picture,
    Spool,
    check_output,
    check_output_size,
    open_output,
)

if TYPE_CHECKING:
    from filmnet.interpolation import Confidence


class FrameMaker(Protocol):
    """What a job needs of an `Interpolator`."""

    def describe(self) -> str:
        """One line on weights, device and precision."""

    def sequence(
        self,
        frames: Iterable[Picture],
        count: int | Iterable[int],
        *,
        loop: bool = False,
        on_pair: Callable[[int, Confidence], None] | None = None,
    ) -> Iterator[Picture]:
        """Frames and those made between them, lazily; `on_pair` is told how sure each gap is."""


@dataclass(frozen=True, kw_only=True)
class VideoSummary:
    """What a job wrote."""

    output: Path
    """The file, or the folder of frames."""

    photos: int
    """Photos that went in."""

    frames: int
    """Frames that came out."""

    size: tuple[int, int]
    """Width and height of the frames."""

    fps: Fraction
    """Frames per second."""

    seconds_elapsed: float
    """What making the frames took."""

    using: str
    """What made them: weights, device, precision and threads in one line."""

    pairs: tuple[PhotoPair, ...]
    """Neighbouring photos between which frames were made, and how sure these are."""

    @property
    def seconds(self) -> float:
        """Duration of the video."""
        return float(self.frames / self.fps)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """A job whose inputs, options and output have been checked."""

    series: PhotoSeries
    timeline: Timeline
    spec: OutputSpec
    hold: int
    boomerang: bool

    @property
    def frames(self) -> int:
        return count_shown(self.timeline, hold=self.hold, boomerang=self.boomerang)


def photos_to_video(
    photos: PathLike | Iterable[PathLike],
    output: PathLike,
    *,
    seconds: float | None = None,
    fps: float | Fraction | str = 30,
    between: int | None = None,
    loop: bool = False,
    boomerang: bool = False,
    hold: float = 0.0,
    fit: str | None = None,
    crf: int | None = None,
    codec: str | None = None,
    overwrite: bool = False,
    max_pixels: int = MAX_PIXELS,
    interpolator: FrameMaker | None = None,
    weights: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    memory: str | int | None = None,
    tile: int | None = None,
    optimize: str = "auto",
    tta: int = 1,
    progress: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
) -> VideoSummary:
    """Make a video that moves from photo to photo; a job that fails or is stopped leaves nothing.

    Args:
        photos: two or more files, folders or globs, in order.
        output: .mp4, .webm, .mkv, .mov, .gif, .webp, .apng, or `folder/` for PNG frames; a path
            object without an extension is a folder, too.
        seconds: of the clip, photos evenly spread; by default 2, or 1 per pair if that is longer.
        fps: frames per second, as a number or as text like `30000/1001`.
        between: made frames per pair of photos, instead of `seconds`.
        loop: lead from the last photo back to the first.
        boomerang: come back the same way; adds to `seconds`.
        hold: seconds that the first and the last photo stand still; adds to `seconds`.
        fit: `crop` or `pad` photos of differing sizes to one size around their centres.
        crf: constant rate factor of H.264, HEVC or VP9, lower is better.
        codec: h264, hevc, vp9 or prores, where it is not the file's default.
        overwrite: replace an existing output.
        max_pixels: larger photos are refused before they are decoded.
        interpolator: makes the frames; without it the next seven are given to `filmnet.load`.
        weights: a name or file; the package's own by default.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        precision: `auto`, `float32`, `bfloat16` or `float16`.
        memory: how much the program may take, such as `4GB`; by default what is free.
        tile: side of the tiles in pixels; by default what suits the memory.
        optimize: `auto`, `always` or `never`.
        tta: of how many mirrored copies a made frame is the mean, 1, 2 or 4.
        progress: called before the first frame and after each.
        cancel: stops the job from another thread, which then raises `Cancelled`.

    Returns:
        What was written, and how long it took.

    Raises:
        FilmnetError: photos, options, output, weights or device that cannot be used.
        Cancelled: `cancel` asked for it.
    """
    if loop and boomerang:
        raise InputError("--loop and --boomerang are two ways back; choose one")
    rate = parse_fps(fps)
    paths = find_photos(photos)
    timeline = plan_timeline(len(paths), fps=rate, seconds=seconds, between=between, loop=loop)
    still = hold_frames(hold, rate)
    spec = check_output(output, fps=rate, crf=crf, codec=codec, overwrite=overwrite)
    _check_apart(paths, spec)
    series = probe_series(paths, fit=fit, max_pixels=max_pixels)
    check_output_size(spec, series.size)
    plan = _Plan(series=series, timeline=timeline, spec=spec, hold=still, boomerang=boomerang)
    network = NetworkOptions(
        weights=weights,
        device=device,
        precision=precision,
        memory=memory,
        tile=tile,
        optimize=optimize,
        tta=tta,
    )
    maker = interpolator or network.load(frames=sum(timeline.gaps))
    return _run(plan, maker, progress or _ignore, cancel or Cancel())


def _run(
    plan: _Plan, interpolator: FrameMaker, report: Callable[[Progress], None], cancel: Cancel
) -> VideoSummary:
    """Make and write the frames one by one."""
    series, spec, using = plan.series, plan.spec, interpolator.describe()
    record = PairRecord(series.paths)
    start = time.monotonic()

    def progress(done: int) -> Progress:
        elapsed = time.monotonic() - start
        return Progress(
            frames_done=done, frames_total=plan.frames, seconds_elapsed=elapsed, using=using
        )

    with (
        closing(_shown(plan, interpolator, record)) as pictures,
        open_output(
            spec.path,
            size=series.size,
            fps=spec.fps,
            crf=spec.crf,
            codec=spec.codec,
            overwrite=spec.overwrite,
            dtype=series.dtype,
        ) as target,
    ):
        cancel.check()
        report(progress(0))
        for picture in pictures:
            target.write(picture)
            report(progress(target.frames))
            cancel.check()
    return VideoSummary(
        output=Path(spec.path),
        photos=len(series.paths),
        frames=plan.frames,
        size=series.size,
        fps=spec.fps,
        seconds_elapsed=time.monotonic() - start,
        using=using,
        pairs=record.pairs,
    )


def _shown(
    plan: _Plan, interpolator: FrameMaker, record: PairRecord
) -> Generator[Picture, None, None]:
    """The frames in the order in which they are shown; none is made twice."""
    order = there_and_back(plan.timeline, hold=plan.hold, boomerang=plan.boomerang)
    with ExitStack() as stack:
        way_back = (
            stack.enter_context(Spool(plan.spec.folder_for_parts)) if plan.boomerang else None
        )
        frames = enumerate(_made(plan, interpolator, record))
        current, picture = next(frames)
        for wanted in order:
            if wanted > current:
                current, picture = next(frames)
            elif wanted < current and way_back is not None:
                picture = way_back[wanted]
            if way_back is not None and wanted == len(way_back):
                way_back.append(picture)
            yield picture


def _made(plan: _Plan, interpolator: FrameMaker, record: PairRecord) -> Iterator[Picture]:
    """Photos and made frames from the first photo on, each when it is asked for."""
    photos, timeline = plan.series.pictures(), plan.timeline
    frames = interpolator.sequence(photos, timeline.gaps, loop=timeline.loop, on_pair=record.add)
    return islice(frames, timeline.frames)


def _check_apart(paths: tuple[Path, ...], spec: OutputSpec) -> None:
    """The output must not take the place of what it is made from."""
    target = spec.target
    for path in paths:
        source = Path(os.path.realpath(path))
        if target == source or (target in source.parents and spec.is_folder):
            raise OutputError(f"{spec.path}: this would replace {path}; choose another name")


def _ignore(progress: Progress) -> None:
    """Report to nobody."""

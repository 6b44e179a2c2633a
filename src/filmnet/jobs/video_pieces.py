"""A stretch of a video's output made by itself, and such stretches joined: one job, many workers.

    output    0 ······ 240 ······ 480 ······ 720 ···     pieces as the undivided job writes them
    workers   └── A ───┘└────────── B ──────────┘        each makes whole pieces
    source        seek ── warm-up ─┤▓▓▓▓▓▓▓▓▓▓▓▓│        decoded from the start, converted from
                                                         a few frames before

A piece begins with a key frame and is encoded by itself, so the pieces that several workers make
are those of the undivided job, and the joined file equals its file.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from itertools import chain
from pathlib import Path

from filmnet.jobs.gap_filling import GapFiller, GapMaker, SourceFrame, Tally
from filmnet.jobs.pipeline import Ahead, Behind
from filmnet.jobs.progress import Cancel, Progress
from filmnet.jobs.retiming_plan import RetimingPlan
from filmnet.jobs.video_source import source_frames
from filmnet.jobs.video_timeline import Gap, lay_out
from filmnet.media import Picture
from filmnet.media.announcement import folder_of_pieces
from filmnet.media.segment_folder import Segment, open_segment_folder
from filmnet.media.segments import (
    SegmentedOutput,
    WrittenVideo,
    open_video_segment,
    suitable_length,
)
from filmnet.media.video_reader import VideoReader
from filmnet.media.video_writer import VideoWriter

WARM_UP_FRAMES = 12
"""Source frames before a stretch after which cuts and stills are found as from the start."""


def frames_per_piece(plan: RetimingPlan) -> int:
    """How many frames the pieces of a job's output have, the last one aside."""
    return suitable_length(plan.video)


def can_be_divided(plan: RetimingPlan) -> bool:
    """Whether an output is encoded video; animations and folders of frames are made in one go."""
    return plan.video.settings is not None


def make_pieces(
    plan: RetimingPlan,
    maker: GapMaker,
    folder: Path,
    *,
    start: int,
    stop: int | None,
    on_piece: Callable[[Segment], None],
    progress: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
) -> Tally:
    """Make some of the pieces of a job's output.

    Args:
        plan: the whole job; `can_be_divided`.
        maker: makes the frames.
        folder: where the pieces are written.
        start: number of the first output frame; a multiple of `frames_per_piece`.
        stop: number of the output frame after the last, such a multiple too; None for all that
            follow, however many the source turns out to give.
        on_piece: is given each complete piece, in order, and may move it away.
        progress: called as frames are made.
        cancel: stops the work, which then raises `Cancelled`.

    Returns:
        How the frames came about.

    Raises:
        FilmnetError: the source cannot be read, or a piece not be written.
    """
    tally = Tally()
    writer = _PieceWriter(plan, folder, start, on_piece)
    frames = _Frames(plan, start, stop, tally)
    filler = GapFiller(maker, plan.at_cuts, tally)
    report = _Report(plan, maker, start, stop, progress)
    report.tell(0)
    with VideoReader(plan.info.path) as reader, writer:
        with Ahead(frames.gaps(reader)) as gaps, Behind(writer.write) as writing:
            for gap in gaps:
                for picture in frames.of(gap, filler):
                    writing.put(picture)
                    report.tell(writing.done)
                    (cancel or Cancel()).check()
        writer.finish()
    report.tell(writer.frames)
    return tally


def join_pieces(plan: RetimingPlan, pieces: Sequence[Path], frames: Sequence[int]) -> WrittenVideo:
    """Join all pieces of a job's output, with its sound and everything else, into its file.

    Args:
        plan: the whole job.
        pieces: files in order; they are moved away.
        frames: how many each has.

    Raises:
        OutputError: the file cannot be written, or does not hold all frames.
    """
    spec = plan.video.spec
    path = folder_of_pieces(spec.target, spec.folder_for_parts)
    with open_segment_folder(
        path, target=spec.target, name=spec.path, manifest={}, resume=False
    ) as folder:
        for piece, count in zip(pieces, frames, strict=True):
            piece.replace(folder.part)
            folder.finish_part(count, piece.suffix)
        output = SegmentedOutput(plan.video, folder, frames_per_piece(plan))
        return output.finish(plan.soundtrack)


class _Frames:
    """Which output frames a stretch has, and the gaps of the source in which they lie."""

    def __init__(self, plan: RetimingPlan, start: int, stop: int | None, tally: Tally) -> None:
        self._plan = plan
        self._start = start
        self._stop = stop
        self._tally = tally

    def of(self, gap: Gap[SourceFrame], filler: GapFiller) -> Generator[Picture, None, None]:
        """The frames of a gap that belong to the stretch."""
        skip = max(0, min(len(gap.times), self._start - gap.first))
        number = gap.first + skip
        for picture in filler.fill(gap, skip=skip):
            if number == self._stop:
                return
            yield picture
            number += 1

    def gaps(self, reader: VideoReader) -> Generator[Gap[SourceFrame], None, None]:
        """The gaps from shortly before the stretch to its end."""
        plan = self._plan
        if self._start and not plan.dedupe:  # a row of repeats may have begun anywhere
            reader.seek(self._start * plan.pace.step, before=WARM_UP_FRAMES)
        frames = source_frames(
            reader,
            frame_rate=plan.info.frame_rate,
            duration=plan.info.duration,
            dedupe=plan.dedupe,
            convert=plan.convert,
            tally=self._tally,
        )
        first = next(frames, None)
        if first is None:
            return
        warm_start = max(0, math.ceil(first.seconds / plan.pace.step))
        for gap in lay_out(chain([first], frames), plan.pace, start=warm_start):
            if self._stop is not None and gap.first >= self._stop:
                return
            yield gap


class _PieceWriter:
    """Writes pictures into pieces; what is not complete is removed when the block ends."""

    def __init__(
        self, plan: RetimingPlan, folder: Path, start: int, on_piece: Callable[[Segment], None]
    ) -> None:
        if plan.video.settings is None:
            raise ValueError("only encoded video is made piece by piece")
        self._settings = plan.video.settings
        self._length = frames_per_piece(plan)
        self._part = folder / "part"
        self._folder = folder
        self._on_piece = on_piece
        self._writer: VideoWriter | None = None
        self._first = start
        self._start = self._next = start

    @property
    def frames(self) -> int:
        """Pictures written so far."""
        return self._next - self._start

    def __enter__(self) -> _PieceWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.abort()
        self._part.unlink(missing_ok=True)

    def write(self, picture: Picture) -> None:
        """Append a picture."""
        if self._writer is None:
            self._writer = open_video_segment(self._part, self._settings)
        self._writer.write(picture)
        self._next += 1
        if self._next - self._first == self._length:
            self.finish()

    def finish(self) -> None:
        """Complete the piece at hand, if there is one."""
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        piece = Segment(
            self._folder / f"{self._first:09d}-{self._next:09d}.mkv", self._first, self._next
        )
        self._part.replace(piece.path)
        self._first = self._next
        self._on_piece(piece)


class _Report:
    """Tells how far a stretch is."""

    def __init__(
        self,
        plan: RetimingPlan,
        maker: GapMaker,
        start: int,
        stop: int | None,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._total = max(0, (plan.frames if stop is None else stop) - start)
        self._progress = progress
        self._using = maker.describe()
        self._begin = time.monotonic()

    def tell(self, done: int) -> None:
        if self._progress is not None:
            self._progress(
                Progress(
                    frames_done=done,
                    frames_total=max(self._total, done),
                    seconds_elapsed=time.monotonic() - self._begin,
                    using=self._using,
                )
            )

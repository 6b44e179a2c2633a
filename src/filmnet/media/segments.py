"""A long video written in pieces that outlive a crash, then joined without encoding again.

    pictures ─→ piece ─→ piece ─→ piece …  each begins with a key frame and ends its encoder
                  └──────┴──────┴───────→ joined packet by packet ─→ checked ─→ the target's name

Every run writes the same pieces, so one that was killed and resumed gives the same frames.
Pictures that stay RGB (GIF, WebP, APNG, folders) are kept as pieces of PNG files, and a GIF, WebP
or APNG is encoded when the last is there.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av

from filmnet.errors import OutputError
from filmnet.media.announcement import folder_of_pieces
from filmnet.media.file_check import count_frames
from filmnet.media.joining import join_frames, join_pictures, join_segments
from filmnet.media.on_disk import sync
from filmnet.media.output import output_errors, put_in_place
from filmnet.media.photo_list import PathLike
from filmnet.media.pixels import Picture, check_picture
from filmnet.media.png_segment import PngSegment
from filmnet.media.segment_folder import SegmentFolder, open_segment_folder
from filmnet.media.soundtrack import SoundtrackPlan
from filmnet.media.video_plan import VideoPlan
from filmnet.media.video_settings import VideoSettings
from filmnet.media.video_writer import VideoWriter

_HEAD_BYTES = 1 << 20
"""Of the source, that tell it from others of its size and time."""

_FORM = "2"
"""Of what lies in the folder of pieces; those of another one are not gone on with."""

_PIXELS_PER_SEGMENT = 1 << 28
_MOST_FRAMES = 240
"""Frames between two places at which players can begin, at most."""


@dataclass(frozen=True, kw_only=True)
class WrittenVideo:
    """Facts of the finished file, counted by reading it again."""

    path: Path
    """The target."""

    frames: int
    """Pictures in it."""

    seconds: Fraction
    """How long the pictures last."""

    remarks: tuple[str, ...]
    """What was met while writing that the plans did not foresee: sentences."""


class _Writer(Protocol):
    def write(self, picture: Picture) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


class SegmentedOutput:
    """A video being written in pieces; see `open_segmented_output`."""

    def __init__(self, plan: VideoPlan, folder: SegmentFolder, frames_per_segment: int) -> None:
        self.frames = folder.finished.get("frames", folder.frames)
        """Pictures that are there: kept ones of an earlier run, then also those written."""
        self.remarks = folder.remarks
        """That it starts afresh although work is kept, or that nothing is there to resume."""
        self._plan = plan
        self._folder = folder
        self._length = frames_per_segment
        self._writer: _Writer | None = None

    @property
    def frames_kept(self) -> int:
        """Pictures in finished pieces: what an end before `finish` would leave."""
        return self.frames if self._folder.finished else self._folder.frames

    def write(self, picture: Picture) -> None:
        """Append picture number `frames`: (H, W, 3), or (H, W, 4) if the plan has alpha.

        Raises:
            ValueError: another shape, size or type.
            OutputError: it cannot be written; finished pieces are kept.
        """
        plan = self._plan
        channels = 4 if plan.has_alpha else 3
        height, width = check_picture(picture, channels).shape[:2]
        if (width, height) != plan.size:
            raise ValueError(f"a picture of {width}x{height} in an output of {plan.size}")
        with self._errors():
            if self._writer is None:
                self._writer = self._open_writer()
            self._writer.write(picture)
            self.frames += 1
            if self.frames - self._folder.frames == self._length:
                self._close_segment()

    def finish(self, soundtrack: SoundtrackPlan) -> WrittenVideo:
        """Join the pieces with everything else, check the file, give it its name, clean up.

        Raises:
            ValueError: there are no pictures.
            OutputError: it cannot be written; finished pieces are kept.
        """
        if not self.frames:
            raise ValueError("an output without frames")
        spec, finished = self._plan.spec, self._folder.finished
        if not finished:
            with self._errors():
                finished = self._complete(soundtrack)
        self._folder.remove()
        return WrittenVideo(
            path=Path(spec.path),
            frames=finished["frames"],
            seconds=Fraction(finished["seconds"]),
            remarks=tuple(finished["remarks"]),
        )

    def _complete(self, soundtrack: SoundtrackPlan) -> dict[str, Any]:
        """Join the pieces and give the file its name; what there is to know of it."""
        spec, folder = self._plan.spec, self._folder
        self._close_segment()
        remarks = self._join(soundtrack)
        frames, seconds = count_frames(folder.part, spec)
        if frames != self.frames:
            raise OutputError(
                f"{spec.path}: {frames} of {self.frames} frames arrived in the file, "
                "which is not kept; run the same command with --resume"
            )
        facts = {"frames": frames, "seconds": str(seconds), "remarks": list(remarks)}
        folder.announce(spec.target, facts)
        put_in_place(folder.part, spec)
        sync(spec.target.parent)
        return facts

    def abort(self) -> None:
        """Let go of the piece that is not complete."""
        if self._writer is not None:
            self._writer.abort()

    def _open_writer(self) -> _Writer:
        settings = self._plan.settings
        if settings is None:
            return PngSegment(self._folder.part, first=self.frames)
        return open_video_segment(self._folder.part, settings)

    def _close_segment(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        is_video = self._plan.settings is not None
        self._folder.finish_part(self.frames - self._folder.frames, ".mkv" if is_video else "")

    def _join(self, soundtrack: SoundtrackPlan) -> tuple[str, ...]:
        plan, folder = self._plan, self._folder
        if plan.settings is not None:
            return join_segments(folder.segments, folder.part, plan, soundtrack)
        if plan.spec.is_folder:
            join_frames(folder.segments, folder.part)
        else:
            join_pictures(folder.segments, folder.part, plan)
        return ()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """As for other outputs, with how to go on."""
        try:
            with output_errors(self._plan.spec.path):
                yield
        except OutputError as error:
            if not self._folder.segments or "--resume" in str(error):
                raise
            raise OutputError(
                f"{error}; the first {self._folder.frames} frames are kept: "
                "make room and run the same command with --resume"
            ) from error


@contextmanager
def open_segmented_output(
    plan: VideoPlan,
    *,
    source: PathLike,
    settings: Mapping[str, str],
    resume: bool,
    way: Mapping[str, str] | None = None,
    frames_per_segment: int | None = None,
) -> Iterator[SegmentedOutput]:
    """Write a video in pieces beside its target, kept until `finish` when the block ends early.

    Args:
        plan: what is written.
        source: the input; its size, time and first bytes tell it from others.
        settings: options that decide the pictures.
        resume: go on with kept pieces; else they are removed.
        way: what decides the pictures besides, such as weights, precision and version: pieces
            that were made in another way are removed, too, which a remark says.
        frames_per_segment: length of a piece; None for what suits size and rate.

    Yields:
        What takes the pictures from number `frames` on.

    Raises:
        OutputError: kept pieces that are of another source or other settings, or that
            another run is writing at this moment.
    """
    length = frames_per_segment or suitable_length(plan)
    spec = plan.spec
    manifest = {
        "input": _identify(source),
        **settings,
        **_describe(plan),
        "frames per piece": length,
    }
    with open_segment_folder(
        folder_of_pieces(spec.target, spec.folder_for_parts),
        target=spec.target,
        name=spec.path,
        manifest=manifest,
        resume=resume,
        way={"form of pieces": _FORM, "PyAV": av.__version__, **(way or {})},
    ) as folder:
        output = SegmentedOutput(plan, folder, length)
        try:
            yield output
        except BaseException:
            output.abort()
            raise


def suitable_length(plan: VideoPlan) -> int:
    """Frames per piece: fewer of large pictures, which take longer; a second of video at least."""
    width, height = plan.size
    at_least = min(math.ceil(plan.spec.fps), _MOST_FRAMES)
    return max(at_least, min(_MOST_FRAMES, _PIXELS_PER_SEGMENT // (width * height)))


def _identify(source: PathLike) -> dict[str, Any]:
    status = Path(source).stat()
    with Path(source).open("rb") as file:
        head = hashlib.sha256(file.read(_HEAD_BYTES)).hexdigest()
    return {"bytes": status.st_size, "changed": status.st_mtime_ns, "head": head}


def _describe(plan: VideoPlan) -> dict[str, Any]:
    """What decides how pictures are encoded."""
    settings = plan.settings
    written: dict[str, Any] = {
        "codec": plan.spec.codec or "png",
        "size": list(plan.size),
        "fps": str(plan.spec.fps),
    }
    if settings is not None:
        written |= {
            "crf": settings.crf,
            "pixels": settings.pixel_format,
            "colour": repr(settings.colour),
            "shape of pixels": str(settings.sample_aspect),
        }
    return written


def open_video_segment(path: Path, settings: VideoSettings) -> VideoWriter:
    """What writes one piece of encoded video, which begins with a key frame."""
    return VideoWriter(path, container="matroska", container_options={}, settings=settings)

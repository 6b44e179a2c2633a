"""Reading videos frame by frame: upright RGB, with exact instants, past damage."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType

from filmnet.media.photo_list import PathLike
from filmnet.media.pixels import Picture
from filmnet.media.video_info import VideoInfo


@dataclass(frozen=True)
class VideoFrame:
    """A frame as it is shown."""

    pixels: Picture
    """(H, W, 3), or (H, W, 4) with alpha; RGB code values in the file's own transfer and
    primaries; uint8, or uint16 where the file has more than 8 bits; upright."""

    seconds: Fraction
    """Since the first shown frame."""

    duration: Fraction | None
    """How long it is shown, where the file says it."""


@dataclass(frozen=True)
class Damage:
    """A place at which a video is damaged."""

    seconds: Fraction
    """Since the first shown frame: the last frame before it, or 0."""

    frames: int
    """Frames that are lost, at least; 0 where some are spoiled and none is missing."""


class VideoReader:
    """The frames of a video, in the order in which they are shown."""

    info: VideoInfo
    damage: list[Damage]
    """What has been met so far."""

    notes: list[str]
    """What has been mended so far, a sentence each: deinterlaced, timestamps, sizes."""

    def __init__(self, path: PathLike, *, threads: int | None = None) -> None:
        """Open a video.

        Args:
            path: the file.
            threads: for decoding; None for as many as there are cores.

        Raises:
            InputError: as `probe_video`.
        """
        raise NotImplementedError

    def __enter__(self) -> VideoReader:
        raise NotImplementedError

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        raise NotImplementedError

    def __iter__(self) -> VideoReader:
        raise NotImplementedError

    def __next__(self) -> VideoFrame:
        raise NotImplementedError

    def seek(self, seconds: Fraction) -> None:
        """Go to the first frame that is shown at `seconds` or later; it is the next one.

        Frames and their instants are the same as when read from the start.
        """
        raise NotImplementedError

"""Reading videos frame by frame: upright RGB, with exact instants, past damage."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType

import numpy as np
from av.video.frame import VideoFrame as Decoded

from filmnet.errors import InputError
from filmnet.media.deinterlacing import Deinterlacer
from filmnet.media.frame_pixels import frame_to_picture
from filmnet.media.orientation import Orientation
from filmnet.media.photo_list import PathLike
from filmnet.media.pixels import Picture
from filmnet.media.scaling import scaled
from filmnet.media.video_container import main_stream, open_container, open_decoder
from filmnet.media.video_info import VideoInfo, probe_video
from filmnet.media.video_packets import FrameDecoder, spread
from filmnet.media.video_timing import FrameClock


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
    """Of the last frame before it, since the first shown frame."""

    frames: int
    """Frames that are lost; 0 where some are spoiled and none is missing."""


@dataclass(frozen=True)
class _Timed:
    frame: Decoded
    seconds: Fraction
    duration: Fraction | None


class VideoReader:
    """The frames of a video, in the order in which they are shown."""

    def __init__(self, path: PathLike, *, threads: int | None = None) -> None:
        """Open a video.

        Args:
            path: the file.
            threads: for decoding; None for as many as there are cores.

        Raises:
            InputError: as `probe_video`.
        """
        self.info: VideoInfo = probe_video(path)
        self._threads = threads
        self._orientation = Orientation(self.info.rotation, self.info.is_mirrored)
        self._dtype = np.uint8 if self.info.colour.bits == 8 else np.uint16
        self.damage: list[Damage] = []
        """What has been met so far."""
        self._waiting: deque[_Timed] = deque()
        self._start()

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._frames.close()
        self._container.close()

    def __iter__(self) -> VideoReader:
        return self

    def __next__(self) -> VideoFrame:
        timed = self._waiting.popleft() if self._waiting else next(self._frames)
        return VideoFrame(self._picture(timed.frame), timed.seconds, timed.duration)

    def seek(self, seconds: Fraction, *, before: int = 0) -> None:
        """Go to the first frame that is shown at `seconds` or later; it is the next one.

        Everything before is decoded, which is the only way to the very same frames in every
        file, but not converted.

        Args:
            seconds: since the first shown frame.
            before: go this many frames less far; where no frame is that late, to the last ones.
        """
        self.close()
        self._start()
        for timed in self._frames:
            self._waiting.append(timed)
            if timed.seconds >= seconds:
                return
            if len(self._waiting) > before:
                self._waiting.popleft()

    @property
    def notes(self) -> list[str]:
        """What has been mended so far, a sentence each."""
        notes = []
        if self._deinterlacer.frames:
            notes.append("the video is interlaced and has been deinterlaced")
        if self._clock.mended:
            number = self._clock.mended
            notes.append(
                f"{number} frame{'s' * (number != 1)} had no instant, or one that does not follow: "
                "spaced by the frame rate"
            )
        if self._resized:
            notes.append(
                f"{self._resized} frames have another size than the first; they are scaled to it"
            )
        return notes

    def _start(self) -> None:
        """Stand before the first frame."""
        self.damage = []
        self._resized = 0
        self._waiting.clear()
        self._deinterlacer = Deinterlacer()
        self._container = open_container(self.info.path)
        stream = main_stream(self._container, self.info.path)
        self._time_base = stream.time_base or Fraction(1, 1000)
        context = open_decoder(stream, self._threads)
        self._clock = FrameClock(
            self._time_base,
            self.info.start,
            self.info.frame_rate,
            is_steady=self.info.is_variable is False,
        )
        self._decoder = FrameDecoder(self._container, stream, context)
        self._frames: Generator[_Timed] = self._timed_frames()

    def _timed_frames(self) -> Generator[_Timed]:
        """Frames as they are coded, with their instants; what is damaged is noted on the way."""
        times: deque[tuple[Fraction, Fraction | None]] = deque()
        last, was_spoiled = Fraction(0), False
        for decoded in spread(self._decoder):
            if decoded.lost or (decoded.is_spoiled and not was_spoiled):
                self.damage.append(Damage(last, decoded.lost))
            was_spoiled = decoded.is_spoiled
            last = self._clock.place(decoded.instant)
            times.append((last, self._clock.lasts(decoded.frame.duration)))
            for frame in self._deinterlacer.push(self._sized(decoded.frame)):
                yield _Timed(frame, *times.popleft())
        for frame in self._deinterlacer.finish():
            yield _Timed(frame, *times.popleft())
        if self._decoder.lost_at_end:
            self.damage.append(Damage(last, self._decoder.lost_at_end))

    def _sized(self, frame: Decoded) -> Decoded:
        """A frame at the size of the first."""
        width, height = self.info.size
        if self._orientation.swaps_sides:
            width, height = height, width
        if (frame.width, frame.height) == (width, height):
            return frame
        self._resized += 1
        return scaled(frame, size=(width, height))

    def _picture(self, frame: Decoded) -> Picture:
        try:
            picture = frame_to_picture(
                frame, self.info.colour, with_alpha=self.info.has_alpha, dtype=self._dtype
            )
        except (ValueError, OSError) as error:  # FFmpeg's errors are these, too
            raise InputError(
                f"{self.info.path}: frames of the kind {frame.format.name} cannot be converted; "
                "convert the video to H.264 or HEVC"
            ) from error
        return self._orientation.apply(picture)

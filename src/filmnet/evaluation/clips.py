"""Frames of a clip, one after the other: Y4M and other videos, or pictures in a folder."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from filmnet.errors import InputError
from filmnet.evaluation.samples import Sample, describe
from filmnet.media.photo_list import list_photos
from filmnet.media.photos import read_photo
from filmnet.media.pixels import Picture


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A clip whose odd frames, counted from 0, are the truth of the frames made for them."""

    name: str

    frames: Path | tuple[Path, ...]
    """A video, or pictures in order."""

    def count(self, limit: int | None = None) -> int:
        """Frames of it, at most `limit`.

        Raises:
            InputError: it cannot be read.
        """
        if isinstance(self.frames, tuple):
            return len(self.frames[:limit])
        return _count_frames(self.frames, limit)

    def read(self, limit: int | None = None) -> Iterator[Picture]:
        """The first `limit` frames, (H, W, 3), as they are asked for.

        Raises:
            InputError: it cannot be read.
        """
        if isinstance(self.frames, tuple):
            return (read_photo(path) for path in self.frames[:limit])
        return _decode(self.frames, limit)


def open_clip(path: Path) -> Clip:
    """A video file or a folder of pictures as a clip.

    Raises:
        InputError: neither is there.
    """
    if path.is_dir():
        return Clip(name=path.resolve().name, frames=tuple(list_photos(path)))
    if not path.is_file():
        raise InputError(f"{path}: neither a video nor a folder of frames is there")
    return Clip(name=path.stem, frames=path)


def triplet_names(clip: Clip, limit: int | None = None) -> list[str]:
    """What the clip's triplets are called: `CLIP/001`, the number of the true frame.

    Raises:
        InputError: it cannot be read, or has fewer than three frames.
    """
    count = clip.count(limit)
    if count < 3:
        raise InputError(f"{clip.name}: {count} frames; a made frame needs two neighbours")
    return [_name(clip, k) for k in range(1, count - 1, 2)]


def cut_triplets(clip: Clip, frames: Iterable[Picture]) -> Iterator[Sample]:
    """Each odd frame with its neighbours; three frames are held at a time.

    Raises:
        InputError: frames differ in size.
    """
    last: deque[Picture] = deque(maxlen=3)
    for k, frame in enumerate(frames):
        if last and frame.shape != last[-1].shape:
            raise InputError(
                f"{clip.name}: frame {k} is {describe(frame)}, the one before it "
                f"{describe(last[-1])}; a clip's frames have one size"
            )
        last.append(frame)
        if k and k % 2 == 0:
            image0, truth, image1 = last
            yield Sample(name=_name(clip, k - 1), image0=image0, truth=truth, image1=image1)


def _name(clip: Clip, k: int) -> str:
    return f"{clip.name}/{k:03d}"


def _decode(path: Path, limit: int | None) -> Iterator[Picture]:
    with _opened(path) as container:
        for k, frame in enumerate(container.decode(video=0)):
            if k == limit:
                return
            # Bicubic chroma, as FFmpeg's command line has it.
            rgb = frame.reformat(format="rgb24", interpolation="BICUBIC")
            yield np.asarray(rgb.to_ndarray(), dtype=np.uint8)


def _count_frames(path: Path, limit: int | None) -> int:
    """Frames of a video; what has no index is read through, without decoding it."""
    with _opened(path) as container:
        stream = container.streams.video[0]
        count = stream.frames or _frames_by_duration(stream)
        if not count:
            count = 0
            for packet in container.demux(stream):
                count += packet.size > 0
                if count == limit:
                    break
        return count if limit is None else min(count, limit)


def _frames_by_duration(stream: av.VideoStream) -> int:
    """What the length of an uncompressed video says, which is exact there."""
    step, rate = stream.time_base, stream.average_rate
    if stream.codec_context.name not in ("rawvideo", "wrapped_avframe") or not (step and rate):
        return 0
    return round((stream.duration or 0) * step * rate)


@contextmanager
def _opened(path: Path) -> Iterator[av.container.InputContainer]:
    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            if not container.streams.video:
                raise InputError(f"{path}: no pictures in it")
            container.streams.video[0].thread_type = "AUTO"
            yield container
    except av.FFmpegError as error:
        raise InputError(f"{path}: cannot be read as a video ({error.strerror})") from error

"""What a job has made, and single frames of it to look at."""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageSequence

from filmnet.errors import InputError
from filmnet.web.formats import Shown

PREVIEW_SIDE_PX = 1600
_JPEG_QUALITY = 90


@dataclass(frozen=True, kw_only=True)
class MadeVideo:
    """A whole result; nothing is offered that is not one."""

    file: Path
    """What can be downloaded: the video, or a ZIP of the frames."""

    shown: Shown
    """How a browser shows the file."""

    frames: int
    fps: Fraction
    size: tuple[int, int]
    """Width and height."""

    seconds_elapsed: float
    """What making it took."""

    photos: tuple[Path, ...] = ()
    """What it was made of, small, to compare with."""

    photo_frames: tuple[int, ...] = ()
    """The frames on which the photos stand, rising; as many as there are photos."""

    remarks: tuple[str, ...] = ()
    """What a user wants to know, a sentence each."""

    @property
    def frame_folder(self) -> Path | None:
        """The folder of PNG frames, where frames were asked for."""
        return self.file.parent / "frames" if self.file.suffix == ".zip" else None

    def neighbours(self, frame: int) -> tuple[Path, Path] | None:
        """The photos before and after a frame."""
        if not self.photos:
            return None
        after = next((k for k, at in enumerate(self.photo_frames) if at >= frame), None)
        if after is None:  # on the way back to the first
            return self.photos[-1], self.photos[0]
        before = after if self.photo_frames[after] == frame else max(after - 1, 0)
        return self.photos[before], self.photos[after]


def frame_picture(result: MadeVideo, frame: int) -> Path:
    """A JPEG of a frame, made when it is first looked at.

    Args:
        result: with the frame's file.
        frame: its number, from 0.

    Raises:
        InputError: there is no such frame any more.
    """
    frame = min(max(frame, 0), result.frames - 1)
    path = result.file.parent / "looks" / f"{frame:06d}.jpg"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        try:
            image = _read_frame(result, frame)
        except (OSError, av.error.FFmpegError, EOFError) as error:
            raise InputError(f"frame {frame} cannot be read any more") from error
        save_small(image, path)
    return path


def save_small(image: Image.Image, path: Path) -> None:
    """Save a picture as a JPEG that is not larger than a screen; whole or not at all."""
    small = image.convert("RGB")
    small.thumbnail((PREVIEW_SIDE_PX, PREVIEW_SIDE_PX))
    with _whole(path) as part:
        small.save(part, "JPEG", quality=_JPEG_QUALITY)


def zip_frames(folder: Path, target: Path) -> None:
    """Put a folder's PNG files into a ZIP, which takes its name when it is whole."""
    with _whole(target) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.glob("*.png")):
            archive.write(path, path.name)


def zip_of(result: MadeVideo) -> Path:
    """A ZIP of all frames of a result as PNG."""
    if result.frame_folder is not None:
        return result.file
    target = result.file.with_name("frames.zip")
    if not target.exists():
        digits = len(str(result.frames - 1))
        with _whole(target) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for number, image in enumerate(_all_frames(result)):
                with archive.open(f"frame_{number:0{digits}}.png", "w") as file:
                    image.convert("RGB").save(file, "PNG", compress_level=1)
    return target


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Where to write a file that takes its name when it is whole; two may do so at once."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _read_frame(result: MadeVideo, frame: int) -> Image.Image:
    if result.frame_folder is not None:
        path = sorted(result.frame_folder.glob("*.png"))[frame]
        with Image.open(path) as image:
            return image.convert("RGB")
    if result.shown == "image":
        with Image.open(result.file) as image:
            image.seek(frame)
            return image.convert("RGB")
    return _read_video_frame(result, frame)


def _read_video_frame(result: MadeVideo, frame: int) -> Image.Image:
    """Seek to the key frame before, and decode to the middle of the wanted frame's time."""
    with av.open(str(result.file)) as container:
        stream = container.streams.video[0]
        base = stream.time_base or Fraction(1, 1000)
        start = (stream.start_time or 0) * base
        wanted = start + Fraction(2 * frame + 1, 2) / result.fps
        container.seek(int(max(wanted - 1 / result.fps, start) / base), stream=stream)
        last = None
        for decoded in container.decode(stream):
            if decoded.pts is not None and decoded.pts * base > wanted:
                break
            last = decoded
        if last is None:
            raise EOFError(f"no frame {frame}")
        return Image.fromarray(last.to_ndarray(format="rgb24"))


def _all_frames(result: MadeVideo) -> Iterator[Image.Image]:
    if result.shown == "image":
        with Image.open(result.file) as image:
            yield from ImageSequence.Iterator(image)
        return
    with av.open(str(result.file)) as container:
        for decoded in container.decode(video=0):
            yield Image.fromarray(decoded.to_ndarray(format="rgb24"))

"""Results, written whole or not at all.

A result grows under a temporary name beside its target and takes its name when it is complete;
frames for a folder that is there, and empty, grow in it and are then moved up.
Until then an older file of that name is untouched; after an error, Ctrl-C included, nothing of
the new one is left.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import numpy as np

from filmnet.errors import OutputError
from filmnet.media.formats import choose_encoder, file_format
from filmnet.media.frames_writer import FramesWriter
from filmnet.media.gif_writer import GifWriter
from filmnet.media.output_spec import OutputSpec, check_output, check_output_size, is_empty_folder
from filmnet.media.photo_list import PathLike
from filmnet.media.pixels import Picture, check_picture
from filmnet.media.spool import PART_PREFIX
from filmnet.media.video_settings import picture_settings
from filmnet.media.video_writer import VideoWriter


class Writer(Protocol):
    """What takes pictures one by one; a file is complete when `close` returns."""

    def write(self, picture: Picture) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


class Output:
    """A result being written; see `open_output`."""

    def __init__(self, spec: OutputSpec, writer: Writer, size: tuple[int, int]) -> None:
        self._spec = spec
        self._writer = writer
        self._size = size
        self.frames = 0
        """Pictures written so far."""

    def write(self, picture: Picture) -> None:
        """Append a picture.

        Args:
            picture: (H, W, 3), uint8 or uint16, of the size that was announced.

        Raises:
            ValueError: another shape, size or type.
            OutputError: it cannot be written.
        """
        height, width = check_picture(picture).shape[:2]
        if (width, height) != self._size:
            raise ValueError(f"a picture of {width}x{height} in an output of {self._size}")
        with output_errors(self._spec.path):
            self._writer.write(picture)
        self.frames += 1


@contextmanager
def open_output(
    path: PathLike,
    *,
    size: tuple[int, int],
    fps: Fraction,
    crf: int | None = None,
    codec: str | None = None,
    overwrite: bool = False,
    dtype: type[np.uint8] | type[np.uint16] = np.uint8,
) -> Iterator[Output]:
    """Write a video file, or a folder of PNG frames (`path` ends in `/`).

    Args:
        path: the target; a path object without an extension is a folder, too.
        size: width and height of all pictures.
        fps: frames per second; a folder of frames does not hold it.
        crf: constant rate factor; None for the encoder's default.
        codec: one of those that the file may hold; None for its default.
        overwrite: whether an existing target may be replaced, once the new one is complete.
        dtype: type of the pictures; uint16 takes the deepest pixels that the target has.

    Yields:
        What takes the pictures; the target is there when the block ends without an error.

    Raises:
        InputError: settings that do not fit the target or one another.
        OutputError: a target that exists, that cannot hold this size, or cannot be written.
    """
    spec = check_output(path, fps=fps, crf=crf, codec=codec, overwrite=overwrite)
    check_output_size(spec, size)
    part = spec.folder_for_parts / f"{PART_PREFIX}{secrets.token_hex(6)}.part"
    try:
        with output_errors(spec.path):
            writer = open_writer(spec, part, size, dtype, has_alpha=False)
        try:
            output = Output(spec, writer, size)
            yield output
            if not output.frames:
                raise ValueError("an output without frames")
            with output_errors(spec.path):
                writer.close()
                put_in_place(part, spec)
        except BaseException:
            writer.abort()
            raise
    except BaseException:
        _remove(part)
        raise


def open_writer(
    spec: OutputSpec,
    part: Path,
    size: tuple[int, int],
    dtype: type[np.uint8] | type[np.uint16],
    *,
    has_alpha: bool,
) -> Writer:
    """What writes one output.

    Args:
        spec: the target, which has been checked.
        part: the file or folder to write, whatever its name.
        size: width and height of the pictures.
        dtype: type of the pictures.
        has_alpha: whether pictures are (H, W, 4); WebP and APNG take them.
    """
    if spec.is_folder:
        return FramesWriter(part)
    kind = file_format(spec.path)
    if kind.container == "gif":
        return GifWriter(part, options=dict(kind.options), size=size, fps=spec.fps)
    encoder = choose_encoder(spec.path, spec.codec, spec.crf)
    return VideoWriter(
        part,
        container=kind.container,
        container_options=kind.options,
        settings=picture_settings(
            encoder, crf=spec.crf, size=size, fps=spec.fps, dtype=dtype, has_alpha=has_alpha
        ),
    )


def _remove(part: Path) -> None:
    if os.path.isdir(part):  # noqa: PTH112 - Path.is_dir raises for names it cannot look at
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)


def put_in_place(part: Path, spec: OutputSpec) -> None:
    """Give a finished result its name.

    Args:
        part: the result, on the target's file system.
        spec: the target.

    Raises:
        OutputError: something has taken the name meanwhile.
    """
    target = spec.target
    if target in part.parents:
        _move_frames(part, spec)
        return
    if os.path.lexists(target) and not spec.overwrite and not is_empty_folder(target):
        raise OutputError(
            f"{spec.path}: something took this name in the meantime; "
            "pass --overwrite to replace it, or choose another name"
        )
    if not target.is_dir():
        part.replace(target)
        return
    old = part.with_suffix(".old")
    target.rename(old)
    try:
        part.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old)


def _move_frames(part: Path, spec: OutputSpec) -> None:
    """Fill a folder that was there, and empty, from the part inside it."""
    folder = spec.target
    if any(not path.name.startswith(PART_PREFIX) for path in folder.iterdir()):
        raise OutputError(
            f"{spec.path}: something came into this folder in the meantime; choose another one"
        )
    moved = []
    try:
        for frame in sorted(part.iterdir()):
            moved.append(folder / frame.name)
            frame.rename(moved[-1])
        part.rmdir()
    except BaseException:
        for path in moved:
            path.unlink(missing_ok=True)
        raise


@contextmanager
def output_errors(path: str) -> Iterator[None]:
    """What the disk or an encoder objects to, as one sentence."""
    try:
        yield
    except OutputError:
        raise
    except (av.error.FFmpegError, OSError) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise OutputError(f"{path}: cannot be written ({reason})") from error

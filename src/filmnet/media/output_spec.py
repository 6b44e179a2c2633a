"""What is to be written where, checked before any work is done for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from filmnet.errors import InputError, OutputError
from filmnet.media.formats import check_size, choose_encoder, file_format
from filmnet.media.frames_writer import FRAME_NAMES
from filmnet.media.photo_list import PathLike


@dataclass(frozen=True, kw_only=True)
class OutputSpec:
    """What is to be written where."""

    path: str
    """The target: a file with a known extension, or a folder of PNG frames, ending in `/`."""

    fps: Fraction
    """Frames per second; a folder of frames does not hold it."""

    crf: int | None = None
    """Constant rate factor; None for the encoder's default."""

    codec: str | None = None
    """Codec, of those that the file may hold; None for its default."""

    overwrite: bool = False
    """Whether an existing target may be replaced."""

    @property
    def is_folder(self) -> bool:
        """Whether the target is a folder of PNG frames."""
        return self.path.endswith(("/", os.sep))

    @property
    def target(self) -> Path:
        """The target; where it is a link, what it points to."""
        return Path(os.path.realpath(self.path))


def check_output(
    path: PathLike,
    *,
    fps: Fraction,
    crf: int | None = None,
    codec: str | None = None,
    overwrite: bool = False,
) -> OutputSpec:
    """Check a target and its settings before any work is done for it.

    Raises:
        InputError: settings that do not fit the target or one another.
        OutputError: a target that exists, cannot be made, or is of no known kind.
    """
    spec = OutputSpec(path=os.fspath(path), fps=fps, crf=crf, codec=codec, overwrite=overwrite)
    if spec.is_folder:
        _check_folder(spec)
    else:
        _check_file(spec)
    return spec


def check_output_size(spec: OutputSpec, size: tuple[int, int]) -> None:
    """Check that a target can hold pictures of this width and height.

    Raises:
        OutputError: they are too small or too large, with what to write instead.
    """
    if not spec.is_folder:
        check_size(spec.path, spec.codec, size)


def is_empty_folder(path: Path) -> bool:
    """Whether a folder is there, and nothing in it."""
    return path.is_dir() and not any(path.iterdir())


def _check_file(spec: OutputSpec) -> None:
    kind = file_format(spec.path) if not Path(spec.path).is_dir() else None
    if kind is None:
        raise OutputError(
            f"{spec.path}: this is a folder; end it with / to get PNG frames, or name a file"
        )
    choose_encoder(spec.path, spec.codec, spec.crf)
    if spec.fps > kind.max_fps:
        raise InputError(
            f"{spec.path}: {float(spec.fps):g} frames per second are more than the "
            f"{kind.max_fps} that such a file plays; lower --fps"
        )
    _check_parent(spec)
    if os.path.lexists(spec.path) and not spec.overwrite:
        raise OutputError(f"{spec.path}: this file exists; pass --overwrite to replace it")


def _check_folder(spec: OutputSpec) -> None:
    if spec.crf is not None or spec.codec is not None:
        raise InputError(f"{spec.path}: PNG frames have no codec and no crf; leave them out")
    _check_parent(spec)
    target = spec.target
    if not os.path.lexists(target) or is_empty_folder(target):
        return
    if not target.is_dir():
        raise OutputError(f"{spec.path}: this is a file; choose another name for the folder")
    if any(not path.match(FRAME_NAMES) for path in target.iterdir()):
        raise OutputError(
            f"{spec.path}: this folder holds other things than frames; choose a new one"
        )
    if not spec.overwrite:
        raise OutputError(f"{spec.path}: this folder has frames; pass --overwrite to replace them")


def _check_parent(spec: OutputSpec) -> None:
    folder = spec.target.parent
    if not folder.is_dir():
        raise OutputError(f"{spec.path}: there is no folder {folder}; make it first")
    if not os.access(folder, os.W_OK):
        raise OutputError(f"{spec.path}: no permission to write into {folder}")

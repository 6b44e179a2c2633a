"""What is to be written where, checked before any work is done for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatch
from fractions import Fraction
from pathlib import Path

from filmnet.errors import InputError, OutputError
from filmnet.media.formats import check_size, choose_encoder, file_format
from filmnet.media.frames_writer import FRAME_NAMES
from filmnet.media.photo_list import PathLike
from filmnet.media.spool import PART_PREFIX


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
    def folder_for_parts(self) -> Path:
        """Where what is not complete yet lies: beside the target, or in it if it waits, empty."""
        target = self.target
        return target if self.is_folder and is_empty_folder(target) else target.parent

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

    Args:
        path: a file with a known extension; a folder of PNG frames ends in `/` or, since a
            `pathlib.Path` drops that, is a path object without an extension.
        fps: frames per second.
        crf: constant rate factor; None for the encoder's default.
        codec: one of those that the file may hold; None for its default.
        overwrite: whether an existing target may be replaced.

    Raises:
        InputError: settings that do not fit the target or one another.
        OutputError: a target that exists, cannot be made, or is of no known kind.
    """
    spec = OutputSpec(path=_named(path), fps=fps, crf=crf, codec=codec, overwrite=overwrite)
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


def is_folder_path(path: PathLike) -> bool:
    """Whether a target is a folder of PNG frames, by its name."""
    return _named(path).endswith(("/", os.sep))


def is_empty_folder(path: Path) -> bool:
    """Whether a folder is there, and nothing in it but what we keep of unfinished work."""
    if not os.path.isdir(path):  # noqa: PTH112 - as below
        return False
    return all(inside.name.startswith(PART_PREFIX) for inside in path.iterdir())


def _named(path: PathLike) -> str:
    """A target as text, a folder of frames with `/` at its end."""
    name = os.fspath(path)
    if not name:
        raise OutputError("the output has an empty name; name a file, or a folder that ends with /")
    is_folder = not isinstance(path, str) and not Path(name).suffix
    return f"{name}/" if is_folder and not name.endswith("/") else name


def _check_file(spec: OutputSpec) -> None:
    if os.path.isdir(spec.path):  # noqa: PTH112 - Path.is_dir raises for names it cannot look at
        raise OutputError(
            f"{spec.path}: this is a folder; end it with / to get PNG frames, or name a file"
        )
    kind = file_format(spec.path)
    choose_encoder(spec.path, spec.codec, spec.crf)
    if spec.fps > kind.max_fps:
        raise InputError(
            f"{spec.path}: {float(spec.fps):g} frames per second are more than the "
            f"{kind.max_fps} that such a file plays; lower --fps"
        )
    _check_parent(spec)
    _check_writable(spec, spec.target.parent)
    if _is_there(spec) and not spec.overwrite:
        raise OutputError(f"{spec.path}: this file exists; pass --overwrite to replace it")


def _check_folder(spec: OutputSpec) -> None:
    if spec.crf is not None or spec.codec is not None:
        raise InputError(f"{spec.path}: PNG frames have no codec and no crf; leave them out")
    _check_parent(spec)
    names = _names_in(spec) if _is_there(spec) else None
    _check_writable(spec, spec.target if names == [] else spec.target.parent)
    if not names:
        return
    if not all(fnmatch(name, FRAME_NAMES) for name in names):
        raise OutputError(
            f"{spec.path}: this folder holds other things than frames; choose a new one"
        )
    if not spec.overwrite:
        raise OutputError(f"{spec.path}: this folder has frames; pass --overwrite to replace them")


def _is_there(spec: OutputSpec) -> bool:
    try:
        os.lstat(spec.path.rstrip("/" + os.sep))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise OutputError(f"{spec.path}: cannot be written ({error.strerror})") from error
    return True


def _names_in(spec: OutputSpec) -> list[str]:
    try:
        names = [path.name for path in spec.target.iterdir()]
    except NotADirectoryError as error:
        raise OutputError(
            f"{spec.path}: this is a file; choose another name for the folder"
        ) from error
    except OSError as error:
        raise OutputError(f"{spec.path}: this folder cannot be read ({error.strerror})") from error
    return [name for name in names if not name.startswith(PART_PREFIX)]


def _check_parent(spec: OutputSpec) -> None:
    folder = spec.target.parent
    if not os.path.isdir(folder):  # noqa: PTH112 - as above
        raise OutputError(f"{spec.path}: there is no folder {folder}; make it first")


def _check_writable(spec: OutputSpec, folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{spec.path}: no permission to write into {folder}")

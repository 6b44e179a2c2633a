"""How a video is going to be written: encoder, pixels and colour, before any work is done for it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from filmnet.media.output_spec import OutputSpec
from filmnet.media.photo_list import PathLike
from filmnet.media.video_colour import VideoColour
from filmnet.media.video_info import VideoInfo


@dataclass(frozen=True, kw_only=True)
class VideoPlan:
    """How a video is going to be written."""

    spec: OutputSpec
    """The target; `spec.fps` is exact."""

    size: tuple[int, int]
    """Width and height of the pictures."""

    codec: str
    """Key of `ENCODERS`; `png` for a folder of frames."""

    pixel_format: str
    """FFmpeg's name of what the encoder takes."""

    crf: int | None
    """Constant rate factor; None if the encoder has none."""

    colour: VideoColour
    """How RGB code values become Y'CbCr, and the tags."""

    sample_aspect: Fraction
    """Width by height of a pixel."""

    has_alpha: bool
    """Whether pictures are written as (H, W, 4); else as (H, W, 3)."""

    dtype: type[np.uint8] | type[np.uint16]
    """Type of the pictures that keeps what the output holds."""

    remarks: tuple[str, ...]
    """What the output does not keep of the source's pictures: sentences."""


def plan_video(
    path: PathLike,
    source: VideoInfo,
    *,
    fps: Fraction,
    crf: int | None = None,
    codec: str | None = None,
    overwrite: bool = False,
) -> VideoPlan:
    """Choose how to write a video made from `source`: codec family, quality, depth, colour.

    Args:
        path: the target, as for `check_output`, which this calls.
        source: what the pictures come from.
        fps: frames per second, exact.
        crf: constant rate factor; None keeps the source's quality.
        codec: one of those that the file may hold; None for the source's family, where it may.
        overwrite: whether an existing target may be replaced.

    Raises:
        InputError: settings that do not fit the target or one another.
        OutputError: a target that exists, that cannot hold this size, or cannot be made.
    """
    raise NotImplementedError

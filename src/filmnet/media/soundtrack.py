"""What goes with the pictures: audio, subtitles, chapters, metadata, attachments."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from filmnet.media.output_spec import OutputSpec
from filmnet.media.video_info import VideoInfo


@dataclass(frozen=True, kw_only=True)
class SoundtrackPlan:
    """What becomes of audio, subtitles, chapters, metadata and attachments."""

    source: VideoInfo
    """Where they come from."""

    slower: Fraction
    """What times are multiplied with; 1 keeps them."""

    keep_audio: bool
    """Whether audio is kept."""

    remarks: tuple[str, ...]
    """What is not kept as it is, and why: sentences."""


def plan_soundtrack(
    spec: OutputSpec, source: VideoInfo, *, slower: Fraction, keep_audio: bool
) -> SoundtrackPlan:
    """Say what becomes of everything but the pictures, before any work is done.

    Args:
        spec: the target.
        source: the video that they come from.
        slower: what times are multiplied with; 1 copies audio untouched.
        keep_audio: false drops audio.
    """
    raise NotImplementedError

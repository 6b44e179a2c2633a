"""What is in a video file, told without decoding it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from filmnet.media.photo_list import PathLike
from filmnet.media.video_colour import VideoColour


@dataclass(frozen=True, kw_only=True)
class AudioTrack:
    """A soundtrack."""

    index: int
    """Of the stream in the file."""

    codec: str
    """FFmpeg's name."""

    sample_rate: int
    channels: int
    language: str | None
    title: str | None


@dataclass(frozen=True, kw_only=True)
class SubtitleTrack:
    """A track of subtitles."""

    index: int
    codec: str
    language: str | None
    title: str | None


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """A chapter; seconds since the video's first shown frame."""

    start: Fraction
    end: Fraction
    title: str


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """What is in a video file."""

    path: str
    container: str
    """FFmpeg's name of the demuxer."""

    stream: int
    """Index of the video stream in the file."""

    codec: str
    """FFmpeg's name."""

    profile: str | None
    pixel_format: str
    """FFmpeg's name."""

    size: tuple[int, int]
    """Width and height as shown: upright."""

    rotation: int
    """Degrees, clockwise, by which coded pictures are turned to be upright: 0, 90, 180 or 270."""

    is_mirrored: bool
    """Whether coded pictures are mirrored (left to right) before they are turned."""

    sample_aspect: Fraction
    """Width of a pixel over its height, upright."""

    frame_rate: Fraction
    """Nominal."""

    frames: int | None
    """Frames that are shown; None where only reading tells."""

    duration: Fraction
    """Seconds from the first shown frame to the end of the last."""

    start: Fraction
    """Seconds on the file's clock at which the first frame is shown; sound shares that clock."""

    is_variable: bool | None
    """Whether the frame rate varies; None where only reading tells."""

    is_interlaced: bool
    has_alpha: bool
    colour: VideoColour
    bit_rate: int | None
    """Of the video stream, bits per second."""

    audio: tuple[AudioTrack, ...]
    subtitles: tuple[SubtitleTrack, ...]
    chapters: tuple[Chapter, ...]
    metadata: Mapping[str, str]


def probe_video(path: PathLike) -> VideoInfo:
    """What is in a video file.

    Raises:
        InputError: no file, not a video, an encrypted one, or one without frames.
    """
    raise NotImplementedError

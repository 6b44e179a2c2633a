"""What a visitor can have made: which file, which codec, and whether a browser plays it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from filmnet.web.texts import PageError

Shown = Literal["video", "image", "none"]


@dataclass(frozen=True, kw_only=True)
class OutputFormat:
    """A choice on the page."""

    label: str
    """The same in all languages."""

    extension: str
    """Of the file; a folder of frames has `/`."""

    shown: Shown
    """How a browser shows it; `none` is for downloading alone."""

    codec: str | None = None
    """For pictures of 8 bits; None for the file's default."""

    deep_codec: str | None = None
    """For deeper ones, where that differs: browsers play more than 8 bits in AV1 only."""


FORMATS = {
    "mp4": OutputFormat(
        label="MP4 (H.264)", extension=".mp4", shown="video", codec="h264", deep_codec="av1"
    ),
    "webm": OutputFormat(
        label="WebM (VP9)", extension=".webm", shown="video", codec="vp9", deep_codec="av1"
    ),
    "av1": OutputFormat(label="MP4 (AV1)", extension=".mp4", shown="video", codec="av1"),
    "gif": OutputFormat(label="GIF", extension=".gif", shown="image"),
    "webp": OutputFormat(label="WebP", extension=".webp", shown="image"),
    "apng": OutputFormat(label="APNG", extension=".apng", shown="image"),
    "mov": OutputFormat(label="MOV (ProRes)", extension=".mov", shown="none", codec="prores"),
    "mkv": OutputFormat(label="MKV (HEVC)", extension=".mkv", shown="none", codec="hevc"),
    "frames": OutputFormat(label="PNG (ZIP)", extension="/", shown="none"),
}
"""By the name that the API takes."""

DEFAULT_FORMAT = "mp4"


def find_format(name: str) -> OutputFormat:
    """The format of a name.

    Raises:
        PageError: there is none.
    """
    if name not in FORMATS:
        raise PageError("error_format", name=name, names=", ".join(FORMATS))
    return FORMATS[name]

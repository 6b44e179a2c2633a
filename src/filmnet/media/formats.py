"""What can be written: extensions, the encoders each may hold, and their settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import av

from filmnet.errors import InputError, OutputError


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """One of FFmpeg's encoders, as we use it."""

    name: str
    """FFmpeg's name."""

    pixel_format: str
    """FFmpeg's name of what it takes for pictures of 8 bits."""

    deep_pixel_format: str
    """The same for pictures of 16 bits: the closest that players show."""

    pixel_formats: tuple[str, ...] = ()
    """FFmpeg's names of all Y'CbCr that it takes here for video made from video."""

    crf: int | None = None
    """Default constant rate factor, lower is better; None if it has no such setting."""

    crf_max: int = 0
    """Worst constant rate factor."""

    options: Mapping[str, str] = field(default_factory=dict)
    """FFmpeg options of the encoder."""

    min_side: int = 1
    """Pixels that width and height have at least."""

    max_side: int = 16_383
    """Pixels that width and height have at most."""

    @property
    def is_yuv(self) -> bool:
        """Whether it takes Y'CbCr, which is then BT.709 of limited range."""
        return self.pixel_format.startswith("yuv")

    def holds(self, size: tuple[int, int]) -> bool:
        """Whether it takes pictures of this width and height."""
        return self.min_side <= min(size) and max(size) <= self.max_side

    @property
    def even_sides(self) -> tuple[bool, bool]:
        """Whether width and height have to be even, because chroma has half of them."""
        return "420" in self.pixel_format or "422" in self.pixel_format, "420" in self.pixel_format


_EIGHT_BITS = ("yuv420p", "yuv422p", "yuv444p")
_TEN_BITS = ("yuv420p10le", "yuv422p10le", "yuv444p10le")
_TWELVE_BITS = ("yuv420p12le", "yuv422p12le", "yuv444p12le")

ENCODERS = {
    "h264": Encoder(
        name="libx264",
        pixel_format="yuv420p",
        deep_pixel_format="yuv420p",  # browsers and phones play no other H.264
        pixel_formats=(*_EIGHT_BITS, *_TEN_BITS),
        crf=16,
        crf_max=51,
        options={"preset": "medium"},
        max_side=16_384,
    ),
    "hevc": Encoder(
        name="libx265",
        pixel_format="yuv420p",
        deep_pixel_format="yuv420p10le",
        pixel_formats=(*_EIGHT_BITS, *_TEN_BITS, *_TWELVE_BITS),
        crf=20,
        crf_max=51,
        options={"preset": "medium", "x265-params": "log-level=none"},
        min_side=64,  # x265 writes past its memory where pictures are narrower than a block
    ),
    "vp9": Encoder(
        name="libvpx-vp9",
        pixel_format="yuv420p",
        deep_pixel_format="yuv420p",
        pixel_formats=(*_EIGHT_BITS, "yuva420p"),
        crf=24,
        crf_max=63,
        options={"row-mt": "1", "deadline": "good", "cpu-used": "2"},
    ),
    "av1": Encoder(
        name="libsvtav1",
        pixel_format="yuv420p",
        deep_pixel_format="yuv420p10le",
        pixel_formats=("yuv420p", "yuv420p10le"),
        crf=22,
        crf_max=63,
        options={"preset": "6"},
        min_side=4,
        max_side=16_384,
    ),
    "prores": Encoder(
        name="prores_ks",
        pixel_format="yuv422p10le",
        deep_pixel_format="yuv422p10le",
        pixel_formats=("yuv422p10le", "yuv444p10le", "yuva444p10le"),
        options={"profile": "hq", "vendor": "apl0"},
    ),
    "webp": Encoder(
        name="libwebp_anim",
        pixel_format="bgra",
        deep_pixel_format="bgra",
        options={"quality": "90"},
    ),
    "apng": Encoder(
        name="apng", pixel_format="rgb24", deep_pixel_format="rgb48be", max_side=65_535
    ),
    "gif": Encoder(name="gif", pixel_format="pal8", deep_pixel_format="pal8"),
}
"""By the name that `--codec` takes."""


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """A kind of file."""

    container: str
    """FFmpeg's name of the muxer."""

    codecs: tuple[str, ...]
    """Keys of `ENCODERS` that it may hold; the first is the default."""

    options: Mapping[str, str] = field(default_factory=dict)
    """FFmpeg options of the muxer."""

    max_fps: int = 1000
    """Frames per second that it can say and that players show."""


FILE_FORMATS = {
    ".mp4": FileFormat(
        container="mp4",
        codecs=("h264", "hevc", "vp9", "av1"),
        options={"movflags": "faststart"},
    ),
    ".webm": FileFormat(container="webm", codecs=("vp9", "av1")),
    ".mkv": FileFormat(container="matroska", codecs=("hevc", "h264", "vp9", "av1")),
    ".mov": FileFormat(
        container="mov", codecs=("prores", "h264", "hevc"), options={"movflags": "faststart"}
    ),
    ".gif": FileFormat(container="gif", codecs=("gif",), options={"loop": "0"}, max_fps=50),
    ".webp": FileFormat(container="webp", codecs=("webp",), options={"loop": "0"}),
    ".apng": FileFormat(container="apng", codecs=("apng",), options={"plays": "0"}),
}
"""By extension."""


def codec_family(name: str) -> str:
    """The codec that one of FFmpeg's decoders reads, such as av1 for libdav1d."""
    try:
        return av.codec.Codec(name, "r").canonical_name
    except av.codec.codec.UnknownCodecError:
        return name


def file_format(path: str) -> FileFormat:
    """The format that a file name's extension asks for.

    Raises:
        OutputError: an extension that is not known.
    """
    name = path.lower()
    for extension, known in FILE_FORMATS.items():
        if name.endswith(extension):
            return known
    raise OutputError(
        f"{path}: unknown extension; use {', '.join(FILE_FORMATS)}, "
        "or end with / for a folder of PNG frames"
    )


def choose_encoder(path: str, codec: str | None, crf: int | None) -> Encoder:
    """The encoder for a file, and whether it takes this constant rate factor.

    Raises:
        InputError: a codec that the file cannot hold, or a crf that the encoder does not take.
    """
    codecs = file_format(path).codecs
    if codec is not None and codec not in codecs:
        raise InputError(f"{path}: codec {codec!r} is not for this file; use {' or '.join(codecs)}")
    chosen = codec or codecs[0]
    encoder = ENCODERS[chosen]
    if crf is not None and encoder.crf is None:
        raise InputError(f"{path}: {chosen} has no crf; leave it out")
    if crf is not None and not 0 <= crf <= encoder.crf_max:
        raise InputError(f"crf is {crf}, but has to lie in 0..{encoder.crf_max} for {chosen}")
    return encoder


def check_size(path: str, codec: str | None, size: tuple[int, int]) -> None:
    """Refuse pictures that are too small or too large for a file.

    Args:
        path: the file's name.
        codec: one of those that it may hold; None for its default.
        size: width and height of the pictures.

    Raises:
        OutputError: such pictures, with the outputs that hold them.
    """
    chosen = codec or file_format(path).codecs[0]
    encoder = ENCODERS[chosen]
    if encoder.holds(size):
        return
    width, height = size
    raise OutputError(
        f"{path}: {width}x{height} does not fit {chosen}, whose sides have "
        f"{encoder.min_side} to {encoder.max_side} pixels; use {_outputs_that_hold(path, size)}"
    )


def _outputs_that_hold(path: str, size: tuple[int, int]) -> str:
    """Other codecs for a file, other files and, always, a folder; the way out of `check_size`."""
    codecs = [f"--codec {name}" for name in file_format(path).codecs if ENCODERS[name].holds(size)]
    files = [
        extension
        for extension in (".webm", ".apng")
        if ENCODERS[FILE_FORMATS[extension].codecs[0]].holds(size)
    ]
    return " or ".join(filter(None, [", ".join([*codecs, *files]), "a folder/ of PNG frames"]))

"""How a video is going to be written: encoder, pixels and colour, before any work is done for it.

source's codec ─→ family ─┐                          ┌─ bits, chroma, alpha: as the source's
target's extension ─→ codecs it may hold ─→ encoder ─┼─ colour: the source's tags
--codec, --crf ─────────────────────────────┘        └─ crf: the source's quality
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from filmnet.media.formats import ENCODERS, FileFormat, codec_family, file_format
from filmnet.media.output_spec import OutputSpec, check_output, check_output_size, is_folder_path
from filmnet.media.photo_list import PathLike
from filmnet.media.pixel_choice import choose_pixels, parse_pixels
from filmnet.media.quality import choose_crf
from filmnet.media.video_colour import VideoColour
from filmnet.media.video_info import VideoInfo
from filmnet.media.video_settings import VideoSettings

_FAMILIES = {"h264": "h264", "hevc": "hevc", "vp8": "vp9", "vp9": "vp9", "av1": "av1"}
_FAMILIES |= {"prores": "prores"}
"""Keys of `ENCODERS` by what FFmpeg calls the source's codec."""

_RGB, _BT709, _LEFT = 0, 1, 1
_PQ, _HLG = 16, 18
_NAMES_OF_TRANSFER = {_PQ: "PQ", _HLG: "HLG"}
_WITHOUT_ALPHA = ("mp4", "gif")
"""Muxers that hold no alpha, whatever the codec."""


@dataclass(frozen=True, kw_only=True)
class VideoPlan:
    """How a video is going to be written."""

    spec: OutputSpec
    """The target; `spec.fps` is exact, and `spec.codec` is what was chosen."""

    size: tuple[int, int]
    """Width and height of the pictures."""

    settings: VideoSettings | None
    """What the encoder is told; None for pictures kept as RGB: GIF, WebP, APNG and folders."""

    has_alpha: bool
    """Whether pictures are written as (H, W, 4); else as (H, W, 3)."""

    dtype: type[np.uint8] | type[np.uint16]
    """Type of the pictures that keeps what source and output both hold."""

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
    chosen = codec or _default_codec(path, source)
    spec = check_output(path, fps=fps, crf=crf, codec=chosen, overwrite=overwrite)
    check_output_size(spec, source.size)
    if spec.is_folder or not ENCODERS[_codec(spec)].is_yuv:
        return _plan_rgb(spec, source)
    return _plan_ycbcr(spec, source)


def _codec(spec: OutputSpec) -> str:
    return spec.codec or file_format(spec.path).codecs[0]


def _default_codec(path: PathLike, source: VideoInfo) -> str | None:
    """The source's family, or what holds its depth; None for a folder."""
    if is_folder_path(path):
        return None
    codecs = file_format(str(path)).codecs
    deep = source.colour.bits > 8
    family = _FAMILIES.get(codec_family(source.codec), "h264")
    wanted = ["av1" if family == "vp9" and deep else family]
    if deep:
        wanted += ["prores" if codecs[0] == "prores" else "hevc", "av1"]
    for name in (*wanted, *codecs):
        if name in codecs and ENCODERS[name].holds(source.size):
            return name
    return codecs[0]


def _plan_rgb(spec: OutputSpec, source: VideoInfo) -> VideoPlan:
    """Pictures that stay RGB."""
    name = "PNG" if spec.is_folder else _codec(spec)
    kind = None if spec.is_folder else file_format(spec.path)
    deep = source.colour.bits > 8 and name in ("PNG", "apng")
    has_alpha = source.has_alpha and _holds_alpha(kind)
    return VideoPlan(
        spec=spec,
        size=source.size,
        settings=None,
        has_alpha=has_alpha,
        dtype=np.uint16 if deep else np.uint8,
        remarks=(
            *_alpha_remarks(source, has_alpha, name),
            *_depth_remarks(source.colour.bits, 16 if deep else 8, name),
            *_rgb_remarks(source, name),
        ),
    )


def _plan_ycbcr(spec: OutputSpec, source: VideoInfo) -> VideoPlan:
    codec = _codec(spec)
    encoder = ENCODERS[codec]
    wants_alpha = source.has_alpha and _holds_alpha(file_format(spec.path))
    chroma = _wanted_chroma(source)
    pixels = choose_pixels(
        encoder.pixel_formats, chroma=chroma, bits=source.colour.bits, alpha=wants_alpha
    )
    written = parse_pixels(pixels)
    crf = spec.crf if spec.crf is not None else choose_crf(codec, source)
    settings = VideoSettings(
        encoder=encoder,
        pixel_format=pixels,
        crf=crf,
        size=source.size,
        fps=spec.fps,
        colour=_written_colour(
            source.colour, chroma=written.chroma, bits=written.bits, limited=codec == "prores"
        ),
        sample_aspect=source.sample_aspect,
    )
    return VideoPlan(
        spec=replace(spec, codec=codec),
        size=source.size,
        settings=settings,
        has_alpha=written.alpha,
        dtype=np.uint16 if min(written.bits, source.colour.bits) > 8 else np.uint8,
        remarks=(
            *_alpha_remarks(source, written.alpha, codec),
            *_depth_remarks(source.colour.bits, written.bits, codec),
            *_chroma_remarks(source.colour.chroma, written.chroma, codec),
            *_even_remarks(settings),
            *_rare_remarks(settings, source, file_format(spec.path).container),
        ),
    )


def _wanted_chroma(source: VideoInfo) -> str:
    """The source's, but what players show for RGB, which is no video's usual form."""
    if source.colour.matrix == _RGB and codec_family(source.codec) not in _FAMILIES:
        return "420"
    return "420" if source.colour.chroma == "400" else source.colour.chroma


def _written_colour(colour: VideoColour, *, chroma: str, bits: int, limited: bool) -> VideoColour:
    """The source's tags; RGB becomes BT.709, and ProRes knows limited range alone."""
    if colour.matrix == _RGB:
        colour = replace(colour, matrix=_BT709, full_range=False, chroma_location=_LEFT)
    full_range = colour.full_range and not limited
    return replace(colour, chroma=chroma, bits=bits, full_range=full_range)


def _holds_alpha(kind: FileFormat | None) -> bool:
    return kind is None or kind.container not in _WITHOUT_ALPHA


def _alpha_remarks(source: VideoInfo, kept: bool, codec: str) -> list[str]:
    if kept or not source.has_alpha:
        return []
    return [f"what is transparent is laid over white, which {codec} does not hold here"]


def _depth_remarks(bits: int, written: int, codec: str) -> list[str]:
    if written >= bits:
        return []
    return [f"{bits} bits become {written}, the most that {codec} takes here"]


def _chroma_remarks(chroma: str, written: str, codec: str) -> list[str]:
    if chroma == "400" or written >= chroma:
        return []
    names = [":".join(text) for text in (chroma, written)]
    return [f"colour of {names[0]} becomes {names[1]}, which is what {codec} takes or players show"]


def _even_remarks(settings: VideoSettings) -> list[str]:
    if settings.encoded_size == settings.size:
        return []
    width, height = settings.encoded_size
    return [f"pictures become {width}x{height}: sides are even, the last row or column repeats"]


def _rare_remarks(settings: VideoSettings, source: VideoInfo, container: str) -> list[str]:
    """What FFmpeg does not write, and files that few players show."""
    square = settings.encoder.name in ("libvpx-vp9", "libsvtav1") and container != "mp4"
    if settings.sample_aspect != 1 and square:
        width, height = settings.sample_aspect.as_integer_ratio()
        return [f"pixels of {width}:{height} become square here; .mp4 keeps their shape"]
    if settings.encoder.name == "libx264" and settings.colour.bits > 8 and source.codec != "h264":
        return ["H.264 of 10 bits plays in few places; --codec hevc plays in more"]
    return []


def _rgb_remarks(source: VideoInfo, name: str) -> list[str]:
    remarks = []
    if source.colour.transfer in _NAMES_OF_TRANSFER:
        transfer = _NAMES_OF_TRANSFER[source.colour.transfer]
        remarks.append(f"pictures keep their code values of {transfer}, but {name} does not say so")
    if source.sample_aspect != 1:
        width, height = source.sample_aspect.as_integer_ratio()
        remarks.append(f"pixels of {width}:{height} become square, as all are in {name}")
    return remarks

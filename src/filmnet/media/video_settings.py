"""What an encoder is told: pixels, quality, colour, and the data of HDR screens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from filmnet.media.formats import Encoder
from filmnet.media.pixel_choice import parse_pixels
from filmnet.media.video_colour import MasteringDisplay, VideoColour

_CHROMA_LOCATIONS = ("unspecified", "left", "center", "topleft", "top", "bottomleft", "bottom")
"""FFmpeg's names, by its numbers."""

_BT709 = 1
"""The number of BT.709 in each list of ITU-T H.273."""

_WITH_ALPHA = {"rgb24": "rgba", "rgb48be": "rgba64be", "bgra": "bgra"}
"""What holds alpha, too."""

_HDR_NAMES = {
    "libx264": ("x264-params", "mastering-display", "cll"),
    "libx265": ("x265-params", "master-display", "max-cll"),
    "libsvtav1": ("svtav1-params", "mastering-display", "content-light"),
}
"""Option, and its names of mastering display and content light, by encoder."""


_AVX_512 = 256
"""OpenCV's number of the instructions that x264 would use where a CPU has them."""

_SAME_EACH_TIME = "asm=MMX2,SSE2Fast,SSSE3,SSE4.2,LZCNT,AVX,FMA3,BMI2,AVX2"
"""x264's code for all other instructions: that for AVX-512 reads memory that nobody has written,
so that encoding the same pictures twice gives different ones, and pieces would not be what an
undisturbed run has. CPUs with AVX-512 have all of these."""


@dataclass(frozen=True, kw_only=True)
class VideoSettings:
    """All that decides how pictures are encoded."""

    encoder: Encoder
    """FFmpeg's encoder."""

    pixel_format: str
    """FFmpeg's name of what it takes."""

    crf: int | None
    """Constant rate factor; None if the encoder has none."""

    size: tuple[int, int]
    """Width and height of the pictures."""

    fps: Fraction
    """Frames per second."""

    colour: VideoColour
    """How RGB code values become Y'CbCr, and the tags; its depth is that of `pixel_format`."""

    sample_aspect: Fraction = Fraction(1)
    """Width by height of a pixel."""

    @property
    def encoded_size(self) -> tuple[int, int]:
        """Width and height, each rounded up to even where chroma has half of them."""
        width, height = self.size
        half_width = "420" in self.pixel_format or "422" in self.pixel_format
        half_height = "420" in self.pixel_format
        return width + (width % 2) * half_width, height + (height % 2) * half_height

    @property
    def has_alpha(self) -> bool:
        """Whether the pixels have alpha."""
        return "a" in self.pixel_format.removesuffix("le").removesuffix("be").replace("gray", "")

    @property
    def codec_tag(self) -> str | None:
        """The four letters that Apple's players want in MP4 and MOV; None where any do."""
        if self.encoder.name == "libx265":
            return "hvc1"
        if self.encoder.name == "prores_ks":
            return "ap4h" if "444" in self.pixel_format else "apch"
        return None


def picture_settings(
    encoder: Encoder,
    *,
    crf: int | None,
    size: tuple[int, int],
    fps: Fraction,
    dtype: type[np.uint8] | type[np.uint16],
    has_alpha: bool = False,
) -> VideoSettings:
    """For pictures that come from no video: BT.709, limited range, chroma between its pixels.

    Args:
        encoder: FFmpeg's encoder.
        crf: constant rate factor; None for the encoder's default.
        size: width and height of the pictures.
        fps: frames per second.
        dtype: type of the pictures; uint16 takes the deepest pixels that players show.
        has_alpha: whether they have alpha; for WebP and APNG.
    """
    pixel_format = encoder.deep_pixel_format if dtype is np.uint16 else encoder.pixel_format
    if has_alpha:
        pixel_format = _WITH_ALPHA[pixel_format]
    pixels = parse_pixels(pixel_format) if encoder.is_yuv else None
    return VideoSettings(
        encoder=encoder,
        pixel_format=pixel_format,
        crf=encoder.crf if crf is None else crf,
        size=size,
        fps=fps,
        colour=VideoColour(
            matrix=_BT709,
            primaries=_BT709,
            transfer=_BT709,
            full_range=False,
            chroma_location=_CHROMA_LOCATIONS.index("center"),
            bits=pixels.bits if pixels else 8,
            chroma=pixels.chroma if pixels else "444",
        ),
    )


def encoder_options(settings: VideoSettings) -> dict[str, str]:
    """FFmpeg's options for an encoder."""
    encoder, colour = settings.encoder, settings.colour
    options = dict(encoder.options)
    if settings.crf is not None:
        options["crf"] = str(settings.crf)
    if encoder.is_yuv:
        options["chroma_sample_location"] = _CHROMA_LOCATIONS[colour.chroma_location]
    if encoder.name == "prores_ks" and "444" in settings.pixel_format:
        options["profile"] = "4444"
    name, parameters = _hdr_parameters(encoder.name, colour)
    if encoder.name == "libx264" and cv2.checkHardwareSupport(_AVX_512):
        name, parameters = "x264-params", [*parameters, _SAME_EACH_TIME]
    if parameters:
        options[name] = ":".join([*filter(None, [options.get(name)]), *parameters])
    return options


def _hdr_parameters(encoder: str, colour: VideoColour) -> tuple[str, list[str]]:
    """The option for mastering data, and its parameters.

    VP9 and ProRes have no place for them: there only the container holds them.
    """
    if encoder not in _HDR_NAMES:
        return "", []
    option, display_name, light_name = _HDR_NAMES[encoder]
    parameters = []
    display, light = colour.mastering_display, colour.content_light
    if display is not None and _can_say(encoder, display):
        text = _in_units(display) if encoder == "libsvtav1" else _in_steps(display)
        parameters.append(f"{display_name}={text}")
    if light is not None:
        parameters.append(f"{light_name}={light.max_content},{light.max_average}")
    return option, parameters


def _can_say(encoder: str, display: MasteringDisplay) -> bool:
    """Whether an encoder can write what is known: AV1 has no way to leave out a half."""
    known = bool(display.primaries and display.white), bool(display.luminance)
    return all(known) if encoder == "libsvtav1" else any(known)


def _in_steps(display: MasteringDisplay) -> str:
    """In steps of 0.00002 for coordinates and of 0.0001 cd/m2 for luminance, as SEI messages do."""
    return _mastering_text(
        display, lambda x: str(round(x * 50_000)), lambda x: str(round(x * 10_000))
    )


def _in_units(display: MasteringDisplay) -> str:
    return _mastering_text(display, lambda x: f"{float(x):.5f}", lambda x: f"{float(x):.4f}")


def _mastering_text(
    display: MasteringDisplay,
    coordinate: Callable[[Fraction], str],
    luminance: Callable[[Fraction], str],
) -> str:
    """The form that x264, x265 and SVT-AV1 share; what is not known is 0, as in ST 2086."""
    unknown = Fraction(0), Fraction(0)
    red, green, blue, white = (
        ",".join(coordinate(x) for x in xy)
        for xy in (*(display.primaries or (unknown,) * 3), display.white or unknown)
    )
    darkest, brightest = (luminance(x) for x in display.luminance or unknown)
    return f"G({green})B({blue})R({red})WP({white})L({brightest},{darkest})"

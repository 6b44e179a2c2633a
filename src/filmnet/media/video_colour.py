"""How the colours of a video are coded: the tags that are read, kept and written again.

Numbers are those of ITU-T H.273, which FFmpeg uses as well; 2 stands for "unspecified".
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

UNSPECIFIED = 2


@dataclass(frozen=True, kw_only=True)
class MasteringDisplay:
    """The display on which an HDR video was made (SMPTE ST 2086)."""

    primaries: tuple[tuple[Fraction, Fraction], ...] | None
    """Chromaticities (x, y) of red, green and blue; None where not given."""

    white: tuple[Fraction, Fraction] | None
    """Chromaticity of white; None where not given."""

    luminance: tuple[Fraction, Fraction] | None
    """Darkest and brightest, in candela per square metre; None where not given."""


@dataclass(frozen=True, kw_only=True)
class ContentLight:
    """How bright an HDR video gets (CTA-861.3)."""

    max_content: int
    """Brightest pixel, in candela per square metre (MaxCLL)."""

    max_average: int
    """Brightest average of a frame (MaxFALL)."""


@dataclass(frozen=True, kw_only=True)
class VideoColour:
    """How the colours of a video are coded."""

    matrix: int
    """Matrix coefficients; 0 for RGB."""

    primaries: int
    transfer: int

    full_range: bool
    """Whether black and white are the smallest and largest codes."""

    chroma_location: int
    """FFmpeg's AVChromaLocation: 0 unspecified, 1 left, 2 centre, 3 top left, 4 top …"""

    bits: int
    """Per sample."""

    chroma: str
    """Sampling: "444", "422", "420", "440", "411", "410", or "400" for grey."""

    mastering_display: MasteringDisplay | None = None
    content_light: ContentLight | None = None

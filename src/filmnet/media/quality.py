"""A constant rate factor that keeps a video's quality without paying for more.

The bits that a source spends per pixel, counted as H.264 would need them, say how finely it was
coded. Twice the bits is about six steps of H.264's scale; a re-encoding that is not to be seen
has to be some steps finer than its source.
"""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

from filmnet.media.formats import ENCODERS, codec_family
from filmnet.media.video_info import VideoInfo

_EFFICIENCY = {
    "h264": 1.0,
    "hevc": 1.5,
    "vp8": 0.9,
    "vp9": 1.4,
    "av1": 1.8,
    "mpeg4": 0.6,
    "mpeg2video": 0.5,
    "mpeg1video": 0.4,
    "mjpeg": 0.2,
}
"""Bits that H.264 needs for one bit of a codec."""

_BITS_AT_BEST = 0.25
"""Bits per pixel of H.264 from which on a source deserves the default."""

_STEPS_PER_DOUBLING = 6
_MAX_STEPS = 7
"""Steps of the scale by which the coarsest source is above the default."""


def choose_crf(codec: str, source: VideoInfo) -> int | None:
    """The constant rate factor for a video made from `source`; None if the codec has none.

    Between the codec's default, which is for sources that show nothing of their coding, and seven
    steps more, for those that spend few bits.

    Args:
        codec: key of `ENCODERS`.
        source: the video; where its bit rate is not said, that of the whole file counts.
    """
    best = ENCODERS[codec].crf
    rate = source.bit_rate or _rate_of_file(source)
    efficiency = _EFFICIENCY.get(codec_family(source.codec))
    if best is None or not rate or efficiency is None:
        return best
    width, height = source.size
    bits = efficiency * float(rate / (width * height * source.frame_rate))
    steps = _STEPS_PER_DOUBLING * math.log2(_BITS_AT_BEST / bits)
    return best + min(max(round(steps), 0), _MAX_STEPS)


def _rate_of_file(source: VideoInfo) -> Fraction | None:
    """Bits per second of everything in a file, most of which are pictures."""
    try:
        size = Path(source.path).stat().st_size
    except OSError:
        return None
    return 8 * size / source.duration if source.duration else None

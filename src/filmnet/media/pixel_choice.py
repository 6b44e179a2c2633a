"""Which of an encoder's pixels keep most of a source's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NAME = re.compile(r"yuv(?P<alpha>a?)(?P<chroma>4\d\d)p(?P<bits>\d*)(le)?")


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """What a name such as yuva444p10le says."""

    chroma: str
    """420, 422 or 444."""

    bits: int
    """Bits per sample."""

    alpha: bool
    """Whether there is transparency."""


def parse_pixels(name: str) -> Pixels:
    """Take apart FFmpeg's name of planar Y'CbCr.

    Raises:
        ValueError: another kind of name.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name} is no planar Y'CbCr")
    return Pixels(chroma=match["chroma"], bits=int(match["bits"] or 8), alpha=bool(match["alpha"]))


def choose_pixels(names: Iterable[str], *, chroma: str, bits: int, alpha: bool) -> str:
    """The name that keeps transparency, then depth, then chroma, and adds least.

    Args:
        names: FFmpeg's names of planar Y'CbCr.
        chroma: 420, 422 or 444.
        bits: per sample.
        alpha: whether transparency is wanted.
    """

    def loss(name: str) -> tuple[int, ...]:
        pixels = parse_pixels(name)
        deeper, finer = pixels.bits - bits, int(pixels.chroma) - int(chroma)
        return (
            pixels.alpha != alpha,
            max(-deeper, 0),
            max(-finer, 0),
            max(deeper, 0),
            max(finer, 0),
        )

    return min(names, key=loss)

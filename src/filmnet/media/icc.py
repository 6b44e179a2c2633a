"""ICC profiles of the matrix kind, for what Pillow's LittleCMS binding cannot do: 16 bit.

Display P3, Adobe RGB, ProPhoto, Rec. 2020 and grey gamma profiles are of this kind: one curve
per channel to linear light, and one 3x3 matrix to XYZ under D50. From there to sRGB:

    code values ─ curves → linear ─ matrix → XYZ (D50) ─ matrix → linear sRGB ─ clip, curve → sRGB

Source: ICC.1:2022, sections 8.3, 10.6 (curveType) and 10.18 (parametricCurveType).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_SRGB_TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
_XYZ_TO_SRGB = np.linalg.inv(_SRGB_TO_XYZ)
_CODES = np.arange(65536) / 65535
_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}


@dataclass(frozen=True, kw_only=True)
class MatrixProfile:
    """Curves and matrix of an ICC profile."""

    curves: tuple[Floats, ...]
    """Linear light for each of the 65536 codes: three channels of RGB, or one of grey."""

    to_linear_srgb: Floats
    """(3, 3), linear light of the profile to linear light of sRGB; the identity for grey."""

    @property
    def is_srgb(self) -> bool:
        """Whether a conversion would change no 8-bit code value by more than its rounding."""
        if len(self.curves) != 3:
            return False
        steps = np.linspace(0, 65535, 9).astype(np.uint16)
        cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
        moved = self.to_srgb(cube).astype(np.int64) - cube
        return bool(np.abs(moved).max() <= 257)

    def to_srgb(self, samples: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Convert code values to sRGB.

        Args:
            samples: (H, W, 3) or, for a grey profile, (H, W, 1).

        Returns:
            (H, W, 3); what lies outside sRGB is clipped.
        """
        linear = np.stack(
            [curve[samples[..., i]] for i, curve in enumerate(self.curves)], axis=-1
        ).astype(np.float32)
        if len(self.curves) == 1:
            linear = np.repeat(linear, 3, axis=-1)
        else:
            linear = linear @ self.to_linear_srgb.T.astype(np.float32)
        return np.rint(_encode_srgb(linear.clip(0, 1)) * 65535).astype(np.uint16)


def parse_profile(profile: bytes) -> MatrixProfile | None:
    """Read curves and matrix; None for profiles made of tables, and for damaged ones."""
    try:
        tags = _tags(profile)
        space, connection = profile[16:20], profile[20:24]
        if any(name in tags for name in (b"A2B0", b"A2B1")) or connection != b"XYZ ":
            return None
        if space == b"GRAY":
            return MatrixProfile(curves=(_curve(tags[b"kTRC"]),), to_linear_srgb=np.eye(3))
        if space != b"RGB ":
            return None
        curves = tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
        colorants = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    except (KeyError, IndexError, struct.error, ValueError):
        return None
    return MatrixProfile(curves=curves, to_linear_srgb=_XYZ_TO_SRGB @ np.array(colorants).T)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = (struct.unpack_from(">4sII", profile, 132 + 12 * i) for i in range(min(count, 1000)))
    return {name: profile[offset : offset + size] for name, offset, size in entries}


def _xyz(tag: bytes) -> list[float]:
    return [value / 65536 for value in struct.unpack_from(">3i", tag, 8)]


def _curve(tag: bytes) -> Floats:
    """Linear light for each of the 65536 codes."""
    if tag[:4] == b"para":
        return _parametric_curve(tag)
    if tag[:4] != b"curv":
        raise ValueError(f"unknown ICC curve {tag[:4]!r}")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return _CODES
    values = np.array(struct.unpack_from(f">{count}H", tag, 12))
    if count == 1:
        return np.asarray(_CODES ** (values[0] / 256))
    return np.asarray(np.interp(_CODES, np.linspace(0, 1, count), values / 65535))


def _parametric_curve(tag: bytes) -> Floats:
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind not in _PARAMETERS:
        raise ValueError(f"unknown ICC curve function {kind}")
    numbers = [value / 65536 for value in struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)]
    gamma, a, b, c, d, e, f = numbers + [0.0] * (7 - len(numbers))
    if kind == 0:
        a = 1.0
    if kind in (1, 2):
        c, d, e, f = 0.0, -b / a if a else 0.0, c, c
    with np.errstate(all="ignore"):  # a damaged profile shows in the next check
        power = np.maximum(a * _CODES + b, 0) ** gamma + e
    curve = np.where(d <= _CODES, power, c * _CODES + f)
    if not np.isfinite(curve).all():
        raise ValueError("an ICC curve leaves the finite numbers")
    return np.asarray(curve.clip(0, 1))


def _encode_srgb(linear: Floats) -> Floats:
    """Linear light in [0, 1] to sRGB's code values in [0, 1]."""
    return np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )

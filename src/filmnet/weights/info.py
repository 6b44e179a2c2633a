"""What is known about weights besides their numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from torch import Tensor

from filmnet.model import FilmConfig

Times = Literal["midpoint", "any"]
PaddingMode = Literal["zeros", "replicate"]


@dataclass(frozen=True, kw_only=True)
class Padding:
    """How pictures are brought to a size that suits the weights, centred.

    Raises:
        ValueError: a multiple below 1, or an unknown mode.
    """

    multiple: int = 64
    """Both sides become a multiple of this, in pixels; 1 leaves them as they are."""

    mode: PaddingMode = "zeros"
    """What is put around: black, or the border's pixels again."""

    def __post_init__(self) -> None:
        if self.multiple < 1:
            raise ValueError(f"padding multiple {self.multiple} is below 1")
        if self.mode not in get_args(PaddingMode):
            raise ValueError(f"padding mode {self.mode!r} is none of {get_args(PaddingMode)}")


@dataclass(frozen=True, kw_only=True)
class WeightsInfo:
    """Where weights come from, which network they fit, and how that network is to be used.

    Raises:
        ValueError: unknown times.
    """

    name: str
    """Short, as `filmnet weights list` and a run's first line show it."""

    config: FilmConfig
    """The architecture that the weights fit."""

    licence: str = "unknown"
    """SPDX identifier where there is one."""

    times: Times = "midpoint"
    """Which instants the weights were trained for: t = 0.5 only, or any t."""

    padding: Padding = field(default_factory=Padding)
    """What pictures need before they enter the network."""

    training: dict[str, Any] = field(default_factory=dict)
    """How the weights were made; plain values that JSON can hold."""

    metrics: dict[str, Any] = field(default_factory=dict)
    """What was measured with them; plain values that JSON can hold."""

    format: str = "filmnet"
    """The kind of file they were read from."""

    source: str = ""
    """The file or folder they were read from; empty where they were made in memory."""

    sha256: str = ""
    """Of that file, in hexadecimal; of the data files, for a TensorFlow folder."""

    precision: str = "float32"
    """In which type that file stores the numbers."""

    def __post_init__(self) -> None:
        if self.times not in get_args(Times):
            raise ValueError(f"times {self.times!r} is none of {get_args(Times)}")


@dataclass(frozen=True, kw_only=True)
class LoadedWeights:
    """Verified weights: all there, of the right shape, finite."""

    state_dict: dict[str, Tensor]
    """Exactly the keys of `filmnet.model.Film(info.config)`; float32, on the CPU."""

    info: WeightsInfo
    """What is known about them."""

    @property
    def parameters(self) -> int:
        """How many numbers the network has."""
        return sum(tensor.numel() for tensor in self.state_dict.values())

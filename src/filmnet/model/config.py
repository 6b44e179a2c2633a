"""The numbers that fix FILM's architecture."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

Output = Literal["image", "blend"]


@dataclass(frozen=True, kw_only=True)
class FilmConfig:
    """Architecture of FILM; the defaults are the published model.

    Raises:
        ValueError: numbers that contradict each other.
    """

    pyramid_levels: int = 7
    """Levels of the image, feature and flow pyramids, finest first."""

    fusion_pyramid_levels: int = 5
    """Finest levels that are warped and fused."""

    specialized_levels: int = 3
    """Finest levels with a flow predictor of their own; all coarser ones share one."""

    sub_levels: int = 4
    """Stages of the feature extractor that is started at every pyramid level."""

    filters: int = 64
    """Channels of the extractor's first stage and of the finest fusion level; doubled per level."""

    flow_convs: tuple[int, ...] = (3, 3, 3, 3)
    """3x3 convolutions per flow predictor: the specialised ones, finest first, then the shared."""

    flow_filters: tuple[int, ...] = (32, 64, 128, 256)
    """Channels per flow predictor, in the same order."""

    output: Output = "image"
    """What fusion's last convolution makes.

    `image`: the picture itself, as published. `blend`: a correction (3 channels) to the blend
    of the two images, warped with a cubic kernel, and the blend's per-pixel weight (1 channel).
    Blending happens in float32, so that a narrow network in bfloat16 keeps every grey level.
    """

    def __post_init__(self) -> None:
        predictors = self.specialized_levels + 1
        if len(self.flow_convs) != predictors or len(self.flow_filters) != predictors:
            raise ValueError(
                f"flow_convs {self.flow_convs} and flow_filters {self.flow_filters} need one entry "
                f"per predictor: {self.specialized_levels} specialised ones and the shared one"
            )
        if not self.sub_levels <= self.pyramid_levels:
            raise ValueError(
                f"sub_levels {self.sub_levels} exceed pyramid_levels {self.pyramid_levels}"
            )
        if not self.specialized_levels < self.pyramid_levels:
            raise ValueError(
                f"specialized_levels {self.specialized_levels} leave no level "
                f"to the shared predictor in {self.pyramid_levels} pyramid_levels"
            )
        if self.sub_levels > self.specialized_levels + 1:
            raise ValueError(
                f"sub_levels {self.sub_levels} give the levels of the shared predictor different "
                f"channels; with specialized_levels {self.specialized_levels} they are "
                f"{self.specialized_levels + 1} at most"
            )
        if not 2 <= self.fusion_pyramid_levels <= self.pyramid_levels:
            raise ValueError(
                f"fusion_pyramid_levels {self.fusion_pyramid_levels} must lie "
                f"in 2..pyramid_levels ({self.pyramid_levels})"
            )
        if self.output not in ("image", "blend"):
            raise ValueError(f"output {self.output!r} is neither 'image' nor 'blend'")
        if min(self.filters, self.sub_levels, *self.flow_convs) < 1 or min(self.flow_filters) < 2:
            raise ValueError("filters, sub_levels and flow_convs start at 1, flow_filters at 2")

    @property
    def smallest_side(self) -> int:
        """Pixels that a side needs so that the coarsest level has one."""
        return int(2 ** (self.pyramid_levels - 1))

    def stage_channels(self, stage: int) -> int:
        """Channels of the feature extractor's stage, 0 the finest."""
        return self.filters << stage

    def feature_channels(self, level: int) -> int:
        """Channels of the feature pyramid at `level`, 0 the finest."""
        return sum(self.stage_channels(j) for j in range(min(level + 1, self.sub_levels)))

    def fusion_channels(self, level: int) -> int:
        """Channels of the fusion decoder at `level`, 0 the finest."""
        return self.filters << min(level, self.specialized_levels)

    def aligned_channels(self, level: int) -> int:
        """Channels of the aligned pyramid: two images, their features, two flows."""
        return 2 * (3 + self.feature_channels(level)) + 2 * 2

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as metadata and TOML hold them."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> FilmConfig:
        """The inverse of `to_dict`.

        Raises:
            ValueError: an unknown key, or numbers that contradict each other.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"unknown architecture keys {unknown}; known are {sorted(known)}")
        arguments: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return cls(**arguments)

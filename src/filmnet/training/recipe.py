"""A training recipe: everything that decides what a run makes, read from TOML."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from filmnet.errors import RecipeError
from filmnet.model import FilmConfig
from filmnet.training.pack import PackConfig
from filmnet.training.scenes import SceneConfig
from filmnet.weights import Padding

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stretch of the run with its own samples."""

    steps: int
    crop_px: int
    batch: int = 8

    motion_px: float = 40.0
    """Longest motion between the two inputs."""

    real_share: float = 0.5
    """Share of triplets from clips; the rest are layered scenes."""

    midpoint_share: float = 0.6
    """Share of real triplets of even span whose truth is the middle frame."""

    def __post_init__(self) -> None:
        if min(self.steps, self.crop_px, self.batch) < 1:
            raise ValueError("steps, crop_px and batch of a stage start at 1")
        if not 0 <= self.real_share <= 1:
            raise ValueError(f"real_share {self.real_share} is not within 0..1")


@dataclass(frozen=True, kw_only=True)
class Optimization:
    """AdamW, its learning rate over the steps, and what steadies it."""

    learning_rate: float = 6e-4
    schedule: Literal["cosine", "staircase"] = "cosine"

    final_learning_rate: float = 1e-6
    """Where `cosine` ends."""

    decay_steps: int = 750_000
    """Length of a stair of `staircase`."""

    decay_rate: float = 0.464158
    """Factor per stair of `staircase`."""

    warmup_steps: int = 100
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 1e-4
    clip_norm: float = 1.0
    ema_decay: float = 0.999

    def __post_init__(self) -> None:
        if self.schedule not in ("cosine", "staircase"):
            raise ValueError(f"schedule {self.schedule!r} is neither 'cosine' nor 'staircase'")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate {self.learning_rate} is not above 0")


@dataclass(frozen=True, kw_only=True)
class LossWeights:
    """What the run minimises; `flow` and `warped` fade to 0 at `guide_steps`."""

    l1: float = 1.0
    """Mean absolute difference of the made and the true frame."""

    flow: float = 0.0
    """End-point error at all levels against layered scenes' exact flow."""

    warped: float = 0.0
    """Mean absolute difference of each warped image and the true frame."""

    guide_steps: int = 1


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A run from its first sample to its last.

    Raises:
        ValueError: values that contradict each other.
    """

    name: str
    seed: int = 0
    precision: Literal["32-true", "bf16-mixed"] = "bf16-mixed"
    evaluate_every: int = 500
    checkpoint_every: int = 200
    licence: str = "Apache-2.0"
    model: FilmConfig = field(default_factory=FilmConfig)
    padding: Padding = field(default_factory=Padding)
    pack: PackConfig = field(default_factory=PackConfig)
    scenes: SceneConfig = field(default_factory=SceneConfig)
    optimization: Optimization = field(default_factory=Optimization)
    losses: LossWeights = field(default_factory=LossWeights)
    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        if not self.stages:
            raise ValueError("a recipe needs at least one stage")
        for stage in self.stages:
            if stage.crop_px < self.model.smallest_side:
                raise ValueError(
                    f"crop_px {stage.crop_px} is smaller than the network's "
                    f"smallest side, {self.model.smallest_side}"
                )

    @property
    def steps(self) -> int:
        """Steps of all stages together."""
        return sum(stage.steps for stage in self.stages)

    def stage_at(self, step: int) -> tuple[int, int]:
        """The stage that makes `step`, and the step at which it began."""
        begin = 0
        for number, stage in enumerate(self.stages):
            if step < begin + stage.steps:
                return number, begin
            begin += stage.steps
        raise ValueError(f"step {step} is past the last of {self.steps}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as TOML holds them."""
        return asdict(self)


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        RecipeError: no such file, no TOML, an unknown key or a value that cannot be.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return _build(Recipe, values)
    except FileNotFoundError as error:
        raise RecipeError(f"{path}: no such recipe; configs/ has examples") from error
    except (ValueError, TypeError, OSError) as error:
        raise RecipeError(f"{path}: {error}") from error


_SECTIONS: dict[str, type[Any]] = {
    "model": FilmConfig,
    "padding": Padding,
    "pack": PackConfig,
    "scenes": SceneConfig,
    "optimization": Optimization,
    "losses": LossWeights,
}


def _build(kind: type[T], values: dict[str, Any]) -> T:
    """Fill a dataclass from a table; nested tables by their section's name."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind} is no dataclass")
    known = {f.name: f for f in fields(kind)}
    if unknown := sorted(set(values) - set(known)):
        raise ValueError(f"unknown key {unknown[0]!r}; known here are {', '.join(sorted(known))}")
    arguments: dict[str, Any] = {}
    for key, value in values.items():
        if kind is Recipe and key == "stages":
            arguments[key] = tuple(_build(Stage, stage) for stage in value)
        elif kind is Recipe and key in _SECTIONS:
            arguments[key] = _build(_SECTIONS[key], value)
        else:
            _check_type(key, value, str(known[key].type))
            arguments[key] = tuple(value) if isinstance(value, list) else value
    return kind(**arguments)


def _check_type(key: str, value: Any, declared: str) -> None:
    """Refuse a string for a number and the like; TOML's whole numbers may stand for fractions."""
    wanted: tuple[type, ...] = {
        "int": (int,),
        "float": (int, float),
        "str": (str,),
        "bool": (bool,),
    }.get(declared, (str, list, int, float))
    if not isinstance(value, wanted) or (isinstance(value, bool) and declared != "bool"):
        raise ValueError(f"{key} = {value!r} is not of type {declared}")

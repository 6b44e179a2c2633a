"""A training recipe: everything that decides what a run makes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from filmnet.model import FilmConfig
from filmnet.training.augmentation import Augmentation
from filmnet.training.loss_weights import LossWeights
from filmnet.training.scenes import SceneConfig
from filmnet.training.windows import PackConfig
from filmnet.weights import Padding

Precision = Literal["32-true", "bf16-mixed"]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stretch of the run with its own samples.

    Raises:
        ValueError: a value that cannot be.
    """

    steps: int
    crop_px: int

    batch: int = 8
    """Samples per step, of all processes together."""

    accumulate: int = 1
    """Parts in which each process computes its share of the batch, one after the other."""

    motion_px: float = 40.0
    """Longest motion between the two inputs."""

    real_share: float = 0.5
    """Share of triplets from clips; the rest are layered scenes."""

    midpoint_share: float = 0.6
    """Share of real triplets of even span whose truth is the middle frame; 1 draws only such."""

    def __post_init__(self) -> None:
        if min(self.steps, self.crop_px, self.batch, self.accumulate) < 1:
            raise ValueError("steps, crop_px, batch and accumulate start at 1")
        if self.batch % self.accumulate:
            raise ValueError(f"a batch of {self.batch} has no {self.accumulate} equal parts")
        if self.motion_px < 0:
            raise ValueError(f"motion_px {self.motion_px} is below 0")
        for share in (self.real_share, self.midpoint_share):
            if not 0 <= share <= 1:
                raise ValueError(f"a share of {share} is not within 0..1")


@dataclass(frozen=True, kw_only=True)
class Optimization:
    """The optimizer, its learning rate over the steps, and what steadies it.

    Raises:
        ValueError: a value that cannot be.
    """

    optimizer: Literal["adamw", "keras-adam"] = "adamw"
    """`keras-adam`: Adam as Keras computes it, which the published weights were trained with."""

    learning_rate: float = 6e-4
    schedule: Literal["cosine", "staircase"] = "cosine"

    final_learning_rate: float = 1e-6
    """Where `cosine` ends."""

    decay_steps: int = 750_000
    """Length of a stair of `staircase`."""

    decay_rate: float = 0.464158
    """Factor per stair of `staircase`."""

    fusion_rate: float = 1.0
    """Learning rate of fusion, as a multiple of the rest's."""

    warmup_steps: int = 100
    betas: tuple[float, float] = (0.9, 0.999)

    epsilon: float = 1e-8
    """Keeps the step finite; `adamw` adds it after the bias correction, `keras-adam` before."""

    weight_decay: float = 1e-4
    """Of `adamw`; `keras-adam` has none."""

    clip_norm: float = 1.0
    """Norm to which a longer gradient is shortened; 0 leaves it alone."""

    ema_decay: float = 0.999
    """What of the averaged weights stays at each step; 0 delivers the last step's weights."""

    def __post_init__(self) -> None:
        if self.optimizer not in ("adamw", "keras-adam"):
            raise ValueError(f"optimizer {self.optimizer!r} is neither 'adamw' nor 'keras-adam'")
        if self.optimizer == "keras-adam" and self.weight_decay:
            raise ValueError(f"weight_decay {self.weight_decay} is 'adamw's; 'keras-adam' takes 0")
        if self.schedule not in ("cosine", "staircase"):
            raise ValueError(f"schedule {self.schedule!r} is neither 'cosine' nor 'staircase'")
        for name in ("learning_rate", "decay_steps", "decay_rate", "fusion_rate", "epsilon"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} {getattr(self, name)} is not above 0")
        rest = ("warmup_steps", "weight_decay", "final_learning_rate", "clip_norm")
        if min(getattr(self, name) for name in rest) < 0:
            raise ValueError(f"{', '.join(rest)} start at 0")
        if len(self.betas) != 2 or not all(0 <= beta < 1 for beta in (*self.betas, self.ema_decay)):
            raise ValueError(
                f"betas {self.betas} (two) and ema_decay {self.ema_decay} must lie in [0, 1)"
            )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A run from its first sample to its last.

    Raises:
        ValueError: values that contradict each other.
    """

    name: str
    seed: int = 0

    precision: Precision = "bf16-mixed"
    """In which numbers the network computes; its weights are kept in float32."""

    times: Literal["any", "midpoint"] = "any"
    """At which instants the network is trained: `midpoint` refuses samples of any other."""

    evaluate_every: int = 500
    """Steps between measurements on triplets; pictures are logged then as well."""

    checkpoint_every: int = 200
    """Steps between checkpoints; losses are logged then as well."""

    keep_checkpoints: int = 2
    """How many of the newest checkpoints stay on disk …"""

    keep_every_hours: float = 0.0
    """… beside one for each so many hours of training; 0 keeps no older ones."""

    licence: str = "Apache-2.0"
    """Of the weights that the run makes."""

    model: FilmConfig = field(default_factory=FilmConfig)
    padding: Padding = field(default_factory=Padding)
    pack: PackConfig = field(default_factory=PackConfig)
    scenes: SceneConfig = field(default_factory=SceneConfig)
    augmentation: Augmentation = field(default_factory=Augmentation)
    optimization: Optimization = field(default_factory=Optimization)
    losses: LossWeights = field(default_factory=LossWeights)
    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        if not self.stages:
            raise ValueError("a recipe needs at least one stage")
        if self.precision not in get_args(Precision):
            raise ValueError(f"precision {self.precision!r} is none of {get_args(Precision)}")
        if self.times not in ("any", "midpoint"):
            raise ValueError(f"times {self.times!r} is neither 'any' nor 'midpoint'")
        if min(self.evaluate_every, self.checkpoint_every, self.keep_checkpoints) < 1:
            raise ValueError("evaluate_every, checkpoint_every and keep_checkpoints start at 1")
        if self.seed < 0 or not self.keep_every_hours >= 0:
            raise ValueError("seed and keep_every_hours start at 0")
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

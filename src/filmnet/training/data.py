"""Samples for training: real triplets from the pack's windows, and layered scenes.

Sample number i is a function of the seed and i alone, whichever worker makes it: a run that
resumes at step s goes on with sample s x batch, as if it had never stopped.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from filmnet.errors import RecipeError
from filmnet.training.clips import Pixels
from filmnet.training.pack import ClipWindows, open_photos, open_stills, open_windows
from filmnet.training.recipe import Stage
from filmnet.training.scenes import Array, SceneConfig, layered_scene

SMALLEST_PHOTO_PX = 64

PHOTO_WEIGHT = 10
"""How much more often than a clip's still a photo is a texture: stills are softened by coding."""


class Sample(NamedTuple):
    """One triplet, or a batch of them with B in front."""

    image0: Tensor
    """(3, S, S) float32 in [0, 1]."""

    truth: Tensor
    """The frame at time t, likewise."""

    image1: Tensor

    t: Tensor
    """() float32, in (0, 1)."""

    flow_01: Tensor
    """(2, S, S), the exact flow from image 0 to image 1 where `flow_known`, else zeros."""

    flow_10: Tensor

    flow_known: Tensor
    """() float32: 1 for layered scenes, 0 for real triplets."""


class TripletDataset(Dataset[Sample]):
    """The pack's material as an endless list of samples, by number.

    Args:
        pack: the pack's folder.
        stage: how the samples are to be.
        scenes: how layered scenes are drawn.
        seed: another seed, other samples.

    Raises:
        RecipeError: not a pack, a damaged one, or one without what the stage needs.
    """

    def __init__(self, pack: Path, stage: Stage, scenes: SceneConfig, seed: int) -> None:
        self.pack = pack
        self.stage = stage
        self.scenes = scenes
        self.seed = seed
        self._check()

    def __getstate__(self) -> dict[str, Any]:
        """What goes to a worker's process: not the opened files, which it opens itself."""
        names = ("pack", "stage", "scenes", "seed")
        return {name: self.__dict__[name] for name in names}

    def __getitem__(self, index: int) -> Sample:
        generator = np.random.default_rng([self.seed, index])
        t = _instant(generator)
        if generator.random() < self.stage.real_share:
            return self._real(generator)
        scene = layered_scene(
            self._textures,
            side=self.stage.crop_px,
            t=t,
            motion_px=self.stage.motion_px,
            config=self.scenes,
            generator=generator,
        )
        frames = _augment([scene.image0, scene.truth, scene.image1], generator, turn=False)
        flows = [torch.from_numpy(f).permute(2, 0, 1) for f in (scene.flow_01, scene.flow_10)]
        return _sample(frames, t, flows, known=1.0)

    def _real(self, generator: np.random.Generator) -> Sample:
        clip = self._clips[int(generator.choice(len(self._clips), p=self._clip_weights))]
        number = int(generator.integers(len(clip.windows)))
        window, side = clip.windows[number], self.stage.crop_px
        first, middle, last = self._instants(len(window), float(clip.motion[number]), generator)
        top, left = (int(n) for n in generator.integers(0, window.shape[1] - side + 1, 2))
        crop = window[[first, middle, last], top : top + side, left : left + side]
        frames = _augment([f.astype(np.float32) / 255 for f in crop], generator, turn=True)
        t = (middle - first) / (last - first)
        if generator.random() < 0.5:
            frames, t = frames[::-1], 1 - t
        unknown = torch.zeros(2, side, side)
        return _sample(frames, t, [unknown, unknown], known=0.0)

    def _instants(
        self, frames: int, motion: float, generator: np.random.Generator
    ) -> tuple[int, int, int]:
        """First, true and last frame of a window: as far apart as the stage's motion allows."""
        longest = int(np.clip(self.stage.motion_px / max(motion, 1e-3), 2, frames - 1))
        span = int(generator.integers(2, longest + 1))
        if span % 2 == 0 and generator.random() < self.stage.midpoint_share:
            part = span // 2
        else:
            part = int(generator.integers(1, span))
        first = int(generator.integers(0, frames - span))
        return first, first + part, first + span

    @cached_property
    def _clips(self) -> list[ClipWindows]:
        return open_windows(self.pack)

    @cached_property
    def _clip_weights(self) -> NDArray[np.float64]:
        """Clips by the square root of their windows: long ones count more, but do not rule."""
        weights = np.sqrt([len(clip.windows) for clip in self._clips])
        return np.asarray(weights / weights.sum())

    @cached_property
    def _textures(self) -> list[Pixels]:
        textures = PHOTO_WEIGHT * open_photos(self.pack) + open_stills(self.pack)
        return [p for p in textures if min(p.shape[:2]) >= SMALLEST_PHOTO_PX]

    def _check(self) -> None:
        """The stage's needs against what is there, before any work."""
        if self.stage.real_share < 1 and not self._textures:
            raise RecipeError(
                f"{self.pack}: no photo and no still of {SMALLEST_PHOTO_PX} px or more, "
                f"but a stage wants layered scenes; add photos or raise its real_share to 1"
            )
        if self.stage.real_share == 0:
            return
        if not self._clips:
            raise RecipeError(
                f"{self.pack}: no usable window (clips too small, too short, or without motion), "
                f"but a stage wants real triplets; add clips, change [pack] or set real_share to 0"
            )
        side = self._clips[0].windows.shape[2]
        if side < self.stage.crop_px:
            raise RecipeError(
                f"{self.pack}: windows of {side} px are smaller than the stage's crop_px "
                f"{self.stage.crop_px}; prepare a pack with a larger side_px"
            )


def _instant(generator: np.random.Generator) -> float:
    """Time of a scene's truth: half of them at the midpoint, where users look most."""
    return 0.5 if generator.random() < 0.5 else float(generator.uniform(0.05, 0.95))


def _augment(frames: list[Array], generator: np.random.Generator, *, turn: bool) -> list[Array]:
    """The same change of colours, and for real frames of position, to all frames."""
    if generator.random() < 0.3:
        order = generator.permutation(3)
        frames = [frame[..., order] for frame in frames]
    if turn:
        quarter, mirror = int(generator.integers(4)), generator.random() < 0.5
        frames = [np.rot90(frame, quarter) for frame in frames]
        frames = [frame[:, ::-1] if mirror else frame for frame in frames]
    return frames


def _sample(frames: list[Array], t: float, flows: list[Tensor], *, known: float) -> Sample:
    image0, truth, image1 = map(_tensor, frames)
    time = torch.tensor(t, dtype=torch.float32)
    return Sample(image0, truth, image1, time, flows[0], flows[1], torch.tensor(known))


def _tensor(frame: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(frame.transpose(2, 0, 1)))

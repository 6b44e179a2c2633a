"""Samples for training: real triplets, augmented and cropped, and layered scenes.

Sample number i is a function of the seed and i alone, whichever worker or process makes it: a run
that resumes at step s goes on with sample s x batch, in the middle of an epoch as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from filmnet.training.augmentation import Augmentation, Frame
from filmnet.training.epochs import number_among
from filmnet.training.material import open_material
from filmnet.training.recipe import Stage
from filmnet.training.scenes import SceneConfig, layered_scene


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
    """Training data as an endless list of samples, by number.

    Args:
        data: a pack, or any other layout of frames that `layouts` recognises.
        stage: how the samples are to be.
        scenes: how layered scenes are drawn.
        augmentation: how real triplets are changed.
        seed: another seed, other samples.

    Raises:
        RecipeError: nothing to train on, something damaged, or not what the stage needs.
    """

    def __init__(
        self,
        data: Path,
        stage: Stage,
        scenes: SceneConfig,
        augmentation: Augmentation,
        seed: int,
    ) -> None:
        self.stage = stage
        self.scenes = scenes
        self.augmentation = augmentation
        self.seed = seed
        self.material = open_material(data, stage, seed)
        self.material.check()

    def __getitem__(self, index: int) -> Sample:
        generator = np.random.default_rng([self.seed, index])
        number = number_among(index, self.stage.real_share)
        return self._scene(generator) if number is None else self._real(number, generator)

    def _real(self, number: int, generator: np.random.Generator) -> Sample:
        triplet = self.material.triplet(number, generator)
        frames, t = self.augmentation.draw(generator).apply(triplet.frames, triplet.t)
        side = self.stage.crop_px
        top, left = (int(generator.integers(0, n - side + 1)) for n in frames[0].shape[:2])
        crops = [frame[top : top + side, left : left + side] for frame in frames]
        unknown = torch.zeros(2, side, side)
        return _sample([_to_unit(crop) for crop in crops], t, [unknown, unknown], known=0.0)

    def _scene(self, generator: np.random.Generator) -> Sample:
        t = _instant(generator)
        scene = layered_scene(
            self.material.textures,
            side=self.stage.crop_px,
            t=t,
            motion_px=self.stage.motion_px,
            config=self.scenes,
            generator=generator,
        )
        change = self.augmentation.draw(generator)
        frames = change.recolour([scene.image0, scene.truth, scene.image1])
        flows = [torch.from_numpy(f).permute(2, 0, 1) for f in (scene.flow_01, scene.flow_10)]
        return _sample(frames, t, flows, known=1.0)


def _instant(generator: np.random.Generator) -> float:
    """Time of a scene's truth: half of them at the midpoint, where users look most."""
    return 0.5 if generator.random() < 0.5 else float(generator.uniform(0.05, 0.95))


def _to_unit(frame: Frame) -> Frame:
    """Grey levels of 255 as float32 in [0, 1]."""
    return frame.astype(np.float32) / np.float32(255)


def _sample(frames: list[Frame], t: float, flows: list[Tensor], *, known: float) -> Sample:
    image0, truth, image1 = map(_tensor, frames)
    time = torch.tensor(t, dtype=torch.float32)
    return Sample(image0, truth, image1, time, flows[0], flows[1], torch.tensor(known))


def _tensor(frame: Frame) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(frame.transpose(2, 0, 1)))

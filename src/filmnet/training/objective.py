"""The network and its losses as one module, which Fabric wraps."""

from __future__ import annotations

from torch import nn

from filmnet.model import FilmOutput
from filmnet.model.vgg import Vgg19
from filmnet.training.data import Sample
from filmnet.training.loss_weights import StepWeights
from filmnet.training.losses import Losses, measure_losses


class Objective(nn.Module):
    """A forward pass from samples to losses."""

    def __init__(self, model: nn.Module, vgg: Vgg19 | None) -> None:
        super().__init__()
        self.model = model
        self.vgg = vgg

    def forward(self, sample: Sample, weights: StepWeights) -> Losses:
        output: FilmOutput = self.model(sample.image0, sample.image1, sample.t)
        return measure_losses(output, sample, weights, self.vgg)

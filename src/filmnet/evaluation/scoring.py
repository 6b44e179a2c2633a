"""A set is measured: read, make, compare, one triplet after the other; no picture is kept."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol as TypingProtocol

import numpy as np
import torch
from torch import Tensor

from filmnet.errors import InputError
from filmnet.evaluation.kinds import Protocol
from filmnet.evaluation.methods import Method, by_average
from filmnet.evaluation.metrics import psnr
from filmnet.evaluation.panel import Frames, Measure
from filmnet.evaluation.samples import Sample
from filmnet.evaluation.sets import EvaluationSet
from filmnet.media.pixels import to_tensor


@dataclass(frozen=True, kw_only=True)
class TripletValues:
    """What was measured on one triplet."""

    name: str
    measured: dict[str, float]
    """By the measures' names."""

    average_psnr: float
    """Of the plain average of the inputs, in dB."""


@dataclass(frozen=True, kw_only=True)
class SetScores:
    """What was measured on a set."""

    name: str
    kind: str
    folder: str
    layout: str
    sha256: str
    """Of all its pictures' pixels as they were used."""

    values: tuple[TripletValues, ...]
    published: int | None
    """How many triplets the published set has."""

    def mean(self, measure: str) -> float:
        """The mean of a measure's per-picture values."""
        return _mean([value.measured[measure] for value in self.values])

    @property
    def average_psnr(self) -> float:
        """The mean PSNR of the plain average."""
        return _mean([value.average_psnr for value in self.values])


class Watcher(TypingProtocol):
    """Who wants to see the pictures as they pass."""

    def see(self, sample: Sample, made: Tensor, values: TripletValues) -> None:
        """Look at one triplet; (1, 3, H, W) in [0, 1] was made."""


def score_set(
    evaluated: EvaluationSet,
    method: Method,
    measures: Sequence[Measure],
    protocol: Protocol,
    *,
    device: torch.device | None = None,
    watcher: Watcher | None = None,
    report: Callable[[int, int], None] = lambda *_: None,
) -> SetScores:
    """Make the middle frame of every triplet and compare it with the true one.

    Args:
        evaluated: the set.
        method: makes the frames.
        measures: what to compare by.
        protocol: whether the plain average is rounded.
        device: where to compare; the CPU if not given.
        watcher: sees every triplet.
        report: told how many triplets are done, and of how many.

    Raises:
        InputError: a picture cannot be used.
        DeviceError, WeightsError: the network fails.
    """
    values = []
    digest = hashlib.sha256()
    blend = by_average(protocol)
    for done, sample in enumerate(evaluated.read(), 1):
        _add(digest, sample)
        made = method(sample)
        values.append(_measure(sample, made, blend(sample), measures, device))
        if watcher is not None:
            watcher.see(sample, made, values[-1])
        report(done, len(evaluated.names))
    return SetScores(
        name=evaluated.name,
        kind=evaluated.kind.value,
        folder=str(evaluated.folder),
        layout=evaluated.layout,
        sha256=digest.hexdigest(),
        values=tuple(values),
        published=evaluated.published,
    )


def _add(digest: hashlib._Hash, sample: Sample) -> None:
    for picture in (sample.image0, sample.truth, sample.image1):
        digest.update(f"{sample.name} {picture.shape} {picture.dtype}".encode())
        digest.update(np.ascontiguousarray(picture).data)


@torch.inference_mode()
def _measure(
    sample: Sample,
    made: Tensor,
    blended: Tensor,
    measures: Sequence[Measure],
    device: torch.device | None,
) -> TripletValues:
    tensors = (to_tensor(sample.image0), made, to_tensor(sample.truth), to_tensor(sample.image1))
    frames = Frames(*(tensor.to(device or "cpu") for tensor in tensors))
    try:
        measured = {measure.name: float(measure.of(frames)) for measure in measures}
    except ValueError as error:
        raise InputError(f"{sample.name}: {error}") from error
    return TripletValues(
        name=sample.name,
        measured=measured,
        average_psnr=float(psnr(blended.to(frames.truth.device), frames.truth)),
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)

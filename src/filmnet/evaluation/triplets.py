"""Folders of triplets: two inputs and the true frame between them, a folder for each.

SET/
  one/     frame10.png  frame10i11.png  frame11.png      any names: by name, the middle one
  two/     frame_00.png frame_01_gt.png frame_02.png     is the truth
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from lightning_fabric import Fabric

from filmnet.errors import InputError
from filmnet.evaluation.metrics import psnr
from filmnet.interpolation.padding import pad
from filmnet.media.photos import list_photos, read_photo
from filmnet.media.pixels import to_tensor
from filmnet.model import Film
from filmnet.weights import Padding


@dataclass(frozen=True)
class Triplet:
    """Paths of one triplet."""

    image0: Path
    truth: Path
    image1: Path


def find_triplets(folder: Path) -> list[Triplet]:
    """All triplets in `folder`, by name.

    Raises:
        InputError: there is none, or a sub-folder has not three pictures.
    """
    triplets = []
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        photos = list_photos([inner])
        if len(photos) != 3:
            raise InputError(f"{inner}: {len(photos)} pictures; a triplet has three")
        triplets.append(Triplet(*photos))
    if not triplets:
        raise InputError(f"{folder}: no folders with three pictures each in it")
    return triplets


@torch.inference_mode()
def evaluate_triplets(model: Film, folder: Path, padding: Padding, fabric: Fabric) -> float:
    """Mean PSNR of the midpoints, in dB, each rounded to 8 bits.

    Args:
        model: the network; called under Fabric's precision.
        folder: a folder of triplets.
        padding: the rule of the network's weights.
        fabric: where and in what precision it runs.
    """
    model.eval()
    values = [_triplet_psnr(model, triplet, padding, fabric) for triplet in find_triplets(folder)]
    return sum(values) / len(values)


def _triplet_psnr(model: Film, triplet: Triplet, padding: Padding, fabric: Fabric) -> float:
    image0, truth, image1 = (
        to_tensor(read_photo(path)).to(fabric.device) for path in _paths(triplet)
    )
    padded0, box = pad(image0, padding, model.config.smallest_side)
    padded1, _ = pad(image1, padding, model.config.smallest_side)
    with fabric.autocast():
        made = box.crop(model(padded0, padded1).image)
    rounded = (made.float().clamp(0, 1) * 255).round() / 255
    return float(psnr(rounded, truth))


def _paths(triplet: Triplet) -> Iterator[Path]:
    yield from (triplet.image0, triplet.truth, triplet.image1)

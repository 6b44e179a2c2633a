"""What makes the middle frames: a network, someone's pictures, or the plain average."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from torch import Tensor

from filmnet.errors import InputError
from filmnet.evaluation.kinds import Protocol
from filmnet.evaluation.samples import Sample, average, describe
from filmnet.evaluation.sets import EvaluationSet
from filmnet.interpolation import Interpolator
from filmnet.media.photo_list import PHOTO_EXTENSIONS
from filmnet.media.photos import read_photo
from filmnet.media.pixels import Picture, to_array, to_depth, to_tensor

Method = Callable[[Sample], Tensor]
"""Makes a sample's middle frame, (1, 3, H, W) float32 in [0, 1], on any device."""

Midpoint = Callable[[Picture, Picture], Picture]
"""Makes the frame halfway between two, as `filmnet.Interpolator.midpoint` does."""


def by_network(interpolator: Interpolator, protocol: Protocol) -> Method:
    """Frames of our network, by the rules of `protocol`: FILM's measures it as it was published.

    The method raises InputError where a picture is too small for the network without padding.
    """
    if protocol is Protocol.community:
        return by_midpoint(interpolator.midpoint)
    bare = Interpolator(interpolator.engine.as_published(), interpolator.info)

    def make(sample: Sample) -> Tensor:
        _check_smallest(sample, bare.info.config.smallest_side)
        made = bare.tensor(to_tensor(sample.image0), to_tensor(sample.image1))
        return made.clamp(0, 1)

    return make


def by_midpoint(midpoint: Midpoint) -> Method:
    """Frames of anything that takes two pictures and gives one, rounded."""
    return lambda sample: to_tensor(midpoint(sample.image0, sample.image1))


def by_predictions(folder: Path, evaluated: EvaluationSet) -> Method:
    """Pictures that any method made: `NAME.png` in `folder` for the triplet called NAME.

    Args:
        folder: where they lie, in any format of photos.
        evaluated: the set; all its triplets must be there.

    Raises:
        InputError: some are missing; the method, where one does not fit its truth.
    """
    files = {name: _prediction(folder, name) for name in evaluated.names}
    missing = [name for name, file in files.items() if file is None]
    if missing:
        raise InputError(
            f"{folder}: {len(missing)} of {len(files)} predictions for {evaluated.name} are "
            f"missing, the first {folder / missing[0]}.png; each is a picture named after its "
            f"triplet"
        )

    def make(sample: Sample) -> Tensor:
        path = files[sample.name] or folder
        made = to_depth(read_photo(path), sample.truth.dtype)
        if made.shape != sample.truth.shape:
            raise InputError(
                f"{path}: {describe(made)} differs from its truth, {describe(sample.truth)}; "
                f"predictions have the size of the truth"
            )
        return to_tensor(made)

    return make


def by_average(protocol: Protocol) -> Method:
    """The plain average of the two inputs, rounded where the protocol rounds."""
    if protocol.rounds:
        return by_midpoint(average)
    return lambda sample: (to_tensor(sample.image0) + to_tensor(sample.image1)) / 2


def predictions_folder(folder: Path, evaluated: EvaluationSet, sets: Sequence[object]) -> Path:
    """Where a set's predictions lie: in `folder`, or below it by set where there are several."""
    return folder / evaluated.name if len(sets) > 1 else folder


def as_picture(made: Tensor, sample: Sample) -> Picture:
    """A made frame for showing, in the depth of its sample."""
    return to_array(made, sample.truth.dtype)


def _check_smallest(sample: Sample, smallest: int) -> None:
    height, width = sample.truth.shape[:2]
    if min(height, width) < smallest:
        raise InputError(
            f"{sample.name}: {width}x{height} is too small for the network without padding, which "
            f"needs {smallest} pixels on each side; use --protocol community"
        )


def _prediction(folder: Path, name: str) -> Path | None:
    """The picture of that name, whatever its format."""
    target = folder / name
    tries = (target.with_name(f"{target.name}{extension}") for extension in PHOTO_EXTENSIONS)
    found = (path for path in tries if path.is_file())
    return next(found, None)

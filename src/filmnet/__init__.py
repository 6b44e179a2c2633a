"""filmnet: two near-duplicate photos become a smooth slow-motion video.

    model = filmnet.load()
    frames = model.between(image0, image1, count=15)
    filmnet.photos_to_video(["one.jpg", "two.jpg"], "clip.mp4", seconds=2, fps=30)
    filmnet.video_to_video("in.mp4", "out.mp4", fps=60)

Reading order, which is the order in which data passes: errors, media, model, weights,
interpolation, jobs, evaluation, training, cluster, web, cli. A package imports only those before
it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from filmnet.errors import (
    DeviceError,
    FilmnetError,
    InputError,
    OutputError,
    RecipeError,
    WeightsError,
)

if TYPE_CHECKING:
    from filmnet.interpolation import Interpolator, load
    from filmnet.jobs import photos_to_video, video_to_video

__version__ = "0.1.0"

__all__ = [
    "DeviceError",
    "FilmnetError",
    "InputError",
    "Interpolator",
    "OutputError",
    "RecipeError",
    "WeightsError",
    "__version__",
    "load",
    "photos_to_video",
    "video_to_video",
]

_LAZY = {
    "Interpolator": "filmnet.interpolation",
    "load": "filmnet.interpolation",
    "photos_to_video": "filmnet.jobs",
    "video_to_video": "filmnet.jobs",
}


def __getattr__(name: str) -> object:
    """Import PyTorch only when a name that needs it is used, so that `--help` is quick."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'filmnet' has no attribute {name!r}")

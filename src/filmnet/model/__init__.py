"""The network, as in the paper: config, pyramid, features, flow, warp, fusion, film.

Beside it `vgg`, the network through which the losses look at pictures.
"""

from filmnet.model.config import FilmConfig
from filmnet.model.film import Film, FilmOutput, FrameFeatures
from filmnet.model.vgg import VGG_TAPS, Vgg19, VggInput
from filmnet.model.warp import warp

__all__ = [
    "VGG_TAPS",
    "Film",
    "FilmConfig",
    "FilmOutput",
    "FrameFeatures",
    "Vgg19",
    "VggInput",
    "warp",
]

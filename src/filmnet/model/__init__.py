"""The network, as in the paper: config, pyramid, features, flow, warp, fusion, film."""

from filmnet.model.config import FilmConfig
from filmnet.model.film import Film, FilmOutput, FrameFeatures
from filmnet.model.warp import warp

__all__ = ["Film", "FilmConfig", "FilmOutput", "FrameFeatures", "warp"]

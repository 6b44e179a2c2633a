"""What can be measured on, and by which rules: the names that people type."""

from __future__ import annotations

from enum import Enum


class Kind(str, Enum):
    """What can be measured on."""

    vimeo90k = "vimeo90k"
    ucf101 = "ucf101"
    middlebury = "middlebury"
    xiph2k = "xiph2k"
    xiph4k = "xiph4k"
    snufilm = "snufilm"
    triplets = "triplets"
    sequence = "sequence"


class Level(str, Enum):
    """SNU-FILM's levels of motion."""

    easy = "easy"
    medium = "medium"
    hard = "hard"
    extreme = "extreme"


class Protocol(str, Enum):
    """By which rules frames are made and compared; figures of the two are not comparable.

                   film                             community
    network        unpadded, the size it comes in   the weights' padding, as for users
    made frame     clipped, not rounded             clipped and rounded to the pictures' depth
    SSIM           per channel, inside the picture  ssim_matlab
    xiph2k         averaged in linear light         INTER_AREA on the stored values
    """

    film = "film"
    """As in the published evaluation of FILM."""

    community = "community"
    """As in most papers since: frames as a viewer gets them."""

    @property
    def rounds(self) -> bool:
        """Whether made frames are rounded before they are compared."""
        return self is Protocol.community

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return {
            Protocol.film: "Network unpadded, frames clipped and not rounded, "
            "PSNR and SSIM of tf.image",
            Protocol.community: "Network padded as for users, frames rounded to the pictures' "
            "depth, PSNR and ssim_matlab",
        }[self]

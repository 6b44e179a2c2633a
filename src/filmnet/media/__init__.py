"""Pixels in and out: photo list, photos, fit, then output: videos, GIF, folders of frames."""

from filmnet.media.fit import Fit, common_size, fit_picture
from filmnet.media.output import Output, open_output
from filmnet.media.output_spec import OutputSpec, check_output, check_output_size
from filmnet.media.photo_list import PathLike, list_photos
from filmnet.media.photos import MAX_PIXELS, PhotoInfo, probe_photo, read_photo
from filmnet.media.pixels import Picture, to_array, to_depth, to_tensor
from filmnet.media.spool import Spool

__all__ = [
    "MAX_PIXELS",
    "Fit",
    "Output",
    "OutputSpec",
    "PathLike",
    "PhotoInfo",
    "Picture",
    "Spool",
    "check_output",
    "check_output_size",
    "common_size",
    "fit_picture",
    "list_photos",
    "open_output",
    "probe_photo",
    "read_photo",
    "to_array",
    "to_depth",
    "to_tensor",
]

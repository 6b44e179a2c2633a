"""Photos to video: the one API that the command line, and every other front end, calls."""

from filmnet.jobs.photo_pairs import PhotoPair
from filmnet.jobs.photos import FrameMaker, VideoSummary, photos_to_video
from filmnet.jobs.progress import Cancel, Cancelled, Progress

__all__ = [
    "Cancel",
    "Cancelled",
    "FrameMaker",
    "PhotoPair",
    "Progress",
    "VideoSummary",
    "photos_to_video",
]

"""Photos or a video to a video: the one API that command line and other front ends call."""

from filmnet.jobs.photo_pairs import PhotoPair
from filmnet.jobs.photos import FrameMaker, VideoSummary, photos_to_video
from filmnet.jobs.progress import Cancel, Cancelled, Progress
from filmnet.jobs.retiming_plan import RetimingPlan, plan_retiming
from filmnet.jobs.video import RetimedSummary, video_to_video

__all__ = [
    "Cancel",
    "Cancelled",
    "FrameMaker",
    "PhotoPair",
    "Progress",
    "RetimedSummary",
    "RetimingPlan",
    "VideoSummary",
    "photos_to_video",
    "plan_retiming",
    "video_to_video",
]

"""What a video job will do: input, options and output, checked before any work is done."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from filmnet.errors import InputError, OutputError
from filmnet.jobs.gap_filling import AtCuts, check_at_cuts
from filmnet.jobs.video_source import flatten
from filmnet.jobs.video_timeline import Pace, check_length, plan_pace
from filmnet.media import PathLike, Picture
from filmnet.media.soundtrack import SoundtrackPlan, plan_soundtrack
from filmnet.media.video_info import VideoInfo, probe_video
from filmnet.media.video_plan import VideoPlan, plan_video


@dataclass(frozen=True, kw_only=True)
class RetimingPlan:
    """A job whose input, options and output have been checked."""

    info: VideoInfo
    pace: Pace
    video: VideoPlan
    soundtrack: SoundtrackPlan
    at_cuts: AtCuts
    dedupe: bool

    @property
    def frames(self) -> int:
        """Frames that the output will have, by what the input says of its duration."""
        return self.pace.frames(self.info.duration)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is known before any work is done: what will not be kept, a sentence each."""
        return (*self.video.remarks, *self.soundtrack.remarks)

    def convert(self, picture: Picture) -> Picture:
        """Bring a picture of the source to the channels that the output holds."""
        return picture if self.video.has_alpha else flatten(picture)


def plan_retiming(
    source: PathLike,
    output: PathLike,
    *,
    fps: float | Fraction | str | None = None,
    slower: float | Fraction | str | None = None,
    at_cuts: str = "hold",
    dedupe: bool = False,
    audio: bool = True,
    crf: int | None = None,
    codec: str | None = None,
    overwrite: bool = False,
) -> RetimingPlan:
    """Check everything that `video_to_video` is given, before any work is done.

    Raises:
        InputError: an input or options that cannot be used.
        OutputError: an output that cannot be written.
    """
    way = check_at_cuts(at_cuts)
    info = probe_video(source)
    pace = plan_pace(fps, slower, info.frame_rate)
    check_length(pace, info.duration)
    if info.frames == 1:
        raise one_frame_error(info)
    _check_apart(source, output)
    video = plan_video(output, info, fps=pace.fps, crf=crf, codec=codec, overwrite=overwrite)
    sound = plan_soundtrack(video.spec, info, slower=pace.slower, keep_audio=audio)
    return RetimingPlan(
        info=info, pace=pace, video=video, soundtrack=sound, at_cuts=way, dedupe=dedupe
    )


def one_frame_error(info: VideoInfo) -> InputError:
    """What is said of a video between whose frames there is nothing to make."""
    return InputError(
        f"{info.path}: this video has one frame only, and frames are made between two; "
        "use one with more frames"
    )


def _check_apart(source: PathLike, output: PathLike) -> None:
    """The output must not take the place of what it is made from."""
    old, new = (Path(os.path.realpath(path)) for path in (source, output))
    is_folder = os.fspath(output).endswith(("/", os.sep))
    if (os.path.exists(new) and new.samefile(old)) or (is_folder and new in old.parents):  # noqa: PTH110 - Path.exists raises for names it cannot look at
        raise OutputError(f"{output}: this would replace the input {source}; choose another name")

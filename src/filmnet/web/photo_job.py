"""Photos to a video, as the page asks for it: checked against the limits, then made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from filmnet.errors import FilmnetError
from filmnet.jobs import Cancel, photos_to_video
from filmnet.jobs.timeline import Timeline, count_shown, hold_frames, parse_fps, plan_timeline
from filmnet.media import probe_photo, read_photo
from filmnet.web.formats import DEFAULT_FORMAT, find_format
from filmnet.web.job_queue import Report
from filmnet.web.network import SharedNetwork
from filmnet.web.results import MadeVideo, save_small, zip_frames
from filmnet.web.settings import Limits
from filmnet.web.texts import PageError


@dataclass(frozen=True, kw_only=True)
class PhotoOrder:
    """What a visitor wants of photos."""

    photos: tuple[Path, ...]
    """In order."""

    seconds: float = 2.0
    fps: float = 30.0
    loop: bool = False
    boomerang: bool = False
    hold: float = 0.0
    format: str = DEFAULT_FORMAT

    def timeline(self) -> Timeline:
        """When each photo stands.

        Raises:
            InputError: numbers without sense.
        """
        return plan_timeline(
            len(self.photos), fps=parse_fps(self.fps), seconds=self.seconds, loop=self.loop
        )

    def frames(self) -> int:
        """How many frames the video has."""
        still = hold_frames(self.hold, parse_fps(self.fps))
        return count_shown(self.timeline(), hold=still, boomerang=self.boomerang)


def check_photo_order(order: PhotoOrder, limits: Limits) -> None:
    """Refuse what cannot be made or is too much, before it is queued.

    Raises:
        FilmnetError: with what to change.
    """
    find_format(order.format)
    if len(order.photos) < 2:
        raise PageError("error_two_photos")
    if len(order.photos) > limits.files:
        raise PageError("error_files", limit=limits.files)
    if order.loop and order.boomerang:
        raise PageError("error_loop_boomerang")
    if (frames := order.frames()) > limits.frames:
        raise PageError("error_frames", frames=frames, limit=limits.frames)
    for path in order.photos:
        check_photo(path, limits)


def check_photo(path: Path, limits: Limits) -> None:
    """Refuse by its header what is no photo, or too large a one.

    Raises:
        PageError: with the photo's name.
    """
    try:
        probe_photo(path, max_pixels=limits.pixels)
    except FilmnetError as error:
        raise PageError("error_photo", name=path.name) from error


def make_photo_video(
    order: PhotoOrder,
    folder: Path,
    network: SharedNetwork,
    limits: Limits,
    report: Report,
    cancel: Cancel,
) -> MadeVideo:
    """Make the video in a folder; nothing lies there under its name until it is whole.

    Raises:
        FilmnetError: photos that cannot be used.
        Cancelled: `cancel` asked for it.
    """
    kind = find_format(order.format)
    looks = _small_photos(order.photos, folder, limits, cancel)
    frames = folder / "frames"
    target = f"{frames}/" if kind.extension == "/" else folder / f"filmnet{kind.extension}"
    summary = photos_to_video(
        order.photos,
        target,
        seconds=order.seconds,
        fps=order.fps,
        loop=order.loop,
        boomerang=order.boomerang,
        hold=order.hold,
        fit="crop",
        codec=kind.codec,
        max_pixels=limits.pixels,
        interpolator=network.get(),
        progress=report,
        cancel=cancel,
    )
    file = Path(target)
    if kind.extension == "/":
        file = folder / "frames.zip"
        zip_frames(frames, file)
    return MadeVideo(
        file=file,
        shown=kind.shown,
        frames=summary.frames,
        fps=summary.fps,
        size=summary.size,
        seconds_elapsed=summary.seconds_elapsed,
        photos=looks,
        photo_frames=_shown_at(order),
        remarks=tuple(pair.warning for pair in summary.pairs if pair.warning),
    )


def _shown_at(order: PhotoOrder) -> tuple[int, ...]:
    """The frame on which each photo first stands, what holding still adds counted."""
    still = hold_frames(order.hold, parse_fps(order.fps))
    first, *others = order.timeline().photo_frames
    return first, *(frame + still for frame in others)


def _small_photos(
    photos: tuple[Path, ...], folder: Path, limits: Limits, cancel: Cancel
) -> tuple[Path, ...]:
    looks = []
    for number, path in enumerate(photos):
        cancel.check()
        looks.append(folder / f"photo_{number:03d}.jpg")
        save_look(read_photo(path, max_pixels=limits.pixels), looks[-1])
    return tuple(looks)


def save_look(picture: np.ndarray, path: Path) -> None:
    """Save a picture, (H, W, 3) uint8 or uint16, as a small JPEG."""
    eight = picture if picture.dtype == np.uint8 else (picture >> 8).astype(np.uint8)
    save_small(Image.fromarray(eight), path)

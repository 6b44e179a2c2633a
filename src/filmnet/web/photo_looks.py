"""Small pictures of uploaded photos: browsers cannot show HEIC, TIFF and huge ones."""

from __future__ import annotations

from pathlib import Path

from filmnet.media import read_photo
from filmnet.web.photo_job import save_look
from filmnet.web.settings import Limits

LOOK = "look.jpg"


def look_of(photo: Path, limits: Limits) -> Path:
    """A small JPEG beside a photo, made when it is first asked for.

    Raises:
        FilmnetError: a photo that is damaged or too large.
    """
    path = photo.with_name(LOOK)
    if not path.exists():
        save_look(read_photo(photo, max_pixels=limits.pixels), path)
    return path

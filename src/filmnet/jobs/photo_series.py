"""The photos of a job: checked as a whole first, read one by one when they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from filmnet.errors import InputError
from filmnet.media import (
    PathLike,
    PhotoInfo,
    Picture,
    common_size,
    fit_picture,
    list_photos,
    probe_photo,
    read_photo,
    to_depth,
)


@dataclass(frozen=True, kw_only=True)
class PhotoSeries:
    """Two or more photos that can be read at one size and depth."""

    paths: tuple[Path, ...]
    """The files, in order."""

    size: tuple[int, int]
    """Width and height that all have when read."""

    dtype: type[np.uint8] | type[np.uint16]
    """Type that all have when read: uint16 as soon as one photo has more than 8 bits."""

    max_pixels: int
    """Largest photo that is decoded."""

    def read(self, index: int) -> Picture:
        """One photo, (height, width, 3) of `dtype`."""
        picture = read_photo(self.paths[index], max_pixels=self.max_pixels)
        return fit_picture(to_depth(picture, self.dtype), self.size)

    def pictures(self) -> Iterator[Picture]:
        """All photos, each read when it is asked for."""
        return map(self.read, range(len(self.paths)))


def find_photos(inputs: PathLike | Iterable[PathLike]) -> tuple[Path, ...]:
    """The photo files that `inputs` name.

    Raises:
        InputError: fewer than two.
    """
    paths = tuple(list_photos(inputs))
    if len(paths) < 2:
        named = str(paths[0]) if paths else "no photo at all"
        raise InputError(f"{named}: a video needs two photos or more; name at least one more")
    return paths


def probe_series(paths: tuple[Path, ...], *, fit: str | None, max_pixels: int) -> PhotoSeries:
    """Look at the photos' headers, before anything is decoded.

    Args:
        paths: two or more.
        fit: what to do where sizes differ: None (an error), `crop` or `pad`.
        max_pixels: largest photo, and largest common picture, that is bearable.

    Raises:
        InputError: a file that is no usable photo, or sizes that differ.
    """
    infos: list[PhotoInfo] = [probe_photo(path, max_pixels=max_pixels) for path in paths]
    size = common_size(infos, fit)
    if size[0] * size[1] > max_pixels:
        raise InputError(
            f"padded to {size[0]}x{size[1]} the photos exceed {max_pixels / 1e6:.0f} megapixels; "
            "use --fit crop"
        )
    deep = any(info.dtype is np.uint16 for info in infos)
    return PhotoSeries(
        paths=paths, size=size, dtype=np.uint16 if deep else np.uint8, max_pixels=max_pixels
    )

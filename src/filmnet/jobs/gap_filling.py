"""The frames of a gap between two source frames: shown as they are, held, blended or made.

The colours and, where there is one, the alpha channel go through the network one after the other;
alpha as a grey picture, and only where it differs between the two frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, Protocol, get_args

import cv2
import numpy as np

from filmnet.errors import InputError
from filmnet.jobs.video_timeline import Gap
from filmnet.media import Picture

AtCuts = Literal["hold", "blend"]
"""What is shown between the last frame of a scene and the first of the next."""


class GapMaker(Protocol):
    """What a job needs of an `Interpolator`."""

    def describe(self) -> str:
        """One line on weights, device and precision."""

    def identify(self) -> str:
        """What decides which pictures it makes."""

    def prepare(self, image: Picture) -> Any:
        """A frame for more than one gap."""

    def between(
        self,
        image0: Any,
        image1: Any,
        *,
        times: Iterable[Fraction],
    ) -> Iterator[Picture]:
        """The frames strictly between two frames, lazily."""


@dataclass(frozen=True, eq=False)
class SourceFrame:
    """A frame of the source, and how it follows the one before."""

    picture: Picture
    """(H, W, 3), or (H, W, 4) with alpha; uint8 or uint16."""

    is_cut: bool = False
    """Whether a scene begins with it."""

    is_still: bool = False
    """Whether it shows the same as the one before."""


@dataclass
class Tally:
    """How the frames of an output came about."""

    real: int = 0
    """Frames of the source at their own time."""

    made: int = 0
    """Frames that the network made."""

    held: int = 0
    """Frames of the source shown again: in stills, at cuts, after the end."""

    blended: int = 0
    """Frames blended from both sides of a cut."""

    cuts: list[Fraction] = field(default_factory=list)
    """Source seconds at which scenes begin."""

    repeats: int = 0
    """Repeated source frames that in-betweens replaced."""


class GapFiller:
    """Fills one gap after the other; features of a frame serve both of its gaps.

    Args:
        maker: makes the frames.
        at_cuts: what to do where `after` begins a scene.
        tally: counts what was done.
    """

    def __init__(self, maker: GapMaker, at_cuts: AtCuts, tally: Tally) -> None:
        self._maker = maker
        self._at_cuts = at_cuts
        self._tally = tally
        self._last: _Channels | None = None

    def fill(self, gap: Gap[SourceFrame], *, skip: int = 0) -> Iterator[Picture]:
        """The gap's frames.

        Args:
            gap: with one output frame at least.
            skip: frames at its beginning that an earlier run has written; they are counted, and
                left out.
        """
        before, after = gap.before, gap.after
        still = sum(t == 0 for t in gap.times)
        self._tally.real += min(still, 1)
        self._tally.held += max(0, still - 1)
        yield from (before.picture for _ in range(skip, still))
        times = gap.times[still:]
        skip = max(0, skip - still)
        if after is None or not times:
            return
        if after.is_still or (after.is_cut and self._at_cuts == "hold"):
            self._tally.held += len(times)
            yield from (before.picture for _ in times[skip:])
        elif after.is_cut:
            self._tally.blended += len(times)
            yield from (blend(before.picture, after.picture, t) for t in times[skip:])
        else:
            self._tally.made += len(times)
            if skip < len(times):
                yield from self._make(before, after, times, skip)

    def _make(
        self, before: SourceFrame, after: SourceFrame, times: tuple[Fraction, ...], skip: int
    ) -> Iterator[Picture]:
        """What the network makes; all instants are asked for, since they decide its steps."""
        last = self._last
        first = last if last and last.frame is before else _Channels(self._maker, before)
        self._last = second = _Channels(self._maker, after)
        made = self._maker.between(first.colour, second.colour, times=times)
        alphas = self._alphas(first, second, times)
        for k, picture in enumerate(made):
            alpha = next(alphas, None)
            if k >= skip:
                yield picture if alpha is None else np.dstack((picture, alpha))

    def _alphas(
        self, first: _Channels, second: _Channels, times: tuple[Fraction, ...]
    ) -> Iterator[Picture]:
        """The alpha channel at each instant, (H, W); none if there is no alpha."""
        before, after = first.frame.picture, second.frame.picture
        if before.shape[2] == 3:
            return
        if np.array_equal(before[..., 3], after[..., 3]):
            yield from (before[..., 3] for _ in times)
            return
        for grey in self._maker.between(first.alpha, second.alpha, times=times):
            yield grey[..., 0]


class _Channels:
    """A source frame as the network takes it, each part prepared when it is first needed."""

    def __init__(self, maker: GapMaker, frame: SourceFrame) -> None:
        self._maker = maker
        self.frame = frame

    @cached_property
    def colour(self) -> Any:
        return self._maker.prepare(np.ascontiguousarray(self.frame.picture[..., :3]))

    @cached_property
    def alpha(self) -> Any:
        return self._maker.prepare(np.repeat(self.frame.picture[..., 3:], 3, axis=2))


def check_at_cuts(name: str) -> AtCuts:
    """What to do at cuts, by name.

    Raises:
        InputError: an unknown name.
    """
    for known in get_args(AtCuts):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise InputError(f"at-cuts is {name!r}, but has to be {' or '.join(get_args(AtCuts))}")


def blend(image0: Picture, image1: Picture, t: Fraction) -> Picture:
    """The mean of two pictures, weighted by t, rounded."""
    return np.asarray(cv2.addWeighted(image0, float(1 - t), image1, float(t), 0))

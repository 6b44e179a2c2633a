"""Two frames become many: what programs and the jobs call."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from filmnet.errors import WeightsError
from filmnet.interpolation.agreement import Confidence
from filmnet.interpolation.contract import FrameEngine
from filmnet.interpolation.insight import Insight, look_inside
from filmnet.interpolation.instants import even_instants, make_by_halving, make_directly
from filmnet.interpolation.transfer import to_arrays
from filmnet.media.pixels import to_array, to_tensor
from filmnet.weights import WeightsInfo

Array = NDArray[Any]
"""(H, W, 3) uint8 or uint16, RGB."""

Instant = float | Fraction
"""A time between two frames, 0 at the first and 1 at the second."""

OnPair = Callable[[int, Confidence], None]
"""Told before the first frame is made between two: the gap's number, from 0, and how sure it is."""


class Interpolator:
    """A loaded network that makes frames between frames; `filmnet.load` returns one.

    Arrays go in and come out as (H, W, 3), uint8 or uint16, of any size from 1x1 on. Two inputs
    have one shape and type, and what is made has them too.
    """

    def __init__(self, engine: FrameEngine, info: WeightsInfo) -> None:
        self.engine = engine
        """The network on its device."""
        self.info = info
        """What is known of its weights."""

    def describe(self) -> str:
        """Weights, device, precision, threads and the way to compute, in one line."""
        millions = self.engine.parameters / 1e6
        return f"weights {self.info.name} ({millions:.1f} M parameters), {self.engine.describe()}"

    def identify(self) -> str:
        """What decides which pictures it makes: weights, device, precision and way to compute."""
        words = self.engine.describe().split(", ")
        way = [word for word in words if not word.endswith((" thread", " threads"))]
        return ", ".join((self.info.sha256 or self.info.name, *way))

    def midpoint(self, image0: Array, image1: Array) -> Array:
        """The frame halfway between two frames.

        Args:
            image0: (H, W, 3) uint8 or uint16.
            image1: the same shape and type.

        Returns:
            (H, W, 3) of the same type.

        Raises:
            ValueError: shapes or types that differ or are not supported.
            DeviceError: not enough memory.
            WeightsError: the network makes values that are no numbers, in float32 too.
        """
        return next(self.between(image0, image1, count=1))

    def confidence(self, image0: Array, image1: Array) -> Confidence:
        """How sure what is made between two frames would be; makes none.

        Where frames are made as well, `on_pair` of `between` and `sequence` says it by the way.

        Args:
            image0: (H, W, 3) uint8 or uint16.
            image1: the same shape and type.

        Raises:
            ValueError: shapes or types that differ or are not supported.
            DeviceError: not enough memory.
        """
        _check_array(image0)
        _check_array(image1, image0)
        pair = self.engine.pair(self.prepare(image0).frame, self.prepare(image1).frame)
        confidence = self.engine.confidence(pair)
        if confidence is None:
            raise self._shows_no_motion("confidence is found from")
        return confidence

    def insight(self, image0: Array, image1: Array, t: Instant = 0.5) -> Insight:
        """What the network sees between two frames: motion, moved photos, and how they agree.

        Args:
            image0: (H, W, 3) uint8 or uint16.
            image1: the same shape and type.
            t: the instant, in (0, 1).

        Raises:
            ValueError: shapes or types that differ or are not supported, or t outside (0, 1).
            DeviceError: not enough memory.
            WeightsError: an exported network, or as for `midpoint`.
        """
        _check_array(image0)
        _check_array(image1, image0)
        (instant,) = _checked([t])
        frames = self.prepare(image0).frame, self.prepare(image1).frame
        pair = self.engine.pair(*frames)
        flows, confidence = self.engine.flows(pair), self.engine.confidence(pair)
        if flows is None or confidence is None:
            raise self._shows_no_motion("is what would be shown")
        made = to_array(self.engine.make(pair, float(instant)), image0.dtype)
        images = tuple(to_tensor(image).to(flows[0].device) for image in (image0, image1))
        return look_inside((images[0], images[1]), flows, float(instant), made, confidence)

    def prepare(self, image: Array) -> Prepared:
        """A frame for more than one call of `between`; its features are computed at most once.

        Args:
            image: (H, W, 3) uint8 or uint16.

        Raises:
            ValueError: another shape or type.
        """
        _check_array(image)
        return Prepared(self, image)

    def between(
        self,
        image0: Array | Prepared,
        image1: Array | Prepared,
        *,
        count: int | None = None,
        times: Iterable[Instant] | None = None,
        on_pair: OnPair | None = None,
    ) -> Iterator[Array]:
        """The frames strictly between two frames, in time order, made as they are asked for.

        Args:
            image0: (H, W, 3) uint8 or uint16, or what `prepare` made of it, at time 0.
            image1: the same shape and type, at time 1.
            count: how many, evenly spread; or
            times: at which instants, each in (0, 1), rising.
            on_pair: told 0 and the confidence, before the first frame.

        Returns:
            An iterator of (H, W, 3) of the same type.

        Raises:
            ValueError: neither or both of count and times, instants outside (0, 1) or not rising,
                or arrays that differ or are not supported.
            DeviceError, WeightsError: as for `midpoint`, while frames are taken.
        """
        if (count is None) == (times is None):
            raise ValueError("give either count or times")
        before = image0 if isinstance(image0, Prepared) else self.prepare(image0)
        after = image1 if isinstance(image1, Prepared) else self.prepare(image1)
        _check_array(after.image, before.image)
        instants = _evenly(count) if count is not None else _checked(times)
        return self._between(before, after, instants, self._telling(on_pair, 0))

    def sequence(
        self,
        frames: Iterable[Array],
        count: int | Iterable[int],
        *,
        loop: bool = False,
        on_pair: OnPair | None = None,
    ) -> Iterator[Array]:
        """All frames of a series and those made between them, in time order.

        Frames are taken as needed, one ahead; features are computed once, a loop's first twice.

        Args:
            frames: (H, W, 3) uint8 or uint16, all of one shape and type.
            count: frames to make per gap: one number, or one for each gap.
            loop: lead from the last frame back to the first, which is not repeated.
            on_pair: told the number and the confidence of each gap in which frames are made.

        Returns:
            An iterator over the first frame, the made ones, the second frame, … the last, and in a
            loop those made after it; the given frames are the very arrays that came in.

        Raises:
            ValueError: a negative count, too few counts, or arrays that differ.
            DeviceError, WeightsError: as for `midpoint`.
        """
        counts = iter(count) if isinstance(count, Iterable) else itertools.repeat(int(count))
        first: Array | None = None
        previous: Prepared | None = None
        gaps = itertools.count()
        for image in frames:
            _check_array(image, previous.image if previous else None)
            current = Prepared(self, image)
            if previous is not None:
                told = self._telling(on_pair, next(gaps))
                yield from self._between(previous, current, _evenly(next(counts, None)), told)
            elif loop:
                first = image
            yield image
            previous = current
        if first is not None and previous is not None and first is not previous.image:
            # Prepared again: held all the way, it would be a third frame beside the pair.
            again, told = Prepared(self, first), self._telling(on_pair, next(gaps))
            yield from self._between(previous, again, _evenly(next(counts, None)), told)

    def tensor(self, image0: Tensor, image1: Tensor, t: Instant = 0.5) -> Tensor:
        """The frame at time t, in float32, neither clipped nor rounded.

        Args:
            image0: (B, 3, H, W), RGB in [0, 1], any floating type.
            image1: the same shape.
            t: in [0, 1]; at the ends the input itself comes back.

        Returns:
            (B, 3, H, W) float32 on the device of `image0`.

        Raises:
            ValueError: shapes that differ, or t outside [0, 1].
            DeviceError, WeightsError: as for `midpoint`.
        """
        if image0.shape != image1.shape or image0.ndim != 4 or image0.shape[1] != 3:
            raise ValueError(
                f"two (B, 3, H, W) tensors are needed, not {tuple(image0.shape)} "
                f"and {tuple(image1.shape)}"
            )
        if not 0 <= t <= 1:
            raise ValueError(f"t = {t} is outside [0, 1]")
        if t in (0, 1):
            return (image1 if t else image0).float()
        frames = self.engine.prepare(image0), self.engine.prepare(image1)
        made = next(self._instants(*frames, [_fraction(t)]))
        return made.to(image0.device).clone()

    def _between(
        self,
        before: Prepared,
        after: Prepared,
        instants: Sequence[Fraction],
        on_pair: Callable[[Any], None] | None,
    ) -> Iterator[Array]:
        if instants:
            images = self._instants(before.frame, after.frame, instants, on_pair)
            yield from to_arrays(images, before.image.dtype)

    def _instants(
        self,
        frame0: Any,
        frame1: Any,
        instants: Sequence[Fraction],
        on_pair: Callable[[Any], None] | None = None,
    ) -> Iterator[Tensor]:
        make = make_directly if self.info.times == "any" else make_by_halving
        return make(self.engine, frame0, frame1, instants, on_pair)

    def _shows_no_motion(self, purpose: str) -> WeightsError:
        return WeightsError(
            f"{self.info.name}: an exported network does not show how things move, which "
            f"{purpose}; load the weights that it was made of"
        )

    def _telling(self, on_pair: OnPair | None, gap: int) -> Callable[[Any], None] | None:
        """What to do with a gap's pair, if anything."""
        if on_pair is None:
            return None

        def tell(pair: Any) -> None:
            if (confidence := self.engine.confidence(pair)) is not None:
                on_pair(gap, confidence)

        return tell


class Prepared:
    """A frame whose features are computed when a pair first needs them, and then kept."""

    def __init__(self, interpolator: Interpolator, image: Array) -> None:
        self.image = image
        """(H, W, 3), as it came."""
        self._interpolator = interpolator

    @cached_property
    def frame(self) -> Any:
        """The frame as the engine takes it."""
        return self._interpolator.engine.prepare(to_tensor(self.image))


def _check_array(image: Array, like: Array | None = None) -> None:
    """Refuse what is not a picture, or differs from `like`."""
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"a frame is (H, W, 3), not {image.shape}")
    if image.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"a frame is uint8 or uint16, not {image.dtype}")
    if like is not None and (image.shape != like.shape or image.dtype != like.dtype):
        raise ValueError(
            f"frames differ: {like.shape} {like.dtype} and {image.shape} {image.dtype}"
        )


def _evenly(count: int | None) -> list[Fraction]:
    if count is None:
        raise ValueError("count has fewer entries than there are gaps between frames")
    if count < 0:
        raise ValueError(f"count = {count} is negative")
    return even_instants(count)


def _fraction(t: Instant) -> Fraction:
    """An instant as it is, without rounding."""
    return Fraction(t) if isinstance(t, Rational) else Fraction(float(t))


def _checked(times: Iterable[Instant] | None) -> list[Fraction]:
    instants = [] if times is None else [_fraction(t) for t in times]
    if any(not 0 < t < 1 for t in instants):
        raise ValueError(f"times {_listed(instants)} are not all strictly between 0 and 1")
    if any(a >= b for a, b in itertools.pairwise(instants)):
        raise ValueError(f"times {_listed(instants)} do not rise")
    return instants


def _listed(instants: list[Fraction]) -> str:
    return ", ".join(f"{float(t):g}" for t in instants)

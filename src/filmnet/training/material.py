"""What samples are drawn from: a pack's windows, or the sequences of any other layout."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol, overload

import numpy as np
from numpy.typing import NDArray

from filmnet.errors import RecipeError
from filmnet.training.clips import motion_px, upper_half
from filmnet.training.epochs import EpochOrder
from filmnet.training.layouts import Layout, open_sequences, recognise
from filmnet.training.pack import ClipWindows, open_photos, open_stills, open_windows
from filmnet.training.pictures import Pixels, SampleError
from filmnet.training.recipe import Stage
from filmnet.training.sequences import Sequences, read_frame

SMALLEST_TEXTURE_PX = 64

PHOTO_WEIGHT = 10
"""How much more often than a clip's still a photo is a texture: stills are softened by coding."""

STRETCH_FRAMES = 65
"""Frames of a longer sequence that count as one item of an epoch: X4K1000FPS' own length."""

SPEED_SPAN = 4
"""Frames, at most, between the two whose motion tells a stretch's speed."""


class Triplet(NamedTuple):
    """Three whole frames, before any change."""

    frames: tuple[Pixels, Pixels, Pixels]
    """Image 0, truth and image 1, (H, W, 3), of one size."""

    t: float
    """The truth's place between the inputs."""


class Material(Protocol):
    """Where real triplets and textures come from; it pickles without opened files."""

    @property
    def textures(self) -> Sequence[Pixels]:
        """What layered scenes are drawn from; read when one is taken."""

    def triplet(self, number: int, generator: np.random.Generator) -> Triplet:
        """Real triplet `number` of the stage's endless list."""

    def check(self) -> None:
        """Hold the stage's needs against what is there.

        Raises:
            RecipeError: it lacks something, and what.
        """


def open_material(data: Path, stage: Stage, seed: int) -> Material:
    """The material in `data`, which is of any layout but clips.

    Raises:
        RecipeError: nothing there that training could use.
    """
    layout = recognise(data)
    if layout is Layout.PACK:
        return PackMaterial(data, stage)
    if layout is Layout.CLIPS:
        raise RecipeError(
            f"{data}: not a pack of training data but {layout.value}; "
            f"`filmnet data prepare` makes a pack of them"
        )
    return SequenceMaterial(data, stage, seed)


class PackMaterial:
    """A pack's windows: drawn at random, clip by clip, without end."""

    def __init__(self, pack: Path, stage: Stage) -> None:
        self.pack = pack
        self.stage = stage

    def __getstate__(self) -> dict[str, Any]:
        """What goes to a worker's process: not the opened files, which it opens itself."""
        return {name: self.__dict__[name] for name in ("pack", "stage")}

    def triplet(
        self,
        number: int,  # noqa: ARG002 - without end, so that no number is due to a certain window
        generator: np.random.Generator,
    ) -> Triplet:
        """A triplet of a window drawn at random."""
        clip = self._clips[int(generator.choice(len(self._clips), p=self._clip_weights))]
        place = int(generator.integers(len(clip.windows)))
        window, motion = clip.windows[place], float(clip.motion[place])
        first, middle, last = draw_instants(len(window), motion, self.stage, generator)
        frames = (window[first], window[middle], window[last])
        return Triplet(frames, (middle - first) / (last - first))

    @cached_property
    def textures(self) -> Sequence[Pixels]:
        """Photos and the clips' stills, those large enough."""
        textures = PHOTO_WEIGHT * open_photos(self.pack) + open_stills(self.pack)
        return [p for p in textures if min(p.shape[:2]) >= SMALLEST_TEXTURE_PX]

    def check(self) -> None:
        """Hold the stage's needs against what is there."""
        if self.stage.real_share < 1 and not self.textures:
            raise RecipeError(
                f"{self.pack}: no photo and no still of {SMALLEST_TEXTURE_PX} px or more, "
                f"but a stage wants layered scenes; add photos or raise its real_share to 1"
            )
        if self.stage.real_share == 0:
            return
        if not self._clips:
            raise RecipeError(
                f"{self.pack}: no usable window (clips too small, too short, or without motion), "
                f"but a stage wants real triplets; add clips, change [pack] or set real_share to 0"
            )
        side = self._clips[0].windows.shape[2]
        if side < self.stage.crop_px:
            raise RecipeError(
                f"{self.pack}: windows of {side} px are smaller than the stage's crop_px "
                f"{self.stage.crop_px}; prepare a pack with a larger side_px"
            )

    @cached_property
    def _clips(self) -> list[ClipWindows]:
        return open_windows(self.pack)

    @cached_property
    def _clip_weights(self) -> NDArray[np.float64]:
        """Clips by the square root of their windows: long ones count more, but do not rule."""
        weights = np.sqrt([len(clip.windows) for clip in self._clips])
        return np.asarray(weights / weights.sum())


class Stretch(NamedTuple):
    """A sequence or a part of a long one: an item of an epoch."""

    sequence: int
    first: int
    """Its first frame."""

    frames: int


class SequenceMaterial:
    """Sequences on disk: every one is visited once per epoch, in an order of that epoch's own.

    Of a sequence of three, the triplet is all of it. Of a longer one, three frames are drawn: the
    inputs no farther apart than the stage's motion allows, the truth anywhere between them.
    """

    def __init__(self, data: Path, stage: Stage, seed: int) -> None:
        self.data = data
        self.stage = stage
        self._sequences = open_sequences(data)
        self._stretches = split_into_stretches(self._sequences)
        self._order = EpochOrder(len(self._stretches), seed)

    def triplet(self, number: int, generator: np.random.Generator) -> Triplet:
        """The triplet of the stretch that `number` is due to."""
        stretch = Stretch(*self._stretches[self._order[number]].tolist())
        if stretch.frames == 3:
            first, middle, last = 0, 1, 2
        else:
            speed = self._speed(stretch)
            first, middle, last = draw_instants(stretch.frames, speed, self.stage, generator)
        frame0, truth, frame1 = (self._read(stretch, frame) for frame in (first, middle, last))
        self._check_sizes(stretch, frame0, truth, frame1)
        return Triplet((frame0, truth, frame1), (middle - first) / (last - first))

    def check(self) -> None:
        """Look at the first frame; the others show their size when they are read."""
        first = self._read(Stretch(0, 0, 1), 0)
        crop = self.stage.crop_px if self.stage.real_share > 0 else 1
        least = max(crop, SMALLEST_TEXTURE_PX if self.stage.real_share < 1 else 1)
        self._check_crop(first, least, self._sequences.frame_name(0, 0))

    @property
    def textures(self) -> Sequence[Pixels]:
        """Frames stand in for photos."""
        return FramesAsTextures(self._sequences)

    def _speed(self, stretch: Stretch) -> float:
        """Pixels moved per frame in the middle of a stretch."""
        span = min(SPEED_SPAN, stretch.frames - 1)
        start = (stretch.frames - span) // 2
        frame0, frame1 = (self._read(stretch, frame) for frame in (start, start + span))
        self._check_sizes(stretch, frame0, frame1)
        return upper_half(motion_px(frame0, frame1)) / span

    def _read(self, stretch: Stretch, frame: int) -> Pixels:
        return read_frame(self._sequences, stretch.sequence, stretch.first + frame)

    def _check_sizes(self, stretch: Stretch, first: Pixels, *others: Pixels) -> None:
        name = self._sequences.frame_name(stretch.sequence, stretch.first)
        for other in others:
            if other.shape != first.shape:
                raise SampleError(
                    f"{name}: frames of this sequence differ in size ({_size(first)} and "
                    f"{_size(other)}); `filmnet data check --leave-out` leaves it out"
                )
        self._check_crop(first, self.stage.crop_px, name)

    def _check_crop(self, frame: Pixels, least: int, name: str) -> None:
        if min(frame.shape[:2]) < least:
            raise SampleError(
                f"{name}: {_size(frame)} is smaller than the stage needs ({least} px); lower its "
                f"crop_px, or leave it out with `filmnet data check --crop {least} --leave-out`"
            )


class FramesAsTextures(Sequence[Pixels]):
    """The middle frame of every sequence, read when it is taken."""

    def __init__(self, sequences: Sequences) -> None:
        self._sequences = sequences

    def __len__(self) -> int:
        return len(self._sequences)

    @overload
    def __getitem__(self, number: int) -> Pixels: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Pixels]: ...
    def __getitem__(self, number: int | slice) -> Pixels | Sequence[Pixels]:
        if isinstance(number, slice):
            raise TypeError("textures are taken one by one")
        return read_frame(self._sequences, number, self._sequences.frame_count(number) // 2)


def draw_instants(
    frames: int, motion: float, stage: Stage, generator: np.random.Generator
) -> tuple[int, int, int]:
    """First, true and last of consecutive frames: as far apart as the stage's motion allows.

    Where the stage wants midpoints alone, the inputs are an even number of frames apart.

    Args:
        frames: how many there are.
        motion: pixels moved per frame.
        stage: its `motion_px` and `midpoint_share`.
        generator: the only source of chance.
    """
    longest = int(np.clip(stage.motion_px / max(motion, 1e-3), 2, frames - 1))
    span = int(generator.integers(2, longest + 1))
    if stage.midpoint_share == 1:
        span -= span % 2
    if span % 2 == 0 and generator.random() < stage.midpoint_share:
        part = span // 2
    else:
        part = int(generator.integers(1, span))
    first = int(generator.integers(0, frames - span))
    return first, first + part, first + span


def split_into_stretches(sequences: Sequences) -> NDArray[np.int32]:
    """Items of an epoch, (N, 3): long sequences in stretches of nearly equal length.

    Long ones would otherwise be visited as rarely as short ones.
    """
    stretches = []
    for number in range(len(sequences)):
        frames = sequences.frame_count(number)
        parts = max(1, round(frames / STRETCH_FRAMES))
        bounds = [frames * part // parts for part in range(parts + 1)]
        stretches += [(number, a, b - a) for a, b in itertools.pairwise(bounds)]
    return np.array(stretches, dtype=np.int32)


def _size(frame: Pixels) -> str:
    return f"{frame.shape[1]}x{frame.shape[0]}"

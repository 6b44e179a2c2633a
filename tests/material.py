"""Training material in miniature: textures, clips, photos, and recipes that run in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from filmnet.model import FilmConfig
from filmnet.training.loss_weights import LossWeights
from filmnet.training.recipe import Optimization, Recipe, Stage
from filmnet.training.windows import PackConfig

Picture = NDArray[np.uint8]

TINY_PACK = PackConfig(frames=5, side_px=32, stride=2, windows_per_clip=6)
TINY_MODEL = FilmConfig(
    pyramid_levels=3,
    fusion_pyramid_levels=2,
    specialized_levels=1,
    sub_levels=2,
    filters=4,
    flow_convs=(1, 1),
    flow_filters=(4, 4),
    output="blend",
)
TINY_MODEL_TOML = """
[model]
pyramid_levels = 3
fusion_pyramid_levels = 2
specialized_levels = 1
sub_levels = 2
filters = 4
flow_convs = [1, 1]
flow_filters = [4, 4]
"""


def texture(height: int, width: int, seed: int = 0) -> Picture:
    """Soft random colours, with detail to follow."""
    noise = np.random.default_rng(seed).normal(0, 1, (height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    return np.clip(128 + 60 * smooth / smooth.std(), 0, 255).astype(np.uint8)


def sliding(count: int, *, step: int = 2, size: int = 64, seed: int = 0) -> list[Picture]:
    """Frames of a camera that moves `step` pixels to the right per frame."""
    scene = texture(size, size + step * count, seed)
    return [scene[:, step * i : step * i + size].copy() for i in range(count)]


def write_clip(path: Path, frames: Sequence[Picture], times: Sequence[int] | None = None) -> Path:
    """A lossless video at 25 frames per second, or with frames at `times` in units of 1/25 s."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "bgr0"
        for i, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="bgr0")
            frame.pts, frame.time_base = (times[i] if times else i), Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_photo(path: Path, pixels: Picture) -> Path:
    """A PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def write_material(folder: Path) -> Path:
    """A raw folder: a video, a folder of frames, and two photos."""
    write_clip(folder / "clips" / "slide.mkv", sliding(12))
    for i, frame in enumerate(sliding(8, seed=1)):
        write_photo(folder / "clips" / "frames" / f"{i}.png", frame)
    for seed in (2, 3):
        write_photo(folder / "photos" / f"{seed}.png", texture(80, 96, seed))
    return folder


def write_triplets(folder: Path, count: int = 2) -> Path:
    """A set of triplets in which the camera moves 2 pixels per frame."""
    for i in range(count):
        for j, frame in enumerate(sliding(3, size=32, seed=10 + i)):
            write_photo(folder / f"triplet{i}" / f"frame{j}.png", frame)
    return folder


def tiny_recipe(**changes: object) -> Recipe:
    """Two stages of three steps each, in float32."""
    stage = Stage(steps=3, crop_px=16, batch=2, motion_px=4, real_share=0.0)
    recipe = Recipe(
        name="tiny",
        precision="32-true",
        evaluate_every=4,
        checkpoint_every=2,
        model=TINY_MODEL,
        pack=TINY_PACK,
        optimization=Optimization(learning_rate=1e-3, warmup_steps=2),
        losses=LossWeights(flow=0.02, warped=0.2, guide_steps=4),
        stages=(stage, replace(stage, crop_px=24, real_share=0.5)),
    )
    return replace(recipe, **changes)


def write_sequence(folder: Path, frames: Sequence[Picture], name: str = "im{}.png") -> Path:
    """A folder with frames 1, 2, 3 … in it."""
    for i, frame in enumerate(frames, 1):
        write_photo(folder / name.format(i), frame)
    return folder


def write_vimeo(
    folder: Path, count: int = 4, *, frames: int = 3, size: int = 32, tests: int = 0
) -> Path:
    """Vimeo-90K in miniature: the last `tests` of `count` sequences are for testing."""
    prefix = {3: "tri", 7: "sep"}[frames]
    names = [f"{1 + i // 2:05}/{1 + i % 2:04}" for i in range(count)]
    for i, name in enumerate(names):
        write_sequence(folder / "sequences" / name, sliding(frames, size=size, seed=i))
    train, test = names[: count - tests], names[count - tests :]
    (folder / f"{prefix}_trainlist.txt").write_text("\n".join(train) + "\n\n")
    (folder / f"{prefix}_testlist.txt").write_text("\n".join(test) + "\n")
    return folder

"""Layered moving scenes: photos become triplets whose motion is known exactly, at any t.

A background and some cut-out shapes, each with a texture from a photo, move independently:

    texture ─ F(τ) ─▶ frame τ      F(τ) = (1 - τ) F(0) + τ F(1), affine: every point goes straight
    mask    ─ F(τ) ─▶ its alpha    nearer layers cover farther ones: occlusion and disocclusion

Large motion comes by construction, and so does the flow that a network may be guided by.
Coordinates are (x, y) in pixels, pixel centres at whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from filmnet.training.shapes import random_mask

Array = NDArray[np.floating]
Texture = NDArray[np.uint8]

PLAIN_DEVIATION = 15.0
"""Grey levels' standard deviation below which a piece shows too little to follow …"""

TEXTURE_TRIES = 4
"""… and is drawn again, up to this many times."""


@dataclass(frozen=True, kw_only=True)
class SceneConfig:
    """How scenes are drawn; motion is given separately, since it grows during training.

    Raises:
        ValueError: a value that cannot be.
    """

    layers: int = 4
    """Cut-out shapes in front of the background, at most."""

    rotation_degrees: float = 12.0
    """Turn of a layer between the two frames, at most."""

    zoom: float = 0.12
    """Growth or shrinking of a layer between the two frames, at most."""

    shrink: float = 3.0
    """How many times smaller than in the photo a texture is drawn, at most: smaller is sharper."""

    brightness_probability: float = 0.3
    noise_probability: float = 0.25
    compression_probability: float = 0.2
    blur_probability: float = 0.2

    def __post_init__(self) -> None:
        if self.layers < 1:
            raise ValueError(f"layers {self.layers} leave nothing that moves by itself")
        if self.rotation_degrees < 0 or not 0 <= self.zoom < 1:
            raise ValueError(
                f"rotation_degrees {self.rotation_degrees} starts at 0, "
                f"zoom {self.zoom} lies in [0, 1)"
            )
        for kind in ("brightness", "noise", "compression", "blur"):
            probability = getattr(self, f"{kind}_probability")
            if not 0 <= probability <= 1:
                raise ValueError(f"{kind}_probability {probability} is not within 0..1")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A triplet with its motion."""

    image0: Array
    """(S, S, 3) in [0, 1]."""

    truth: Array
    """The frame at time t, likewise, without the inputs' noise."""

    image1: Array

    flow_01: Array
    """(S, S, 2), from image 0 to image 1, (dx, dy) in pixels."""

    flow_10: Array


@dataclass(frozen=True)
class _Layer:
    texture: Texture
    mask: Array | None
    start: Array
    end: Array

    def matrix(self, tau: float) -> Array:
        """Texture to frame at time tau, (2, 3)."""
        return (self.start + tau * (self.end - self.start)).astype(np.float32)


def layered_scene(
    textures: Sequence[Texture],
    *,
    side: int,
    t: float,
    motion_px: float,
    config: SceneConfig,
    generator: np.random.Generator,
) -> Scene:
    """Draw a random scene at times 0, t and 1.

    Args:
        textures: photos, (H, W, 3) uint8, each side at least 64.
        side: S, side of the frames.
        t: instant of the truth, in (0, 1).
        motion_px: longest shift of a layer between the two frames.
        config: how scenes are drawn.
        generator: the only source of chance.
    """
    camera = _shift(motion_px / 2, generator)
    count = int(generator.integers(1, config.layers + 1))
    layers = [_background(textures, side, camera, config, generator)]
    for _ in range(count):
        shift = camera + _shift(motion_px, generator)
        layers.append(_foreground(textures, side, shift, config, generator))
    frames = [_render(layers, tau, side) for tau in (0.0, t, 1.0)]
    frames = _change_brightness(frames, t, config, generator)
    image0, image1 = (_degrade(frames[i], config, generator) for i in (0, 2))
    return Scene(
        image0=image0,
        truth=np.clip(frames[1], 0, 1),
        image1=image1,
        flow_01=_flow(layers, side, 0.0, 1.0),
        flow_10=_flow(layers, side, 1.0, 0.0),
    )


def _shift(longest: float, generator: np.random.Generator) -> Array:
    """A shift with random direction, small ones more often than large ones."""
    length = longest * float(generator.random()) ** 1.5
    angle = generator.uniform(0, 2 * np.pi)
    return np.array([length * np.cos(angle), length * np.sin(angle)], dtype=np.float32)


def _background(
    textures: Sequence[Texture],
    side: int,
    shift: Array,
    config: SceneConfig,
    generator: np.random.Generator,
) -> _Layer:
    texture = _texture(textures, 2 * side, config, generator)
    centre = np.array([(side - 1) / 2, (side - 1) / 2], dtype=np.float32)
    start, end = _motion(texture, centre, shift, config, generator, turn=20.0)
    return _Layer(texture, None, start, end)


def _foreground(
    textures: Sequence[Texture],
    side: int,
    shift: Array,
    config: SceneConfig,
    generator: np.random.Generator,
) -> _Layer:
    texture = _texture(textures, side, config, generator)
    centre = generator.uniform(0, side - 1, 2).astype(np.float32)
    start, end = _motion(texture, centre, shift, config, generator, turn=180.0)
    return _Layer(texture, random_mask(side, generator), start, end)


def _texture(
    textures: Sequence[Texture], side: int, config: SceneConfig, generator: np.random.Generator
) -> Texture:
    """A square piece of a random photo, perhaps mirrored or blurred; rarely one without detail."""
    for _ in range(TEXTURE_TRIES):
        photo = textures[int(generator.integers(len(textures)))]
        cut = _piece(photo, side, config.shrink, generator)
        if cut.std() > PLAIN_DEVIATION:
            break
    if generator.random() < 0.5:
        cut = np.ascontiguousarray(cut[:, ::-1])
    if generator.random() < config.blur_probability:
        cut = cv2.GaussianBlur(cut, (0, 0), float(generator.uniform(0.5, 2.0))).astype(np.uint8)
    return cut


def _piece(photo: Texture, side: int, shrink: float, generator: np.random.Generator) -> Texture:
    """A square piece of a photo, at a random size."""
    height, width = photo.shape[:2]
    piece = min(height, width, int(side * generator.uniform(1.0, shrink)))
    top = int(generator.integers(0, height - piece + 1))
    left = int(generator.integers(0, width - piece + 1))
    cut = np.ascontiguousarray(photo[top : top + piece, left : left + piece])
    return cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)


def _motion(
    texture: Texture,
    centre: Array,
    shift: Array,
    config: SceneConfig,
    generator: np.random.Generator,
    *,
    turn: float,
) -> tuple[Array, Array]:
    """Where the texture lies at times 0 and 1, as (2, 3) matrices."""
    angle = generator.uniform(-turn, turn)
    zoom = float(np.exp(generator.uniform(-0.2, 0.3)))
    turned = config.rotation_degrees * generator.uniform(-1, 1) * generator.random()
    grown = 1 + config.zoom * generator.uniform(-1, 1) * generator.random()
    start = _placed(texture, centre - shift / 2, angle, zoom)
    end = _placed(texture, centre + shift / 2, angle + turned, zoom * grown)
    return start, end


def _placed(texture: Texture, centre: Array, degrees: float, zoom: float) -> Array:
    """The matrix that turns and zooms a texture about its middle and puts that at `centre`."""
    middle = ((texture.shape[1] - 1) / 2, (texture.shape[0] - 1) / 2)
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, degrees, zoom), dtype=np.float32)
    matrix[:, 2] += centre - np.array(middle, dtype=np.float32)
    return matrix


def _render(layers: list[_Layer], tau: float, side: int) -> Array:
    """Paint the layers back to front, (S, S, 3) in [0, 1]."""
    frame: Array = np.zeros((side, side, 3), dtype=np.float32)
    for layer in layers:
        colour = _place(layer.texture, layer.matrix(tau), side).astype(np.float32) / 255
        if layer.mask is None:
            frame = colour
        else:
            alpha = _place(layer.mask, layer.matrix(tau), side)[..., None]
            frame += alpha * (colour - frame)
    return frame


def _place(picture: Texture | Array, matrix: Array, side: int) -> Array:
    """Resample a texture (mirrored at its edges) or a mask (nothing beyond) into the frame."""
    border = cv2.BORDER_REFLECT_101 if picture.ndim == 3 else cv2.BORDER_CONSTANT
    placed = cv2.warpAffine(
        picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=border
    )
    return np.asarray(placed)


def _flow(layers: list[_Layer], side: int, tau: float, tau_to: float) -> Array:
    """Motion of what is seen at tau until tau_to, (S, S, 2)."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    points = np.stack((x, y, np.ones_like(x)), axis=-1)
    flow = np.zeros((side, side, 2), dtype=np.float32)
    for layer in layers:
        back = cv2.invertAffineTransform(layer.matrix(tau))
        there = layer.matrix(tau_to) @ np.vstack((back, (0, 0, 1))).astype(np.float32)
        moved = points @ there.T - points[..., :2]
        if layer.mask is None:
            flow = moved
        else:
            seen = _place(layer.mask, layer.matrix(tau), side) > 0.5
            flow[seen] = moved[seen]
    return flow.astype(np.float32)


def _change_brightness(
    frames: list[Array], t: float, config: SceneConfig, generator: np.random.Generator
) -> list[Array]:
    """Let the light change evenly from frame to frame."""
    if generator.random() >= config.brightness_probability:
        return frames
    gain, offset = generator.normal(0, 0.06), generator.normal(0, 0.02)
    return [
        (f * (1 + tau * gain) + tau * offset).astype(np.float32)
        for f, tau in zip(frames, (0.0, t, 1.0), strict=True)
    ]


def _degrade(frame: Array, config: SceneConfig, generator: np.random.Generator) -> Array:
    """A camera's noise and compression, on an input."""
    if generator.random() < config.noise_probability:
        sigma = generator.uniform(0.0, 0.02)
        frame = frame + generator.normal(0, sigma, frame.shape).astype(np.float32)
    frame = np.clip(frame, 0, 1)
    if generator.random() < config.compression_probability:
        # OpenCV takes the channels for BGR; what JPEG does to them is alike either way.
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(generator.integers(50, 96))]
        _, coded = cv2.imencode(".jpg", np.rint(frame * 255).astype(np.uint8), quality)
        frame = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.float32) / 255
    return frame.astype(np.float32)

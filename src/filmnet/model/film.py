"""FILM: the network that makes the frame between two frames.

Source: Reda et al., "FILM: Frame Interpolation for Large Motion", ECCV 2022; equal to the
published TensorFlow code on the same weights (tests/model/test_film.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from filmnet.model.config import FilmConfig
from filmnet.model.features import FeatureExtractor
from filmnet.model.flow import FlowEstimator
from filmnet.model.fusion import Fusion
from filmnet.model.layers import Head
from filmnet.model.pyramid import image_pyramid
from filmnet.model.warp import scale_pyramid, warp_all, warp_cubic


@dataclass(frozen=True, kw_only=True)
class FrameFeatures:
    """What the network knows of one frame before it sees another; serves every pair."""

    images: list[Tensor]
    """Image pyramid, finest first, each (B, 3, H_i, W_i)."""

    features: list[Tensor]
    """Feature pyramid, finest first."""


@dataclass(frozen=True, kw_only=True)
class FilmOutput:
    """What a forward pass returns."""

    image: Tensor
    """The frame at time t, (B, 3, H, W) float32, neither clamped nor rounded."""

    flow_01: list[Tensor]
    """Flow from image 0 to image 1, finest first, each (B, 2, H_i, W_i), not scaled by time."""

    flow_10: list[Tensor]
    """Flow from image 1 to image 0, likewise."""

    image0_warped: Tensor
    """Image 0 moved to time t, (B, 3, H, W)."""

    image1_warped: Tensor
    """Image 1 moved to time t, (B, 3, H, W)."""


class Film(nn.Module):
    """FILM's five steps: pyramids, features, flow, warp, fusion."""

    def __init__(self, config: FilmConfig | None = None) -> None:
        super().__init__()
        self.config = config or FilmConfig()
        self.extractor = FeatureExtractor(self.config)
        self.flow = FlowEstimator(self.config)
        self.fusion = Fusion(self.config)

    def forward(self, image0: Tensor, image1: Tensor, t: float | Tensor = 0.5) -> FilmOutput:
        """Make the frame at time t between two frames.

        Args:
            image0: (B, 3, H, W), RGB in [0, 1]; each side at least `config.smallest_side`.
            image1: the same shape.
            t: instant in [0, 1], 0 at image 0; one number, or one per sample (B,).

        Returns:
            The frame, both flow pyramids and both warped images.

        Raises:
            ValueError: shapes that differ, or a side too short for the pyramid.
        """
        if image0.shape != image1.shape:
            raise ValueError(
                f"image0 {tuple(image0.shape)} and image1 {tuple(image1.shape)} differ"
            )
        frame0, frame1 = self.extract(image0), self.extract(image1)
        flow_01, flow_10 = self.estimate_flow(frame0, frame1)
        return self.synthesize(frame0, frame1, flow_01, flow_10, t)

    def extract(self, image: Tensor) -> FrameFeatures:
        """Steps 1 and 2: a frame's image pyramid and its features; (B, 3, H, W)."""
        images = image_pyramid(image, self.config.pyramid_levels)
        return FrameFeatures(images=images, features=self.extractor(images))

    def estimate_flow(
        self, frame0: FrameFeatures, frame1: FrameFeatures, start: Tensor | None = None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Step 3: flow pyramids 0→1 and 1→0, both directions in one batch.

        `start` is what is known of the coarsest level's flow, (2B, 2, H, W), 0→1 first.
        """
        own = [torch.cat(pair) for pair in zip(frame0.features, frame1.features, strict=True)]
        other = [torch.cat(pair) for pair in zip(frame1.features, frame0.features, strict=True)]
        flow_pyramid = self.flow(own, other, start)
        batch = frame0.features[0].shape[0]
        return [flow[:batch] for flow in flow_pyramid], [flow[batch:] for flow in flow_pyramid]

    def synthesize(
        self,
        frame0: FrameFeatures,
        frame1: FrameFeatures,
        flow_01: list[Tensor],
        flow_10: list[Tensor],
        t: float | Tensor,
    ) -> FilmOutput:
        """Steps 4 and 5: warp both frames to time t, and fuse."""
        levels = self.config.fusion_pyramid_levels
        time = torch.as_tensor(t, dtype=torch.float32, device=flow_01[0].device).reshape(
            -1, 1, 1, 1
        )
        flow_to_0 = scale_pyramid(flow_10[:levels], time)
        flow_to_1 = scale_pyramid(flow_01[:levels], 1 - time)
        images0, features0 = _warp_frame(frame0, flow_to_0)
        images1, features1 = _warp_frame(frame1, flow_to_1)
        aligned = zip(images0, features0, images1, features1, flow_to_0, flow_to_1, strict=True)
        fused = self.fusion(list(aligned))
        if self.config.output == "blend":
            sharp0 = warp_cubic(frame0.images[0], flow_to_0[0])
            sharp1 = warp_cubic(frame1.images[0], flow_to_1[0])
            fused = blend(fused, sharp0, sharp1, time)
        return FilmOutput(
            image=fused,
            flow_01=flow_01,
            flow_10=flow_10,
            image0_warped=images0[0],
            image1_warped=images1[0],
        )

    def set_precision(self, dtype: torch.dtype) -> Film:
        """Compute in `dtype`; the heads, which make flow and picture, stay in float32."""
        self.to(dtype)
        for module in self.modules():
            if isinstance(module, Head):
                module.float()
        return self

    def use_channels_last(self) -> Film:
        """Lay kernels out as convolutions read them fastest."""
        for parameter in self.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        return self


def _warp_frame(
    frame: FrameFeatures, flow_pyramid: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """A frame's images and features, warped level by level as far as the flow goes."""
    levels = zip(frame.images, frame.features, flow_pyramid)  # noqa: B905 - only the finest ones
    warped = [warp_all((image, features), flow) for image, features, flow in levels]
    images, features = zip(*warped, strict=True)
    return list(images), list(features)


def blend(fused: Tensor, image0: Tensor, image1: Tensor, time: Tensor) -> Tensor:
    """Blend the warped images by nearness in time and the learned preference, and correct.

    Args:
        fused: (B, 4, H, W), what `Fusion` gives for `output="blend"`.
        image0: (B, 3, H, W), image 0 at that time.
        image1: (B, 3, H, W), image 1 likewise.
        time: (B, 1, 1, 1) or (1, 1, 1, 1), 0 at image 0.
    """
    correction, preference = fused[:, :3], fused[:, 3:]
    weight0 = (1 - time) * torch.sigmoid(preference)
    weight1 = time * torch.sigmoid(-preference)
    return (weight0 * image0 + weight1 * image1) / (weight0 + weight1) + correction

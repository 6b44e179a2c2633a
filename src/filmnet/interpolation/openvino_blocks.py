"""The blocks as OpenVINO computes them, compiled for each size of picture that comes.

Only convolutions go there. What becomes a flow or a picture, the last 1x1 convolution of a block,
stays in PyTorch and float32: OpenVINO in bfloat16 has nothing more exact.

A compiled block holds its weights once more, in the order that the processor likes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from filmnet.interpolation.lean_blocks import per_pixel
from filmnet.interpolation.openvino_package import import_openvino, openvino_core
from filmnet.model import Film
from filmnet.model.flow import FlowPredictor
from filmnet.model.fusion import FusionLevel
from filmnet.model.layers import LEAKY_SLOPE, Conv, LeakyConv

Shape = tuple[int, ...]
"""(B, H, W, C)."""

HINTS = {torch.float32: "f32", torch.bfloat16: "bf16"}
"""The precisions that it serves, and their names."""


class OpenVinoBlocks:
    """FILM's blocks for an Intel-like CPU, in float32 or bfloat16.

    Args:
        model: the network, in the precision that is to be used.

    Raises:
        ImportError: the package openvino is not installed.
    """

    extra_bytes = 0
    by_size = True

    def __init__(self, model: Film) -> None:
        self.config = model.config
        self._model = model
        self._precision = next(model.extractor.parameters()).dtype
        self._core = openvino_core()
        self._compiled: dict[tuple[Any, ...], _Compiled] = {}

    def column(self, image: Tensor, stages: int) -> list[Tensor]:
        """The extractor."""
        count = min(stages, self.config.sub_levels)
        return self._run(("column", count), [image], lambda graph, x: self._column(graph, x, count))

    def residual_flow(self, level: int, own: Tensor, other: Tensor) -> Tensor:
        """The predictor of that level, its head in PyTorch."""
        number = min(level, self.config.specialized_levels)
        predictor = cast(FlowPredictor, self._model.flow.predictor(level))
        (reduced,) = self._run(
            ("flow", number), [own, other], lambda graph, x: [_flow(graph, x, predictor)]
        )
        return per_pixel(predictor.head, reduced)

    def fuse(self, aligned: Sequence[Sequence[Tensor]]) -> Tensor:
        """The decoder, its head in PyTorch."""
        parts = [part for level in aligned for part in level]
        (fused,) = self._run(("fuse",), parts, lambda graph, x: [self._fuse(graph, x, aligned)])
        return per_pixel(self._model.fusion.head, fused)

    def _run(
        self,
        name: tuple[Any, ...],
        parts: Sequence[Tensor],
        build: Callable[[_Graph, list[Any]], list[Any]],
    ) -> list[Tensor]:
        """Compute a block, compiled at its first use with pictures of these shapes."""
        rows = [part.permute(0, 2, 3, 1).contiguous() for part in parts]
        key = (*name, *(tuple(part.shape) for part in rows), torch.get_num_threads())
        if key not in self._compiled:
            graph = _Graph(self._precision, rows)
            model = graph.model(build(graph, graph.pictures))
            self._compiled[key] = _Compiled(self._core, model, self._precision)
        return [made.permute(0, 3, 1, 2) for made in self._compiled[key](rows)]

    def _column(self, graph: _Graph, pictures: list[Any], count: int) -> list[Any]:
        made: list[Any] = []
        for stage in list(self._model.extractor.stages)[:count]:
            made.append(graph.convolve_all(stage, graph.halve(made[-1]) if made else pictures[0]))
        return made

    def _fuse(self, graph: _Graph, pictures: list[Any], aligned: Sequence[Sequence[Tensor]]) -> Any:
        count = len(aligned[0])
        levels = [pictures[i : i + count] for i in range(0, len(pictures), count)]
        fused = graph.join(levels[-1])
        for level in reversed(range(len(self._model.fusion.levels))):
            step = cast(FusionLevel, self._model.fusion.levels[level])
            height, width = aligned[level][0].shape[-2:]
            finer = graph.convolve(step.upsample, graph.resize(fused, height, width))
            fused = graph.convolve_all(step.merge, graph.join([*levels[level], finer]))
        return fused


def _flow(graph: _Graph, pictures: list[Any], predictor: FlowPredictor) -> Any:
    return graph.convolve(
        predictor.reduce, graph.convolve_all(predictor.convs, graph.join(pictures))
    )


class _Graph:
    """A block in OpenVINO's operations, whose pictures come and go as rows of channels."""

    def __init__(self, precision: torch.dtype, rows: Sequence[Tensor]) -> None:
        ops = import_openvino().opset13
        self._ops = ops
        self._precision = precision
        self._inputs = [ops.parameter(list(part.shape), _element_type(part.dtype)) for part in rows]
        self.pictures = [
            ops.transpose(ops.convert(x, "f32"), self._order(0, 3, 1, 2)) for x in self._inputs
        ]

    def model(self, outputs: Sequence[Any]) -> Any:
        """The whole, with outputs in the blocks' precision."""
        element = HINTS[self._precision]
        rows = [self._ops.transpose(x, self._order(0, 2, 3, 1)) for x in outputs]
        results = [self._ops.result(self._ops.convert(x, element)) for x in rows]
        return import_openvino().Model(results, self._inputs, "filmnet")

    def join(self, pictures: Sequence[Any]) -> Any:
        return self._ops.concat(list(pictures), 1)

    def halve(self, x: Any) -> Any:
        return self._ops.avg_pool(x, [2, 2], [0, 0], [0, 0], [2, 2], True)

    def resize(self, x: Any, height: int, width: int) -> Any:
        """Nearest pixels with half-pixel centres; halfway counts as the next one."""
        return self._ops.interpolate(
            x,
            self._order(height, width),
            "nearest",
            "sizes",
            coordinate_transformation_mode="half_pixel",
            nearest_mode="round_prefer_ceil",
            axes=self._order(2, 3),
        )

    def convolve(self, conv: Conv, x: Any) -> Any:
        """A convolution with its activation, if it has one."""
        kernel = conv.kernel_size[0]
        before, after = [(kernel - 1) // 2] * 2, [kernel // 2] * 2
        weight = self._ops.constant(conv.weight.float().contiguous().numpy())
        made = self._ops.convolution(x, weight, [1, 1], before, after, [1, 1])
        bias = cast(Tensor, conv.bias).float().view(1, -1, 1, 1)
        made = self._ops.add(made, self._ops.constant(bias.numpy()))
        if not isinstance(conv, LeakyConv):
            return made
        return self._ops.prelu(made, self._ops.constant(np.array([LEAKY_SLOPE], np.float32)))

    def convolve_all(self, convs: nn.Module, x: Any) -> Any:
        for conv in convs.children():
            x = self.convolve(cast(Conv, conv), x)
        return x

    def _order(self, *numbers: int) -> Any:
        return self._ops.constant(np.array(numbers, np.int64))


class _Compiled:
    """A block that is ready for pictures of certain shapes."""

    def __init__(self, core: Any, model: Any, precision: torch.dtype) -> None:
        self._precision = precision
        self._shapes: list[Shape] = [tuple(output.shape) for output in model.outputs]
        settings = {
            "INFERENCE_PRECISION_HINT": HINTS[precision],
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "NUM_STREAMS": 1,
        }
        self._request = core.compile_model(model, "CPU", settings).create_infer_request()

    def __call__(self, rows: Sequence[Tensor]) -> list[Tensor]:
        """Compute in place: OpenVINO reads and writes PyTorch's memory."""
        made = [torch.empty(shape, dtype=self._precision) for shape in self._shapes]
        for i, part in enumerate(rows):
            self._request.set_input_tensor(i, _shared(part))
        for i, part in enumerate(made):
            self._request.set_output_tensor(i, _shared(part))
        self._request.infer()
        return made


def _element_type(dtype: torch.dtype) -> Any:
    openvino = import_openvino()
    return {torch.float32: openvino.Type.f32, torch.bfloat16: openvino.Type.bf16}[dtype]


def _shared(part: Tensor) -> Any:
    """The same memory for OpenVINO; NumPy, which is between, knows no bfloat16."""
    openvino = import_openvino()
    if part.dtype == torch.float32:
        return openvino.Tensor(part.numpy(), shared_memory=True)
    numbers = part.view(torch.int16).numpy()
    return openvino.Tensor(numbers, list(part.shape), openvino.Type.bf16)

"""How others call FILM's convolutions.

Each convolution of `filmnet.model.Film` has one name in each foreign format; the table between
them follows from the architecture alone, so that every weight is mapped by name, none by
position. A `Naming` writes that table, and reads an architecture's depths back from names.

    ours                          TensorFlow                            the PyTorch port
    extractor.stages.1.0          feat_net/sub_extractor/cfeat_conv_2   extract….convs.1.0.0
    flow.predictors.0.head        predict_flow/flow_predictor_0/conv_4  …._predictors.2._convs.4.0
    flow.predictors.3.convs.0     …/flow_predictor_shared/conv_0        …._predictor._convs.0.0
    fusion.levels.0.upsample      fusion/conv2d                         fuse.convs.3.0.0
    fusion.head                   fusion/conv2d_12                      fuse.output_conv

The port stores flow predictors and fusion levels coarse to fine; we and TensorFlow, fine to
coarse. ComfyUI's file has the port's names with `.conv` where the port has a final `.0`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from filmnet.model import FilmConfig

PUBLISHED = FilmConfig()


@dataclass(frozen=True, kw_only=True)
class Depths:
    """The counts that fix which convolutions there are; widths aside."""

    sub_levels: int = PUBLISHED.sub_levels
    """Stages of the feature extractor."""

    flow_convs: tuple[int, ...] = PUBLISHED.flow_convs
    """3x3 convolutions per flow predictor, finest first, the shared one last."""

    fusion_levels: int = PUBLISHED.fusion_pyramid_levels - 1
    """Steps of the fusion decoder."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a convolution stands in `Film`."""

    module: str
    """Its name in `Film`, as `flow.predictors.0.convs.1`."""

    part: str
    """`stage`, `flow`, `fusion` or `output`."""

    index: int = 0
    """Extractor stage, flow predictor or fusion level, finest first."""

    conv: int = 0
    """Counts the convolutions of that stage, predictor or level."""


def places(depths: Depths) -> Iterator[Place]:
    """Every convolution of the network, in the order in which data meets them."""
    for stage in range(depths.sub_levels):
        for conv in range(2):
            yield Place(
                module=f"extractor.stages.{stage}.{conv}", part="stage", index=stage, conv=conv
            )
    for predictor, convs in enumerate(depths.flow_convs):
        modules = [*(f"convs.{conv}" for conv in range(convs)), "reduce", "head"]
        for conv, module in enumerate(modules):
            name = f"flow.predictors.{predictor}.{module}"
            yield Place(module=name, part="flow", index=predictor, conv=conv)
    for level in range(depths.fusion_levels):
        for conv, module in enumerate(("upsample", "merge.0", "merge.1")):
            name = f"fusion.levels.{level}.{module}"
            yield Place(module=name, part="fusion", index=level, conv=conv)
    yield Place(module="fusion.head", part="output")


class Naming(ABC):
    """One foreign way of calling the weights."""

    kernel: ClassVar[str]
    """What follows a convolution's name for its kernel."""

    bias: ClassVar[str]
    """What follows a convolution's name for its bias."""

    @abstractmethod
    def name(self, place: Place, depths: Depths) -> str:
        """The convolution's name in this format."""

    @abstractmethod
    def depths(self, names: Iterable[str]) -> Depths:
        """Read the depths from the names of a file's tensors."""

    def table(self, depths: Depths) -> dict[str, str]:
        """Our parameter names, each with its name in this format."""
        table = {}
        for place in places(depths):
            name = self.name(place, depths)
            table[f"{place.module}.weight"] = name + self.kernel
            table[f"{place.module}.bias"] = name + self.bias
        return table


class TensorFlowNaming(Naming):
    """Variables of the published code, without the `:0` that TensorFlow appends."""

    kernel = "/kernel"
    bias = "/bias"

    def name(self, place: Place, depths: Depths) -> str:
        """As `fusion/conv2d_3`."""
        shared = len(depths.flow_convs) - 1
        if place.part == "stage":
            return f"feat_net/sub_extractor/cfeat_conv_{2 * place.index + place.conv}"
        if place.part == "flow":
            predictor = "shared" if place.index == shared else str(place.index)
            return f"predict_flow/flow_predictor_{predictor}/conv_{place.conv}"
        level = depths.fusion_levels if place.part == "output" else place.index
        number = 3 * level + place.conv
        return f"fusion/conv2d_{number}" if number else "fusion/conv2d"

    def depths(self, names: Iterable[str]) -> Depths:
        """Read the depths from variable names."""
        names = list(names)
        specialised = _count(r"predict_flow/flow_predictor_(\d+)/", names)
        predictors = [*map(str, range(specialised)), "shared"]
        return Depths(
            sub_levels=_count(r"feat_net/sub_extractor/cfeat_conv_(\d+)/", names) // 2,
            flow_convs=tuple(
                _count(rf"predict_flow/flow_predictor_{predictor}/conv_(\d+)/", names) - 2
                for predictor in predictors
            ),
            fusion_levels=(_count(r"fusion/conv2d_(\d+)/", names) - 1) // 3,
        )


class PortNaming(Naming):
    """The TorchScript port, its state dicts, and (with `.conv`) ComfyUI's file."""

    kernel = ".weight"
    bias = ".bias"

    def __init__(self, suffix: str) -> None:
        self.suffix = suffix

    def name(self, place: Place, depths: Depths) -> str:
        """As `fuse.convs.0.2.0`."""
        specialised = len(depths.flow_convs) - 1
        if place.part == "output":
            return "fuse.output_conv"
        if place.part == "stage":
            group = f"extract.extract_sublevels.convs.{place.index}"
        elif place.part == "fusion":
            group = f"fuse.convs.{depths.fusion_levels - 1 - place.index}"
        elif place.index == specialised:
            group = "predict_flow._predictor._convs"
        else:
            group = f"predict_flow._predictors.{specialised - 1 - place.index}._convs"
        return f"{group}.{place.conv}{self.suffix}"

    def depths(self, names: Iterable[str]) -> Depths:
        """Read the depths from state-dict keys."""
        names = list(names)
        specialised = _count(r"predict_flow\._predictors\.(\d+)\.", names)
        predictors = [*(rf"_predictors\.{i}" for i in reversed(range(specialised))), "_predictor"]
        return Depths(
            sub_levels=_count(r"extract\.extract_sublevels\.convs\.(\d+)\.", names),
            flow_convs=tuple(
                _count(rf"predict_flow\.{predictor}\._convs\.(\d+)\.", names) - 2
                for predictor in predictors
            ),
            fusion_levels=_count(r"fuse\.convs\.(\d+)\.", names),
        )


TENSORFLOW = TensorFlowNaming()
PORT = PortNaming(".0")
COMFYUI = PortNaming(".conv")


def _count(pattern: str, names: Iterable[str]) -> int:
    """One more than the highest number that `pattern` captures; 0 where it matches nothing."""
    matches = (re.match(pattern, name) for name in names)
    return max((int(match[1]) + 1 for match in matches if match), default=0)

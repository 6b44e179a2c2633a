"""Fitting a file's tensors into the network: every weight once, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from filmnet.errors import WeightsError
from filmnet.model import Film, FilmConfig
from filmnet.weights.names import PUBLISHED, Depths, Naming, places

LISTED = 6
"""Names that a message gives before it only counts."""


@dataclass(kw_only=True)
class Misfit:
    """What keeps tensors from being a network's weights."""

    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    wrong_shape: list[str] = field(default_factory=list)
    not_finite: list[str] = field(default_factory=list)

    def count(self) -> int:
        return sum(map(len, vars(self).values()))

    def __str__(self) -> str:
        parts = [
            _listed(self.missing, "missing"),
            _listed(self.extra, "unknown"),
            _listed(self.wrong_shape, "of the wrong shape or type"),
            _listed(self.not_finite, "with values that are not finite"),
        ]
        return "; ".join(part for part in parts if part)


def parameter_shapes(config: FilmConfig) -> dict[str, tuple[int, ...]]:
    """Every parameter of `Film(config)` and its shape; nothing is allocated."""
    with torch.device("meta"):
        return {name: tuple(p.shape) for name, p in Film(config).state_dict().items()}


def fit(
    tensors: Mapping[str, Tensor],
    config: FilmConfig,
    source: str,
    table: Mapping[str, str] | None = None,
) -> dict[str, Tensor]:
    """Rename, check and convert tensors.

    Args:
        tensors: name in the file → tensor; kernels as (out, in, height, width).
        config: the network that they are to fit.
        source: the file, for messages.
        table: every parameter of that network → its name in the file; our own names if not given.

    Returns:
        A state dict for `Film(config)`: float32, contiguous, on the CPU.

    Raises:
        WeightsError: tensors missing, left over, of the wrong shape, or not finite.
    """
    table = table or {name: name for name in parameter_shapes(config)}
    misfit = _misfit(tensors, config, table)
    if not misfit.count():
        state_dict = {ours: _float32(tensors[theirs]) for ours, theirs in table.items()}
        misfit.not_finite = [
            table[ours] for ours, tensor in state_dict.items() if not tensor.isfinite().all()
        ]
    if misfit.count():
        raise WeightsError(
            f"{source}: these are not the weights of one FILM network: {misfit}; "
            "get the file again, or choose another"
        )
    return state_dict


def fit_foreign(
    tensors: Mapping[str, Tensor], naming: Naming, source: str
) -> tuple[FilmConfig, dict[str, Tensor]]:
    """Like `fit`, for a file that does not state its architecture: it follows from the shapes.

    Where the file is damaged, the message compares with the nearer of two architectures: that
    with the published depths, and that which the names suggest.

    Raises:
        WeightsError: as for `fit`.
    """
    candidates = []
    for depths in (Depths(), naming.depths(tensors)):
        try:
            config = _infer_config(tensors, naming, depths)
        except ValueError:
            continue
        table = naming.table(depths)
        candidates.append((_misfit(tensors, config, table).count(), config, table))
    _, config, table = min(candidates, key=lambda candidate: candidate[0])
    return config, fit(tensors, config, source, table)


def stored_precision(tensors: Iterable[Tensor]) -> str:
    """The type of the numbers, as `float16`; several are joined by a slash."""
    return "/".join(sorted({str(tensor.dtype).removeprefix("torch.") for tensor in tensors}))


def _infer_config(tensors: Mapping[str, Tensor], naming: Naming, depths: Depths) -> FilmConfig:
    """The architecture of given depths whose widths are those of the first kernels."""
    widths = {
        (place.part, place.index): _width(tensors, naming.name(place, depths), naming)
        for place in places(depths)
        if place.conv == 0
    }
    predictors = range(len(depths.flow_convs))
    fallback = PUBLISHED.flow_filters
    return FilmConfig(
        pyramid_levels=max(PUBLISHED.pyramid_levels, depths.fusion_levels + 1),
        fusion_pyramid_levels=depths.fusion_levels + 1,
        specialized_levels=len(depths.flow_convs) - 1,
        sub_levels=depths.sub_levels,
        filters=widths.get(("stage", 0)) or PUBLISHED.filters,
        flow_convs=depths.flow_convs,
        flow_filters=tuple(
            width if width > 1 else fallback[min(i, len(fallback) - 1)]
            for i, width in enumerate(widths.get(("flow", i), 0) for i in predictors)
        ),
    )


def _width(tensors: Mapping[str, Tensor], name: str, naming: Naming) -> int:
    """Output channels of a convolution, from its kernel or else its bias; 0 without both."""
    for suffix in (naming.kernel, naming.bias):
        tensor = tensors.get(name + suffix)
        if tensor is not None and tensor.ndim:
            return tensor.shape[0]
    return 0


def _misfit(tensors: Mapping[str, Tensor], config: FilmConfig, table: Mapping[str, str]) -> Misfit:
    wanted = {table[ours]: shape for ours, shape in parameter_shapes(config).items()}
    return Misfit(
        missing=[name for name in wanted if name not in tensors],
        extra=[name for name in tensors if name not in wanted],
        wrong_shape=[
            shape_note(name, tensors[name], shape)
            for name, shape in wanted.items()
            if name in tensors and not _is_float(tensors[name], shape)
        ],
    )


def _is_float(tensor: Tensor, shape: tuple[int, ...]) -> bool:
    return tuple(tensor.shape) == shape and tensor.is_floating_point()


def shape_note(name: str, tensor: Tensor, shape: tuple[int, ...]) -> str:
    """A tensor's name, its shape and type, and the shape that was wanted."""
    found = "x".join(map(str, tensor.shape)) or "a single number"
    kind = str(tensor.dtype).removeprefix("torch.")
    return f"{name} ({found} {kind}, not {'x'.join(map(str, shape))})"


def _float32(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", torch.float32).contiguous()


def _listed(names: list[str], what: str) -> str:
    if not names:
        return ""
    more = len(names) - LISTED
    rest = f" and {more} more" if more > 0 else ""
    return f"{len(names)} {what}: {', '.join(names[:LISTED])}{rest}"

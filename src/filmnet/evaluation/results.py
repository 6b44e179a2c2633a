"""What a run measured, with everything that is needed to repeat it, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import PIL
import torch

from filmnet import __version__
from filmnet.errors import InputError
from filmnet.evaluation.panel import Measure
from filmnet.evaluation.scoring import SetScores, TripletValues

FORMAT = 1
VERSIONS = {
    "filmnet": __version__,
    "torch": torch.__version__,  # its build, too
    "numpy": np.__version__,
    "opencv": cv2.__version__,
    "pillow": PIL.__version__,
    "av": av.__version__,
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """What is known of a measure."""

    name: str
    label: str
    aim: str
    digits: int
    definition: str
    networks: dict[str, Any]

    def show(self, value: float) -> str:
        """A value as tables show it."""
        return f"{value:.{self.digits}f}"


@dataclass(frozen=True, kw_only=True)
class Results:
    """One method on one or more sets."""

    protocol: str

    method: dict[str, Any]
    """`name`, and what identifies it: its weights and their sha256, or the predictions' folder."""

    computed: dict[str, Any]
    """Device, precision, threads and versions."""

    columns: tuple[Column, ...]
    left_out: dict[str, str]
    """Measures that were not taken, and why."""

    sets: tuple[SetScores, ...]

    def column(self, name: str) -> Column:
        """The measure of that name."""
        return next(column for column in self.columns if column.name == name)


def as_columns(measures: list[Measure]) -> tuple[Column, ...]:
    """What files say of measures."""
    names = ("name", "label", "aim", "digits", "definition", "networks")
    return tuple(Column(**{name: getattr(measure, name) for name in names}) for measure in measures)


def describe_computing(device: torch.device, precision: torch.dtype | None) -> dict[str, Any]:
    """Device, precision and versions, without the machine's name."""
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return {
        "device": kind,
        "precision": str(precision or torch.float32).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": dict(VERSIONS),
    }


def to_json(results: Results) -> str:
    """As `results.json` holds it."""
    content = {"format": FORMAT, **asdict(results)}
    content["columns"] = [asdict(column) for column in results.columns]
    content["sets"] = [_set_to_json(scores) for scores in results.sets]
    return json.dumps(_finite(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_results(path: Path) -> Results:
    """Read a `results.json`.

    Raises:
        InputError: it is missing, no such file, or damaged.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["format"] != FORMAT:
            raise InputError(
                f"{path}: results of format {content['format']}, not {FORMAT}; evaluate again"
            )
        return Results(
            protocol=content["protocol"],
            method=dict(content["method"]),
            computed=dict(content["computed"]),
            columns=tuple(Column(**column) for column in content["columns"]),
            left_out=dict(content["left_out"]),
            sets=tuple(_set_from_json(scores) for scores in content["sets"]),
        )
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: no results of `filmnet evaluate`; give the results.json that -o wrote"
        ) from error


def to_csv(results: Results) -> str:
    """As `results.csv` holds it: a row per triplet, then each set's mean."""
    names = [column.name for column in results.columns]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["set", "triplet", "protocol", *names, "average_psnr"])
    for scores in results.sets:
        for value in scores.values:
            row = [*(value.measured[name] for name in names), value.average_psnr]
            writer.writerow([scores.name, value.name, results.protocol, *row])
        means = [*(scores.mean(name) for name in names), scores.average_psnr]
        writer.writerow([scores.name, "MEAN", results.protocol, *means])
    return text.getvalue()


def _set_to_json(scores: SetScores) -> dict[str, Any]:
    facts = {k: v for k, v in asdict(scores).items() if k != "values"}
    names = list(scores.values[0].measured)
    return {
        **facts,
        "triplets": len(scores.values),
        "means": {**{n: scores.mean(n) for n in names}, "average_psnr": scores.average_psnr},
        "values": [
            {"name": v.name, **v.measured, "average_psnr": v.average_psnr} for v in scores.values
        ],
    }


def _set_from_json(content: dict[str, Any]) -> SetScores:
    facts = ("name", "kind", "folder", "layout", "sha256", "published")
    return SetScores(
        **{fact: content[fact] for fact in facts},
        values=tuple(_values_from_json(dict(values)) for values in content["values"]),
    )


def _values_from_json(content: dict[str, Any]) -> TripletValues:
    name, average = content.pop("name"), float(content.pop("average_psnr"))
    measured = {key: float(value) for key, value in content.items()}
    return TripletValues(name=name, measured=measured, average_psnr=average)


def _finite(content: Any) -> Any:
    """JSON has no infinity: equal pictures' PSNR is written as the text `inf`."""
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return str(content)
    return content

"""TensorBoard's files of a run: curves, and pictures of what the network makes.

    FOLDER/events.out.tfevents…           curves
    FOLDER/pictures/events.out.tfevents…  a file for each step that was shown

Each call writes and closes: a killed run loses nothing, and no thread stands in the way of the
processes that a run starts. Pictures take no more than `PICTURES_BYTES`: beyond that those steps go
whose neighbours are nearest, so that what stays is spread over the whole run.
"""

from __future__ import annotations

import io
import os
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from filmnet.errors import OutputError, RecipeError
from filmnet.media import to_array
from filmnet.media.flow_colours import draw_flow
from filmnet.model import FilmOutput
from filmnet.training.data import Sample

SHOWN_SAMPLES = 4
SHOWN_PX = 256
"""Longest side of a picture; larger ones are shown reduced."""

PICTURES_BYTES = 128 << 20
SHEET = "image0 truth image1 prediction, warped0 warped1 flow_01 flow_10"
"""What a sample's sheet shows, in two rows."""

Picture = NDArray[np.uint8]


class Summaries:
    """Writes a run's curves and pictures.

    Args:
        folder: where; made if it is not there. What it holds of steps after `step` no longer
            counts: a run that resumes writes it anew.
        step: steps that are done.

    Raises:
        RecipeError: TensorBoard is not installed.
        OutputError: the folder cannot be written.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self._tensorboard = _Tensorboard()
        self._curves = folder / f"events.out.tfevents.{time.time():010.0f}.{os.getpid()}"
        self._pictures = folder / "pictures"
        for path in self._picture_files():
            if _step(path) > step:
                path.unlink()
        self._write(self._curves, self._tensorboard.begin(step + 1))

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """Add a point to each curve.

        Raises:
            OutputError: it cannot be written.
        """
        self._write(self._curves, [self._tensorboard.curves(step, values)])

    def images(self, step: int, sample: Sample, output: FilmOutput) -> None:
        """Show the first samples of a batch, a sheet of eight pictures each.

        Args:
            step: steps that are done.
            sample: a batch, (B, 3, H, W).
            output: what the network made of it.

        Raises:
            OutputError: it cannot be written.
        """
        count = min(len(sample.truth), SHOWN_SAMPLES)
        sheets = {f"sample {i + 1}/{SHEET}": _sheet(sample, output, i) for i in range(count)}
        file = self._pictures / f"events.out.tfevents.{step:010d}"
        file.unlink(missing_ok=True)
        events = [*self._tensorboard.begin(step), self._tensorboard.pictures(step, sheets)]
        self._write(file, events)
        self._thin_out()

    def _thin_out(self) -> None:
        """While pictures take too much, remove the step whose neighbours are nearest."""
        files = self._picture_files()
        sizes = {path: path.stat().st_size for path in files}
        while sum(sizes[path] for path in files) > PICTURES_BYTES and len(files) > 2:
            steps = [_step(path) for path in files]
            gaps = [after - before for before, after in zip(steps, steps[2:])]  # noqa: B905
            files.pop(1 + gaps.index(min(gaps))).unlink()

    def _picture_files(self) -> list[Path]:
        """Oldest first."""
        return sorted(self._pictures.glob("events.out.tfevents.*"))

    def _write(self, path: Path, events: list[bytes]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                for event in events:
                    self._tensorboard.record_writer(file).write(event)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


class _Tensorboard:
    """TensorBoard's messages, as bytes. Its own writer keeps a thread; ours needs none."""

    def __init__(self) -> None:
        try:
            events = import_module("tensorboard.compat.proto.event_pb2")
            summaries = import_module("tensorboard.compat.proto.summary_pb2")
            records = import_module("tensorboard.summary.writer.record_writer")
        except ModuleNotFoundError as error:
            raise RecipeError(
                "training writes curves for TensorBoard, which is not installed: "
                "pip install 'filmnet[train]'"
            ) from error
        self._event: Any = events.Event
        self._session: Any = events.SessionLog
        self._summary: Any = summaries.Summary
        self.record_writer: Any = records.RecordWriter

    def begin(self, step: int) -> list[bytes]:
        """The start of a file; what was recorded of `step` and later steps is void."""
        start = self._session(status=self._session.START)
        return [
            self._bytes(file_version="brain.Event:2"),
            self._bytes(step=step, session_log=start),
        ]

    def curves(self, step: int, values: dict[str, float]) -> bytes:
        points = [self._summary.Value(tag=tag, simple_value=x) for tag, x in values.items()]
        return self._bytes(step=step, summary=self._summary(value=points))

    def pictures(self, step: int, pictures: dict[str, Picture]) -> bytes:
        shown = [
            self._summary.Value(tag=tag, image=self._image(picture))
            for tag, picture in pictures.items()
        ]
        return self._bytes(step=step, summary=self._summary(value=shown))

    def _image(self, picture: Picture) -> Any:
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG")
        height, width, channels = picture.shape
        return self._summary.Image(
            height=height,
            width=width,
            colorspace=channels,
            encoded_image_string=buffer.getvalue(),
        )

    def _bytes(self, **fields: Any) -> bytes:
        event: bytes = self._event(wall_time=time.time(), **fields).SerializeToString()
        return event


def _step(path: Path) -> int:
    """The step that a file of pictures shows."""
    return int(path.suffix[1:])


def _sheet(sample: Sample, output: FilmOutput, i: int) -> Picture:
    """The i-th sample: what went in and came out above, how it was made below."""
    above = [sample.image0, sample.truth, sample.image1, output.image]
    below = [output.image0_warped, output.image1_warped]
    flows = _drawn(output.flow_01[0][i], output.flow_10[0][i])
    return np.vstack(
        [
            np.hstack([_picture(image[i]) for image in above]),
            np.hstack([*(_picture(image[i]) for image in below), *flows]),
        ]
    )


def _drawn(*flows: Tensor) -> list[Picture]:
    """Flows (2, H, W) in colours of one scale."""
    arrays = [flow.detach().float().cpu().numpy() for flow in flows]
    lengths = np.concatenate([np.hypot(*array) for array in arrays])
    longest = float(lengths.max(where=np.isfinite(lengths), initial=0)) or 1.0
    return [_reduced(draw_flow(array, longest)) for array in arrays]


def _picture(image: Tensor) -> Picture:
    """(3, H, W) in [0, 1] → (H, W, 3)."""
    return _reduced(to_array(torch.nan_to_num(image.float()), np.uint8))


def _reduced(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    if max(height, width) <= SHOWN_PX:
        return picture
    scale = SHOWN_PX / max(height, width)
    size = (max(1, round(scale * width)), max(1, round(scale * height)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)

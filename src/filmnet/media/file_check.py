"""What a finished output holds, counted by reading it again without decoding."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from PIL import Image

from filmnet.media.formats import file_format
from filmnet.media.output_spec import OutputSpec


def count_frames(part: Path, spec: OutputSpec) -> tuple[int, Fraction]:
    """Frames in an output, and the seconds that they last.

    Args:
        part: the file or folder, under whatever name.
        spec: what was to be written.
    """
    if spec.is_folder:
        frames = sum(1 for _ in part.iterdir())
        return frames, frames / spec.fps
    container = file_format(spec.path).container
    if container in ("gif", "webp", "apng"):
        with Image.open(part) as image:
            frames = int(getattr(image, "n_frames", 1))
        return frames, frames / spec.fps
    return _count_packets(part, container)


def _count_packets(part: Path, container: str) -> tuple[int, Fraction]:
    frames, first, last = 0, Fraction(0), Fraction(0)
    with av.open(str(part), "r", container) as file:
        stream = file.streams.video[0]
        for packet in file.demux(stream):
            if packet.pts is None:
                continue
            seconds = packet.pts * packet.time_base
            end = seconds + (packet.duration or 0) * packet.time_base
            first = min(first, seconds) if frames else seconds
            last = max(last, end) if frames else end
            frames += 1
    return frames, last - first

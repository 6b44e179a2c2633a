"""Sets in miniature: each published set's tree as distributed, clips, and a small VGG-19."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from material import sliding, write_photo
from seeded_vgg import CONVS, seeded_kernels

Picture = NDArray[np.uint8]

SNU_PREFIX = "data/SNU-FILM/test/GOPRO_test"


def three(seed: int = 0, size: int = 32) -> list[Picture]:
    """Two inputs and the frame between them, in time order."""
    return sliding(3, size=size, seed=seed)


def write_three(paths: Sequence[Path], seed: int = 0, size: int = 32) -> None:
    for path, picture in zip(paths, three(seed, size), strict=True):
        write_photo(path, picture)


def write_folders(folder: Path, names: Sequence[str] = ("a", "b"), size: int = 32) -> Path:
    """A folder per triplet, with the names of UCF101."""
    for seed, name in enumerate(names):
        files = ("frame_00.png", "frame_01_gt.png", "frame_02.png")
        write_three([folder / name / file for file in files], seed, size)
    return folder


def write_vimeo(folder: Path) -> Path:
    """Three sequences, of which the list names two."""
    for seed, name in enumerate(("00001/0001", "00001/0002", "00002/0001")):
        write_three([folder / "sequences" / name / f"im{k}.png" for k in (1, 2, 3)], seed)
    (folder / "tri_testlist.txt").write_text("00001/0002\n00002/0001\n\n")
    return folder


def write_ucf(folder: Path) -> Path:
    """Numbered folders with a fourth picture, somebody's result, in each."""
    for number in ("1", "2", "10"):
        inner = folder / "ucf101_interp_ours" / number
        write_folders(inner.parent, [number])
        write_photo(inner / "frame_01_ours.png", three()[0])
    return folder


def write_middlebury(folder: Path) -> Path:
    """Two scenes with a middle frame, one of which has more inputs, and one without."""
    for seed, name in enumerate(("Beanbags", "Walking")):
        paths = [
            folder / "other-data" / name / "frame10.png",
            folder / "other-gt-interp" / name / "frame10i11.png",
            folder / "other-data" / name / "frame11.png",
        ]
        write_three(paths, seed)
    write_photo(folder / "other-data" / "Walking" / "frame09.png", three()[0])
    write_photo(folder / "other-data" / "Army" / "frame10.png", three()[0])
    return folder


def write_snufilm(folder: Path, levels: Sequence[str] = ("easy", "extreme")) -> Path:
    """A clip of five frames and lists with the authors' paths."""
    for number, frame in enumerate(sliding(5, size=32), 1):
        write_photo(folder / "test" / "GOPRO_test" / "CLIP" / f"{number:06d}.png", frame)
    for level in levels:
        step = 2 if level == "extreme" else 1
        line = " ".join(f"{SNU_PREFIX}/CLIP/{3 + k * step:06d}.png" for k in (-1, 0, 1))
        (folder / f"test-{level}.txt").write_text(line + "\n")
    return folder


def write_frames(folder: Path, count: int = 5, size: int = 32, name: str = "{:03d}.png") -> Path:
    """A folder of frames."""
    for number, frame in enumerate(sliding(count, size=size), 1):
        write_photo(folder / name.format(number), frame)
    return folder


def write_y4m(path: Path, count: int = 5, size: int = 32, pix_fmt: str = "yuv420p") -> Path:
    """A Y4M file, uncompressed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="yuv4mpegpipe", options={"strict": "-1"}) as container:
        codec = "wrapped_avframe" if "wrapped_avframe" in av.codecs_available else "rawvideo"
        stream = container.add_stream(codec, rate=Fraction(25))
        stream.width = stream.height = size
        stream.pix_fmt = pix_fmt
        for k, pixels in enumerate(sliding(count, size=size)):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=pix_fmt)
            frame.pts = k
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_vgg(path: Path, last: str = "conv1_2") -> Path:
    """The seeded VGG-19 up to a convolution, under the names of Keras' layers."""
    names = list(CONVS)[: list(CONVS).index(last) + 1]
    arrays = {}
    for name in names:
        kernel, bias = seeded_kernels()[name]
        layer = f"block{name[4]}_conv{name[6]}"
        arrays[f"{layer}/kernel"] = kernel[:, :, ::-1] if name == "conv1_1" else kernel
        arrays[f"{layer}/bias"] = bias
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    return path

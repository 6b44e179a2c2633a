"""Writing GIF: one palette of 256 colours, chosen for all frames together.

A palette per frame makes still parts flicker, so the frames are kept on disk until the last is
there; then FFmpeg chooses the palette, and a second pass writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from filmnet.media.pixels import Picture, to_depth
from filmnet.media.spool import Spool


class GifWriter:
    """A GIF being written."""

    def __init__(
        self, path: Path, *, options: dict[str, str], size: tuple[int, int], fps: Fraction
    ) -> None:
        """Open the file; its extension does not count."""
        self._size = size
        self._fps = fps
        self._spool = Spool(path.parent)
        self._container = av.open(str(path), "w", "gif", options)

    def write(self, picture: Picture) -> None:
        """Append a picture (H, W, 3), uint8 or uint16."""
        self._spool.append(to_depth(picture, np.uint8))

    def close(self) -> None:
        """Choose the palette and write the file."""
        palette = _palette(self._frames())
        stream = self._container.add_stream("gif", self._fps)
        stream.pix_fmt = "pal8"
        stream.width, stream.height = self._size
        for frame in _with_palette(self._frames(), palette):
            self._container.mux(stream.encode(frame))
        self._container.mux(stream.encode(None))
        self._container.close()
        self._spool.close()

    def abort(self) -> None:
        """Let go of the files, whatever state they are in."""
        with suppress(av.error.FFmpegError, OSError, ValueError):
            self._container.close()
        self._spool.close()

    def _frames(self) -> Iterator[VideoFrame]:
        for i, picture in enumerate(self._spool):
            frame = VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.duration, frame.time_base = i, 1, 1 / self._fps
            yield frame


def _palette(frames: Iterable[VideoFrame]) -> VideoFrame:
    """The 256 colours that serve all frames best, as a 16x16 picture."""
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            graph = Graph()
            graph.link_nodes(
                _source(graph, frame), graph.add("palettegen"), graph.add("buffersink")
            ).configure()
        graph.vpush(frame)
    if graph is None:
        raise ValueError("a GIF without frames")
    graph.vpush(None)
    return graph.vpull()


def _with_palette(frames: Iterable[VideoFrame], palette: VideoFrame) -> Iterator[VideoFrame]:
    """Frames as indices into `palette`, dithered; parts that stand still stay still."""
    graph = Graph()
    pictures: FilterContext | None = None
    for frame in frames:
        if pictures is None:
            pictures, colours = _source(graph, frame), _source(graph, palette)
            use = graph.add("paletteuse", "dither=sierra2_4a:diff_mode=rectangle")
            pictures.link_to(use, 0, 0)
            colours.link_to(use, 0, 1)
            use.link_to(graph.add("buffersink"))
            graph.configure()
            colours.push(palette)
            colours.push(None)
        pictures.push(frame)
        yield from _ready(graph)
    if pictures is not None:
        pictures.push(None)
        yield from _ready(graph)


def _source(graph: Graph, frame: VideoFrame) -> FilterContext:
    return graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1),
    )


def _ready(graph: Graph) -> Iterator[VideoFrame]:
    """What the graph gives without more input."""
    with suppress(av.error.BlockingIOError, av.error.EOFError):
        while True:
            yield graph.vpull()

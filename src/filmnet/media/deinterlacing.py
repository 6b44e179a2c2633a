"""Whole pictures from pictures woven of two fields, by FFmpeg's bwdif filter.

One frame comes out for each that goes in, so that instants stay; frames that are not interlaced
pass as they are. The filter looks at the next frame, so each comes out when that has gone in.
"""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from filmnet.media.scaling import scaled


class Deinterlacer:
    """Frames in, whole frames out; it starts to work at the first interlaced frame."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._source: FilterContext | None = None
        self._sink: FilterContext | None = None
        self._shape: tuple[int, int, str] | None = None
        self.frames = 0
        """Interlaced frames so far."""

    def push(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Frames that are ready, in order."""
        self.frames += frame.interlaced_frame
        if self._source is None:
            if not frame.interlaced_frame:
                yield frame
                return
            self._build(frame)
        if self._source is None or self._shape is None:
            return
        width, height, pixel_format = self._shape
        if (frame.width, frame.height, frame.format.name) != self._shape:
            frame = scaled(frame, size=(width, height), format=pixel_format)
        frame.pts = None  # equal ones would make the filter drop frames
        self._source.push(frame)
        yield from self._ready()

    def finish(self) -> Iterator[VideoFrame]:
        """The last frames."""
        if self._source is not None:
            self._source.push(None)
            yield from self._ready()

    def _ready(self) -> Iterator[VideoFrame]:
        while self._sink is not None:
            try:
                frame = self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            if isinstance(frame, VideoFrame):
                yield frame

    def _build(self, frame: VideoFrame) -> None:
        self._graph = graph = Graph()  # its filters do not keep it
        self._source = graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/1000:"
            f"colorspace={int(frame.colorspace)}:range={int(frame.color_range)}",
        )
        bwdif = graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
        self._sink = graph.add("buffersink")
        self._source.link_to(bwdif)
        bwdif.link_to(self._sink)
        graph.configure()
        self._shape = (frame.width, frame.height, frame.format.name)

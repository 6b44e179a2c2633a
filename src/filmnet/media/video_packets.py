"""Decoding a stream past whatever is damaged in it, and counting what is lost.

Frames are counted by their packets: each packet that is to be shown has an instant, and one that
no frame came out with before a later frame did is lost. A decoder may leave out packets that hold
nothing, so only what follows an error counts.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, islice, pairwise
from typing import Generic, TypeAlias, TypeVar, cast

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.frame import VideoFrame as Decoded
from av.video.stream import VideoStream

_MOST_ERRORS_IN_A_ROW = 50
"""Failures to read, without a packet in between, after which a file is taken to be over."""

_LOOK_AHEAD = 5
"""Frames that show whether a file gives frames the instants of their decoding, as some do: each
then gets the earliest instant that is left."""

_MOST_AT_ONCE = 8
"""Frames of one instant that are held back; more are a file without instants."""

StreamPacket: TypeAlias = "av.Packet[VideoStream]"

S = TypeVar("S", bound=Stream)


@dataclass(frozen=True)
class DecodedFrame:
    """What comes out of a decoder."""

    frame: Decoded
    instant: int | Fraction | None
    """In units of the stream's time base."""

    lost: int
    """Frames that damage took between the last frame and this one."""

    is_spoiled: bool
    """Whether the decoder says that it is damaged."""


class PacketReader(Generic[S]):
    """The packets of a stream, read on past errors; empty ones are left out."""

    def __init__(self, container: InputContainer, stream: S) -> None:
        self._container, self._stream = container, stream
        self.errors = 0
        """Failures to read so far."""

    def __iter__(self) -> Iterator[av.Packet[S]]:
        in_a_row = 0
        while in_a_row < _MOST_ERRORS_IN_A_ROW:
            before = self.errors
            for packet in self._until_error():
                in_a_row = 0
                yield packet
            if self.errors == before:
                return
            in_a_row += 1

    def _until_error(self) -> Iterator[av.Packet[S]]:
        try:
            for packet in self._container.demux(self._stream):
                if packet.size:
                    yield cast("av.Packet[S]", packet)
        except (av.error.FFmpegError, OSError, ValueError):
            self.errors += 1


class FrameDecoder:
    """The frames of a stream in the order in which they are shown."""

    def __init__(
        self, container: InputContainer, stream: VideoStream, context: av.VideoCodecContext
    ) -> None:
        self._packets = PacketReader(container, stream)
        self._stream, self._context = stream, context
        self._pending: list[int] = []
        self._errors = self._read = 0
        self.lost_at_end = 0
        """Frames that are missing after the last one; known when all are read."""

    def __iter__(self) -> Iterator[DecodedFrame]:
        frames = self._decoded()
        ahead = list(islice(frames, _LOOK_AHEAD))
        instants = [frame.pts for frame in ahead if frame.pts is not None]
        is_shuffled = any(b <= a for a, b in pairwise(instants))
        for frame in chain(ahead, frames):
            yield self._placed(frame, is_shuffled=is_shuffled)
        self.lost_at_end = self._missing_packets()
        if self._errors or self._packets.errors:
            self.lost_at_end += len(self._pending)

    def _decoded(self) -> Iterator[Decoded]:
        """Frames as they come out."""
        for packet in self._packets:
            if not packet.is_discard:
                self._read += 1
                self._errors += packet.is_corrupt
                if packet.pts is not None:
                    heapq.heappush(self._pending, packet.pts)
            yield from self._decode(packet)
        for _ in range(_MOST_ERRORS_IN_A_ROW):
            before = self._errors
            yield from self._decode(None)
            if self._errors == before:
                return

    def _decode(self, packet: StreamPacket | None) -> list[Decoded]:
        try:
            return self._context.decode(packet)
        except EOFError:
            return []
        except (av.error.FFmpegError, ValueError, MemoryError):
            self._errors += 1
            return []

    def _placed(self, frame: Decoded, *, is_shuffled: bool) -> DecodedFrame:
        if is_shuffled:
            instant = heapq.heappop(self._pending) if self._pending else None
            return DecodedFrame(frame, instant, 0, frame.is_corrupt)
        return DecodedFrame(frame, frame.pts, self._lost_before(frame.pts), frame.is_corrupt)

    def _lost_before(self, instant: int | None) -> int:
        """Packets before a frame that became none, if there was an error."""
        if instant is None:
            return 0
        passed = 0
        while self._pending and self._pending[0] <= instant:
            passed += heapq.heappop(self._pending) < instant
        errors = self._errors + self._packets.errors
        if not passed or not errors:
            return 0
        self._errors = self._packets.errors = 0
        return passed

    def _missing_packets(self) -> int:
        """Frames in a file's index that it was too short to have."""
        if "mp4" not in self._stream.container.format.name:
            return 0
        entries = self._stream.index_entries
        return max(0, sum(not entry.is_discard for entry in entries) - self._read)


def spread(frames: Iterable[DecodedFrame]) -> Iterator[DecodedFrame]:
    """Frames that share one instant, spread evenly until the next; a clock would push on others.

    Args:
        frames: in the order in which they are shown.
    """
    group: list[DecodedFrame] = []
    length: int | Fraction = 0
    for frame in frames:
        if group and (frame.instant != group[0].instant or len(group) == _MOST_AT_ONCE):
            if frame.instant is not None and group[0].instant is not None:
                length = frame.instant - group[0].instant
            yield from _spread_over(length, group)
            group = []
        group.append(frame)
    yield from _spread_over(length, group)


def _spread_over(length: int | Fraction, group: Sequence[DecodedFrame]) -> Iterator[DecodedFrame]:
    for i, frame in enumerate(group):
        if frame.instant is None or length <= 0:
            yield frame
        else:
            yield replace(frame, instant=frame.instant + Fraction(length * i) / len(group))

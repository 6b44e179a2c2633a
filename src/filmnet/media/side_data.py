"""What a decoded frame brings along beside its pixels."""

from __future__ import annotations

from typing import Any, cast

from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame


def side_data(frame: VideoFrame, kind: Type) -> bytes | None:
    """As FFmpeg lays it out in memory; None if there is none of this kind."""
    found = cast("dict[Type, Any]", frame.side_data)
    return bytes(found[kind]) if kind in found else None

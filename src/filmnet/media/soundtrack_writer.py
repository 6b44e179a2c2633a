"""Audio, subtitles, attachments, chapters and metadata on their way from source to target.

Each track is an iterator of packets, so that all of them, and the pictures, can be merged by time
without holding any. Times are seconds since the video's first shown frame, times what it is slowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Disposition

from filmnet.media.audio_track import copied_packets, encoded_audio
from filmnet.media.soundtrack import SoundtrackPlan, TrackPlan
from filmnet.media.subtitle_track import converted_subtitles
from filmnet.media.video_container import open_container

if TYPE_CHECKING:
    from av.container.core import Chapter

_FILE_KEYS = frozenset(
    ("major_brand", "minor_version", "compatible_brands", "encoder", "duration", "timecode")
)
_TRACK_KEYS = frozenset(("duration", "vendor_id", "encoder", "timecode", "rotate", "bps"))
_CHAPTER_STEP = Fraction(1, 1000)
_OTHER_CODES = {
    "bod": "tib",
    "cym": "wel",
    "cze": "ces",
    "deu": "ger",
    "ell": "gre",
    "eus": "baq",
    "fas": "per",
    "fre": "fra",
    "hye": "arm",
    "isl": "ice",
    "kat": "geo",
    "mkd": "mac",
    "msa": "may",
    "mya": "bur",
    "nld": "dut",
    "rum": "ron",
    "slo": "slk",
    "sqi": "alb",
    "swe": "sve",
    "zho": "chi",
}
"""Languages of which FFmpeg's QuickTime muxer knows only another code (ISO 639-2)."""

_STATISTICS = ("_statistics", "number_of_", "bps-", "duration-")
"""Beginnings of what Matroska says about the bytes of a track."""


class SoundtrackWriter:
    """Everything but the pictures, on its way into one file."""

    def __init__(self, plan: SoundtrackPlan, container: str) -> None:
        self._plan = plan
        self._container = container
        self._files = ExitStack()
        self._remarks: list[str] = []

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was met that the plan did not foresee."""
        return tuple(self._remarks)

    def close(self) -> None:
        """Close the source."""
        self._files.close()

    def add_tracks(self, target: OutputContainer) -> list[Iterator[Packet[Any]]]:
        """Add streams, chapters and metadata to a target that has not been started.

        Returns:
            The packets of each stream, in the order of their times.
        """
        tracks = [self._add(target, track) for track in self._plan.tracks]
        source = self._open()
        target.metadata.update(_kept(source.metadata, _FILE_KEYS))
        self._add_chapters(source, target)
        return [track for track in tracks if track is not None]

    def _open(self) -> InputContainer:
        """The source once more: each track reads at its own pace."""
        return self._files.enter_context(open_container(self._plan.source.path))

    def _add(self, target: OutputContainer, track: TrackPlan) -> Iterator[Packet[Any]] | None:
        source = self._open()
        stream = source.streams[track.index]
        for other in source.streams:
            if other.index != track.index:
                other.discard = av.stream.Discard.all
        plan = self._plan
        if isinstance(stream, AttachmentStream):
            target.add_attachment(
                stream.name or "attachment",
                stream.mimetype or "application/octet-stream",
                stream.data,
            )
            return None
        if track.encoder is None:
            packets, added = copied_packets(
                source, stream, target, start=plan.source.start, slower=plan.slower
            )
        elif track.kind == "audio":
            packets, added = encoded_audio(
                source, stream, target, track.encoder, start=plan.source.start, slower=plan.slower
            )
        else:
            packets, added = converted_subtitles(
                source, stream, target, track.encoder, start=plan.source.start, slower=plan.slower
            )
        added.metadata.update(self._about_track(stream.metadata))
        added.disposition = Disposition(stream.disposition)
        return self._until_damage(packets, track)

    def _until_damage(
        self, packets: Iterator[Packet[Any]], track: TrackPlan
    ) -> Iterator[Packet[Any]]:
        """The packets as far as they can be had: no damage to a track costs the pictures."""
        seconds = Fraction(0)
        try:
            for packet in packets:
                if packet.pts is not None:
                    seconds = packet.pts * packet.time_base
                yield packet
        except (av.error.FFmpegError, ValueError, MemoryError, EOFError) as error:
            if isinstance(error, OSError) and not isinstance(error, av.error.FFmpegError):
                raise
            self._remarks.append(
                f"the {track.kind} track {track.index} is damaged and ends at "
                f"{float(max(seconds, Fraction(0))):.2f} s"
            )

    def _about_track(self, metadata: dict[str, str]) -> dict[str, str]:
        kept = _kept(metadata, _TRACK_KEYS)
        if self._container in ("matroska", "webm"):
            kept.pop("handler_name", None)  # of QuickTime; others show it as a title
        elif kept.get("language") in _OTHER_CODES and self._container == "mov":
            kept["language"] = _OTHER_CODES[kept["language"]]
        return kept

    def _add_chapters(self, source: InputContainer, target: OutputContainer) -> None:
        chapters = [self._moved(chapter) for chapter in source.chapters()]
        kept = [chapter for chapter in chapters if chapter["start"] < chapter["end"]]
        if kept:
            target.set_chapters(kept)

    def _moved(self, chapter: Chapter) -> Chapter:
        """A chapter on the target's clock, within the pictures."""
        plan, step = self._plan, chapter["time_base"] or Fraction(1)
        length = plan.source.duration * plan.slower

        def move(when: int) -> int:
            seconds = (when * step - plan.source.start) * plan.slower
            return round(min(max(seconds, Fraction(0)), length) / _CHAPTER_STEP)

        moved = chapter.copy()
        moved["start"], moved["end"] = move(chapter["start"]), move(chapter["end"])
        moved["time_base"] = _CHAPTER_STEP
        return moved


def _kept(metadata: dict[str, str], dropped: frozenset[str]) -> dict[str, str]:
    """What still holds of metadata in another file."""
    return {
        key: text
        for key, text in metadata.items()
        if key.lower() not in dropped and not key.lower().startswith(_STATISTICS)
    }

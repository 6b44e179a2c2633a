"""What goes with the pictures: audio, subtitles, chapters, metadata, attachments.

What becomes of each is decided here, before any work is done, from the tracks of the source and
what the target's container holds; `soundtrack_writer` then does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.stream import Stream

from filmnet.media.formats import file_format
from filmnet.media.output_spec import OutputSpec
from filmnet.media.video_container import open_container
from filmnet.media.video_info import VideoInfo

_LOSSLESS = ("flac", "alac", "wavpack", "tta", "truehd", "mlp", "ape")
_COPIED_AUDIO = {
    "mp4": ("aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"),
    "mov": ("aac", "mp3", "ac3", "eac3", "alac"),
    "webm": ("opus", "vorbis"),
    "matroska": (
        *("aac", "mp3", "mp2", "ac3", "eac3", "dts", "truehd", "opus", "vorbis"),
        *("flac", "alac", "tta", "wavpack"),
    ),
}
"""Audio, besides PCM, that each container holds and players find there."""

_AUDIO_ENCODERS = {
    "aac": "aac",
    "mp3": "libmp3lame",
    "opus": "libopus",
    "vorbis": "libopus",
    "flac": "flac",
    "alac": "alac",
}
"""FFmpeg's encoder for a family of audio."""

_DEFAULT_AUDIO = {"mp4": "aac", "mov": "aac", "webm": "libopus", "matroska": "aac"}

_TEXT = ("subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text")
_COPIED_SUBTITLES = {
    "mp4": ("mov_text",),
    "mov": ("mov_text",),
    "webm": ("webvtt",),
    "matroska": (
        *("subrip", "ass", "ssa", "webvtt"),
        *("hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"),
    ),
}
_DEFAULT_SUBTITLES = {
    "mp4": "mov_text",
    "mov": "mov_text",
    "webm": "webvtt",
    "matroska": "subrip",
}
_MOV_FAMILY = "mov"


@dataclass(frozen=True, kw_only=True)
class TrackPlan:
    """What becomes of one track."""

    index: int
    """Of the stream in the source."""

    kind: str
    """audio, subtitle or attachment."""

    encoder: str | None
    """FFmpeg's name; None where packets are copied."""


@dataclass(frozen=True, kw_only=True)
class SoundtrackPlan:
    """What becomes of audio, subtitles, chapters, metadata and attachments."""

    source: VideoInfo
    """Where they come from."""

    slower: Fraction
    """What times are multiplied with; 1 keeps them."""

    tracks: tuple[TrackPlan, ...]
    """Tracks that are kept, in the source's order."""

    remarks: tuple[str, ...]
    """What is not kept as it is, and why: sentences."""

    has_apple_keys: bool = False
    """Whether the metadata have names such as com.apple.quicktime.location."""

    def muxer_options(self, container: str) -> dict[str, str]:
        """FFmpeg options that the muxer needs for them."""
        if container in ("mp4", "mov") and self.has_apple_keys:
            return {"movflags": "faststart+use_metadata_tags"}
        if container in ("matroska", "webm"):
            return {"avoid_negative_ts": "disabled"}  # sound that starts early would delay pictures
        return {}


def plan_soundtrack(
    spec: OutputSpec, source: VideoInfo, *, slower: Fraction, keep_audio: bool
) -> SoundtrackPlan:
    """Say what becomes of everything but the pictures, before any work is done.

    Args:
        spec: the target.
        source: the video that they come from.
        slower: what times are multiplied with; 1 copies audio untouched.
        keep_audio: false drops audio.

    Raises:
        InputError: the source cannot be opened any more.
    """
    container = None if spec.is_folder else file_format(spec.path).container
    with open_container(source.path) as file:
        streams = [stream for stream in file.streams if stream.index != source.stream]
        apple = any(key.startswith("com.") for key in file.metadata)
        if container not in _DEFAULT_AUDIO:
            remarks = _dropped_entirely(streams, Path(spec.path).suffix or "a folder of frames")
            return SoundtrackPlan(source=source, slower=slower, tracks=(), remarks=remarks)
        planner = _Planner(container, Path(spec.path).suffix, source, slower, keep_audio)
        for stream in streams:
            planner.add(stream)
    return SoundtrackPlan(
        source=source,
        slower=slower,
        tracks=tuple(planner.tracks),
        remarks=tuple(planner.remarks),
        has_apple_keys=apple,
    )


class _Planner:
    """Tracks and remarks as they come together."""

    def __init__(
        self, container: str, suffix: str, source: VideoInfo, slower: Fraction, keep_audio: bool
    ) -> None:
        self.tracks: list[TrackPlan] = []
        self.remarks: list[str] = []
        self._container = container
        self._suffix = suffix
        self._source = source
        self._slower = slower
        self._keep_audio = keep_audio

    def add(self, stream: Stream) -> None:
        codec = _codec_name(stream)
        if stream.type == "audio":
            self._add_audio(stream.index, codec)
        elif stream.type == "subtitle":
            self._add_subtitles(stream.index, codec)
        elif stream.type == "attachment":
            self._add_attachment(stream)
        elif stream.type == "video":
            kind = "cover picture" if _is_cover(stream) else "further video track"
            self._say(f"the {kind} ({codec or 'unknown codec'}) is not kept")
        else:
            self._say(f"the data track {_data_name(stream)} is not kept")

    def _add_audio(self, index: int, codec: str) -> None:
        if not self._keep_audio:
            self._say("sound is dropped, as asked")
            return
        if not codec:
            self._say(f"the audio track {index} is of an unknown codec and is not kept")
            return
        held = self._holds_audio(codec)
        encoder = None
        if self._slower != 1 or not held:
            encoder = _audio_encoder(self._container, codec, held=held)
        if self._slower != 1:
            self._say(
                f"sound becomes {float(self._slower):g} times as long, its pitch kept, "
                f"and is encoded again ({encoder})"
            )
        elif encoder:
            self._say(
                f"sound in {codec} is encoded again ({encoder}), which {self._suffix} files hold"
            )
        self.tracks.append(TrackPlan(index=index, kind="audio", encoder=encoder))

    def _holds_audio(self, codec: str) -> bool:
        is_pcm = codec.startswith("pcm_") and self._container in ("mov", "matroska")
        return codec in _COPIED_AUDIO[self._container] or is_pcm

    def _add_subtitles(self, index: int, codec: str) -> None:
        from_mov = self._source.container.startswith(_MOV_FAMILY)
        readable = codec in _TEXT and not (from_mov and codec == "webvtt")
        if codec in _COPIED_SUBTITLES[self._container] and (readable or codec not in _TEXT):
            self.tracks.append(TrackPlan(index=index, kind="subtitle", encoder=None))
            return
        if not readable:
            self._say(
                f"subtitles in {codec or 'an unknown form'} are not kept, "
                f"which {self._suffix} files do not hold"
            )
            return
        encoder = _DEFAULT_SUBTITLES[self._container]
        self._say(f"subtitles in {codec} become {encoder}, which {self._suffix} files hold")
        self.tracks.append(TrackPlan(index=index, kind="subtitle", encoder=encoder))

    def _add_attachment(self, stream: Stream) -> None:
        if self._container == "matroska":
            self.tracks.append(TrackPlan(index=stream.index, kind="attachment", encoder=None))
        else:
            name = stream.metadata.get("filename", "without a name")
            self._say(f"the attachment {name} is not kept, which only .mkv files hold")

    def _say(self, remark: str) -> None:
        if remark not in self.remarks:
            self.remarks.append(remark)


def _audio_encoder(container: str, codec: str, *, held: bool) -> str:
    """The same family where the container holds it, else what all players find there."""
    if held and codec.startswith("pcm_") and codec in av.codecs_available:
        return codec
    if held and codec in _AUDIO_ENCODERS:
        return _AUDIO_ENCODERS[codec]
    if container == "matroska" and (codec in _LOSSLESS or codec.startswith("pcm_")):
        return "flac"
    return _DEFAULT_AUDIO[container]


def _codec_name(stream: Stream) -> str:
    context = stream.codec_context
    return context.codec.canonical_name if context is not None else ""


def _data_name(stream: Stream) -> str:
    return str(stream.metadata.get("handler_name") or stream.name or stream.index).strip()


def _is_cover(stream: Stream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _dropped_entirely(streams: Iterable[Any], what: str) -> tuple[str, ...]:
    kinds = {stream.type for stream in streams}
    names = {"audio": "sound", "subtitle": "subtitles"}
    dropped = [name for kind, name in names.items() if kind in kinds]
    return (f"{what} holds no {' and no '.join(dropped)}",) if dropped else ()

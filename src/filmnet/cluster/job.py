"""One job of a batch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["photos", "video"]
"""Photos to a video, or a video to a smoother or slower one."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What goes in, what comes out, and how."""

    name: str
    """What people call it."""

    kind: Kind
    inputs: tuple[str, ...]
    """Paths or URLs: photos, folders or globs of them; or one video."""

    output: str
    """Path or URL; no two jobs of a batch have the same."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of `photos_to_video` or `video_to_video`."""

    @property
    def key(self) -> str:
        """A name for its unfinished work, the same in every run."""
        return digest(self.output)

    @property
    def fingerprint(self) -> str:
        """Tells whether a job asks for the same as one of an earlier run."""
        options = {name: self.options[name] for name in self.options if name != "overwrite"}
        return digest([self.kind, self.inputs, options])


def digest(value: object) -> str:
    """A short name for anything that JSON can hold."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

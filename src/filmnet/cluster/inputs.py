"""A worker's inputs on its own machine: used where they lie, or fetched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from filmnet.cluster import storage
from filmnet.cluster.job import Job
from filmnet.cluster.scratch import empty_folder
from filmnet.errors import InputError


class Inputs:
    """What has been fetched for the job at hand.

    Args:
        folder: for what is fetched.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._video: tuple[str, Path] | None = None
        self._fetched: dict[str, str] = {}

    def photos(self, job: Job) -> list[Path | str]:
        """A job's photos, or the local folders and globs that stand for them.

        Raises:
            InputError: one that cannot be fetched.
        """
        self._forget()
        return [path for item in job.inputs for path in self._photos(item)]

    def video(self, job: Job) -> Path:
        """A job's video, kept until another job needs the room: stretches of one video follow.

        Raises:
            InputError: not one input, or one that cannot be fetched.
        """
        if len(job.inputs) != 1:
            raise InputError(f"{job.name}: a video job has one input, not {len(job.inputs)}")
        (url,) = job.inputs
        if self._video is None or self._video[0] != url or not self._video[1].exists():
            self._forget()
            self._video = url, self._fetch(url)
        return self._video[1]

    def public(self, sentence: str) -> str:
        """A sentence with the URLs that the user gave instead of the files fetched from them."""
        for local, url in self._fetched.items():
            sentence = sentence.replace(local, url)
        return sentence

    def _photos(self, item: str) -> Sequence[Path | str]:
        if not storage.is_remote(item):
            return [item]
        return [self._fetch(url) for url in storage.find_files(item)]

    def _fetch(self, url: str) -> Path:
        """An input, in a folder of its own: names may repeat."""
        folder = self._folder / f"{len(self._fetched):06d}"
        folder.mkdir()
        local = storage.fetch(url, folder)
        self._fetched[str(local)] = url
        return local

    def _forget(self) -> None:
        self._video = None
        self._fetched.clear()
        empty_folder(self._folder)

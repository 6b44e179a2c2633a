"""A page to test: the real server in a thread, with a stand-in for the network that blends."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from types import SimpleNamespace

import httpx
import numpy as np

from filmnet.web.server import PageServer, Site, open_site
from filmnet.web.settings import WebSettings

SECONDS = 60
"""How long a test waits at most for anything."""


class BlendingNetwork:
    """Makes frames by blending; waits before each frame while `gate` is closed."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        """A frame has been asked for."""
        self.made = 0

    def describe(self):
        return "weights blend (0 parameters), cpu, float32, 1 thread"

    def identify(self):
        return "blend"

    def sequence(self, frames, count, *, loop=False, on_pair=None):
        counts = iter(count)
        first = previous = None
        for frame in frames:
            if previous is not None:
                yield from self._blend(previous, frame, next(counts))
            first = frame if first is None else first
            yield frame
            previous = frame
        if loop:
            yield from self._blend(previous, first, next(counts))

    def prepare(self, image):
        return image

    def between(self, image0, image1, *, times):
        for t in times:
            yield self._one(image0, image1, float(t))

    def insight(self, image0, image1, t):
        height, width = image0.shape[:2]
        flow = np.ones((2, height, width), np.float32)
        return SimpleNamespace(
            image=self._one(image0, image1, t),
            flow_01=flow,
            flow_10=-flow,
            warped0=image0,
            warped1=image1,
            agreement=np.ones((height, width), np.float32),
            confidence=SimpleNamespace(value=0.9, motion_px=1.4, is_low=False),
        )

    def _blend(self, before, after, number):
        for i in range(1, number + 1):
            yield self._one(before, after, i / (number + 1))

    def _one(self, before, after, share):
        self.begun.set()
        if not self.gate.wait(SECONDS):
            raise AssertionError("the gate stayed closed")
        self.made += 1
        return np.rint(before * (1 - share) + after * share).astype(before.dtype)


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running page."""

    url: str
    """Without a slash at its end."""

    site: Site
    network: BlendingNetwork


@contextmanager
def serving(settings: WebSettings) -> Iterator[Served]:
    """Serve a page at a free port until the block ends."""
    network = BlendingNetwork()
    with open_site(settings, lambda: network) as site:
        server = PageServer(site)
        thread = threading.Thread(target=server.serve_until_told, daemon=True)
        thread.start()
        host, port = server.address
        try:
            yield Served(url=f"http://{host}:{port}", site=site, network=network)
        finally:
            network.gate.set()
            server.should_exit = True
            thread.join(SECONDS)
            assert not thread.is_alive(), "the server did not end"


class ServerProcess(subprocess.Popen[str]):
    """A server in a process of its own, and what it writes on its error stream."""

    def __init__(self, command: Sequence[object]) -> None:
        words = [str(word) for word in command]
        super().__init__(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def address(self) -> str:
        """What it says of its address; waits for it."""
        said = []
        while (line := self._lines.get(timeout=4 * SECONDS)) and "http://" not in line:
            said.append(line)
        assert line, "".join(said)
        return "http://" + line.split("http://")[1].split("/")[0]

    @property
    def told(self) -> list[str]:
        """What it has written since then, once it has ended."""
        self._reader.join(SECONDS)
        return [line for line in iter(self._lines.get, "") if line]

    def end(self) -> None:
        """End it, whatever it takes."""
        self.terminate()
        try:
            self.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait(SECONDS)

    def _read(self) -> None:
        for line in self.stderr or ():
            self._lines.put(line)
        self._lines.put("")


@contextmanager
def server_process(command: Sequence[object]) -> Iterator[tuple[ServerProcess, str]]:
    """Run a server, and where it is."""
    with ServerProcess(command) as server:
        try:
            yield server, server.address()
        finally:
            server.end()


class Visitor:
    """A program that asks as a browser does, with its cookies."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=SECONDS)
        self.http.get("/config")

    def upload(self, *files: Path | tuple[str, bytes]) -> httpx.Response:
        parts = [
            (file.name, file.read_bytes()) if isinstance(file, Path) else file for file in files
        ]
        return self.http.post("/gradio_api/upload", files=[("files", part) for part in parts])

    def own(self, *files: Path | tuple[str, bytes]) -> list[str]:
        """Upload, and the paths that come back."""
        answer = self.upload(*files)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, name: str, **values: object) -> httpx.Response:
        return self.http.post(f"/gradio_api/call/v2/{name}", json=values)

    def file(self, path: str, **options: object) -> httpx.Response:
        return self.http.get(f"/gradio_api/file={path}", **options)

    def result(self, name: str, event: str) -> list[tuple[str, str]]:
        """The messages of an event until it has ended: (kind, data)."""
        messages, kind = [], ""
        with self.http.stream("GET", f"/gradio_api/call/{name}/{event}") as answer:
            assert answer.status_code == 200, answer.read()
            for line in answer.iter_lines():
                if line.startswith("event:"):
                    kind = line.removeprefix("event:").strip()
                elif line.startswith("data:"):
                    messages.append((kind, line.removeprefix("data:").strip()))
                    if kind in ("complete", "error"):
                        break
        return messages


def as_file(path: str) -> dict[str, object]:
    """A file as a payload names it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}

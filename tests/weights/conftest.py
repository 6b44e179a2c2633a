"""The reference network's weights under the names others use, and a file server."""

import contextlib
import http.server
import json
import threading
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def foreign_names():
    """Rows of (TensorFlow, PyTorch port, ComfyUI): what each calls the same weight.

    They were matched by comparing the numbers of one network in each format.
    """
    return [tuple(row) for row in json.loads((DATA / "foreign_names.json").read_text())]


@pytest.fixture(scope="session")
def variables(tf_weights):
    """The reference network's variables under TensorFlow's names, kernels HWIO."""
    return {name.removesuffix(":0"): variable for name, variable in tf_weights.items()}


@pytest.fixture(scope="session")
def port(foreign_names, variables):
    """The PyTorch port's state dict with the same weights."""
    return {name: _torch(variables[tf]) for tf, name, _ in foreign_names}


@pytest.fixture(scope="session")
def comfyui(foreign_names, variables):
    """The tensors of ComfyUI's file with the same weights."""
    return {name: _torch(variables[tf]) for tf, _, name in foreign_names}


@pytest.fixture(scope="session")
def save_torchscript():
    """A function that writes a state dict as a TorchScript archive of modules so named."""

    def save(state_dict, path):
        root = nn.Module()
        for name, tensor in state_dict.items():
            *folders, leaf = name.split(".")
            module = root
            for folder in folders:
                if folder not in module._modules:
                    module.add_module(folder, nn.Module())
                module = module._modules[folder]
            module.register_parameter(leaf, nn.Parameter(tensor.clone(), requires_grad=False))
        with warnings.catch_warnings():  # TorchScript is being retired
            warnings.simplefilter("ignore")
            torch.jit.script(root).save(str(path))

    return save


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("FILMNET_CACHE", str(folder))
    return folder


class FileServer:
    """Serves one file on this machine, as well or as badly as a test asks."""

    def __init__(self):
        self.content = b""
        self.etag: str | None = '"first"'
        self.ranges = True
        self.status = 200
        self.cut_after: int | None = None
        self.shift = 0
        self.requests: list[str | None] = []
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._stopped = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/film.pt"

    def stop(self):
        """Take no more connections."""
        self.may_answer.set()
        if not self._stopped.is_set():
            self._stopped.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def answer(self, request):
        """Answer one GET."""
        wanted = request.headers.get("Range")
        self.requests.append(wanted)
        self.asked.set()
        self.may_answer.wait()
        same = request.headers.get("If-Range") == self.etag
        start = int(wanted[len("bytes=") : -1]) if wanted and self.ranges and same else 0
        if self.status != 200:
            request.send_error(self.status)
        elif start > len(self.content):
            request.send_error(416)
        else:
            self._send(request, start)

    def _send(self, request, start):
        body = self.content[start:]
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(body)))
        if start:
            last = len(self.content) - 1
            content_range = f"bytes {start + self.shift}-{last}/{len(self.content)}"
            request.send_header("Content-Range", content_range)
        if self.etag:
            request.send_header("ETag", self.etag)
        request.end_headers()
        with contextlib.suppress(ConnectionError):  # the client may have given up
            request.wfile.write(body[: self.cut_after])

    def _handler(self):
        answer = self.answer

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                answer(self)

            def log_message(self, *_):
                pass

        return Handler


@pytest.fixture
def server():
    """A file server on this machine."""
    running = FileServer()
    yield running
    running.stop()


def _torch(variable):
    tensor = torch.from_numpy(variable)
    return tensor.permute(3, 2, 0, 1).contiguous() if tensor.ndim == 4 else tensor

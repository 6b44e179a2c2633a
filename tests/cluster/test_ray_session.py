"""Our own Ray: whom it listens to, and that it ends with the program, however that ends."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from filmnet.cluster import ray_session
from filmnet.errors import DeviceError

from .processes import listening, mentioning, wait_until_gone

if sys.platform != "linux":
    pytest.skip("/proc tells which ports are open", allow_module_level=True)
pytestmark = pytest.mark.timeout(600)

PROGRAM = """
import json, os, sys, time
from filmnet.cluster.ray_session import open_ray
from filmnet.cli.stopping import stop_signals
with stop_signals(), open_ray(None, cores=2, dashboard="page" in sys.argv) as session:
    import ray
    print(json.dumps({"session": session.scratch, "cores": session.node_cores}), flush=True)
    print(session.dashboard, flush=True)
    print(os.environ["RAY_AUTH_TOKEN"] != "", flush=True)
    if "wait" in sys.argv:
        time.sleep(300)
"""


def start(tmp_path, *arguments):
    environment = {name: value for name, value in os.environ.items() if "RAY_AUTH" not in name}
    environment["TMPDIR"] = str(tmp_path)
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )


LOOPBACK = {
    "0100007F",  # 127.0.0.1
    "0000000000000000FFFF00000100007F",  # ::ffff:127.0.0.1
    "00000000000000000000000001000000",  # ::1
}


@pytest.fixture
def short_folder():
    """A folder with a short name: Ray's sockets lie in it, whose paths may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="fn-") as folder:
        yield folder


def test_it_listens_on_loopback_alone_and_ends_when_the_program_is_killed(short_folder):
    with start(short_folder, "wait", "page") as program:
        try:
            lines = [program.stdout.readline() for _ in range(3)]
            assert '"cores": [2]' in lines[0]
            assert lines[1].startswith("http://127.0.0.1:")
            assert lines[2] == "True\n"
            processes = mentioning(short_folder)
            assert len(processes) > 3
            places = listening(processes)
            assert len(places) > 5
            assert {address for address, _ in places} <= LOOPBACK
            port = int(lines[1].rpartition(":")[2])
            assert any(open_port == port for _, open_port in places)
            assert refuses_without_token(port)
        finally:
            program.kill()
    assert wait_until_gone(short_folder) == {}


def refuses_without_token(port):
    """Whether the dashboard asks who it is that wants to run a job."""
    request = b"GET /api/jobs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        return b" 401 " in connection.recv(64)


@pytest.mark.slow
def test_it_is_gone_with_its_folder_after_sigterm(short_folder):
    with start(short_folder, "wait") as program:
        try:
            assert "session" in program.stdout.readline()
            program.send_signal(signal.SIGTERM)
            _, written = program.communicate(timeout=120)
        finally:
            program.kill()
    assert "KeyboardInterrupt" in written
    assert wait_until_gone(short_folder) == {}
    assert not list(Path(short_folder).glob("filmnet-ray-*"))


def test_a_cluster_that_is_not_there_is_one_sentence(monkeypatch):
    class NoRay:
        def is_initialized(self):
            return False

        def init(self, **_):
            raise ConnectionError("Could not find any running Ray instance.\nPlease")

        def shutdown(self):
            pass

    monkeypatch.setattr(ray_session, "import_ray", NoRay)
    with (
        pytest.raises(
            DeviceError, match=r"auto: no Ray cluster answers there .*leave --address"
        ) as e,
        ray_session.open_ray("auto"),
    ):
        pass
    assert "\n" not in str(e.value)


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DeviceError, match=r"a batch needs Ray: pip install 'filmnet\[cluster\]'"):
        ray_session.import_ray()

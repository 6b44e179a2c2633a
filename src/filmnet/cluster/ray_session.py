"""Ray for the length of a batch: one of our own on this machine, or a cluster that is running.

Our own listens on the loopback interface alone, asks for a token that only this user's processes
have, sends no usage statistics, and ends with the program, however that ends. Whoever reaches the
ports of a Ray cluster without tokens can run programs on it: see docs/cluster.md.
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filmnet.cluster.scratch import OwnFolder
from filmnet.errors import DeviceError

LOOPBACK = "127.0.0.1"

_OWN = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # nodes on loopback, as Ray has it on macOS
    "RAY_AUTH_MODE": "token",
}
"""Ray reads these when it is imported."""

_STORE_BYTES = 128 << 20
"""Of Ray's object store: nothing large is passed through it."""


@dataclass(frozen=True, kw_only=True)
class RaySession:
    """A connection to Ray."""

    node_cores: tuple[int, ...]
    """Cores of each node."""

    gpus: int
    """Of all nodes."""

    dashboard: str | None
    """URL; None if there is none, or it is the cluster's own business."""

    scratch: str | None
    """A folder that is removed when our own Ray ends; None for a running cluster."""


@contextmanager
def open_ray(
    address: str | None, *, cores: int | None = None, dashboard: bool = True
) -> Iterator[RaySession]:
    """Connect to Ray, or start it.

    Args:
        address: `auto` or `ray://…` for a running cluster; None to start one here.
        cores: that our own Ray may hand out; None for all of the machine.
        dashboard: whether our own has its web page.

    Raises:
        DeviceError: Ray is not installed, or there is no cluster at that address.
    """
    if address is None:
        _prepare_own()
    ray = import_ray()
    if ray.is_initialized():
        yield _describe(ray, None)
        return
    folder = OwnFolder("filmnet-ray-") if address is None else None
    with _own_sigterm():
        try:
            url = None
            if folder is not None:
                url = _start(ray, folder.path, cores, dashboard=dashboard)
            elif address is not None:
                _connect(ray, address)
        except BaseException:
            _end(ray, folder)
            raise
    try:
        yield _describe(ray, folder, dashboard=url)
    finally:
        _end(ray, folder)


def import_ray() -> Any:
    """Ray, which takes a second to import and says nothing of its types.

    Raises:
        DeviceError: it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise DeviceError("a batch needs Ray: pip install 'filmnet[cluster]'") from error
    return ray


def _prepare_own() -> None:
    """Say how our own Ray shall be, before it is imported."""
    for name, value in _OWN.items():
        os.environ.setdefault(name, value)
    if os.environ["RAY_AUTH_MODE"] == "token":
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def _start(ray: Any, folder: Path, cores: int | None, *, dashboard: bool) -> str | None:
    context = ray.init(
        address="local",
        num_cpus=cores,
        include_dashboard=dashboard,
        dashboard_host=LOOPBACK,
        object_store_memory=_STORE_BYTES,
        log_to_driver=False,
        logging_level="ERROR",
        _node_ip_address=LOOPBACK,
        _temp_dir=str(folder),
    )
    addresses = {node["NodeManagerAddress"] for node in ray.nodes()}
    if addresses != {LOOPBACK}:
        raise DeviceError(
            f"Ray listens on {', '.join(sorted(addresses))} instead of {LOOPBACK} alone; "
            "it was imported before filmnet could tell it: start it yourself and pass --address"
        )
    url = context.dashboard_url if dashboard else None
    return f"http://{url}" if url else None


def _connect(ray: Any, address: str) -> None:
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        reason = " ".join(str(error).split())
        raise DeviceError(
            f"{address}: no Ray cluster answers there ({reason[:200]}); start one with "
            "`ray start --head`, or leave --address out; one with tokens wants RAY_AUTH_MODE=token "
            "and RAY_AUTH_TOKEN"
        ) from error


def _describe(ray: Any, folder: OwnFolder | None, dashboard: str | None = None) -> RaySession:
    resources = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return RaySession(
        node_cores=tuple(int(node.get("CPU", 0)) for node in resources),
        gpus=int(sum(node.get("GPU", 0) for node in resources)),
        dashboard=dashboard,
        scratch=str(folder.path) if folder else None,
    )


def _end(ray: Any, folder: OwnFolder | None) -> None:
    with suppress(Exception):
        ray.shutdown()
    if folder is not None:
        folder.remove()


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """Ray takes SIGTERM for itself; give it back to whoever had it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

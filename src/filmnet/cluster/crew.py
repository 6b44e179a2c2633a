"""How many workers a batch has, and what each of them may use."""

from __future__ import annotations

import os
from dataclasses import dataclass

from filmnet.cluster.ray_session import RaySession
from filmnet.errors import DeviceError

CORES_PER_WORKER = 4
"""On processors, unless told otherwise or fewer are there."""


@dataclass(frozen=True, kw_only=True)
class Crew:
    """The workers of a batch."""

    workers: int
    cores: int
    """Of each."""

    gpus: int
    """Of each: 1 or 0."""


def machine_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def own_cores(workers: int | None, cores_per_worker: int | None) -> int | None:
    """How many cores our own Ray hands out; None for as many as it finds.

    Who asks for more workers than there are cores for gets them: they share.
    """
    if workers is None:
        return cores_per_worker if (cores_per_worker or 0) > machine_cores() else None
    cores = cores_per_worker or max(1, min(CORES_PER_WORKER, machine_cores() // workers))
    return max(machine_cores(), workers * cores)


def plan_crew(
    session: RaySession, workers: int | None, cores_per_worker: int | None, device: str
) -> Crew:
    """The workers that a cluster has room for, or those that were asked for.

    Args:
        session: the cluster.
        workers: how many; None for one per GPU or, without GPUs, as many as the cores allow.
        cores_per_worker: None for `CORES_PER_WORKER`, or fewer where no node has so many.
        device: of the network; `cpu` leaves GPUs alone.

    Raises:
        DeviceError: there is no core at all.
    """
    largest = max(session.node_cores, default=0)
    if not largest:
        raise DeviceError("the Ray cluster has no node with a core; add one, or wait for it")
    uses_gpus = session.gpus > 0 and device != "cpu"
    share = largest // workers if workers and session.scratch else largest
    cores = cores_per_worker or max(1, min(CORES_PER_WORKER, share))
    room = session.gpus if uses_gpus else sum(node // cores for node in session.node_cores)
    return Crew(workers=workers or max(1, room), cores=cores, gpus=int(uses_gpus))

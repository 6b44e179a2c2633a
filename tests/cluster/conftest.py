"""A tiny network, photos and videos, Ray on this machine, and an S3 server."""

from __future__ import annotations

import os
import uuid

# Before anything imports Ray, which reads these then.
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
# Other programs may fill the memory; Ray would kill workers for it.
os.environ |= {"RAY_memory_monitor_refresh_ms": "0"}

from functools import partial

import pytest
import torch
from PIL import Image

from filmnet.jobs.network import NetworkOptions
from filmnet.weights import WeightsInfo, save_weights
from video_files import texture, write_clip

SIZE = (128, 96)
"""On less than 8 blocks side by side x264 with AVX-512 does not repeat what it made."""

picture = partial(texture, size=SIZE)


@pytest.fixture(autouse=True)
def one_thread():
    """As many as workers have: with more, sums come in another order, and pictures may differ."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def tiny_weights(tmp_path, tiny_model):
    """A file of weights for pictures of a few pixels."""
    path = tmp_path / "weights" / "tiny.safetensors"
    path.parent.mkdir()
    info = WeightsInfo(
        name="tiny",
        config=tiny_model.config,
        licence="CC0-1.0",
        times="any",
        training={},
        metrics={},
    )
    save_weights(path, tiny_model.state_dict(), info)
    return path


@pytest.fixture
def network(tiny_weights):
    """The tiny network, computed in the plain way."""
    return NetworkOptions(
        weights=str(tiny_weights), device="cpu", precision="float32", optimize="never"
    )


@pytest.fixture
def burst(tmp_path):
    """Make a folder of photos: `burst(path, count)`."""

    def make(folder, count=2, seed=0):
        folder.mkdir(parents=True)
        for k in range(count):
            Image.fromarray(picture(3 * k, seed=seed)).save(folder / f"{k}.png")
        return folder

    return make


@pytest.fixture
def clip():
    """Make a video of a few moving frames; the others stand still, so that most are held."""

    def make(path, frames=6, moving=5, seed=0):
        pictures = [picture(2 * min(k, moving), seed=seed) for k in range(frames)]
        return write_clip(path, pictures, sound=frames / 25)

    return make


@pytest.fixture(scope="package")
def ray_here():
    """Ray on this machine with three cores to hand out, whether it has them or not."""
    from filmnet.cluster.ray_session import open_ray

    with open_ray(None, cores=3, dashboard=False) as session:
        yield session


@pytest.fixture(scope="session")
def s3_server():
    """An S3 server of its own, and the environment that leads to it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield
    server.stop()


@pytest.fixture
def s3(s3_server):
    """The URL of an empty bucket."""
    import boto3

    name = f"films-{uuid.uuid4().hex[:8]}"
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}"

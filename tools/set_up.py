"""Make `.venv` ready: PyTorch's build for this machine, filmnet (editable), asked extras.

`make demo` and `make test` call this first. Nothing happens when `.venv` already holds what is
asked: a stamp in it records a hash of pyproject.toml and constraints.txt, the extras, and the
PyTorch that was asked for. Only the standard library is used, since nothing is installed yet.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "filmnet-set-up.json"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PIP_JSON = "https://pypi.org/pypi/pip/json"
OLDEST_PYTHON = (3, 10)


def main() -> int:
    """Bring `.venv` into the asked state; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extras", default="", help="extras of filmnet, comma-separated")
    parser.add_argument("--torch", default="", help="what pip is to install as PyTorch")
    arguments = parser.parse_args()
    extras = {extra for extra in arguments.extras.split(",") if extra}
    state = read_state()
    if is_ready(state, extras, arguments.torch):
        return 0
    begin = time.monotonic()
    try:
        set_up(extras | set(state.get("extras", [])), arguments.torch or state.get("torch", ""))
    except subprocess.CalledProcessError as error:
        print(f"set-up failed in: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    print(f"set up in {time.monotonic() - begin:.0f} s", flush=True)
    return 0


def read_state() -> dict:
    """What the stamp says; empty where there is none or the environment does not run."""
    try:
        subprocess.run([VENV_PYTHON, "-c", ""], check=True, capture_output=True)
        return json.loads(STAMP.read_text())
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}


def is_ready(state: dict, extras: set[str], torch: str) -> bool:
    """Whether the environment holds what is asked; no `torch` means any."""
    return (
        state.get("sources") == hash_of_sources()
        and extras <= set(state.get("extras", []))
        and torch in ("", state.get("torch"))
    )


def hash_of_sources() -> str:
    """SHA-256 over the files that decide what is installed, and the checkout's place."""
    sources = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join([*sources, os.fsencode(ROOT)])).hexdigest()


def set_up(extras: set[str], torch: str) -> None:
    """Create what is missing and install; the stamp is written last."""
    make_environment()
    STAMP.unlink(missing_ok=True)
    install_torch(torch)
    package = f"{ROOT}[{','.join(sorted(extras))}]" if extras else str(ROOT)
    print("setting up: filmnet and what it needs", flush=True)
    pip("-c", pinned_beside_torch(), "-e", package)
    state = {"sources": hash_of_sources(), "extras": sorted(extras), "torch": torch}
    STAMP.write_text(json.dumps(state))


def make_environment() -> None:
    """A virtual environment in `.venv`, unless a working one is there."""
    if works(VENV_PYTHON):
        return
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(
            f"filmnet needs Python 3.10 or newer, {sys.executable} is {platform.python_version()}: "
            "name another with `make PYTHON=python3.12 …`"
        )
    print(f"setting up: .venv with Python {platform.python_version()}", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    try:
        create_environment()
    except (OSError, ValueError, HTTPException, subprocess.CalledProcessError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            f"{sys.executable} cannot make .venv with pip in it ({error}); "
            "on Debian: apt install python3-venv"
        )


def create_environment() -> None:
    """Make `.venv` with pip; Debian's Python has none to give, so then it comes from PyPI.

    Raises:
        CalledProcessError: Python's venv module does not work at all.
        OSError, HTTPException: PyPI cannot be reached.
        ValueError: what PyPI sent is not what it states.
    """
    command = [sys.executable, "-m", "venv"]
    if subprocess.run([*command, VENV], capture_output=True).returncode == 0 and works(VENV_PYTHON):
        return
    print("setting up: pip, from PyPI", flush=True)
    subprocess.run([*command, "--clear", "--without-pip", VENV], check=True)
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch_pip(Path(folder))
        run_pip = [VENV_PYTHON, wheel / "pip"]  # Python runs what lies in a zip file
        subprocess.run([*run_pip, "install", "-qq", "--no-index", wheel], check=True)


def fetch_pip(folder: Path) -> Path:
    """Download pip's wheel into a folder, and check its sha256."""
    with urlopen(PIP_JSON, timeout=60) as answer:
        file = newest_wheel(json.load(answer)["releases"])
        url = urljoin(PIP_JSON, file["url"])
    with urlopen(url, timeout=60) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != file["digests"]["sha256"]:
        raise ValueError(f"{url} is not the file that {PIP_JSON} states")
    wheel = folder / Path(urlsplit(url).path).name
    wheel.write_bytes(content)
    return wheel


def newest_wheel(releases: dict[str, list[dict]]) -> dict:
    """PyPI's entry of the newest released wheel that this Python can run."""
    finals = [version for version in releases if re.fullmatch(r"[\d.]+", version)]
    for version in sorted(finals, key=lambda v: [*map(int, v.split("."))], reverse=True):
        for file in releases[version]:
            oldest = re.search(r">=\s*3\.(\d+)", file["requires_python"] or "")
            fits = oldest is None or int(oldest[1]) <= sys.version_info[1]
            if fits and file["packagetype"] == "bdist_wheel" and not file["yanked"]:
                return file
    raise ValueError(f"{PIP_JSON} has no pip for this Python")


def works(python: Path) -> bool:
    """Whether this interpreter starts, is new enough, and has pip."""
    check = f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    try:
        return subprocess.run([python, "-c", check], capture_output=True).returncode == 0
    except OSError:
        return False


def install_torch(asked: str) -> None:
    """Install the PyTorch that is asked for, or the first that can be had for this machine."""
    choices = [asked.split()] if asked else torch_choices()
    for choice in choices[:-1]:
        print(f"setting up: {choice[0]}", flush=True)
        if pip_succeeds("-c", ROOT / "constraints.txt", *choice):
            return
    print(f"setting up: {choices[-1][0]}", flush=True)
    pip(*choices[-1])


def torch_choices() -> list[list[str]]:
    """What to hand to pip for PyTorch, best first.

    On Linux PyPI's wheel brings 2 GB of CUDA: without a GPU the CPU build is asked for by name,
    first where pip looks anyway, then in PyTorch's own index.
    """
    plain = f"torch=={pinned_torch()}"
    if platform.system() != "Linux" or has_nvidia_gpu():
        return [[plain]]
    cpu = f"{plain}+cpu"
    return [[cpu], [cpu, "--extra-index-url", CPU_INDEX], [plain]]


def has_nvidia_gpu() -> bool:
    """Whether the driver's own tool finds a GPU."""
    try:
        return subprocess.run(["nvidia-smi", "-L"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def pinned_torch() -> str:
    """PyTorch's version in constraints.txt."""
    pins = (ROOT / "constraints.txt").read_text()
    return re.search(r"^torch==(\S+)$", pins, re.MULTILINE).group(1)


def pinned_beside_torch() -> Path:
    """constraints.txt, with PyTorch pinned to the build that is installed."""
    ask = "import importlib.metadata as m; print(m.version('torch'))"
    installed = subprocess.run(
        [VENV_PYTHON, "-c", ask], check=True, capture_output=True, text=True
    ).stdout.strip()
    pins = (ROOT / "constraints.txt").read_text()
    path = VENV / "filmnet-constraints.txt"
    path.write_text(re.sub(r"^torch==\S+$", f"torch=={installed}", pins, flags=re.MULTILINE))
    return path


def pip(*arguments: str | Path) -> None:
    """Install; raises CalledProcessError, pip's own words on the terminal."""
    subprocess.run(pip_command(*arguments), check=True)


def pip_succeeds(*arguments: str | Path) -> bool:
    """Install where that is possible; nothing is said where it is not."""
    return subprocess.run(pip_command(*arguments), stderr=subprocess.DEVNULL).returncode == 0


def pip_command(*arguments: str | Path) -> list[str | Path]:
    quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
    return [VENV_PYTHON, "-m", "pip", "install", *quiet, *arguments]


if __name__ == "__main__":
    sys.exit(main())

"""The wheel holds all that a program at run time needs, and works where only it is installed.

The heavy dependencies are not installed a second time: a .pth file lets the clean environment see
those of the running one, which keeps the test offline and quick. filmnet itself it cannot see
there, because an editable install's own .pth is read only in its own environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from filmnet import __version__


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, checkout)
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of an environment into which the wheel is installed."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder)  # Debian's Python has none to give
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--no-deps", "--no-index", wheel)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(python, "-c", ask).strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


def run(*command: object, cwd: Path | None = None) -> str:
    """What a program prints; outside of any influence on its imports."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_weights_recipes_types_and_licences(wheel: Path, checkout: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    recipes = {f"filmnet/configs/{path.name}" for path in (checkout / "configs").iterdir()}
    assert recipes
    assert recipes <= names
    assert {"filmnet/py.typed", "filmnet/weights/data/small.safetensors"} <= names
    licences = {name.rpartition("/")[2] for name in names if "/licenses/" in name}
    assert {"LICENSE", "THIRD_PARTY.md"} <= licences


def test_the_wheel_holds_the_pages_texts_and_its_example_with_its_licence(
    wheel: Path, checkout: Path
) -> None:
    archive = zipfile.ZipFile(wheel)
    for language in ("en", "zh"):
        assert f"filmnet/web/locales/{language}.json" in archive.namelist()
    for name in ("one.jpg", "two.jpg", "README.md"):
        bundled = archive.read(f"filmnet/web/pair/{name}")
        assert bundled == (checkout / "examples" / name).read_bytes()


def test_the_wheel_holds_the_code_and_nothing_else(wheel: Path, checkout: Path) -> None:
    names = [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name]
    code = {name for name in names if name.endswith(".py")}
    source = checkout / "src"
    assert code == {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    assert all(name.startswith("filmnet/") for name in names)
    assert wheel.stat().st_size < 21e6  # weights may have 20 MB


def test_the_wheel_runs_in_a_clean_environment(environment: Path, tmp_path: Path) -> None:
    where = run(
        environment / "python", "-c", "import filmnet; print(filmnet.__file__)", cwd=tmp_path
    )
    assert Path(where.strip()).is_relative_to(environment.parent)
    version = run(environment / "filmnet", "--version", cwd=tmp_path)
    assert version.split() == ["filmnet", __version__]


def test_the_wheel_turns_photos_into_a_video(environment: Path, tmp_path: Path) -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    for k, name in enumerate(("one.png", "two.png")):
        picture[16:32, 8 + 8 * k : 24 + 8 * k] = 255
        Image.fromarray(picture).save(tmp_path / name)
    words = ("photos", "one.png", "two.png", "--between", "1", "-o")
    run(environment / "filmnet", *words, "clip.mp4", cwd=tmp_path)
    run(environment / "python", "-m", "filmnet", *words, "frames/", cwd=tmp_path)
    assert (tmp_path / "clip.mp4").stat().st_size > 0
    assert len(list((tmp_path / "frames").glob("*.png"))) == 3

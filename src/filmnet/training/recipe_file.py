"""Recipes as TOML files, whose tables and keys are those of `Recipe` and its parts."""

from __future__ import annotations

import math
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from filmnet.errors import RecipeError
from filmnet.model import FilmConfig
from filmnet.training.augmentation import Augmentation
from filmnet.training.loss_weights import LossWeights, Schedule
from filmnet.training.recipe import Optimization, Recipe, Stage
from filmnet.training.scenes import SceneConfig
from filmnet.training.windows import PackConfig
from filmnet.weights import Padding

T = TypeVar("T")


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        RecipeError: no such file, no TOML, an unknown key or a value that cannot be.
    """
    return recipe_from_dict(read_recipe_values(path), path)


def read_recipe_values(path: Path) -> dict[str, Any]:
    """The tables of a recipe as they stand in the file.

    Raises:
        RecipeError: no such file, or no TOML.
    """
    try:
        return _read_toml(path)
    except FileNotFoundError as error:
        raise RecipeError(f"{path}: no such recipe; configs/ has examples") from error
    except OSError as error:
        raise RecipeError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise RecipeError(f"{path}: {error}") from error


def recipe_from_dict(values: dict[str, Any], source: Path) -> Recipe:
    """A recipe from a file's tables.

    Args:
        values: what `read_recipe_values` gave, perhaps with other values.
        source: the file, for messages.

    Raises:
        RecipeError: an unknown key or a value that cannot be.
    """
    try:
        return _build(Recipe, values)
    except (ValueError, TypeError) as error:
        raise RecipeError(f"{source}: {error}") from error


_SECTIONS: dict[str, type[Any]] = {
    "model": FilmConfig,
    "padding": Padding,
    "pack": PackConfig,
    "scenes": SceneConfig,
    "augmentation": Augmentation,
    "optimization": Optimization,
    "losses": LossWeights,
}


def _read_toml(path: Path) -> dict[str, Any]:
    """Tables of a TOML file, by Python's own reader or, before 3.11, by the one it came from."""
    for reader in ("tomllib", "tomli"):
        try:
            values: dict[str, Any] = import_module(reader).loads(path.read_text("utf-8"))
        except ModuleNotFoundError:
            continue
        return values
    raise RecipeError("recipes need a TOML reader that is not there: pip install 'filmnet[train]'")


def _build(kind: type[T], values: Any, where: str = "") -> T:
    """Fill a dataclass from a table; nested tables by their section's name."""
    if not is_dataclass(kind) or not isinstance(values, dict):
        raise TypeError(f"{where} is a table of keys and values, not {values!r}".lstrip())
    known = {f.name: f for f in fields(kind)}
    _check_keys(values, kind, where)
    arguments: dict[str, Any] = {}
    for key, value in values.items():
        if kind is Recipe and key == "stages":
            arguments[key] = _build_stages(value)
        elif kind is Recipe and key in _SECTIONS:
            arguments[key] = _build(_SECTIONS[key], value, f"[{key}]")
        else:
            arguments[key] = _value(key, value, str(known[key].type))
    try:
        return kind(**arguments)
    except ValueError as error:
        raise ValueError(f"{where} {error}".lstrip()) from error


def _build_stages(values: Any) -> tuple[Stage, ...]:
    if not isinstance(values, list):
        raise TypeError("each stage is a table of its own, [[stages]]")
    return tuple(_build(Stage, value, f"[[stages]] {i}") for i, value in enumerate(values, 1))


def _check_keys(values: dict[str, Any], kind: type[Any], where: str) -> None:
    """Refuse a key that nothing reads, and insist on those without a default."""
    known = {f.name: f for f in fields(kind)}
    if unknown := sorted(set(values) - set(known)):
        raise ValueError(
            f"{where} unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}".lstrip()
        )
    for name, wanted in known.items():
        if name not in values and wanted.default is wanted.default_factory is MISSING:
            raise ValueError(f"{where} {name} is missing".lstrip())


def _value(key: str, value: Any, declared: str) -> Any:
    """A TOML value as the field wants it: of its type, lists as tuples."""
    _check_finite(key, value)
    if declared == "Schedule":
        return _schedule(key, value)
    _check_type(key, value, declared)
    return tuple(value) if isinstance(value, list) else value


def _schedule(key: str, value: Any) -> Schedule:
    """A number, or a list of [step, weight] pairs."""
    pairs = value if isinstance(value, list) else [[0, value]]
    for pair in pairs:
        if (
            not isinstance(pair, list)
            or [type(part) in (int, float) for part in pair] != [True] * 2
        ):
            raise ValueError(f"{key} = {value!r} is neither a number nor a list of [step, weight]")
        _check_type(f"step in {key}", pair[0], "int")
    return tuple((step, float(weight)) for step, weight in pairs)


def _check_finite(key: str, value: Any) -> None:
    """Refuse TOML's `inf` and `nan`, in lists as well."""
    for item in value if isinstance(value, list) else ():
        _check_finite(key, item)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{key} = {value!r} is no finite number")


def _check_type(key: str, value: Any, declared: str) -> None:
    """Refuse a string for a number and the like; TOML's whole numbers may stand for fractions."""
    kinds: dict[str, tuple[type, ...]] = {
        "int": (int,),
        "float": (int, float),
        "bool": (bool,),
    }
    if declared.startswith("tuple["):
        wanted = kinds[declared[len("tuple[") :].split(",")[0]]
        fits = isinstance(value, list) and all(type(item) in wanted for item in value)
    else:
        fits = type(value) in kinds.get(declared, (str,))
    if not fits:
        raise ValueError(f"{key} = {value!r} is not of type {declared}")

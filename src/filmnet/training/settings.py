"""A recipe's keys with other values: `losses.style=10,20,40`, as a sweep takes them.

A key is a path of tables; a stage goes by its number from 1: `stages.2.crop_px`. Values are
numbers, true, false, lists and words, separated by commas.
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from filmnet.errors import RecipeError


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A key and the values that it is to have, one after the other."""

    key: str
    values: tuple[Any, ...]


def parse_setting(text: str) -> Setting:
    """Read `key=value,value,…`.

    Raises:
        RecipeError: no key, no value, or a value twice.
    """
    key, _, written = text.partition("=")
    key = key.strip()
    values = _parse_values(written) if written.strip() else []
    if not re.fullmatch(r"\w+(\.\w+)*", key) or not values:
        raise RecipeError(
            f"--set {text!r}: give a key of the recipe and its values, "
            "for example losses.style=10,20,40"
        )
    shown = [_shown(value) for value in values]
    for value in shown:
        if shown.count(value) > 1:
            raise RecipeError(f"--set {text!r}: gives {value} twice")
    return Setting(key=key, values=tuple(values))


def with_value(values: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A copy of a recipe's tables with another value under a key; a missing table is made.

    Raises:
        RecipeError: the key leads through a value, or to a stage that is not there.
    """
    changed = copy.deepcopy(values)
    *path, last = key.split(".")
    table: Any = changed
    for name in path:
        table = _stage(table, name, key) if isinstance(table, list) else table.setdefault(name, {})
        if not isinstance(table, dict | list):
            raise RecipeError(f"--set {key}: {name} is a value, not a table")
    if isinstance(table, list):
        raise RecipeError(f"--set {key}: name a stage and its key, for example stages.1.crop_px")
    table[last] = value
    return changed


def name_of(point: Mapping[str, Any]) -> str:
    """Keys and values as the name of a folder: `style=10_learning_rate=0.0001`.

    A key goes by its last part, unless two share it.
    """
    lasts = [key.rpartition(".")[2] for key in point]
    names = [
        last if lasts.count(last) == 1 else key for key, last in zip(point, lasts, strict=True)
    ]
    shown = zip(names, map(_shown, point.values()), strict=True)
    return "_".join(f"{name}={value}" for name, value in shown)


def _parse_values(written: str) -> list[Any]:
    """Values as JSON has them; where that fails, pieces between commas, words among them."""
    try:
        values: list[Any] = json.loads(f"[{written}]")
    except ValueError:
        return [_parse_value(piece.strip()) for piece in written.split(",")]
    return values


def _parse_value(piece: str) -> Any:
    try:
        return json.loads(piece)
    except ValueError:
        return piece


def _shown(value: Any) -> str:
    """A value as part of a folder's name; equal numbers look the same."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return re.sub(r"[^\w.+-]+", "-", text).strip("-") if isinstance(value, str | list) else text


def _stage(stages: list[Any], number: str, key: str) -> Any:
    if not number.isdigit() or not 1 <= int(number) <= len(stages):
        raise RecipeError(f"--set {key}: the recipe's stages are 1 to {len(stages)}")
    return stages[int(number) - 1]

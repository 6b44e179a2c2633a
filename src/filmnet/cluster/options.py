"""Which options a job may have: those of the functions that do the work, by their signatures."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_type_hints

from filmnet.cluster.job import Kind
from filmnet.errors import InputError
from filmnet.jobs import photos_to_video, video_to_video
from filmnet.jobs.network import NetworkOptions

FUNCTIONS: Mapping[Kind, Callable[..., Any]] = {"photos": photos_to_video, "video": video_to_video}

_NOT_OPTIONS = ("interpolator", "progress", "cancel", "resume")
"""Keywords that are the batch's own business."""

_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")

NETWORK_NAMES = tuple(field.name for field in fields(NetworkOptions))
"""Options that choose the network and how it is computed."""


@cache
def known_options(kind: Kind) -> Mapping[str, tuple[type, ...]]:
    """The options of a kind of job, and the types that each may have."""
    function = FUNCTIONS[kind]
    hints = get_type_hints(function)
    keywords = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.name not in _NOT_OPTIONS
    ]
    return {name: get_args(hints[name]) or (hints[name],) for name in keywords}


def parse_options(
    kind: Kind, given: Mapping[str, Any], where: str, *, defaults: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The options of a job, checked for name and type.

    Args:
        kind: of the job.
        given: values as text (CSV) or as JSON has them; None and empty text are not given.
        where: the place that a message names.
        defaults: of the batch, already parsed; those that this kind does not have are left out.

    Raises:
        InputError: an unknown option, or a value of another type.
    """
    known = known_options(kind)
    given = {name: value for name, value in given.items() if value is not None and value != ""}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InputError(
            f"{where}: {kind} has no option {unknown[0]!r}; there are {', '.join(sorted(known))}"
        )
    options = {name: value for name, value in (defaults or {}).items() if name in known}
    for name, value in given.items():
        options[name] = _parse(known[name], value, f"{where}: {name}")
    return options


def parse_defaults(pairs: Mapping[str, str], where: str) -> dict[str, Any]:
    """Options for all jobs that have them, given as text.

    Raises:
        InputError: an option that no kind of job has, or a value of another type.
    """
    parsed: dict[str, Any] = {}
    for name, text in pairs.items():
        kinds = [kind for kind in FUNCTIONS if name in known_options(kind)]
        if not kinds:
            names = sorted({name for kind in FUNCTIONS for name in known_options(kind)})
            raise InputError(f"{where} {name}: no such option; there are {', '.join(names)}")
        parsed[name] = _parse(known_options(kinds[0])[name], text, f"{where} {name}")
    return parsed


def split_network(options: Mapping[str, Any]) -> tuple[NetworkOptions, dict[str, Any]]:
    """What chooses the network, and the rest."""
    network = {name: options[name] for name in NETWORK_NAMES if options.get(name) is not None}
    rest = {name: value for name, value in options.items() if name not in NETWORK_NAMES}
    return NetworkOptions(**network), rest


def absolute_weights(name_or_path: str | None) -> str | None:
    """Weights as a worker finds them, whatever its current folder."""
    if name_or_path and os.path.exists(name_or_path):  # noqa: PTH110 - a name is no path
        return os.path.abspath(name_or_path)  # noqa: PTH100 - the same
    return name_or_path


def _parse(types: tuple[type, ...], value: Any, where: str) -> Any:
    """A value of one of these types."""
    if isinstance(value, str) and str not in types:
        return _parse_text(types, value.strip(), where)
    wanted = (*types, int) if float in types else types
    if (isinstance(value, bool) and bool not in types) or not isinstance(value, wanted):
        raise InputError(f"{where} is {value!r}, but has to be {_describe(types)}")
    return value.strip() if isinstance(value, str) else value


def _parse_text(types: tuple[type, ...], text: str, where: str) -> Any:
    try:
        if bool in types:
            return {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}[text.lower()]
        return float(text) if float in types else int(text)
    except (KeyError, ValueError) as error:
        raise InputError(f"{where} is {text!r}, but has to be {_describe(types)}") from error


def _describe(types: tuple[type, ...]) -> str:
    if bool in types:
        return "true or false"
    if str in types:
        return "text" if len(types) <= 2 else "text or a number"
    return "a number" if float in types else "a whole number"

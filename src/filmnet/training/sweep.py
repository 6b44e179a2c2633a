"""A grid of runs: one for each combination of values of a recipe's keys.

    OUT/
      style=10/            a run's folder, as `filmnet train` makes it, and the recipe it follows
      style=20/            …
      pack/                clips, cut once for all runs
      results.csv          a line per run, best first

A run that is finished is not done again, and one that was stopped goes on: the same command resumes
a sweep. One that cannot go on, since its loss is no longer a number, does not stop the others.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filmnet.errors import OutputError, RecipeError, WeightsError
from filmnet.evaluation.samples import find_triplets
from filmnet.training.pack import pack_for_run
from filmnet.training.preparation import Report, tell_nobody
from filmnet.training.processes import Processes, as_launched
from filmnet.training.recipe import Recipe
from filmnet.training.recipe_file import read_recipe_values, recipe_from_dict
from filmnet.training.report import WEIGHTS_FILE
from filmnet.training.settings import Setting, name_of, with_value
from filmnet.training.start import TrainingRun
from filmnet.training.sweep_results import SweepResult, read_metrics, write_results
from filmnet.weights import load_vgg19, load_weights

RECIPE_FILE = "recipe.json"


@dataclass(frozen=True, kw_only=True)
class SweepRun:
    """One point of the grid."""

    name: str
    """Its values, readable; also its folder."""

    recipe: Recipe


def plan_sweep(config: Path, settings: Sequence[Setting]) -> list[SweepRun]:
    """Every combination of the settings' values, as a recipe; all of them are checked.

    Args:
        config: the recipe that they change.
        settings: keys, each with its values; the last one changes fastest.

    Raises:
        RecipeError: no such recipe, an unknown key, a value that cannot be, a key twice, or none.
    """
    keys = [setting.key for setting in settings]
    if not keys:
        raise RecipeError("a sweep needs a key to vary: --set losses.style=10,20,40")
    for key in keys:
        if keys.count(key) > 1:
            raise RecipeError(f"--set {key} is given twice; put all its values into one")
    values = read_recipe_values(config)
    return [
        _planned(config, values, dict(zip(keys, point, strict=True)))
        for point in itertools.product(*(setting.values for setting in settings))
    ]


def prepare_sweep(
    runs: Sequence[SweepRun], common: TrainingRun, report: Report = tell_nobody
) -> TrainingRun:
    """Check what all runs need, and cut clips for all of them at once if their [pack] is one.

    Args:
        runs: of `plan_sweep`.
        common: where all of them read and compute; its folder is the sweep's.
        report: told of each clip that is cut.

    Returns:
        `common`, reading what was cut.

    Raises:
        RecipeError: the folder holds other runs, the data cannot be used, or several processes.
        WeightsError: a run needs VGG-19, which cannot be used.
        InputError: a folder of triplets cannot be used.
        OutputError: the folder cannot be written.
    """
    _check(runs, common)
    _write_recipes(runs, common.folder)
    if len({run.recipe.pack for run in runs}) > 1:
        return common
    return replace(
        common, data=pack_for_run(common.data, common.folder, runs[0].recipe.pack, report)
    )


def run_sweep(
    runs: Sequence[SweepRun],
    common: TrainingRun,
    metric: str,
    *,
    train: Callable[[Recipe, TrainingRun], object],
    say: Callable[[str], None] = lambda _: None,
) -> list[SweepResult]:
    """Train every run that is not finished, one after the other.

    Args:
        runs: of `plan_sweep`.
        common: of `prepare_sweep`.
        metric: by which results are sorted, as `check_metric` gives it.
        train: trains one, as `filmnet.training.loop.train` does.
        say: told which run begins, and which cannot go on.

    Returns:
        A result for each run, best first; OUT/results.csv holds the same.

    Raises:
        RecipeError: every run failed.
        FilmnetError: as `filmnet.training.loop.train`, but for a RecipeError of some runs.
    """
    errors: dict[str, str] = {}
    for number, run in enumerate(runs, 1):
        finished = is_finished(run, common.folder)
        say(f"run {number} of {len(runs)}: {run.name}" + (" is finished" if finished else ""))
        if finished:
            continue
        try:
            train(run.recipe, replace(common, folder=common.folder / run.name, resume=True))
        except RecipeError as error:
            errors[run.name] = str(error)
            say(str(error))
        finally:
            write_results(common.folder, _results(runs, common.folder, errors), metric)
    if len(errors) == len(runs):
        raise RecipeError(f"every run of the sweep failed; the first: {errors[runs[0].name]}")
    return write_results(common.folder, _results(runs, common.folder, errors), metric)


def is_finished(run: SweepRun, folder: Path) -> bool:
    """Whether a run has delivered its last step's weights."""
    path = folder / run.name / WEIGHTS_FILE
    try:
        steps = load_weights(path).info.training.get("steps") if path.is_file() else None
    except WeightsError:
        return False  # to be written again, from the last checkpoint
    return bool(steps == run.recipe.steps)


def _planned(config: Path, values: dict[str, Any], point: dict[str, Any]) -> SweepRun:
    name = name_of(point)
    for key, value in point.items():
        values = with_value(values, key, value)
    return SweepRun(name=name, recipe=recipe_from_dict(values, Path(f"{config}, {name}")))


def _check(runs: Sequence[SweepRun], common: TrainingRun) -> None:
    """What would stop a later run, before the first one begins."""
    if as_launched(Processes()).count > 1:
        raise RecipeError("a sweep trains in one process: start it without torchrun")
    for folder in common.triplets:
        find_triplets(folder)
    if any(run.recipe.losses.need_vgg for run in runs):
        load_vgg19(common.vgg)
    for run in runs:
        path = common.folder / run.name / RECIPE_FILE
        if path.is_file() and path.read_text("utf-8") != _as_json(run.recipe):
            raise RecipeError(
                f"{path.parent}: holds a run of another recipe; undo the change or name "
                f"another folder"
            )


def _write_recipes(runs: Iterable[SweepRun], folder: Path) -> None:
    for run in runs:
        path = folder / run.name / RECIPE_FILE
        part = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(_as_json(run.recipe), "utf-8")
            part.replace(path)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def _as_json(recipe: Recipe) -> str:
    return json.dumps(recipe.to_dict(), indent=2) + "\n"


def _results(
    runs: Iterable[SweepRun], folder: Path, errors: dict[str, str]
) -> Iterator[SweepResult]:
    for run in runs:
        steps, metrics = read_metrics(folder / run.name)
        yield SweepResult(
            name=run.name,
            steps=steps,
            of_steps=run.recipe.steps,
            metrics=metrics,
            error=errors.get(run.name, ""),
        )

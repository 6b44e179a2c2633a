"""`filmnet photos`: two or more photos become a video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from filmnet.cli.job_bar import JobBar
from filmnet.cli.options import Device, Memory, Optimize, Precision, Quiet, Tile, Tta, Weights

if TYPE_CHECKING:
    from filmnet.jobs import VideoSummary

_LENGTH, _PICTURE = "Length", "Photos and video"

Photos = Annotated[
    list[str],
    typer.Argument(
        metavar="PHOTOS...",
        show_default=False,
        help="Two or more photos, a folder of them, or a glob in quotes, in order.",
    ),
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
Seconds = Annotated[
    float | None,
    typer.Option(
        rich_help_panel=_LENGTH,
        show_default="2, or 1 per pair of photos if longer",
        help="Length of the clip; --hold and --boomerang add to it.",
    ),
]
Between = Annotated[
    int | None,
    typer.Option(
        rich_help_panel=_LENGTH, help="Made frames per pair of photos, instead of --seconds."
    ),
]
FramesPerSecond = Annotated[
    str,
    typer.Option(
        rich_help_panel=_LENGTH, help="Frames per second, such as 30, 23.976 or 30000/1001."
    ),
]
Loop = Annotated[
    bool,
    typer.Option(
        "--loop", rich_help_panel=_LENGTH, help="Lead from the last photo back to the first."
    ),
]
Boomerang = Annotated[
    bool, typer.Option("--boomerang", rich_help_panel=_LENGTH, help="Come back the same way.")
]
Hold = Annotated[
    float,
    typer.Option(
        rich_help_panel=_LENGTH, help="Seconds that the first and the last photo stand still."
    ),
]
FitChoice = Annotated[
    str | None,
    typer.Option(
        metavar="crop|pad",
        rich_help_panel=_PICTURE,
        help="Bring photos of differing sizes to one size around their centres.",
    ),
]
Crf = Annotated[
    int | None,
    typer.Option(
        rich_help_panel=_PICTURE,
        show_default="h264 16, hevc 20, vp9 24",
        help="Quality of H.264, HEVC and VP9; lower is better and larger.",
    ),
]
Codec = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_PICTURE,
        show_default=".mp4 h264, .webm vp9, .mkv hevc, .mov prores",
        help="h264, hevc, vp9 or prores, where the file may hold it.",
    ),
]
MaxPixels = Annotated[
    int,
    typer.Option(rich_help_panel=_PICTURE, help="Refuse photos of more pixels than that."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]


def photos(
    photos: Photos,
    output: OutputPath,
    seconds: Seconds = None,
    between: Between = None,
    fps: FramesPerSecond = "30",
    loop: Loop = False,
    boomerang: Boomerang = False,
    hold: Hold = 0.0,
    fit: FitChoice = None,
    crf: Crf = None,
    codec: Codec = None,
    max_pixels: MaxPixels = 200_000_000,
    weights: Weights = None,
    device: Device = "auto",
    precision: Precision = "auto",
    memory: Memory = None,
    tile: Tile = None,
    optimize: Optimize = "auto",
    tta: Tta = 1,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Turn two or more photos into a video that moves from one to the next."""
    from filmnet.jobs import photos_to_video

    console = Console(stderr=True, quiet=quiet, highlight=False, markup=False, soft_wrap=True)
    with JobBar(console) as bar:
        summary = photos_to_video(
            photos,
            output,
            seconds=seconds,
            between=between,
            fps=fps,
            loop=loop,
            boomerang=boomerang,
            hold=hold,
            fit=fit,
            crf=crf,
            codec=codec,
            max_pixels=max_pixels,
            weights=weights,
            device=device,
            precision=precision,
            memory=memory,
            tile=tile,
            optimize=optimize,
            tta=tta,
            overwrite=overwrite,
            progress=bar.show,
        )
    for pair in summary.pairs:
        if pair.warning:
            console.print(pair.warning)
    console.print(_summary_line(output, summary))


def _summary_line(output: str, summary: VideoSummary) -> str:
    width, height = summary.size
    return (
        f"wrote {output}: {summary.frames} frames of {width}x{height} from {summary.photos} "
        f"photos, {summary.seconds:.2f} s at {float(summary.fps):g} frames per second, "
        f"in {summary.seconds_elapsed:.1f} s"
    )

"""``micrographia analyze``: one or many micrographs to particles, tables and a report."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from micrographia.cli._guard import FAILED, guarded, wrong_usage
from micrographia.cli._settings import gather, option
from micrographia.cli._text import signal_of


@guarded
def analyze(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="Image files, folders of them, or patterns such as '*.dm3'."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")],
    pixel_size: Annotated[str | None, option("--pixel-size", "LENGTH")] = None,
    scale_bar: Annotated[str | None, option("--scale-bar", "LENGTH")] = None,
    method: Annotated[str | None, option("--method", "NAME")] = None,
    polarity: Annotated[str | None, option("--polarity", "NAME")] = None,
    roi: Annotated[str | None, option("--roi", "AREA")] = None,
    exclude: Annotated[list[str] | None, option("--exclude", "AREA")] = None,
    counting: Annotated[str | None, option("--counting", "RULE")] = None,
    min_diameter: Annotated[str | None, option("--min-diameter", "LENGTH")] = None,
    max_diameter: Annotated[str | None, option("--max-diameter", "LENGTH")] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="NAME=BUNDLE",
            help="A bundle that stands in for a built-in model (particles, outline, polyhedron "
            "...): its name or path, or 'none'. Repeatable.",
        ),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file of settings; options override it.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any other setting; 'micrographia settings' lists them. Repeatable.",
        ),
    ] = None,
    frame: Annotated[
        int | None, typer.Option(help="Which frame of a stack, counted from 0.")
    ] = None,
    signal: Annotated[
        str | None,
        typer.Option(help="Which of several images in a file, by its number or its title."),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Look into folders within folders.")
    ] = False,
    samples: Annotated[
        Path | None,
        typer.Option(help="CSV table with columns 'path' (or 'name') and 'sample'."),
    ] = None,
    sample_from: Annotated[
        Literal["folder"] | None,
        typer.Option(help="Take each image's sample from the name of its folder."),
    ] = None,
    save_stages: Annotated[
        bool, typer.Option("--save-stages", help="Save a picture of every stage of each image.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, help="How many images at a time.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Work on the cluster of this Dask scheduler, such as tcp://host:8786.",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Keep finished results of an earlier run whose file, settings and versions "
            "are the same; analyse the rest.",
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print failures and nothing else.")
    ] = False,
) -> None:
    """Find, count and measure the particles of one or many micrographs.

    Each image gets a folder in OUT with its table of particles, label image and pictures; OUT
    itself gets the pooled particles.csv, images.csv with a row an image, and report.html.
    Results of the same image from an earlier run are replaced. The exit status is 0 if all went
    well, 1 if some images failed, 2 if the command was called wrongly.
    """
    from micrographia.batch import check, plan, run
    from micrographia.cli._progress import Progress, tell

    with wrong_usage():
        chosen = gather(
            settings,
            {
                "--pixel-size": pixel_size,
                "--scale-bar": scale_bar,
                "--method": method,
                "--polarity": polarity,
                "--roi": roi,
                "--exclude": exclude,
                "--counting": counting,
                "--min-diameter": min_diameter,
                "--max-diameter": max_diameter,
            },
            assignments or [],
            models or [],
        )
        planned = plan(
            paths,
            out,
            recursive=recursive,
            samples=samples,
            sample_from=sample_from,
            frame=frame,
            signal=signal_of(signal),
        )
        check(planned, chosen)
    with Progress(len(planned.images), quiet=quiet) as progress:
        result = run(
            planned,
            chosen,
            workers=workers,
            scheduler=scheduler,
            resume=resume,
            stages=save_stages,
            progress=progress,
        )
    tell(result, quiet=quiet)
    if result.failures:
        raise typer.Exit(FAILED)

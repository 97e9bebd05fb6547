"""``micrographia measure``: particles that a person or another program outlined."""

from pathlib import Path
from typing import Annotated

import typer

from micrographia.cli._guard import complain, guarded, wrong_usage
from micrographia.cli._settings import gather, option
from micrographia.cli._text import signal_of


@guarded
def measure(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The micrograph.")],
    labels: Annotated[
        Path,
        typer.Argument(
            metavar="LABELS",
            help="Label image (0 background, k particle k) or ImageJ ROIs (.roi, .zip).",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the result.")],
    pixel_size: Annotated[str | None, option("--pixel-size", "LENGTH")] = None,
    scale_bar: Annotated[str | None, option("--scale-bar", "LENGTH")] = None,
    counting: Annotated[str | None, option("--counting", "RULE")] = None,
    min_diameter: Annotated[str | None, option("--min-diameter", "LENGTH")] = None,
    max_diameter: Annotated[str | None, option("--max-diameter", "LENGTH")] = None,
    roi: Annotated[str | None, option("--roi", "AREA")] = None,
    exclude: Annotated[list[str] | None, option("--exclude", "AREA")] = None,
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Measure particles that were found or corrected elsewhere.

    OUT gets the same files as the folder of one image that was analysed. An earlier result in
    it is replaced.
    """
    from micrographia.analysis import measure_labels
    from micrographia.batch import check_folder
    from micrographia.io import read, read_labels

    with wrong_usage():
        chosen = gather(
            settings,
            {
                "--pixel-size": pixel_size,
                "--scale-bar": scale_bar,
                "--counting": counting,
                "--min-diameter": min_diameter,
                "--max-diameter": max_diameter,
                "--roi": roi,
                "--exclude": exclude,
            },
            assignments or [],
        )
        check_folder(out)
    micrograph = read(
        image,
        frame=frame,
        signal=signal_of(signal),
    )
    result = measure_labels(micrograph, read_labels(labels, micrograph.shape), chosen)
    folder = result.save(out)
    if quiet:
        return
    for warning in result.warnings:
        complain(f"warning: {micrograph.name}: {warning}")
    counted = int(result.particles["counted"].sum())
    typer.echo(f"{counted} of {len(result.particles)} particles counted")
    typer.echo(f"results: {folder}")

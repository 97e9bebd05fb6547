"""``micrographia simulate``: images of a family with exact truth."""

from pathlib import Path
from typing import Annotated

import typer

from micrographia.cli._guard import guarded, wrong_usage
from micrographia.cli._progress import Bar


@guarded
def simulate(
    family: Annotated[
        str,
        typer.Argument(metavar="FAMILY", help="outlines, polyhedra, micrographs, carbon or sem."),
    ],
    number: Annotated[
        int | None, typer.Option("--number", "-n", metavar="N", help="How many images.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to make for the images.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same files.")] = 0,
    config: Annotated[Path | None, typer.Option(help="TOML file of the family's settings.")] = None,
    workers: Annotated[int, typer.Option(metavar="N", help="How many processes work at once.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped.")
    ] = False,
    show_config: Annotated[
        bool,
        typer.Option(
            "--show-config", help="Print the family's settings as TOML to edit; make nothing."
        ),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Make images of a family with exact truth.

    OUT gets the images, label images, manifest.parquet (a row an image), instances.parquet (a row
    a particle) and contact.png, a sheet to look at.
    """
    from micrographia.cli._toml import commented
    from micrographia.simulation._run import make_plan, open_run, simulate_many
    from micrographia.simulation.families import load_family

    with wrong_usage():
        model = load_family(family).Config
        chosen = model.from_toml(config) if config is not None else model.parse({}, family)
    if show_config:
        typer.echo(commented(chosen, catalogue=False), nl=False)
        return
    if number is None or out is None:
        raise typer.BadParameter("say how many images with -n and where with -o")
    with wrong_usage():
        open_run(make_plan(family, number, seed, chosen), out, resume=resume)
    with Bar(quiet=quiet, counted="images") as bar:
        manifest = simulate_many(
            family, number, seed, out, chosen, workers=workers, resume=True, progress=bar.show
        )
    if not quiet:
        typer.echo(f"{number} images: {manifest}")

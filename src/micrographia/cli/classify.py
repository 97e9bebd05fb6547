"""``micrographia classify``: whole images to classes."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from micrographia.cli._guard import FAILED, complain, guarded, wrong_usage
from micrographia.cli._settings import gather, option
from micrographia.cli._text import signal_of

if TYPE_CHECKING:
    from micrographia.batch import Classified


@guarded
def classify(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="Image files, folders of them, or patterns such as '*.dm3'."
        ),
    ],
    model: Annotated[
        str,
        typer.Option(
            "--model", help="Name of a model, or path of its folder or zip, or of its training."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")],
    pixel_size: Annotated[str | None, option("--pixel-size", "LENGTH")] = None,
    scale_bar: Annotated[str | None, option("--scale-bar", "LENGTH")] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Answers of a lower probability are 'unknown'; else the model's own."
        ),
    ] = None,
    keep_bars: Annotated[
        bool,
        typer.Option(
            "--keep-bars", help="Leave data bar and scale bar in, whatever the model wants."
        ),
    ] = False,
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
            help="Keep the answers of an earlier run whose file, settings, model and versions "
            "are the same; classify the rest.",
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print failures and nothing else.")
    ] = False,
) -> None:
    """Tell the class of whole micrographs with a trained model.

    OUT gets predictions.csv with a row an image, and a contact sheet for each class and for the
    doubtful ones. The exit status is 0 if all went well, 1 if some images failed, 2 if the command
    was called wrongly.
    """
    from micrographia.batch import ClassifySettings, check_classify, plan
    from micrographia.batch import classify as classify_all
    from micrographia.cli._progress import Progress

    with wrong_usage():
        scale = gather(None, {"--pixel-size": pixel_size, "--scale-bar": scale_bar})
        chosen = ClassifySettings(
            model=_absolute(model),
            threshold=threshold,
            crop_bars=not keep_bars,
            calibration=scale.calibration,
        )
        planned = plan(paths, out, recursive=recursive, frame=frame, signal=signal_of(signal))
        check_classify(planned, chosen)
    with Progress(len(planned.images), quiet=quiet) as progress:
        result = classify_all(
            planned, chosen, workers=workers, scheduler=scheduler, resume=resume, progress=progress
        )
    _tell(result, quiet)
    if result.failures:
        raise typer.Exit(FAILED)


def _absolute(model: str) -> str:
    """A path that holds wherever the work is done; a plain name stays."""
    plain = os.sep not in model and not model.endswith(".zip")
    return model if plain else str(Path(model).expanduser().absolute())


def _tell(result: "Classified", quiet: bool) -> None:
    """Failures and warnings on the error stream, counts as output."""
    for outcome in result.failures:
        bug = "" if outcome.expected else f"this is a bug, please report it: {outcome.error_type}: "
        complain(f"{outcome.name}: failed: {bug}{outcome.error}")
    if quiet:
        return
    for note in result.notes:
        complain(f"note: {note}")
    for text, names in result.warnings.items():
        shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        complain(f"warning: {shown}: {text}")
    done = sum(outcome.ok for outcome in result.outcomes)
    typer.echo(f"{done} of {len(result.outcomes)} images classified")
    for name, count in result.counts.items():
        typer.echo(f"  {name}: {count}")
    typer.echo(f"results: {result.out / 'predictions.csv'}")

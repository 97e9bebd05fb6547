"""``micrographia replay``: a stored analysis again, and whether its numbers are the same."""

from pathlib import Path
from typing import Annotated

import typer

from micrographia.cli._guard import FAILED, complain, guarded, wrong_usage


@guarded
def replay(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER", help="Result folders of images.")
    ],
    image: Annotated[
        Path | None,
        typer.Option(help="The image, where it no longer lies where the record says."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the new result.")
    ] = None,
) -> None:
    """Repeat a stored analysis and tell whether the numbers are the same.

    The record in the result folder names the image, its content's hash, all settings and the
    versions. The exit status is 0 if every number is identical, 1 if not.
    """
    from micrographia.analysis import replay as repeat
    from micrographia.batch import check_folder
    from micrographia.errors import InputError

    with wrong_usage():
        if len(folders) > 1 and (image is not None or out is not None):
            raise InputError("--image and --out go with one folder, not with several")
        if out is not None:
            check_folder(out)
    differ = False
    for folder in folders:
        again = repeat(folder, image)
        for note in again.notes:
            complain(f"note: {folder}: {note}")
        for difference in again.differences:
            complain(f"{folder}: {difference}")
        same = "identical" if again.identical else "NOT identical"
        typer.echo(f"{folder}: {same}, {len(again.result.particles)} particles")
        differ |= not again.identical
        if out is not None:
            again.result.save(out)
    if differ:
        raise typer.Exit(FAILED)

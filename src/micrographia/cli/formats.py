"""``micrographia formats``: the table of file formats."""

import json
from typing import Annotated

import typer

from micrographia.cli._guard import guarded


@guarded
def formats(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the file formats that can be read.

    Folders are searched for those marked with an asterisk; any other file is read when it is
    named itself.
    """
    from micrographia.io import FORMATS

    if as_json:
        rows = [
            {"name": row.name, "suffixes": list(row.suffixes), "searched": row.searched}
            for row in FORMATS
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    width = max(len(row.name) for row in FORMATS)
    for row in FORMATS:
        mark = "*" if row.searched else " "
        typer.echo(f"{mark} {row.name:<{width}}  {' '.join(row.suffixes)}")

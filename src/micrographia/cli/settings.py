"""``micrographia settings``: every setting with its meaning, as TOML to edit and use."""

from pathlib import Path
from typing import Annotated

import typer

from micrographia.cli._guard import guarded, wrong_usage


@guarded
def settings(
    file: Annotated[
        Path | None,
        typer.Option("--settings", help="TOML file whose values are shown instead of defaults."),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting to change. Repeatable."),
    ] = None,
) -> None:
    """Print all settings with their meaning, as TOML to edit and use.

    'micrographia settings > preset.toml' makes a file for 'micrographia analyze --settings'.
    """
    from micrographia.cli._settings import gather
    from micrographia.cli._toml import commented

    with wrong_usage():
        chosen = gather(file, {}, assignments or [])
    typer.echo(commented(chosen), nl=False)

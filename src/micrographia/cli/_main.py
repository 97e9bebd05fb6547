"""The table of commands and the program that runs one of them."""

import inspect
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from micrographia import __version__

__all__ = ["COMMANDS", "build_app", "main"]

COMMANDS: dict[str, str] = {
    "analyze": "Find, count and measure the particles of one or many micrographs.",
    "classify": "Tell the class of whole micrographs with a trained model.",
    "measure": "Measure particles that were found or corrected elsewhere.",
    "replay": "Repeat a stored analysis and tell whether the numbers are the same.",
    "scale": "Tell the pixel size of micrographs, where it comes from and whether it holds.",
    "info": "Tell what image files hold.",
    "formats": "List the file formats that can be read.",
    "simulate": "Make images of a family with exact truth.",
    "models": "List, show, verify, add or train models.",
    "datasets": "Look at sets of labelled images, check them for leaks, fetch public ones.",
    "train": "Train a classifier on labelled micrographs and write it as a bundle.",
    "evaluate": "Cross-validate methods on labelled images; judge finished models or predictions.",
    "explain": "Show what in an image speaks for which class.",
    "settings": "Print all settings with their meaning, as TOML to edit and use.",
}
"""Name of each command and its help; the command is the function of that name in its module."""

_HELP = (
    "Electron micrographs turned into counted, measured and reported particles.\n\n"
    "'micrographia COMMAND --help' tells more about a command."
)


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """Make the program for the arguments it will get.

    Only the module of the command that the arguments name is imported, so that the list of
    commands appears at once.

    Parameters
    ----------
    arguments : sequence of str
        What follows the program's name.

    Returns
    -------
    app : typer.Typer

    Examples
    --------
    >>> [command.name for command in build_app(["--help"]).registered_commands][:2]
    ['analyze', 'classify']
    """
    called = next((word for word in arguments if word in COMMANDS), None)
    wants_help = called is not None and "--help" in arguments
    app = typer.Typer(
        help=_HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if wants_help else None,
    )
    app.callback()(_options)
    for name, text in COMMANDS.items():
        function = _not_loaded
        if name == called:
            function = getattr(import_module(f"micrographia.cli.{name}"), name)
            text = _unwrapped(function.__doc__ or text)
        app.command(name, help=text)(function)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit with its status.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the program's name; of this process where not given.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    completing = os.environ.get("COMP_WORDS", "").split()
    build_app(arguments or completing)(arguments, prog_name="micrographia")


def _unwrapped(docstring: str) -> str:
    """Each paragraph on one line, so that the terminal's width decides where it breaks."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _not_loaded() -> None:
    """Stands for a command that the arguments do not name."""


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"micrographia {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options of the program itself."""

"""Errors and interruptions turned into one plain message and an exit status."""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from typing import ParamSpec

import typer

from micrographia.errors import MicrographiaError, MissingDependencyError, SettingsError

__all__ = ["FAILED", "INTERRUPTED", "WRONG_USAGE", "complain", "guarded", "wrong_usage"]

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130

_P = ParamSpec("_P")


def complain(message: str) -> None:
    """Write one message for a person to the error stream."""
    typer.echo(f"micrographia: {message}", err=True)


@contextlib.contextmanager
def wrong_usage() -> Iterator[None]:
    """Errors raised inside mean that the command was called wrongly: status 2."""
    try:
        yield
    except MicrographiaError as error:
        raise _Stop(WRONG_USAGE, str(error)) from error


class _Stop(Exception):
    """Ends a command with a status and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def guarded(command: Callable[_P, None]) -> Callable[_P, None]:
    """Make a command end with a message and a status whatever happens in it.

    An error that the package raises on purpose is told in its own words; any other is a bug and
    is said to be one. ``MICROGRAPHIA_TRACEBACK=1`` shows where it was raised.
    """

    @functools.wraps(command)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt as error:
            complain(str(error) or "interrupted")
            raise typer.Exit(INTERRUPTED) from error
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if type(error).__module__.startswith(("typer", "click")):
                raise
            if os.environ.get("MICROGRAPHIA_TRACEBACK"):
                raise
            complain(_told(error))
            raise typer.Exit(_status(error)) from error

    return run


def _status(error: Exception) -> int:
    if isinstance(error, _Stop):
        return error.status
    wrong = isinstance(error, SettingsError | MissingDependencyError)
    return WRONG_USAGE if wrong else FAILED


def _told(error: Exception) -> str:
    if isinstance(error, MicrographiaError | _Stop):
        return str(error)
    if isinstance(error, MemoryError):
        return "not enough memory; use fewer workers or smaller images"
    return (
        f"this is a bug, please report it: {type(error).__name__}: {error} "
        "(MICROGRAPHIA_TRACEBACK=1 shows where it happened)"
    )

"""The command line: one file a command, imported when the command is called.

A command's function is no interface for Python: its docstring is the help of the command, and each
of its parameters carries the help of its option.
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.cli._main import COMMANDS, build_app, main

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "COMMANDS": "micrographia.cli._main",
        "build_app": "micrographia.cli._main",
        "main": "micrographia.cli._main",
    },
)

__all__ = ["COMMANDS", "build_app", "main"]

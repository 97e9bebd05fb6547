"""Arrays on disk, kept between runs: whole or not there, and computed again if damaged."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia._files import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["keep_arrays", "stored_arrays"]

_DAMAGED = (OSError, ValueError, KeyError, EOFError, NotImplementedError, RuntimeError, SyntaxError,
            zipfile.BadZipFile, zlib.error)  # fmt: skip


def stored_arrays(path: Path) -> dict[str, NDArray[Any]] | None:
    """What an earlier run has kept; None where there is nothing that can be read."""
    if not path.is_file():
        return None
    try:
        # opened here, as numpy leaves the file of a damaged archive open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except _DAMAGED:
        return None


def keep_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays by name.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

"""Folds of a cross-validation on disk: whole or not there, and of one plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia._files import ensure_folder, whole_file, write_text
from micrographia.errors import OutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["keep_fold", "open_store", "stored_fold"]


def open_store(folder: Path, plan: str) -> Path:
    ensure_folder(folder)
    note = folder / "plan.json"
    if note.is_file():
        try:
            found = json.loads(note.read_text(encoding="utf-8")).get("plan")
        except (OSError, ValueError):
            found = None
        if found != plan:
            raise OutputError(
                f"{folder}: holds folds of another evaluation (other images, folds or settings); "
                "choose another output folder, or remove it"
            )
    else:
        write_text(note, json.dumps({"plan": plan}))
    return folder


def stored_fold(path: Path) -> dict[str, NDArray[Any]] | None:
    """A fold that was computed earlier; None where there is none that can be read."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (OSError, ValueError, KeyError, EOFError):
        return None


def keep_fold(path: Path, result: dict[str, NDArray[Any]]) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **result)  # type: ignore[arg-type]

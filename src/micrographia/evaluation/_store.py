"""The folder of a cross-validation's folds, which are all of one plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from micrographia._files import ensure_folder, write_text
from micrographia.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["open_store"]


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

"""The work on one image, written so that any process on any machine can do it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

__all__ = ["Task"]


@dataclasses.dataclass(frozen=True)
class Task:
    """All that a worker needs to know of one image.

    Parameters
    ----------
    index : int
        Place in the plan.
    name : str
        Name of the image and of its result folder.
    path, out : Path
        The image's file and the run's folder, absolute.
    frame, signal : int, str or None
        Which picture of the file.
    settings : dict
        The analysis settings, fit for JSON.
    stages : bool
        Whether the pictures of all stages are saved.
    fingerprint : dict
        What the result depends on besides the image; stored in its record.
    """

    index: int
    name: str
    path: Path
    out: Path
    frame: int | None
    signal: int | str | None
    settings: dict[str, Any]
    stages: bool
    fingerprint: dict[str, Any]

    @property
    def folder(self) -> Path:
        """Where the result will lie."""
        return self.out / self.name

    def to_dict(self) -> dict[str, Any]:
        """The fields, fit for JSON."""
        return {**dataclasses.asdict(self), "path": str(self.path), "out": str(self.out)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Task:
        """The task that `to_dict` wrote."""
        return cls(**{**values, "path": Path(values["path"]), "out": Path(values["out"])})

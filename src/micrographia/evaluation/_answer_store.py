"""Answers of a bundle on disk: an evaluation that was stopped goes on where it was."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia import __version__
from micrographia._arrays import keep_arrays, stored_arrays
from micrographia._files import ensure_folder
from micrographia.io import file_state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["AnswerStore", "ImageAnswer", "answer_key"]

_EVERY_S = 10.0


@dataclasses.dataclass(frozen=True, eq=False)
class ImageAnswer:
    """One image as a bundle answers it."""

    probabilities: NDArray[np.float64]
    verdict: str
    certainty: float
    score: float | None
    features: NDArray[np.float32] | None
    warnings: tuple[str, ...]
    seconds: float


def answer_key(path: Path, frame: int | None, nm_per_px: float | None) -> str:
    """What an answer depends on besides the bundle, as one word.

    Raises
    ------
    OSError
        If there is no such file.
    """
    asked = [str(path.resolve()), frame, nm_per_px, file_state(path), __version__]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class AnswerStore:
    """Answers in a folder, some hundred to a file, each file whole or not there.

    Parameters
    ----------
    folder : Path
        Of one bundle.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = ensure_folder(folder)
        self._kept: dict[str, ImageAnswer] = {}
        self._new: dict[str, ImageAnswer] = {}
        self._written = time.monotonic()
        for path in self._parts():
            with contextlib.suppress(KeyError, ValueError):  # of another version
                self._kept |= _unpacked(stored_arrays(path) or {})

    def get(self, key: str) -> ImageAnswer | None:
        """The answer of an earlier run; None where there is none."""
        return self._kept.get(key)

    def add(self, key: str, answer: ImageAnswer) -> None:
        """Take an answer in; it is on disk after some seconds or `flush`."""
        if key not in self._kept:
            self._new[key] = answer
        if time.monotonic() - self._written > _EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Write what is not yet on disk."""
        if self._new:
            last = max((int(path.stem) for path in self._parts()), default=-1)
            keep_arrays(self._folder / f"{last + 1:06d}.npz", _packed(self._new))
            self._kept |= self._new
            self._new = {}
        self._written = time.monotonic()

    def _parts(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("*.npz") if path.stem.isdecimal())


def _packed(answers: dict[str, ImageAnswer]) -> dict[str, NDArray[Any]]:
    found = list(answers.values())
    part: dict[str, NDArray[Any]] = {
        "keys": np.array(list(answers)),
        "probabilities": np.stack([one.probabilities for one in found]),
        "verdicts": np.array([one.verdict for one in found]),
        "certainties": np.array([one.certainty for one in found], np.float64),
        "seconds": np.array([one.seconds for one in found], np.float64),
        "warnings": np.array([json.dumps(one.warnings) for one in found]),
    }
    scores = [one.score for one in found if one.score is not None]
    if len(scores) == len(found):
        part["scores"] = np.array(scores, np.float64)
    features = [one.features for one in found if one.features is not None]
    if len(features) == len(found):
        part["features"] = np.stack(features)
    return part


def _unpacked(part: dict[str, NDArray[Any]]) -> dict[str, ImageAnswer]:
    nothing: Sequence[None] = [None] * len(part["keys"])
    rows = zip(
        part["keys"].tolist(),
        part["probabilities"],
        part["verdicts"].tolist(),
        part["certainties"].tolist(),
        part["scores"].tolist() if "scores" in part else nothing,
        part.get("features", nothing),
        (tuple(json.loads(text)) for text in part["warnings"].tolist()),
        part["seconds"].tolist(),
        strict=True,
    )
    return {key: ImageAnswer(*values) for key, *values in rows}

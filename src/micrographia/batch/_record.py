"""The record in each image's folder: made from what, with what, and whether that still holds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrographia.io import content_hash, file_state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from micrographia.analysis import AnalysisSettings
    from micrographia.batch._task import Task

__all__ = [
    "RECORD",
    "fingerprint",
    "input_of",
    "read_record",
    "same_input",
    "settings_hash",
    "still_holds",
]

RECORD = "record.json"
_NEEDED = ("summary.json", "particles.parquet", "particles.csv", "labels.tif")


def input_of(path: Path) -> dict[str, Any]:
    """What tells whether a file is still the one that was analysed.

    The hash says what the content was; size and time of change say, without reading the file
    again, that it cannot have changed. Text beside the image with the same stem counts too, as
    some microscopes keep the pixel size there.
    """
    return {"path": str(path), **file_state(path), "sha256": content_hash(path)}


def settings_hash(
    settings: AnalysisSettings, frame: int | None, signal: int | str | None, stages: bool
) -> str:
    """SHA-256 over everything that was asked for, with the content of masks and models in it."""
    asked = {
        "settings": settings.model_dump(mode="json"),
        "frame": frame,
        "signal": signal,
        "stages": stages,
        "masks": _masks((settings.region, *settings.exclude)),
        "models": _models(settings),
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _models(settings: AnalysisSettings) -> dict[str, str]:
    """Hashes of the bundles that will be used."""
    from micrographia.classification import FINDER, open_models
    from micrographia.segmentation import LEARNED

    hashes = {name: bundle.sha256 for name, bundle in open_models(settings.classification).items()}
    if settings.segmentation.method in LEARNED:
        from micrographia.bundles import load_bundle

        name = settings.segmentation.network.bundle
        hashes[FINDER] = load_bundle(name, verify=False).sha256
    return hashes


def _masks(areas: Iterable[str | None]) -> dict[str, str]:
    """Hashes of those areas that are files."""
    files = (Path(area) for area in areas if area)
    return {str(file): content_hash(file) for file in files if _is_file(file)}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def fingerprint(settings_digest: str) -> dict[str, Any]:
    """What a result depends on besides its image."""
    from micrographia.analysis import versions

    return {"settings_sha256": settings_digest, "versions": versions()}


def read_record(folder: Path) -> dict[str, Any] | None:
    """The record of a result folder, or None where there is none that can be read."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def still_holds(task: Task) -> bool:
    """Whether the folder holds the result of this very file, settings and version.

    A result that failed never holds: it is tried again.
    """
    record = read_record(task.folder)
    if record is None or record.get("status") != "ok":
        return False
    if not all((task.folder / name).is_file() for name in _NEEDED):
        return False
    if any(record.get(key) != value for key, value in task.fingerprint.items()):
        return False
    stored = record.get("input")
    return isinstance(stored, dict) and _unchanged(task.path, stored)


def same_input(path: str | Path, stored: Any) -> bool:
    """Whether a file is still what `input_of` has said of it."""
    return isinstance(stored, dict) and _unchanged(Path(path), stored)


def _unchanged(path: Path, stored: dict[str, Any]) -> bool:
    try:
        now = {"path": str(path), **file_state(path)}
        if any(stored.get(key) != now[key] for key in ("path", "size", "beside")):
            return False
        return stored.get("mtime_ns") == now["mtime_ns"] or (
            stored.get("sha256") == content_hash(path)
        )
    except OSError:
        return False

"""The record in each image's folder: made from what, with what, and whether that still holds."""

from __future__ import annotations

import glob
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
_BLOCK = 1 << 20
_NEEDED = ("summary.json", "particles.parquet", "particles.csv", "labels.tif")


def content_hash(path: Path) -> str:
    """SHA-256 of a file, or of all files of a format that is a folder."""
    digest = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        if file is not path:
            digest.update(os.fsencode(file.relative_to(path).as_posix()) + b"\0")
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def input_of(path: Path) -> dict[str, Any]:
    """What tells whether a file is still the one that was analysed.

    The hash says what the content was; size and time of change say, without reading the file
    again, that it cannot have changed. Text beside the image with the same stem counts too, as
    some microscopes keep the pixel size there.
    """
    return {"path": str(path), **_stat(path), "sha256": content_hash(path), "beside": _beside(path)}


def _stat(path: Path) -> dict[str, int]:
    if path.is_dir():
        files = [file.stat() for file in path.rglob("*") if file.is_file()]
        return {
            "size": sum(stat.st_size for stat in files),
            "mtime_ns": max((stat.st_mtime_ns for stat in files), default=0),
        }
    stat = path.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _beside(path: Path) -> dict[str, list[int]]:
    """Size and time of the files that complete an image: vendors' texts, TIA's other half."""
    stem = path.stem
    others = [path.with_suffix(suffix) for suffix in (".txt", ".TXT", ".hdr", ".HDR")]
    others.append(path.with_name(f"{stem}-{path.suffix[1:]}.hdr"))
    if path.suffix == ".ser":
        others.append(path.with_name(f"{stem[:-2]}.emi"))
    if path.suffix == ".emi":
        others += path.parent.glob(f"{glob.escape(stem)}_*.ser")
    beside = {}
    for other in sorted(set(others) - {path}):
        if other.is_file():
            stat = other.stat()
            beside[other.name] = [stat.st_size, stat.st_mtime_ns]
    return beside


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
        now = {"path": str(path), **_stat(path), "beside": _beside(path)}
        if any(stored.get(key) != now[key] for key in ("path", "size", "beside")):
            return False
        return stored.get("mtime_ns") == now["mtime_ns"] or (
            stored.get("sha256") == content_hash(path)
        )
    except OSError:
        return False

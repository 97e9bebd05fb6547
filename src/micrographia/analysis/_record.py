"""What makes a result repeatable: the source file, its hash, versions, settings."""

from __future__ import annotations

import hashlib
import platform
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from micrographia.micrograph import Micrograph

__all__ = ["file_hash", "source_of", "versions"]

_PARTS = (
    "numpy",
    "scipy",
    "scikit-image",
    "opencv-python-headless",
    "rosettasciio",
    "tifffile",
    "onnxruntime",
)
_BLOCK = 1 << 20


def versions() -> dict[str, str]:
    """Versions of the parts that numbers depend on.

    Examples
    --------
    >>> sorted(versions())[:2]
    ['micrographia', 'numpy']
    """
    from micrographia import __version__

    found = {"micrographia": __version__, "python": platform.python_version()}
    for name in _PARTS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def source_of(micrograph: Micrograph) -> dict[str, Any]:
    """Where a micrograph came from, precisely enough to read the same pixels again."""
    path = micrograph.path
    return {
        "path": None if path is None else str(path),
        "sha256": file_hash(path) if path is not None and path.is_file() else None,
        "signal": micrograph.metadata.get("signal"),
        "frame": micrograph.metadata.get("frame"),
        "shape": list(micrograph.shape),
    }

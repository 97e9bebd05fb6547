"""What tells whether a file on disk is still the one that was read."""

from __future__ import annotations

import glob
import hashlib
import os
from pathlib import Path
from typing import Any

__all__ = ["content_hash", "file_state"]

_BLOCK = 1 << 20


def content_hash(path: Path) -> str:
    """SHA-256 of a file, or of all files of a format that is a folder.

    Parameters
    ----------
    path : Path

    Returns
    -------
    digest : str
        64 hexadecimal digits.

    Raises
    ------
    OSError
        If there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "image.txt")
    ...     _ = path.write_text("abc")
    ...     content_hash(path)[:16]
    'ba7816bf8f01cfea'
    """
    digest = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        if file is not path:
            digest.update(os.fsencode(file.relative_to(path).as_posix()) + b"\0")
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def file_state(path: Path) -> dict[str, Any]:
    """Size and time of change of a file, and of the text beside it with the same stem.

    Without reading it they say that it cannot have changed. The text counts as some microscopes
    keep the pixel size there.

    Parameters
    ----------
    path : Path
        A file, or a format that is a folder.

    Returns
    -------
    state : dict
        ``size`` [bytes], ``mtime_ns`` [ns], ``beside``: the same of each other file by its name.

    Raises
    ------
    OSError
        If there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "image.tif")
    ...     _ = path.write_bytes(b"pixels"), path.with_suffix(".txt").write_text("PixelSize=2")
    ...     state = file_state(path)
    >>> state["size"], list(state["beside"])
    (6, ['image.txt'])
    """
    return {**_stat(path), "beside": _beside(path)}


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

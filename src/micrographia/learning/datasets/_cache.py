"""What was seen of images, kept between runs so that a large set is looked at once."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrographia._arrays import stored_arrays
from micrographia._files import whole_file
from micrographia.errors import OutputError

__all__ = ["Cache", "Seen", "cache_folder"]

_FORMAT = 2
_FIELDS = ("keys", "thumbnails", "hashes", "shapes", "dtypes", "nm_per_px")

Seen = tuple[NDArray[np.uint8], str, tuple[int, int], str, float]


def cache_folder() -> Path:
    """Where it is kept: `MICROGRAPHIA_CACHE`, else `micrographia` in the user's cache folder."""
    named = os.environ.get("MICROGRAPHIA_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "micrographia"


class Cache:
    """Looks at images of one dataset, by path, size and time of change of each file.

    Parameters
    ----------
    root : Path or None
        Folder of the dataset; None keeps nothing.
    """

    def __init__(self, root: Path | None) -> None:
        self._file: Path | None = None
        self._known: dict[str, Seen] = {}
        self._used: dict[str, Seen] = {}
        if root is not None:
            name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:24]
            self._file = cache_folder() / "datasets" / f"{name}.npz"
            self._known = _read(self._file)

    def get(self, path: Path, frame: int | None) -> Seen | None:
        """What was seen of an image, if its file has not changed since."""
        if not self._known:
            return None
        key = _key(path, frame)
        seen = self._known.get(key)
        if seen is not None:
            self._used[key] = seen
        return seen

    def put(self, path: Path, frame: int | None, seen: Seen) -> Seen:
        """Keep what was seen of an image."""
        if self._file is not None:
            self._used[_key(path, frame)] = seen
        return seen

    def save(self) -> None:
        """Write it; where that cannot be done, the next run looks again."""
        if self._file is None or self._used.keys() == self._known.keys() or not self._used:
            return
        seen = list(zip(*self._used.values(), strict=True))
        arrays: dict[str, Any] = {"keys": np.array(list(self._used))}
        arrays |= {name: np.array(part) for name, part in zip(_FIELDS[1:], seen, strict=True)}
        with contextlib.suppress(OutputError, OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(self._file) as temporary, temporary.open("wb") as stream:
                np.savez(stream, format=np.array(_FORMAT), **arrays)


def _key(path: Path, frame: int | None) -> str:
    about = path.stat()
    return f"{path.resolve()}|{frame}|{about.st_size}|{about.st_mtime_ns}"


def _read(file: Path) -> dict[str, Seen]:
    held = stored_arrays(file) or {}
    if not held.keys() >= {"format", *_FIELDS} or int(held["format"]) != _FORMAT:
        return {}
    keys, thumbnails, hashes, shapes, dtypes, sizes = (held[name] for name in _FIELDS)
    return {
        str(key): (thumb, str(digest), (int(shape[0]), int(shape[1])), str(dtype), float(size))
        for key, thumb, digest, shape, dtype, size in zip(
            keys, thumbnails, hashes, shapes, dtypes, sizes, strict=True
        )
    }

"""The files of a bundle, from a folder or a zip, read without trusting either."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from micrographia.errors import BundleError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ARRAYS", "CARD", "MODEL", "SELFTEST", "BundleFiles", "digest", "read_arrays"]

CARD = "card.json"
MODEL = "model.onnx"
ARRAYS = "arrays.npz"
SELFTEST = "selftest.npz"

_MOST_CARD = 4 << 20
_MOST_FILE = 2 << 30
_MOST_ARRAYS = 2 << 30
_CANNOT = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class BundleFiles:
    """Reads single files of a bundle; nothing is unpacked to disk.

    Parameters
    ----------
    path : Path
        A folder, or a zip with the files at its top or in one folder.

    Raises
    ------
    BundleError
        If it is neither, or holds no card.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._prefix = ""
        self._zipped = not path.is_dir()
        if not path.exists():
            raise BundleError(f"{path}: no such bundle; wanted a folder or a .zip of a model")
        if self._zipped:
            self._prefix = self._prefix_of_zip()
        elif not (path / CARD).is_file():
            raise BundleError(f"{path}: no bundle: {CARD} is missing; wanted it beside {MODEL}")

    def _prefix_of_zip(self) -> str:
        try:
            with zipfile.ZipFile(self.path) as archive:
                names = archive.namelist()
        except OSError as error:
            raise BundleError(f"{self.path}: the bundle could not be read: {error}") from error
        except _CANNOT as error:
            raise BundleError(
                f"{self.path}: no bundle: neither a folder nor a zip ({error}); "
                f"wanted {CARD} and {MODEL} in one of them"
            ) from error
        cards = [name for name in names if name.rpartition("/")[2] == CARD]
        if not cards or min(name.count("/") for name in cards) > 1:
            raise BundleError(f"{self.path}: no bundle: the zip holds no {CARD} at its top")
        top = min(cards, key=lambda name: name.count("/"))
        return top[: -len(CARD)]

    def read(self, name: str) -> bytes:
        """The content of a file.

        Parameters
        ----------
        name : str
            A plain name.

        Raises
        ------
        BundleError
            If it is missing, damaged or larger than a bundle's file may be.
        """
        limit = _MOST_CARD if name == CARD else _MOST_FILE
        try:
            content = (
                self._from_zip(name, limit) if self._zipped else self._from_folder(name, limit)
            )
        except (KeyError, FileNotFoundError) as error:
            raise BundleError(
                f"{self.path}: {name} is missing; fetch the bundle again, whole"
            ) from error
        except (OSError, MemoryError, *_CANNOT) as error:
            raise BundleError(f"{self.path}: {name} could not be read: {error}") from error
        if len(content) > limit:
            raise BundleError(
                f"{self.path}: {name} is larger than {limit >> 20} MiB, which no bundle may be"
            )
        return content

    def _from_folder(self, name: str, limit: int) -> bytes:
        file = self.path / name
        if file.is_symlink() and file.resolve().parent != self.path.resolve():
            raise BundleError(
                f"{self.path}: {name} is a link to another folder; wanted the file itself"
            )
        with file.open("rb") as stream:
            return stream.read(limit + 1)

    def _from_zip(self, name: str, limit: int) -> bytes:
        with zipfile.ZipFile(self.path) as archive, archive.open(self._prefix + name) as stream:
            return stream.read(limit + 1)


def read_arrays(content: bytes, source: str) -> dict[str, NDArray[np.generic]]:
    """Arrays of an ``.npz``, none of which can hold objects.

    Parameters
    ----------
    content : bytes
    source : str
        What they belong to, for the message.

    Raises
    ------
    BundleError
        If it is no such file, holds objects, or is too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            total = sum(info.file_size for info in archive.infolist())
        if total > _MOST_ARRAYS:
            raise BundleError(
                f"{source}: {total >> 20} MiB of arrays; wanted at most {_MOST_ARRAYS >> 20} MiB"
            )
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (ValueError, KeyError, OSError, MemoryError, SyntaxError, *_CANNOT) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(
            f"{source}: the arrays could not be read: {error}; "
            "wanted an .npz of plain arrays without objects"
        ) from error

"""HDF5 files: which of the layouts it is, and whether its datasets can hold what they declare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py

from micrographia.errors import CorruptFileError, UnsupportedFileError
from micrographia.io._limits import MAX_DEFLATE_RATIO

__all__ = ["check_hdf5"]

_SLACK = 1 << 20
_EMD_MARKS = ("version_major", "emd_version", "emd_group_type")


def check_hdf5(path: Path, plugin: str) -> str:
    """Check an HDF5 file and tell which of RosettaSciIO's readers is meant.

    Parameters
    ----------
    path : Path
    plugin : str
        The reader that the file's name stands for.

    Returns
    -------
    plugin : str
        The reader for the layout found: ``"hspy"``, ``"emd"``, or `plugin` for the others.

    Raises
    ------
    CorruptFileError
        If a dataset declares far more than the file stores for it.
    UnsupportedFileError
        If the layout is none that could be read.
    """
    size = path.stat().st_size
    with h5py.File(path, "r") as file:
        layout = _layout(file)
        file.visititems(lambda name, item: _check(name, item, path.name, size))
    if layout is None and plugin in ("emd", "hspy"):
        raise UnsupportedFileError(
            f"{path.name}: an HDF5 file whose layout is neither EMD (Velox, NCEM) nor HyperSpy; "
            "export the image as TIFF or MRC"
        )
    return layout or plugin


def _layout(file: h5py.File) -> str | None:
    if _text(file.attrs.get("file_format")).lower() == "hyperspy" or "Experiments" in file:
        return "hspy"
    groups = [file, *(item for item in file.values() if isinstance(item, h5py.Group))]
    if "Version" in file or any(mark in group.attrs for mark in _EMD_MARKS for group in groups):
        return "emd"
    return None


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _check(name: str, item: Any, file: str, size: int) -> None:
    if not isinstance(item, h5py.Dataset) or item.shape is None:
        return
    declared = int(item.dtype.itemsize)
    for edge in item.shape:
        declared *= int(edge)
    stored = min(int(item.id.get_storage_size()), size)
    if declared > stored * MAX_DEFLATE_RATIO + _SLACK:
        raise CorruptFileError(
            f"{file}: its dataset {name!r} declares {declared:,} bytes, the file stores {stored:,} "
            "for it; it is truncated or damaged: copy or export it again"
        )

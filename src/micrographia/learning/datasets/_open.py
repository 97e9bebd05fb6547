"""A dataset opened: listed, its classes arranged, its images looked at, its groups joined."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from micrographia.errors import InputError
from micrographia.learning.datasets._alike import find_alike
from micrographia.learning.datasets._cache import Cache
from micrographia.learning.datasets._classes import arrange_classes, check_classes
from micrographia.learning.datasets._dataset import Dataset
from micrographia.learning.datasets._groups import join_groups
from micrographia.learning.datasets._listing import MANIFESTS, list_folders, list_manifest
from micrographia.learning.datasets._scan import scan_images
from micrographia.learning.datasets.settings import DatasetSettings

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["open_dataset"]


def open_dataset(
    path: str | os.PathLike[str],
    settings: DatasetSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """Open class folders or a manifest.

    Parameters
    ----------
    path : str or path
        Folder with a folder of images a class; folder with `manifest.parquet` or `manifest.csv`;
        or a manifest.
    settings : DatasetSettings, optional
    progress : callable, optional
        Called with the number of images looked at and their total.

    Returns
    -------
    dataset : Dataset
        Its table has `rows`, `cols` and `dtype` of each image besides.

    Raises
    ------
    InputError
        If there is no such dataset, or it cannot be used as it is: the message says what to do.
    """
    settings = settings or DatasetSettings()
    root, table = _listed(Path(path), settings)
    name = (root if Path(path).is_dir() else Path(path)).resolve().name
    table = arrange_classes(table, settings, name)
    table, pairs, equal, skipped = _looked_at(table, root, settings, name, progress)
    several = any(len(labels) > 1 for labels in table["labels"])
    multi_label = several if settings.multi_label is None else settings.multi_label
    classes = check_classes(table, settings, name, multi_label=multi_label)
    if "accepted" not in table:
        table["accepted"] = table["labels"]
    table.insert(1, "label", ["+".join(sorted(labels)) for labels in table["labels"]])
    table["group"] = join_groups(table, settings, pairs)
    notes = (*_contradictions(table, pairs, equal), *_left_out(skipped, table))
    return Dataset(table, classes, root, multi_label, name, settings, skipped, notes)


def _looked_at(
    table: pd.DataFrame,
    root: Path,
    settings: DatasetSettings,
    name: str,
    progress: Callable[[int, int], None] | None,
) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.bool_], dict[str, str]]:
    """The images that can be read, the pairs that are alike or equal, and the other files."""
    paths = [root / path for path in table["path"]]
    frames = [int(frame) for frame in table["frame"]] if "frame" in table else [None] * len(paths)
    scan = scan_images(paths, frames, Cache(root), progress)
    skipped = {str(table["path"].iloc[index]): text for index, text in scan.errors.items()}
    if skipped and settings.unreadable == "refuse":
        told = "\n  ".join(f"{path}: {text}" for path, text in skipped.items())
        raise InputError(
            f"{name}: {len(skipped)} of {len(table)} images cannot be read:\n  {told}\n"
            "mend or remove them, or leave them out with unreadable = 'skip'"
        )
    good = np.array([index for index in range(len(table)) if index not in scan.errors], np.int64)
    table = table.iloc[good].reset_index(drop=True)
    table["rows"], table["cols"] = scan.shapes[good].T
    table["dtype"] = scan.dtypes[good]
    if settings.near_duplicates == "ignore":
        return table, np.empty((0, 2), np.int64), np.empty(0, bool), skipped
    hashes = scan.hashes[good]
    pairs = find_alike(scan.thumbnails[good], hashes, settings.near_shift)
    return table, pairs, hashes[pairs[:, 0]] == hashes[pairs[:, 1]], skipped


def _contradictions(
    table: pd.DataFrame, pairs: NDArray[np.int64], equal: NDArray[np.bool_]
) -> Iterator[str]:
    """What duplicates with different labels say of the truth."""
    for kind, chosen in (("equal", pairs[equal]), ("nearly equal", pairs[~equal])):
        other = [(a, b) for a, b in chosen if table["label"].iloc[a] != table["label"].iloc[b]]
        if other:
            first, second = (
                f"{table['path'].iloc[row]} ({table['label'].iloc[row]})" for row in other[0]
            )
            yield (
                f"{len(other)} pairs of {kind} images have different labels, such as {first} and "
                f"{second}; look at them: one label of each pair may be wrong"
            )


def _left_out(skipped: dict[str, str], table: pd.DataFrame) -> Iterator[str]:
    if skipped:
        yield f"{len(skipped)} of {len(skipped) + len(table)} images could not be read: left out"


def _listed(path: Path, settings: DatasetSettings) -> tuple[Path, pd.DataFrame]:
    if path.is_dir():
        for name in MANIFESTS:
            if (path / name).is_file():
                return path, list_manifest(path / name, settings)
        return path, list_folders(path, settings)
    if path.is_file() and path.suffix.lower() in (".csv", ".parquet"):
        return path.parent, list_manifest(path, settings)
    raise InputError(
        f"{path}: no dataset; wanted a folder with a folder of images a class, or a manifest "
        "(.csv or .parquet with the columns path and label)"
    )

"""A dataset opened: listed, its classes arranged, its images looked at, its groups joined."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from micrographia.errors import InputError
from micrographia.learning.datasets._alike import find_alike
from micrographia.learning.datasets._cache import Cache
from micrographia.learning.datasets._classes import (
    arrange_classes,
    check_classes,
    settle_contradictions,
)
from micrographia.learning.datasets._dataset import Dataset
from micrographia.learning.datasets._groups import join_groups
from micrographia.learning.datasets._listing import MANIFESTS, list_folders, list_manifest
from micrographia.learning.datasets._scan import scan_images
from micrographia.learning.datasets.settings import DatasetSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["open_dataset"]


def open_dataset(
    path: str | os.PathLike[str],
    settings: DatasetSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    to_learn: bool = True,
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
    to_learn : bool
        Whether something is to be learned from it: for a test of what has learned elsewhere one
        class will do, and one image of a class.

    Returns
    -------
    dataset : Dataset
        Its table has `rows`, `cols`, `dtype`, `sha256` (of the pixels) and `nm_per_px` (as the
        manifest says, else the file; NaN where neither does) of each image besides.

    Raises
    ------
    InputError
        If there is no such dataset, or it cannot be used as it is: the message says what to do.
    """
    settings = settings or DatasetSettings()
    root, table = _listed(Path(path), settings)
    name = (root if Path(path).is_dir() else Path(path)).resolve().name
    table = arrange_classes(table, settings, name)
    table, thumbnails, skipped = _looked_at(table, root, settings, name, progress)
    table.insert(1, "label", ["+".join(sorted(labels)) for labels in table["labels"]])
    kept, notes = settle_contradictions(table, settings)
    table, thumbnails = table[kept].reset_index(drop=True), thumbnails[kept]
    several = any(len(labels) > 1 for labels in table["labels"])
    multi_label = several if settings.multi_label is None else settings.multi_label
    classes = check_classes(table, settings, name, multi_label=multi_label, to_learn=to_learn)
    if "accepted" not in table:
        table["accepted"] = table["labels"]
    pairs = np.empty((0, 2), np.int64)
    if settings.near_duplicates == "group":
        pairs = find_alike(thumbnails, table["sha256"].to_numpy(dtype=str), settings.near_shift)
    table["group"] = join_groups(table, settings, pairs)
    if skipped:
        notes.append(f"{len(skipped)} images could not be read and are left out")
    return Dataset(table, classes, root, multi_label, name, settings, skipped, tuple(notes))


def _looked_at(
    table: pd.DataFrame,
    root: Path,
    settings: DatasetSettings,
    name: str,
    progress: Callable[[int, int], None] | None,
) -> tuple[pd.DataFrame, NDArray[np.uint8], dict[str, str]]:
    """The images that can be read, with their thumbnails, and why the others cannot."""
    paths = [root / path for path in table["path"]]
    frames = [int(frame) for frame in table["frame"]] if "frame" in table else [None] * len(paths)
    scan = scan_images(paths, frames, Cache(root), progress)
    skipped = {str(table["path"].iloc[index]): text for index, text in scan.errors.items()}
    if skipped and settings.unreadable == "refuse":
        told = "\n  ".join(f"{path}: {text}" for path, text in skipped.items())
        raise InputError(
            f"{name}: {len(skipped)} of {len(table)} images cannot be read:\n  {told}\n"
            "mend or remove them, or leave them out with unreadable = 'skip' among the settings "
            "of the dataset (where there is a recipe: --set dataset.unreadable=skip)"
        )
    good = np.array([index for index in range(len(table)) if index not in scan.errors], np.int64)
    table = table.iloc[good].reset_index(drop=True)
    table["rows"], table["cols"] = scan.shapes[good].T
    table["dtype"], table["sha256"] = scan.dtypes[good], scan.hashes[good]
    stated = table["nm_per_px"] if "nm_per_px" in table else pd.Series(np.nan, table.index)
    table["nm_per_px"] = pd.to_numeric(stated, errors="coerce").fillna(
        pd.Series(scan.nm_per_px[good])
    )
    return table, scan.thumbnails[good], skipped


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

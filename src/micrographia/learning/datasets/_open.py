"""A dataset opened: listed, its classes arranged, its images looked at, its groups joined."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from micrographia.errors import InputError
from micrographia.learning.datasets._classes import arrange_classes, check_classes
from micrographia.learning.datasets._dataset import Dataset
from micrographia.learning.datasets._groups import join_groups
from micrographia.learning.datasets._listing import MANIFESTS, list_folders, list_manifest
from micrographia.learning.datasets.settings import DatasetSettings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["open_dataset"]


def open_dataset(path: str | os.PathLike[str], settings: DatasetSettings | None = None) -> Dataset:
    """Open class folders or a manifest.

    Parameters
    ----------
    path : str or path
        Folder with a folder of images a class; folder with `manifest.parquet` or `manifest.csv`;
        or a manifest.
    settings : DatasetSettings, optional

    Returns
    -------
    dataset : Dataset

    Raises
    ------
    InputError
        If there is no such dataset, or it cannot be used as it is: the message says what to do.
    """
    settings = settings or DatasetSettings()
    root, table = _listed(Path(path), settings)
    name = (root if Path(path).is_dir() else Path(path)).resolve().name
    table = arrange_classes(table, settings, name)
    several = any(len(labels) > 1 for labels in table["labels"])
    multi_label = several if settings.multi_label is None else settings.multi_label
    classes = check_classes(table, settings, name, multi_label=multi_label)
    if "accepted" not in table:
        table["accepted"] = table["labels"]
    table.insert(1, "label", ["+".join(sorted(labels)) for labels in table["labels"]])
    table["group"] = join_groups(table, settings)
    return Dataset(table, classes, root, multi_label, name, settings)


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

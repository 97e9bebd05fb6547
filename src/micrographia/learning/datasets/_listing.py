"""What a dataset lists before any image is opened: class folders, or a manifest's rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from micrographia.errors import InputError
from micrographia.io import IMAGE_SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

    from micrographia.learning.datasets.settings import DatasetSettings

__all__ = ["MANIFESTS", "list_folders", "list_manifest", "parse_labels"]

MANIFESTS = ("manifest.parquet", "manifest.csv")
"""Names of a manifest in a dataset's folder, the first that is there counts."""

_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation"}
_LISTS = ("labels", "labels_all")


def list_folders(root: Path, settings: DatasetSettings) -> pd.DataFrame:
    """List the images in class folders.

    Parameters
    ----------
    root : Path
        Holds a folder a class; folders within these belong to their class.
    settings : DatasetSettings

    Returns
    -------
    table : DataFrame
        `path` (below `root`, with /), `labels` (tuple of str), `group` (str, maybe empty).

    Raises
    ------
    InputError
        If there are no class folders, one of them has no image, or they look like the parts of a
        split instead of classes.
    """
    folders = sorted(item for item in root.iterdir() if item.is_dir() and _is_shown(item))
    if not folders:
        raise InputError(
            f"{root}: no class folders and no manifest; wanted a folder of images for every class, "
            f"or a table named {' or '.join(MANIFESTS)} with the columns path and label"
        )
    _check_no_split(root, folders)
    rows: list[dict[str, Any]] = []
    empty = []
    for folder in folders:
        files = sorted(file for file in folder.rglob("*") if _is_image(file, root))
        if not files:
            empty.append(folder.name)
        rows += [_row(file, root, settings) for file in files]
    if empty:
        raise InputError(
            f"{root}: class folders without an image: {', '.join(map(repr, empty))}; put images "
            "into them, or remove them"
        )
    return pd.DataFrame(rows)


def list_manifest(path: Path, settings: DatasetSettings) -> pd.DataFrame:
    """List the images of a manifest.

    Parameters
    ----------
    path : Path
        CSV or Parquet table; paths in it are below its folder, or absolute.
    settings : DatasetSettings

    Returns
    -------
    table : DataFrame
        As `list_folders`; `accepted` (tuple of str: every label that is right) and the manifest's
        other columns follow.

    Raises
    ------
    InputError
        If it cannot be read, has no rows, lacks a column, a path occurs twice or a label is empty.
    """
    table = _read_table(path, settings)
    column = _labels_column(table, settings)
    wanted = [settings.path_column, *([column] if column else [settings.label_column])]
    missing = [name for name in wanted if name not in table]
    if missing:
        raise InputError(
            f"{path}: no column {', '.join(map(repr, missing))}; it has "
            f"{', '.join(map(repr, table.columns))}; name the right ones in 'path_column', "
            "'label_column' or 'labels_column'"
        )
    if table.empty:
        raise InputError(f"{path}: the manifest has no rows; wanted a row for every image")
    paths = table[settings.path_column].astype(str).str.replace("\\", "/")
    twice = sorted(set(paths[paths.duplicated()]))
    if twice and "frame" not in table:
        raise InputError(
            f"{path}: {len(twice)} paths stand in more than one row, such as {twice[0]!r}; keep "
            "one row an image and write several labels as a list, 'a;b', in one cell"
        )
    labels = _labels(table, column, settings)
    rest = table.drop(columns=[settings.path_column, "labels", "group"], errors="ignore")
    result = pd.DataFrame({"path": paths, "labels": labels})
    group = settings.group_column
    result["group"] = table[group].fillna("").astype(str) if group in table else ""
    if column is None and "labels_all" in table:
        result["accepted"] = table["labels_all"].map(parse_labels)
    return result.join(rest.drop(columns=[*result.columns, "label"], errors="ignore"))


def parse_labels(cell: object) -> tuple[str, ...]:
    """The labels that a manifest's cell holds.

    Parameters
    ----------
    cell : object
        A list, JSON text of a list, text with ; between labels, or one label; None and NaN are
        no label.

    Returns
    -------
    labels : tuple of str
        Without repeats, in the order given.

    Examples
    --------
    >>> parse_labels("rods; spheres"), parse_labels('["rods"]'), parse_labels(None)
    (('rods', 'spheres'), ('rods',), ())
    """
    if cell is None or (isinstance(cell, float) and cell != cell):
        return ()
    if not isinstance(cell, str):
        parts = cell.tolist() if hasattr(cell, "tolist") else cell
        parts = parts if isinstance(parts, list | tuple | set) else [parts]
    elif cell.lstrip().startswith("["):
        try:
            parts = json.loads(cell)
        except json.JSONDecodeError as error:
            raise InputError(
                f"labels {cell!r} begin like a JSON list and are none ({error}); write "
                '["a", "b"] or a;b'
            ) from error
    else:
        parts = cell.split(";")
    return tuple(dict.fromkeys(text for part in parts if (text := str(part).strip())))


def _labels_column(table: pd.DataFrame, settings: DatasetSettings) -> str | None:
    """The column of lists to take the labels from; None: the column of one label."""
    if settings.labels_column is not None:
        return settings.labels_column
    found = [name for name in _LISTS if name in table]
    if settings.multi_label and found:
        return found[0]
    if settings.multi_label is None and "labels" in found:
        return "labels"
    return None


def _labels(
    table: pd.DataFrame, column: str | None, settings: DatasetSettings
) -> list[tuple[str, ...]]:
    if column is not None:
        return [parse_labels(cell) for cell in table[column]]
    cells = table[settings.label_column]
    if settings.multi_label is False:
        return [() if pd.isna(cell) else (str(cell).strip(),) for cell in cells]
    return [parse_labels(cell) for cell in cells]


def _read_table(path: Path, settings: DatasetSettings) -> pd.DataFrame:
    text = [settings.path_column, settings.label_column, settings.group_column, *_LISTS]
    text += [settings.labels_column] if settings.labels_column else []
    try:
        if path.suffix.lower() == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, dtype=dict.fromkeys(text, str))
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: the manifest cannot be read ({error}); wanted CSV in UTF-8 with a line of "
            "column names, or Parquet"
        ) from error


def _check_no_split(root: Path, folders: list[Path]) -> None:
    parts = [folder.name for folder in folders if folder.name.lower() in _SPLITS]
    if parts and len(parts) == len(folders):
        raise InputError(
            f"{root}: its folders {', '.join(map(repr, parts))} look like the parts of a split, "
            f"not like classes; open one of them, such as {folders[0]}, or list all images in a "
            "manifest"
        )


def _row(file: Path, root: Path, settings: DatasetSettings) -> dict[str, Any]:
    path = file.relative_to(root)
    whole = settings.class_from == "path"
    label = "/".join(path.parts[:-1]) if whole else path.parts[0]
    by_folder = settings.group_from == "folder" and (whole or len(path.parts) > 2)
    group = path.parent.as_posix() if by_folder else ""
    return {"path": path.as_posix(), "labels": (label,), "group": group}


def _is_shown(path: Path) -> bool:
    return not path.name.startswith((".", "__"))


def _is_image(file: Path, root: Path) -> bool:
    parts = file.relative_to(root).parts
    return (
        file.name.lower().endswith(tuple(IMAGE_SUFFIXES))
        and all(not part.startswith((".", "__")) for part in parts)
        and file.is_file()
    )

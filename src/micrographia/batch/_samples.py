"""Which sample an image belongs to: from its folder's name or from a table."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from micrographia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SampleSource", "samples_of"]

SampleSource = Literal["folder"]

_PATH_COLUMNS = ("path", "image", "name", "file", "filename")


def samples_of(
    files: Sequence[Path], table: Path | None = None, source: SampleSource | None = None
) -> tuple[list[str | None], list[str]]:
    """Name each image's sample.

    Parameters
    ----------
    files : sequence of Path
        Absolute paths of the images.
    table : Path, optional
        CSV file with a column `path` (or `image`, `name`, `file`) and a column `sample`; a path
        is relative to the table's folder, a bare name fits every image called so, with or
        without its suffix. Comma, semicolon and tab separate.
    source : {"folder"}, optional
        ``"folder"`` takes the name of the folder that the image lies in.

    Returns
    -------
    samples : list of str or None
        None where nothing names a sample.
    notes : list of str
        Images without a sample, and rows of the table that fit no image.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column, or says two things of one image.

    Examples
    --------
    >>> samples_of([Path("/data/batch 7/a.tif")], source="folder")
    (['batch 7'], [])
    """
    if table is not None and source is not None:
        raise InputError("samples come from a table or from the folder's name, not from both")
    if source == "folder":
        names = (path.parent.name.encode(errors="replace").decode() for path in files)
        return [name or None for name in names], []
    if table is None:
        return [None] * len(files), []
    rows, notes = _rows(table), []
    samples = [_lookup(path, rows, table) for path in files]
    used = {key for path in files for key in _keys(path)}
    notes += [
        f"{table.name}: {key!r} is none of the images of this run"
        for key in rows
        if key not in used
    ]
    without = [path.name for path, sample in zip(files, samples, strict=True) if sample is None]
    if without:
        notes.append(f"{table.name} names no sample for {', '.join(without)}")
    return samples, notes


def _keys(path: Path) -> tuple[str, str, str]:
    """What a table may call an image, the most precise first."""
    return str(path.resolve()), path.name, path.stem


def _lookup(path: Path, rows: dict[str, set[str]], table: Path) -> str | None:
    for key in _keys(path):
        if key in rows:
            said = sorted(rows[key])
            if len(said) > 1:
                raise InputError(
                    f"{table}: {key!r} has several samples ({', '.join(said)}); wanted one"
                )
            return said[0]
    return None


def _rows(table: Path) -> dict[str, set[str]]:
    """Key of an image to the samples that the table gives it."""
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{table}: the table of samples could not be read: {error}") from error
    lines = text.splitlines()
    head = lines[0] if lines else ""
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(lines, delimiter=delimiter)
    columns = {(name or "").strip().lower(): name for name in reader.fieldnames or []}
    path_column = next((columns[name] for name in _PATH_COLUMNS if name in columns), None)
    if path_column is None or "sample" not in columns:
        raise InputError(
            f"{table}: wanted a column 'path' (or {', '.join(_PATH_COLUMNS[1:])}) and a column "
            f"'sample', got {', '.join(map(repr, columns)) or 'an empty file'}"
        )
    rows: dict[str, set[str]] = {}
    for row in reader:
        name = (row[path_column] or "").strip()
        sample = (row[columns["sample"]] or "").strip()
        if name and sample:
            rows.setdefault(_key(name, table.parent), set()).add(sample)
    return rows


def _key(name: str, folder: Path) -> str:
    """A bare name as it is, a path in full."""
    path = Path(name).expanduser()
    if len(path.parts) > 1 or (folder / path).exists():
        return str((folder / path).resolve())
    return name

"""Tables and summaries as files: particles as CSV and Parquet, images as CSV, summary as JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from micrographia._files import ensure_folder, whole_file, write_text
from micrographia.reporting._summary import SummaryView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

__all__ = ["images_table", "strict", "write_images", "write_summary", "write_tables"]

_LOST: Literal["backslashreplace"] = (
    "backslashreplace"  # for file names with bytes that are no Unicode
)

IMAGE_COLUMNS = (
    "name",
    "path",
    "sample",
    "status",
    "error",
    "count",
    "counted",
    "pixel_size_nm",
    "pixel_size_origin",
    "ecd_mean",
    "ecd_mean_low",
    "ecd_mean_high",
    "ecd_median",
    "ecd_median_low",
    "ecd_median_high",
    "ecd_sd",
    "ecd_d10",
    "ecd_d90",
    "ecd_unit",
    "warnings",
)


def write_tables(folder: str | Path, particles: pd.DataFrame, stem: str = "particles") -> Path:
    """Write the particles table as CSV and as Parquet.

    The CSV holds as many digits as it takes to give back the same floats; a missing number is an
    empty field, line ends are ``\\n``.

    Parameters
    ----------
    folder : str or Path
        Made where it is missing.
    particles : DataFrame
    stem : str
        Name of both files without suffix.

    Returns
    -------
    path : Path
        Of the CSV file.

    Raises
    ------
    OutputError
        If a file cannot be written; none is left half-written.
    """
    folder = ensure_folder(Path(folder))
    with whole_file(folder / f"{stem}.csv") as temporary:
        particles.to_csv(temporary, index=False, lineterminator="\n", errors=_LOST)
    with whole_file(folder / f"{stem}.parquet") as temporary:
        particles.to_parquet(temporary, index=False, engine="pyarrow")
    return folder / f"{stem}.csv"


def strict(value: Any) -> Any:
    """Turn a value into what strict JSON can hold: NaN and infinities become null.

    Parameters
    ----------
    value : object
        Dicts, lists, tuples, NumPy scalars and arrays, paths, numbers, strings, None.

    Examples
    --------
    >>> strict({"mean": np.float64(2.5), "sd": float("nan"), "shape": (2, np.int64(3))})
    {'mean': 2.5, 'sd': None, 'shape': [2, 3]}
    """
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return strict(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [strict(item) for item in value]
    if isinstance(value, np.generic):
        return strict(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def write_summary(path: str | Path, summary: Mapping[str, Any]) -> Path:
    """Write a summary as strict JSON: UTF-8, sorted keys, no NaN.

    Parameters
    ----------
    path : str or Path
    summary : mapping

    Returns
    -------
    path : Path

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = _json(strict(dict(summary)), ascii_only=False)
    if any("\ud800" <= letter <= "\udfff" for letter in text):  # a file name that is no Unicode
        text = _json(strict(dict(summary)), ascii_only=True)
    return write_text(Path(path), text + "\n")


def _json(value: Any, ascii_only: bool) -> str:
    return json.dumps(value, ensure_ascii=ascii_only, sort_keys=True, indent=2, allow_nan=False)


def images_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Put together the table of images, one row an image, failures included.

    Parameters
    ----------
    rows : iterable of mapping
        With `name`, `path` and, where they are known, `sample`, `summary` (a summary dict),
        `error`, `warnings` and any further columns.

    Returns
    -------
    table : DataFrame
        The columns of `IMAGE_COLUMNS`, then the further ones. `status` is ``"ok"`` or
        ``"failed"``; several warnings are joined by ``"; "``. Sizes are in `ecd_unit`.

    Examples
    --------
    >>> images_table([{"name": "a", "error": "no particles file"}])["status"].tolist()
    ['failed']
    """
    import pandas as pd

    records = [_image_row(row) for row in rows]
    extra = [key for record in records for key in record if key not in IMAGE_COLUMNS]
    table = pd.DataFrame.from_records(records, columns=[*IMAGE_COLUMNS, *dict.fromkeys(extra)])
    for column in ("count", "counted"):
        table[column] = table[column].astype("Int64")
    return table


def write_images(path: str | Path, table: pd.DataFrame) -> Path:
    """Write the table of images as CSV.

    Parameters
    ----------
    path : path
    table : DataFrame
        Of `images_table`.

    Returns
    -------
    path : Path

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    path = Path(path)
    with whole_file(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", errors=_LOST)
    return path


def _image_row(row: Mapping[str, Any]) -> dict[str, Any]:
    view = SummaryView.of(row.get("summary"))
    error = row.get("error")
    warnings = row.get("warnings")
    record: dict[str, Any] = {
        "name": row.get("name"),
        "path": None if row.get("path") is None else str(row["path"]),
        "sample": row.get("sample"),
        "status": "failed" if error else "ok",
        "error": error or None,
        "count": view.count,
        "counted": view.counted,
        "pixel_size_nm": view.pixel_size_nm,
        "pixel_size_origin": view.pixel_size_origin,
        "ecd_unit": view.unit if view.sizes else None,
        "warnings": "; ".join(view.warnings if warnings is None else warnings) or None,
    }
    for name in ("mean", "median", "sd", "d10", "d90"):
        size = view.sizes.get(name)
        record[f"ecd_{name}"] = None if size is None else size.value
        if name in ("mean", "median"):
            record[f"ecd_{name}_low"] = None if size is None else size.low
            record[f"ecd_{name}_high"] = None if size is None else size.high
    known = {"name", "path", "sample", "summary", "error", "warnings"}
    record.update({key: value for key, value in row.items() if key not in known})
    return {key: _readable(value) for key, value in record.items()}


def _readable(value: Any) -> Any:
    """Text that UTF-8 can hold: bytes of a file name that are no Unicode are written out."""
    return value.encode("utf-8", _LOST).decode("utf-8") if isinstance(value, str) else value

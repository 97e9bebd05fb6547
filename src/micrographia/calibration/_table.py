"""A row for each file: its pixel size, where it comes from, and what the others say."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from micrographia.calibration._calibrate import calibrate
from micrographia.calibration._types import Calibration
from micrographia.calibration.settings import CalibrationSettings
from micrographia.errors import MicrographiaError

__all__ = ["scale_table"]


def scale_table(
    paths: Iterable[str | Path], settings: CalibrationSettings | None = None
) -> list[dict[str, Any]]:
    """Calibrate many files without analysing them.

    Parameters
    ----------
    paths : iterable of path
    settings : CalibrationSettings, optional

    Returns
    -------
    rows : list of dict
        One for each path, in the order given, fit for JSON: ``path``, ``pixel_size_nm``,
        ``pixel_size_row_nm``, ``pixel_size_col_nm``, ``origin``, ``relative_uncertainty``,
        ``verdict``, ``evidence``, ``bar_px``, ``text``, ``warnings`` and ``error``. A file that
        cannot be read has a text in ``error`` and None in the rest.

    Examples
    --------
    >>> row = scale_table(["no such file.png"])[0]
    >>> row["pixel_size_nm"] is None, row["error"] is not None
    (True, True)
    """
    return [_row(Path(path), settings or CalibrationSettings()) for path in paths]


def _row(path: Path, settings: CalibrationSettings) -> dict[str, Any]:
    from micrographia.io import read

    try:
        image = read(path)
        found = calibrate(image, settings)
    except (MicrographiaError, OSError) as error:
        return _record(path, None, (), str(error))
    return _record(path, found, image.warnings, None)


def _record(
    path: Path, found: Calibration | None, notes: tuple[str, ...], error: str | None
) -> dict[str, Any]:
    size = None if found is None else found.pixel_size
    return {
        "path": str(path),
        "pixel_size_nm": None if size is None else size.mean,
        "pixel_size_row_nm": None if size is None else size.row,
        "pixel_size_col_nm": None if size is None else size.col,
        "origin": None if size is None else size.origin,
        "relative_uncertainty": None if size is None else size.relative_uncertainty,
        "verdict": None if found is None else found.verdict,
        "evidence": [] if found is None else [item.to_dict() for item in found.evidence],
        "bar_px": None if found is None or found.bar is None else found.bar.length_px,
        "text": None if found is None else found.text,
        "warnings": [*notes, *(() if found is None else found.warnings)],
        "error": error,
    }

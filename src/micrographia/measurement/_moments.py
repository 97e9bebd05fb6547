"""Sums over each particle's pixels: area, centroid, second moments, mean intensity."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Moments", "pixel_sums"]

_BAND_PIXELS = 1 << 21


@dataclasses.dataclass(frozen=True)
class Moments:
    """Sums of each label; entry k belongs to label k (entry 0 stays empty).

    Parameters
    ----------
    area : ndarray of shape (n + 1,), int [pixels]
    row, col : ndarray of shape (n + 1,) [pixels]
        Centroid; the centre of the first pixel is (0, 0).
    row_row, row_col, col_col : ndarray of shape (n + 1,) [pixels²]
        Central second moments of the pixel centres, divided by the area.
    intensity : ndarray of shape (n + 1,) or None
        Mean of the finite intensities; NaN where a particle has none.
    """

    area: NDArray[np.int64]
    row: NDArray[np.float64]
    col: NDArray[np.float64]
    row_row: NDArray[np.float64]
    row_col: NDArray[np.float64]
    col_col: NDArray[np.float64]
    intensity: NDArray[np.float64] | None


def pixel_sums(
    labels: NDArray[np.integer[Any]], count: int, pixels: NDArray[Any] | None = None
) -> Moments:
    """Add up each particle's pixels in one pass over bands of rows.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), integer
        0 is background.
    count : int
        The largest label.
    pixels : ndarray of shape (rows, cols), optional
        Intensities.

    Returns
    -------
    moments : Moments
        Areas of labels that do not occur are 0, their other entries NaN.

    Notes
    -----
    Coordinates are integers and every sum stays below 2⁵³, so that the sums are exact and do not
    depend on how the rows are split.
    """
    rows, cols = labels.shape
    sums = np.zeros((6, count + 1))
    light = np.zeros((2, count + 1))
    height = max(1, _BAND_PIXELS // max(cols, 1))
    for top in range(0, rows, height):
        band = labels[top : top + height]
        flat = band.ravel()
        inside = np.flatnonzero(flat)
        if inside.size == 0:
            continue
        owner = flat[inside].astype(np.intp, copy=False)
        row, col = np.divmod(inside, cols)
        r = row.astype(np.float64) + top
        c = col.astype(np.float64)
        for entry, weight in enumerate((None, r, c, r * r, r * c, c * c)):
            sums[entry] += np.bincount(owner, weight, minlength=count + 1)
        if pixels is not None:
            values = pixels[top : top + height].ravel()[inside].astype(np.float64)
            finite = np.isfinite(values)
            if not finite.all():
                owner, values = owner[finite], values[finite]
            light[0] += np.bincount(owner, minlength=count + 1)
            light[1] += np.bincount(owner, values, minlength=count + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        n, sr, sc, srr, src, scc = sums
        row, col = sr / n, sc / n
        return Moments(
            n.astype(np.int64),
            row,
            col,
            srr / n - row * row,
            src / n - row * col,
            scc / n - col * col,
            None if pixels is None else light[1] / light[0],
        )

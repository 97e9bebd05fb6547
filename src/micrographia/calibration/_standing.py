"""By how much a line stands out against what lies above and below it, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration._types import Bar

__all__ = ["known", "standing", "stretches"]

_AWAY = 2  # rows between the line and what it is compared with, for blurred ones
_BESIDE = 2  # rows that it is compared with on either side
_BROKEN = 5  # columns without it that a line may have, as where a wire crosses
_SAME = 0.5  # of the contrast, within which the surroundings are of the line's own level


def standing(grey: NDArray[np.float32], bar: Bar, columns: slice) -> NDArray[np.float32]:
    """By how much the rows of a bar stand out in some columns, as a share of what the bar does.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    bar : Bar
    columns : slice

    Returns
    -------
    share : ndarray of shape (columns,)
        About 1 where the bar goes on, about 0 where it does not, or where it cannot be seen.
    """
    own = _step(grey, bar, slice(int(bar.start) + 2, max(int(bar.stop) - 2, int(bar.start) + 3)))
    usual = float(np.median(own)) if own.size else 0.0
    return _step(grey, bar, columns) / max(usual, 8.0)


def known(grey: NDArray[np.float32], bar: Bar, columns: slice, level: float) -> NDArray[np.bool_]:
    """Whether a bar of this grey level would be seen at its rows in each of some columns.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    bar : Bar
    columns : slice
    level : float
        Of the bar, 0 to 255.

    Returns
    -------
    seen : ndarray of shape (columns,), bool
        False where the picture around the rows is of the bar's own grey level.
    """
    own = slice(int(bar.start) + 2, max(int(bar.stop) - 2, int(bar.start) + 3))
    contrast = max(float(np.median(_step(grey, bar, own))), 8.0)
    sides = _sides(grey, bar, columns)
    apart = np.abs(sides - level).min(axis=0) > _SAME * contrast
    return np.asarray(apart, np.bool_)


def stretches(mask: NDArray[np.bool_], gap: float) -> list[tuple[int, int]]:
    """Runs of a mask, those joined that lie no more than a gap apart.

    Parameters
    ----------
    mask : ndarray of shape (columns,), bool
    gap : float [px]
        At most 5 count, as where a wire crosses.

    Returns
    -------
    runs : list of (start, stop)

    Examples
    --------
    >>> stretches(np.array([0, 1, 1, 0, 1, 0, 0, 0, 1], bool), 2.0)
    [(1, 5), (8, 9)]
    """
    turns = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    runs: list[tuple[int, int]] = []
    for start, stop in turns.reshape(-1, 2).tolist():
        if runs and start - runs[-1][1] <= min(max(gap, 2), _BROKEN):
            runs[-1] = (runs[-1][0], stop)
        else:
            runs.append((start, stop))
    return runs


def _step(grey: NDArray[np.float32], bar: Bar, columns: slice) -> NDArray[np.float32]:
    sign = 1.0 if bar.polarity == "bright" else -1.0
    top, bottom = bar.line
    line = sign * grey[top:bottom, columns].mean(axis=0)
    return np.asarray(line - (sign * _sides(grey, bar, columns)).max(axis=0), np.float32)


def _sides(grey: NDArray[np.float32], bar: Bar, columns: slice) -> NDArray[np.float32]:
    """Mean grey levels above and below the line."""
    top, bottom = bar.line
    rows = grey.shape[0]
    parts = [
        grey[max(top - _AWAY - _BESIDE + 1, 0) : max(top - _AWAY + 1, 1), columns],
        grey[min(bottom + _AWAY - 1, rows - 1) : min(bottom + _AWAY + _BESIDE - 1, rows), columns],
    ]
    return np.stack([part.mean(axis=0) for part in parts if len(part)])

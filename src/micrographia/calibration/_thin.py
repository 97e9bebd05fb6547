"""Thin lines: stretches of a row that stand out against the rows above and below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from micrographia.calibration._runs import Group, link

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["find_thin"]

_AWAY = 3  # rows between a line and what it is compared with; thicker bars are found elsewhere
_CONTRAST = (16.0, 36.0)  # grey levels by which a line stands out
_GAP = 3  # columns that noise may hide
_WHOLE = 0.85  # of a line's columns, that stand out for themselves
_SHORTEST = 16  # px
_SHORTEST_SHARE = 0.018  # of the columns
_LONGEST_SHARE = 0.75  # of the columns
_RUNS = 500  # stretches of rows that are joined to lines
_MOST = 40  # lines that are looked at closely


def find_thin(grey: NDArray[np.float32]) -> list[Group]:
    """Lines of one to three rows, whatever bounds them left and right.

    Blurring leaves thin bars fainter than their own end ticks, and lets the ground under them shine
    through, so that no run of one grey level is left of them. They still stand out against the rows
    beside them.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255

    Returns
    -------
    groups : list of Group
        The longest and clearest.

    Examples
    --------
    >>> image = np.full((40, 120), 100, np.float32)
    >>> image[20, 30:90] = 160 + np.linspace(0, 60, 60)
    >>> {(group.top, group.start, group.stop) for group in find_thin(image)}
    {(20, 30, 90)}
    """
    rows, cols = grey.shape
    if rows < 2 * _AWAY + 3 or cols < _SHORTEST + 6:
        return []
    inner = grey[_AWAY:-_AWAY]
    above, below = grey[: -2 * _AWAY], grey[2 * _AWAY :]
    found: list[tuple[float, Group]] = []
    polarities: tuple[Literal["bright", "dark"], ...] = ("bright", "dark")
    for polarity in polarities:
        if polarity == "bright":
            stands = inner - cv2.max(above, below)
        else:
            stands = cv2.min(above, below) - inner
        for least in _CONTRAST:
            groups = link(_runs(grey, stands, least), polarity)
            found += [(_size(stands, group), group) for group in groups]
    found.sort(key=lambda item: -item[0])
    return [group for _, group in found[:_MOST]]


def _runs(
    grey: NDArray[np.float32], stands: NDArray[np.float32], least: float
) -> NDArray[np.float64]:
    """Long stretches as rows (row, start, stop, sign, level)."""
    bare = (stands > least).view(np.uint8)
    mask = np.asarray(cv2.morphologyEx(bare, cv2.MORPH_CLOSE, np.ones((1, _GAP), np.uint8)))
    rows, cols = mask.shape
    padded = np.zeros((rows, cols + 2), np.uint8)
    padded[:, 3:-3] = mask[:, 2:-2]
    flat = padded.ravel()
    turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, stops = turns[::2], turns[1::2]
    shortest = max(_SHORTEST, int(cols * _SHORTEST_SHARE))
    keep = (stops - starts >= shortest) & (stops - starts <= _LONGEST_SHARE * cols)
    starts, stops = starts[keep], stops[keep]
    if len(starts) > _RUNS:
        longest = np.sort(np.argpartition(starts - stops, _RUNS)[:_RUNS])
        starts, stops = starts[longest], stops[longest]
    row, start = np.divmod(starts, cols + 2)
    stop = stops - row * (cols + 2)
    row, start, stop = row + _AWAY, start - 1, stop - 1
    if len(row) == 0:
        return np.empty((0, 5))
    values = np.ascontiguousarray(grey).ravel()
    pairs = np.stack([row * cols + start, row * cols + stop], 1).ravel()
    level = np.add.reduceat(values, pairs)[::2] / (stop - start)
    whole = np.add.reduceat(bare.ravel(), pairs - _AWAY * cols, dtype=np.int64)[::2]
    table = np.stack([row, start, stop, np.ones(len(row)), level], 1).astype(np.float64)
    return np.asarray(table[whole >= _WHOLE * (stop - start)])


def _size(stands: NDArray[np.float32], group: Group) -> float:
    """Length of a line, less where it is faint."""
    row = (group.top + group.bottom - 1) // 2 - _AWAY
    contrast = float(np.median(stands[row, group.start : group.stop]))
    return (group.stop - group.start) * min(contrast / 60, 1.0)

"""Even runs along the rows of an image, and groups of them that make rectangles."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Group", "find_groups", "link"]

_STEPS = (14.0, 34.0)  # grey levels between neighbours but one that end a run
_EVEN = 30.0  # range of grey levels within a run that is always allowed
_EVEN_SHARE = 0.55  # of the contrast, allowed where that is more
_SHORTEST = 10  # px
_SHORTEST_SHARE = 0.012  # of the columns
_LONGEST_SHARE = 0.75  # of the columns
_CONTRAST = 18.0
_MOST = 120  # groups that are looked at closely
_COLUMNS = np.linspace(0.12, 0.88, 11)  # where along a run its stand against the rows is sampled


@dataclasses.dataclass(frozen=True)
class Group:
    """Rows `top` to `bottom` - 1 with an even run over columns `start` to `stop` - 1.

    `ragged` is how far the runs' ends vary from row to row [px].
    """

    top: int
    bottom: int
    start: int
    stop: int
    polarity: Literal["bright", "dark"]
    ragged: float


def find_groups(grey: NDArray[np.float32]) -> list[Group]:
    """Rectangles of even runs.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255

    Returns
    -------
    groups : list of Group
    """
    rows, cols = grey.shape
    if rows < 3 or cols < _SHORTEST + 6:
        return []
    groups: list[Group] = []
    rises = cv2.absdiff(grey[:, 2:], grey[:, :-2])
    for step in _STEPS:
        edge = np.ones((rows, cols + 1), bool)
        np.greater(rises, step, out=edge[:, 1 : cols - 1])
        runs = _runs(grey, edge)
        groups += link(runs[runs[:, 3] > 0], "bright") + link(runs[runs[:, 3] < 0], "dark")
    return _standing_out(grey, groups)


def _runs(grey: NDArray[np.float32], edge: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Runs between edges as rows (row, start, stop, sign, level)."""
    rows, cols = grey.shape
    flat = edge.ravel()
    turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, stops = turns[::2], turns[1::2]  # the first and last of each row are edges
    row, start = np.divmod(starts, cols + 1)
    stop = stops - row * (cols + 1)
    longest = cols * (_LONGEST_SHARE if rows > 0.3 * cols else 0.98)
    shortest = max(_SHORTEST, int(cols * _SHORTEST_SHARE)) - 2
    keep = (stop - start >= shortest) & (stop - start <= longest) & (start > 2) & (stop < cols - 2)
    row, start, stop = row[keep], start[keep], stop[keep]
    if len(row) == 0:
        return np.empty((0, 5))
    values = np.ascontiguousarray(grey).ravel()
    pairs = np.stack([row * cols + start, row * cols + stop], 1).ravel()
    high = np.maximum.reduceat(values, pairs)[::2]
    low = np.minimum.reduceat(values, pairs)[::2]
    level = (high + low) / 2
    to_left, to_right = _steps_down(grey, row, (start - 2, stop + 1), level)
    contrast = np.minimum(np.abs(to_left), np.abs(to_right))
    keep = (
        (high - low <= np.maximum(_EVEN, _EVEN_SHARE * contrast))
        & (np.sign(to_left) == np.sign(to_right))
        & (contrast >= _CONTRAST)
    )
    row, start, stop, level = row[keep], start[keep], stop[keep], level[keep]
    table = np.stack([row, start, stop, np.sign(to_left[keep]), level], 1).astype(np.float64)
    return np.asarray(table[_ends_vertically(grey, row, start, stop, level)])


def _steps_down(
    grey: NDArray[np.float32],
    row: NDArray[np.intp],
    columns: tuple[NDArray[np.intp], NDArray[np.intp]],
    level: NDArray[np.floating[Any]],
) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """By how much the level lies above that of two pixels from a column on, left and right."""
    last = grey.shape[1] - 1
    left, right = columns
    at_left = grey[row, np.clip(left, 0, last)] + grey[row, np.clip(left - 1, 0, last)]
    at_right = grey[row, np.clip(right, 0, last)] + grey[row, np.clip(right + 1, 0, last)]
    return level - at_left / 2, level - at_right / 2


def _ends_vertically(
    grey: NDArray[np.float32],
    row: NDArray[np.intp],
    start: NDArray[np.intp],
    stop: NDArray[np.intp],
    level: NDArray[np.floating[Any]],
) -> NDArray[np.bool_]:
    """Whether the level is left again within a bar's thickness above and below."""
    reach = np.ceil((stop - start) / 2.5).astype(np.intp)
    inside = np.ones(len(row), bool)
    for direction in (-1, 1):
        ended = np.zeros(len(row), bool)
        for part in (0.4, 0.7, 1.0):  # text may stand at one of these distances
            other = row + direction * np.ceil(part * reach).astype(np.intp)
            ended |= (other < 0) | (other >= grey.shape[0])
            other = np.clip(other, 0, grey.shape[0] - 1)
            left = np.zeros(len(row), np.int64)
            for share in (0.15, 0.35, 0.5, 0.65, 0.85):
                column = (start + share * (stop - start)).astype(np.intp)
                left += np.abs(grey[other, column] - level) > _CONTRAST * 0.6
            ended |= left >= 2
        inside &= ended
    return inside


def link(runs: NDArray[np.float64], polarity: Literal["bright", "dark"]) -> list[Group]:
    """Join runs of neighbouring rows with the same ends and level."""
    open_groups: list[list[list[float]]] = []
    closed: list[list[list[float]]] = []
    latest = -1.0
    for run in runs.tolist():
        row, start, stop, _, level = run
        if row != latest:
            latest = row
            closed += [group for group in open_groups if group[-1][0] < row - 2]
            open_groups = [group for group in open_groups if group[-1][0] >= row - 2]
        for group in open_groups:
            last = group[-1]
            if (
                row - 2 <= last[0] < row  # one row may be spoilt
                and abs(last[1] - start) <= 2
                and abs(last[2] - stop) <= 2
                and abs(last[4] - level) <= 20
            ):
                group.append(run)
                break
        else:
            open_groups.append([run])
    return [_group(group, polarity) for group in closed + open_groups]


def _group(runs: list[list[float]], polarity: Literal["bright", "dark"]) -> Group:
    if len(runs) == 1:
        row, start, stop = (int(value) for value in runs[0][:3])
        return Group(row, row + 1, start, stop, polarity, 0.0)
    starts = sorted(run[1] for run in runs)
    stops = sorted(run[2] for run in runs)
    spread = math.hypot(starts[-1] - starts[0], stops[-1] - stops[0])
    start, stop = int(starts[len(runs) // 2]), int(stops[len(runs) // 2])
    return Group(int(runs[0][0]), int(runs[-1][0]) + 1, start, stop, polarity, spread)


def _standing_out(grey: NDArray[np.float32], groups: list[Group]) -> list[Group]:
    """Groups that stand out above and below, by a few columns of each; the longest of them."""
    if not groups:
        return []
    top = np.array([group.top for group in groups])
    bottom = np.array([group.bottom for group in groups])
    start = np.array([group.start for group in groups])
    stop = np.array([group.stop for group in groups])
    sign = np.array([1.0 if group.polarity == "bright" else -1.0 for group in groups])
    columns = (start[:, None] + _COLUMNS * (stop - start)[:, None]).astype(np.intp)
    inside = grey[((top + bottom) // 2)[:, None], columns]
    keep = bottom - top <= (stop - start + 8) / 2.5
    for first, step in ((top - 1, -1), (bottom, 1)):
        margin = np.full(columns.shape, -np.inf)
        for away in range(3):
            row = first + step * away
            valid = (row >= 0) & (row < grey.shape[0])
            beside = grey[np.clip(row, 0, grey.shape[0] - 1)[:, None], columns]
            margin = np.where(
                valid[:, None], np.maximum(margin, (inside - beside) * sign[:, None]), margin
            )
        keep &= (margin > _CONTRAST * 0.7).mean(axis=1) >= 0.8
    size = (stop - start) * np.clip(np.median(margin, axis=1) / 60, 0, 1)
    order = np.argsort(-size)
    return [groups[index] for index in order[keep[order]][:_MOST].tolist()]

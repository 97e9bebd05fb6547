"""Even runs along the rows of an image, and groups of them that make rectangles."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Group", "find_groups"]

_STEPS = (14.0, 34.0)  # grey levels between neighbours but one that end a run
_EVEN = 30.0  # largest range of grey levels within a run
_SHORTEST = 10  # px
_SHORTEST_SHARE = 0.012  # of the columns
_LONGEST_SHARE = 0.75  # of the columns
_CONTRAST = 18.0


@dataclasses.dataclass(frozen=True)
class Group:
    """Rows `top` to `bottom` - 1 with an even run over columns `start` to `stop` - 1.

    `ragged` is the standard deviation of the runs' ends from row to row [px].
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
    for step in _STEPS:
        runs = _runs(grey, step)
        for polarity in ("bright", "dark"):
            groups += _link(runs[runs[:, 3] == (1 if polarity == "bright" else -1)], polarity)
    return groups


def _runs(grey: NDArray[np.float32], step: float) -> NDArray[np.float64]:
    """Runs as rows (row, start, stop, sign, level)."""
    rows, cols = grey.shape
    edge = np.ones((rows, cols + 1), bool)
    edge[:, 1 : cols - 1] = np.abs(grey[:, 2:] - grey[:, :-2]) > step
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
    values = grey.ravel()
    pairs = np.stack([row * cols + start, row * cols + stop], 1).ravel()
    high = np.maximum.reduceat(values, pairs)[::2]
    low = np.minimum.reduceat(values, pairs)[::2]
    level = (high + low) / 2
    left = (values[row * cols + start - 2] + values[row * cols + np.maximum(start - 3, 0)]) / 2
    right = (
        values[row * cols + stop + 1] + values[row * cols + np.minimum(stop + 2, cols - 1)]
    ) / 2
    to_left, to_right = level - left, level - right
    keep = (
        (high - low <= _EVEN)
        & (np.sign(to_left) == np.sign(to_right))
        & (np.minimum(np.abs(to_left), np.abs(to_right)) >= _CONTRAST)
    )
    keep &= _ends_vertically(grey, row, start, stop, level)
    table = np.stack([row, start, stop, np.sign(to_left), level], 1).astype(np.float64)
    return np.asarray(table[keep])


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
        other = row + direction * reach
        within = (other >= 0) & (other < grey.shape[0])
        other = np.clip(other, 0, grey.shape[0] - 1)
        left = np.zeros(len(row), np.int64)
        for share in (0.15, 0.35, 0.5, 0.65, 0.85):
            column = (start + share * (stop - start)).astype(np.intp)
            left += np.abs(grey[other, column] - level) > _CONTRAST * 0.6
        inside &= (left >= 2) | ~within
    return inside


def _link(runs: NDArray[np.float64], polarity: str) -> list[Group]:
    """Join runs of neighbouring rows with the same ends and level."""
    open_groups: list[list[NDArray[np.float64]]] = []
    closed: list[list[NDArray[np.float64]]] = []
    for run in runs:
        still: list[list[NDArray[np.float64]]] = []
        home = None
        for group in open_groups:
            last = group[-1]
            if last[0] < run[0] - 1:
                closed.append(group)
                continue
            still.append(group)
            if (
                home is None
                and last[0] == run[0] - 1
                and abs(last[1] - run[1]) <= 2
                and abs(last[2] - run[2]) <= 2
                and abs(last[4] - run[4]) <= 20
            ):
                home = group
        open_groups = still
        if home is None:
            open_groups.append([run])
        else:
            home.append(run)
    return [_group(np.array(group), polarity) for group in closed + open_groups]


def _group(runs: NDArray[np.float64], polarity: str) -> Group:
    ragged = float(np.hypot(runs[:, 1].std(), runs[:, 2].std()))
    return Group(
        int(runs[0, 0]),
        int(runs[-1, 0]) + 1,
        int(np.median(runs[:, 1])),
        int(np.median(runs[:, 2])),
        "bright" if polarity == "bright" else "dark",
        ragged,
    )

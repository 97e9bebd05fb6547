"""Pixels and polygons: outlines along pixel edges, and the pixels whose centre lies inside.

Points are (row, col) of pixel corners: pixel (0, 0) reaches from (0, 0) to (1, 1), its centre is
(0.5, 0.5). A region of several loops is filled by the even-odd rule, so holes are loops too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["fill", "outlines"]

Loop = NDArray[np.int64]

# Steps (row, col) of the directed edges around a pixel, clockwise on the screen: along its top,
# its right, its bottom and its left side.
_STEPS = np.array([(0, 1), (1, 0), (0, -1), (-1, 0)])
_STARTS = np.array([(0, 0), (0, 1), (1, 1), (1, 0)])


def fill(loops: Sequence[NDArray[np.floating] | Loop], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels whose centre lies inside a set of closed loops (even-odd rule).

    Parameters
    ----------
    loops : sequence of ndarray of shape (n, 2)
        Corners (row, col) [px]; the last is joined to the first.
    shape : tuple of int
        (rows, cols) of the mask; what lies outside is cut off.

    Returns
    -------
    mask : ndarray of shape (rows, cols), bool

    Examples
    --------
    >>> fill([np.array([(0, 0), (0, 2), (1, 2), (1, 0)])], (2, 3)).astype(int)
    array([[1, 1, 0],
           [0, 0, 0]])
    """
    rows, cols = shape
    toggles = np.zeros((rows, cols + 1), np.uint8)
    for loop in loops:
        start = np.asarray(loop, float)
        end = np.roll(start, -1, axis=0)
        up = start[:, 0] > end[:, 0]
        first, last = np.where(up[:, None], end, start), np.where(up[:, None], start, end)
        top = np.clip(np.ceil(first[:, 0] - 0.5), 0, rows).astype(np.int64)
        bottom = np.clip(np.ceil(last[:, 0] - 0.5), 0, rows).astype(np.int64)
        counts = np.maximum(bottom - top, 0)
        edge = np.repeat(np.arange(len(start)), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        row = top[edge] + within
        slope = (last[edge, 1] - first[edge, 1]) / (last[edge, 0] - first[edge, 0])
        crossing = first[edge, 1] + (row + 0.5 - first[edge, 0]) * slope
        col = np.clip(np.ceil(crossing - 0.5), 0, cols).astype(np.int64)
        np.add.at(toggles, (row, col), 1)
    return (np.add.accumulate(toggles, axis=1, dtype=np.uint8)[:, :cols] & 1).astype(bool)


def outlines(labels: NDArray[np.integer]) -> Iterator[tuple[int, list[Loop]]]:
    """The outlines of every particle, along the edges of its pixels.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), integer
        0 is background.

    Yields
    ------
    label : int
        In ascending order.
    loops : list of ndarray of shape (n, 2)
        Corners (row, col) of each loop, outer ones clockwise on the screen, holes the other way
        round. Pixels that touch at a corner belong to one loop.

    Examples
    --------
    >>> [(label, loops[0].tolist()) for label, loops in outlines(np.array([[0, 7, 7]]))]
    [(7, [[0, 3], [1, 3], [1, 1], [0, 1]])]
    """
    label, start, direction = _edges(np.asarray(labels))
    if not len(label):
        return
    following = _following(label, start, direction)
    corner = direction[following] != direction
    kept = np.flatnonzero(corner)
    place = np.empty(len(corner), np.int64)
    place[kept] = np.arange(len(kept))
    ahead = place[_next_corner(following, corner)[kept]].tolist()
    owner, ends = label[kept].tolist(), (start + _STEPS[direction])[kept]
    unseen = bytearray(b"\x01") * len(ahead)
    found: list[Loop] = []
    current = owner[0]
    for first, present in enumerate(unseen):
        if not present:
            continue
        if found and owner[first] != current:
            yield current, found
            found = []
        current = owner[first]
        edge, members = first, []
        while unseen[edge]:
            unseen[edge] = 0
            members.append(edge)
            edge = ahead[edge]
        found.append(ends[members])
    yield current, found


def _next_corner(following: NDArray[np.int64], corner: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The next edge at whose end the outline turns, by doubling the steps along straight runs."""
    ahead = following.copy()
    open_ = np.flatnonzero(~corner[ahead])
    while len(open_):
        ahead[open_] = ahead[ahead[open_]]
        open_ = open_[~corner[ahead[open_]]]
    return ahead


def _edges(labels: NDArray[np.integer]) -> tuple[NDArray[np.int64], Loop, NDArray[np.int64]]:
    """Directed pixel edges between different labels: owner, start and direction, owner by owner."""
    padded = np.pad(labels, 1)
    inner = padded[1:-1, 1:-1]
    neighbours = (padded[:-2, 1:-1], padded[1:-1, 2:], padded[2:, 1:-1], padded[1:-1, :-2])
    owners, starts, directions = [], [], []
    for direction, neighbour in enumerate(neighbours):
        row, col = np.divmod(np.flatnonzero((inner != neighbour) & (inner != 0)), inner.shape[1])
        owners.append(inner[row, col].astype(np.int64))
        starts.append(np.stack([row, col], axis=1) + _STARTS[direction])
        directions.append(np.full(len(row), direction))
    owner, start, step = np.concatenate(owners), np.concatenate(starts), np.concatenate(directions)
    order = np.lexsort((step, start[:, 1], start[:, 0], owner))
    return owner[order], start[order], step[order]


def _following(
    owner: NDArray[np.int64], start: Loop, direction: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The edge that each edge leads to; where two begin, the left turn joins touching corners."""
    width = int(start[:, 1].max()) + 2
    height = int(start[:, 0].max()) + 2
    rank = np.cumsum(np.r_[0, np.diff(owner) != 0])
    key = (rank * height + start[:, 0]) * width + start[:, 1]
    end = start + _STEPS[direction]
    wanted = (rank * height + end[:, 0]) * width + end[:, 1]
    first = np.searchsorted(key, wanted)
    second = np.minimum(first + 1, len(key) - 1)
    double = (key[second] == wanted) & (second != first)
    left = (direction + 3) % 4
    return np.asarray(np.where(double & (direction[second] == left), second, first))

"""Basins of a map and the saddles between them: what may be one particle and what may not."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from micrographia.segmentation._flood import flood
from micrographia.segmentation._labels import components

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Saddles", "basins", "find_saddles", "join_basins", "regional_maxima"]


@dataclasses.dataclass(frozen=True, eq=False)
class Saddles:
    """Pairs of basins that touch.

    Parameters
    ----------
    first, second : ndarray of shape (n,), int64
        Numbers of the two basins, the smaller first.
    height : ndarray of shape (n,), float32
        Highest pass between them.
    length : ndarray of shape (n,), int64
        Pixel edges of their common border that count for `edge`.
    edge : ndarray of shape (n,), float64
        Mean along the border of a second map, of the lower of each two pixels.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    height: NDArray[np.float32]
    length: NDArray[np.int64]
    edge: NDArray[np.float64]


def regional_maxima(height: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number the pixels of the mask that none of their eight neighbours exceeds.

    Touching ones share a number.
    """
    import cv2

    kernel = np.ones((3, 3), np.uint8)
    return components((cv2.dilate(height, kernel) <= height) & mask)


def basins(height: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Divide the mask among all local maxima of a map.

    Parameters
    ----------
    height : ndarray of shape (rows, cols), float32
    mask : ndarray of shape (rows, cols), bool

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
    """
    return flood(height, regional_maxima(height, mask), mask)


def find_saddles(
    labels: NDArray[np.int32],
    height: NDArray[np.float32],
    edge: NDArray[np.float32] | None = None,
) -> Saddles:
    """Where basins touch, and how high the pass between them is.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
    height : ndarray of shape (rows, cols), float32
        The map whose passes are wanted.
    edge : ndarray of shape (rows, cols), float32, optional
        A second map, averaged along each border; negative values do not count.

    Returns
    -------
    saddles : Saddles

    Examples
    --------
    >>> saddles = find_saddles(np.int32([[1, 1, 2, 2]]), np.float32([[3, 2, 1, 4]]))
    >>> saddles.first, saddles.second, saddles.height
    (array([1]), array([2]), array([1.], dtype=float32))
    """
    count = int(labels.max(initial=0)) + 1
    keys, passes, edges = [], [], []
    along = (slice(None), slice(1, None)), (slice(None), slice(None, -1))
    for one, two in (along, tuple((cols, rows) for rows, cols in along)):
        rows, cols = np.nonzero(
            (labels[one] != labels[two]) & (labels[one] > 0) & (labels[two] > 0)
        )
        left, right = (labels[side][rows, cols].astype(np.int64) for side in (one, two))
        keys.append(np.minimum(left, right) * count + np.maximum(left, right))
        passes.append(np.minimum(height[one][rows, cols], height[two][rows, cols]))
        if edge is not None:
            edges.append(np.minimum(edge[one][rows, cols], edge[two][rows, cols]))
    key, level = np.concatenate(keys), np.concatenate(passes)
    strength = np.concatenate(edges) if edges else np.zeros_like(level)
    order = np.argsort(key, kind="stable")
    pairs, start = np.unique(key[order], return_index=True)
    if not start.size:
        return Saddles(pairs, pairs, level, pairs, level.astype(np.float64))
    highest = np.maximum.reduceat(level[order], start)
    counted = strength[order] >= 0
    total = np.add.reduceat(np.where(counted, strength[order], 0), start, dtype=np.float64)
    lengths = np.add.reduceat(counted, start, dtype=np.int64)
    return Saddles(pairs // count, pairs % count, highest, lengths, total / np.maximum(lengths, 1))


def join_basins(
    saddles: Saddles,
    peaks: NDArray[np.float32],
    may_join: Callable[[int, int, float, float], bool],
) -> NDArray[np.int64]:
    """Join basins over their saddles, the highest saddle first.

    Parameters
    ----------
    saddles : Saddles
    peaks : ndarray of shape (count + 1,), float32
        Height of each basin's maximum.
    may_join : callable
        ``may_join(one, other, saddle, peak)`` with the numbers of two groups (that of one of
        their basins), the height of the pass, and the lower of both groups' maxima.

    Returns
    -------
    group : ndarray of shape (count + 1,), int64
        The number that each basin's group goes by.
    """
    parent = np.arange(len(peaks))
    top = peaks.copy()

    def root(basin: int) -> int:
        while parent[basin] != basin:
            parent[basin] = parent[parent[basin]]
            basin = int(parent[basin])
        return basin

    for pair in np.argsort(-saddles.height, kind="stable"):
        one, other = root(int(saddles.first[pair])), root(int(saddles.second[pair]))
        if one == other:
            continue
        peak = float(min(top[one], top[other]))
        if may_join(one, other, float(saddles.height[pair]), peak):
            low, high = sorted((one, other))
            parent[high] = low
            top[low] = max(top[low], top[high])
    return np.array([root(basin) for basin in range(len(peaks))])


def peaks_of(labels: NDArray[np.int32], height: NDArray[np.float32]) -> NDArray[np.float32]:
    """Largest height within each label, background first."""
    count = int(labels.max(initial=0))
    peaks = np.zeros(count + 1, np.float32)
    where = labels > 0
    np.maximum.at(peaks, labels[where], height[where])
    return peaks

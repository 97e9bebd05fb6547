"""Label images: splitting by connection, leaving out, numbering in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["areas_of", "components", "connected", "in_reading_order", "keep", "shared_pixels"]

_BLOCK = 1 << 22


def components(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number the 4-connected components of a mask.

    Examples
    --------
    >>> components(np.array([[True, False], [False, True]]))
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    import cv2

    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S)
    return np.asarray(labels, np.int32)


def areas_of(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Pixels of each label, background first; shape (count + 1,)."""
    areas = np.zeros(count + 1, np.int64)
    flat = labels.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        areas += np.bincount(block[block > 0], minlength=count + 1)
    areas[0] = flat.size - areas[1:].sum()
    return areas


def keep(labels: NDArray[np.int32], kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Leave out labels; those kept are numbered anew, in their old order.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
    kept : ndarray of shape (count + 1,), bool
        Entry 0, the background's, is ignored.
    """
    number = np.cumsum(np.concatenate([[False], kept[1:]]), dtype=np.int32)
    number[1:][~kept[1:]] = 0
    return number[labels]


def shared_pixels(
    one: NDArray[np.integer], other: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Labels of two label images that share pixels, and how many.

    Parameters
    ----------
    one, other : ndarray of shape (rows, cols), integer

    Returns
    -------
    left, right, shared : ndarrays of shape (n,), int64
        Label of `one`, label of `other`, their common pixels; in the order of the labels.

    Examples
    --------
    >>> shared_pixels(np.array([[1, 1, 2, 0]]), np.array([[3, 0, 3, 3]]))
    (array([1, 2]), array([3, 3]), array([1, 1]))
    """
    where = np.flatnonzero((one > 0) & (other > 0))
    size = int(other.max(initial=0)) + 1
    key, shared = np.unique(
        one.ravel()[where].astype(np.int64) * size + other.ravel()[where], return_counts=True
    )
    return key // size, key % size, shared


def in_reading_order(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Number labels from 1 without gaps, by the place of their first pixel.

    Examples
    --------
    >>> in_reading_order(np.array([[0, 7], [3, 7]], np.int32))
    array([[0, 1],
           [2, 1]], dtype=int32)
    """
    count = int(labels.max(initial=0))
    first = np.full(count + 1, -1, np.int64)
    flat = labels.reshape(-1)
    for start in reversed(range(0, flat.size, _BLOCK)):
        block = flat[start : start + _BLOCK]
        # The last write to a place wins: written backwards, it is the first pixel.
        where = np.flatnonzero(block)[::-1]
        first[block[where]] = where + start
    present = np.flatnonzero(first >= 0)
    number = np.zeros(count + 1, np.int32)
    number[present[np.argsort(first[present])]] = np.arange(1, present.size + 1)
    return number[labels]


def connected(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Keep of each label its largest 4-connected piece.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
    """
    import cv2
    from scipy.ndimage import find_objects

    result = labels
    for number, box in enumerate(find_objects(labels), 1):
        if box is None:
            continue
        piece = (labels[box] == number).astype(np.uint8)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(piece, connectivity=4)
        if count > 2:
            if result is labels:
                result = labels.copy()
            largest = 1 + int(np.argmax(stats[1:, 4]))
            view = result[box]
            view[(parts != largest) & (piece > 0)] = 0
    return result

"""A particle's pixels as a small mask with its place: particles may then lie over each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Patch", "spread_out"]

_GAP = 2


class Patch(NamedTuple):
    """Pixels of one particle.

    Parameters
    ----------
    row, col : int
        Place of the mask's first pixel in the image [px].
    mask : ndarray of shape (rows, cols), bool
        Its first and last rows and columns hold pixels of the particle.
    """

    row: int
    col: int
    mask: NDArray[np.bool_]

    @property
    def box(self) -> tuple[slice, slice]:
        """Where it lies in the image."""
        rows, cols = self.mask.shape
        return slice(self.row, self.row + rows), slice(self.col, self.col + cols)


def spread_out(
    patches: Mapping[int, Patch],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Lay patches side by side in one label image, none touching another or the border.

    Parameters
    ----------
    patches : mapping of int to Patch

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
        1 is the first of `patches`.
    rows, cols : ndarrays of shape (n,), int64
        How far each one was moved [px].

    Examples
    --------
    >>> labels, rows, cols = spread_out({7: Patch(3, 4, np.ones((1, 2), bool))})
    >>> labels.tolist(), rows.tolist(), cols.tolist()
    ([[0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0], \
[0, 0, 0, 0, 0, 0]], [-1], [-2])
    """
    masks = [patch.mask for patch in patches.values()]
    widest = max((mask.shape[1] for mask in masks), default=0)
    width = max(widest, int(np.sqrt(sum(mask.size for mask in masks)))) + 2 * _GAP
    places, top, left, deepest = [], _GAP, _GAP, 0
    for mask in masks:
        if left + mask.shape[1] + _GAP > width:
            top, left, deepest = top + deepest + _GAP, _GAP, 0
        places.append((top, left))
        left, deepest = left + mask.shape[1] + _GAP, max(deepest, mask.shape[0])
    labels = np.zeros((top + deepest + _GAP, width), np.int32)
    for number, (mask, (row, col)) in enumerate(zip(masks, places, strict=True), 1):
        labels[row : row + mask.shape[0], col : col + mask.shape[1]][mask] = number
    moved = np.array(places, np.int64).reshape(-1, 2)
    moved -= np.array([one[:2] for one in patches.values()], np.int64).reshape(-1, 2)
    return labels, moved[:, 0], moved[:, 1]

"""How deep inside its particle each pixel lies: what the network learns, and its answer's test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["depth"]


def depth(labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """How deep inside its particle each pixel lies: 255 at the one peak, 1 or more at the rim.

    The distance to the outline as a share of its greatest, times 1 - r / (2 r_max), with r the
    distance from the particle's heart: so that a rod has one peak, too. What the image cuts off
    counts as inside.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), integer

    Returns
    -------
    depth : ndarray of shape (rows, cols), uint8
        0 outside.

    Examples
    --------
    >>> labels = np.zeros((9, 13), np.uint16)
    >>> labels[2:7, 2:11] = 1
    >>> depth(labels)[4, 2:11].tolist()
    [47, 113, 198, 226, 255, 226, 198, 113, 47]
    """
    import cv2
    from scipy.ndimage import find_objects

    result = np.zeros(labels.shape, np.uint8)
    for number, box in enumerate(find_objects(labels.astype(np.int32)), 1):
        if box is None:
            continue
        own = (labels[box] == number).astype(np.uint8)
        edges = tuple(
            (int(side.start > 0), int(side.stop < size))
            for side, size in zip(box, labels.shape, strict=True)
        )
        padded = np.pad(own, edges)
        if padded.all():
            padded = np.pad(padded, 1)
            edges = ((1, 1), (1, 1))
        inside = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        inside = inside[
            edges[0][0] : edges[0][0] + own.shape[0], edges[1][0] : edges[1][0] + own.shape[1]
        ]
        result[box][own > 0] = _one_peak(inside, own > 0)
    return result


def _one_peak(inside: NDArray[np.floating], own: NDArray[np.bool_]) -> NDArray[np.uint8]:
    rows, cols = np.nonzero(own)
    # Squares of distances between pixels are whole numbers; OpenCV's roots of them differ in the
    # last bit from call to call.
    values = np.sqrt(np.rint(inside[rows, cols].astype(np.float64) ** 2))
    middle = (rows - rows.mean()) ** 2 + (cols - cols.mean()) ** 2
    heart = int(np.argmin(np.where(values >= 0.8 * values.max(), middle, np.inf)))
    far = np.hypot(rows - rows[heart], cols - cols[heart])
    share = values / values.max() * (1 - 0.5 * far / max(float(far.max()), 1.0))
    share /= share.max()
    return np.asarray(np.clip(np.rint(share * 255), 1, 255), np.uint8)

"""Watershed where it is needed: on the boxes of components that hold several seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.segmentation._labels import components

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["distance_map", "flood"]


def distance_map(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Euclidean distance of every mask pixel to the nearest pixel outside the mask [px].

    What lies beyond the image's border is unknown and does not count as outside.

    Examples
    --------
    >>> distance_map(np.array([[True, True, False, True]]))
    array([[2., 1., 0., 1.]], dtype=float32)
    """
    import cv2

    if mask.all():
        return np.full(mask.shape, float(max(mask.shape)), np.float32)
    return np.asarray(
        cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32
    )


def flood(
    height: NDArray[np.float32], seeds: NDArray[np.int32], mask: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Grow seeds downhill until they meet or the mask ends.

    Parameters
    ----------
    height : ndarray of shape (rows, cols), float32
        Highest in the middle of particles, such as a distance map.
    seeds : ndarray of shape (rows, cols), int32
        0 for none.
    mask : ndarray of shape (rows, cols), bool

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
        The numbers of `seeds`. A component of the mask without a seed stays background.
    """
    regions = components(mask)
    owner, several = _owners(regions, seeds)
    open_ = np.zeros_like(several)
    open_[regions[mask & (seeds == 0)]] = True
    several &= open_
    labels = owner[regions]
    np.copyto(labels, seeds, where=mask & (seeds > 0))
    if several.any():
        from scipy.ndimage import find_objects
        from skimage.segmentation import watershed

        for number, box in enumerate(find_objects(regions), 1):
            if box is None or not several[number]:
                continue
            part = regions[box] == number
            grown = watershed(-height[box], np.where(part, seeds[box], 0), mask=part)
            labels[box][part] = grown[part]
    return labels


def _owners(
    regions: NDArray[np.int32], seeds: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """The seed in each region (one of them where there are several), and where there are."""
    count = int(regions.max(initial=0))
    owner = np.zeros(count + 1, np.int32)
    several = np.zeros(count + 1, bool)
    where = seeds.nonzero()
    inside, number = regions[where], seeds[where]
    owner[inside] = number
    several[inside[owner[inside] != number]] = True
    owner[0] = 0
    several[0] = False
    return owner, several

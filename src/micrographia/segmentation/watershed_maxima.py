"""Watershed from the local maxima of the distance map: for round and square particles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.segmentation._binary import binarize
from micrographia.segmentation._classic import MORPHOLOGY, STEPS
from micrographia.segmentation._flood import distance_map, flood
from micrographia.segmentation._labels import components
from micrographia.segmentation._scene import Found

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.segmentation._scene import Scene

__all__ = ["find", "local_maxima"]


def find(scene: Scene) -> Found:
    """Find particles, one around each local maximum of the distance map."""
    binary = binarize(scene, STEPS, MORPHOLOGY)
    distance = distance_map(binary.mask)
    scene.record("distance", distance)
    seeds = local_maxima(distance, scene.settings.maxima.min_distance_px)
    scene.record("seeds", seeds)
    return Found(flood(distance, seeds, binary.mask), binary.polarity, binary.steps)


def local_maxima(distance: NDArray[np.float32], min_distance: float) -> NDArray[np.int32]:
    """Number the maxima that no pixel within `min_distance` exceeds.

    Equal maxima nearer to each other than that are one.

    Parameters
    ----------
    distance : ndarray of shape (rows, cols)
        Distance to the background [px].
    min_distance : float [px]

    Returns
    -------
    seeds : ndarray of shape (rows, cols), int32
        0 where there is no maximum.

    Examples
    --------
    >>> local_maxima(np.float32([[0, 1, 2, 1, 0, 3, 0]]), 2)
    array([[0, 1, 1, 1, 0, 2, 0]], dtype=int32)
    """
    import cv2

    reach = int(min_distance)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    peak = (cv2.dilate(distance, kernel) <= distance) & (distance > 0)
    half = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach // 2 * 2 + 1, reach // 2 * 2 + 1))
    return components((cv2.dilate(peak.astype(np.uint8), half) > 0) & (distance > 0))

"""Ultimate erosion of convex sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.preprocessing.gaussian import Gaussian
from micrographia.segmentation._binary import binarize
from micrographia.segmentation._flood import distance_map, flood
from micrographia.segmentation._labels import components
from micrographia.segmentation._scene import Found
from micrographia.segmentation._shape import convexity_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.segmentation._scene import Scene
    from micrographia.segmentation.settings import ErosionSettings

__all__ = ["find"]


def find(scene: Scene) -> Found:
    """Find particles as what is left when clusters are eroded until their pieces are convex.

    Each connected set is eroded, with a 2 × 2 square and the disk of radius 1 in turn, until it
    is convex or as small as a marker may be; a set that falls apart goes on as its pieces (Park et
    al. 2013; Park and Ding 2021). The convexity limits and the alternating kernels are those of
    the ANTEMA program (Gumbiowski et al. 2023). The markers are grown again by watershed on the
    distance map.

    References
    ----------
    C. Park, J. Z. Huang, J. X. Ji, Y. Ding, "Segmentation, inference and classification of
    partially overlapping nanoparticles", IEEE Transactions on Pattern Analysis and Machine
    Intelligence 35 (2013) 669-681, doi:10.1109/TPAMI.2012.163.
    """
    binary = binarize(scene, (Gaussian(sigma_px=1.0),))
    seeds = markers(binary.mask, scene.settings.erosion)
    scene.record("seeds", seeds)
    distance = distance_map(binary.mask)
    scene.record("distance", distance)
    return Found(flood(distance, seeds, binary.mask), binary.polarity, binary.steps)


def markers(mask: NDArray[np.bool_], options: ErosionSettings) -> NDArray[np.int32]:
    """Number the convex sets that ultimate erosion leaves.

    Parameters
    ----------
    mask : ndarray of shape (rows, cols), bool
    options : ErosionSettings

    Returns
    -------
    markers : ndarray of shape (rows, cols), int32
    """
    from scipy.ndimage import find_objects

    regions = components(mask)
    result = np.zeros(mask.shape, np.int32)
    number = 0
    for region, box in enumerate(find_objects(regions), 1):
        if box is None:
            continue
        for rows, cols, piece in _erode_until_convex(regions[box] == region, options):
            number += 1
            top, left = box[0].start + rows, box[1].start + cols
            view = result[top : top + piece.shape[0], left : left + piece.shape[1]]
            view[piece] = number
    return result


def _erode_until_convex(
    piece: NDArray[np.bool_], options: ErosionSettings
) -> list[tuple[int, int, NDArray[np.bool_]]]:
    """Convex remains of one set, each with the row and column of its box."""
    import cv2

    kernels = (np.ones((2, 2), np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    found = []
    waiting = [(0, 0, piece.astype(np.uint8), 0)]
    while waiting:
        top, left, current, turn = waiting.pop()
        if _is_convex(current, options):
            found.append((top, left, current.astype(bool)))
            continue
        padded = np.pad(current, 1)
        eroded = cv2.erode(padded, kernels[turn % 2])
        count, parts, stats, _ = cv2.connectedComponentsWithStats(eroded, connectivity=4)
        pieces = [k for k in range(1, count) if stats[k, 4] >= options.min_marker_px]
        if not pieces:
            found.append((top, left, current.astype(bool)))
            continue
        for part in pieces:
            col, row, width, height = (int(v) for v in stats[part, :4])
            crop = (parts[row : row + height, col : col + width] == part).astype(np.uint8)
            waiting.append((top + row - 1, left + col - 1, crop, turn + 1))
    return found


def _is_convex(piece: NDArray[np.uint8], options: ErosionSettings) -> bool:
    perimeter_ratio, fill = convexity_of(piece)
    return perimeter_ratio > options.convexity and 1 - fill < options.concavity

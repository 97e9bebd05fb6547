"""Watershed from the sure foreground of a distance map normalised per connected component."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.preprocessing._kernels import morph
from micrographia.segmentation._binary import binarize
from micrographia.segmentation._classic import MORPHOLOGY, STEPS
from micrographia.segmentation._flood import distance_map, flood
from micrographia.segmentation._labels import components
from micrographia.segmentation._scene import Found

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.segmentation._scene import Scene
    from micrographia.segmentation.settings import NormalizedSettings

__all__ = ["find", "normalized"]


def find(scene: Scene) -> Found:
    """Find particles of different sizes, as long as those that touch are alike."""
    binary = binarize(scene, STEPS, MORPHOLOGY)
    options = scene.settings.normalized
    opened = _open_contacts(binary.mask, options)
    height = normalized(distance_map(opened), components(opened))
    scene.record("distance", height)
    seeds = components(height > options.fraction)
    scene.record("seeds", seeds)
    # Particles that the erosion took away altogether are particles all the same.
    seeds = _with_lost(seeds, binary.mask)
    labels = flood(distance_map(binary.mask), seeds, binary.mask)
    return Found(labels, binary.polarity, binary.steps)


def normalized(distance: NDArray[np.float32], regions: NDArray[np.int32]) -> NDArray[np.float32]:
    """Distance map divided by its maximum in each region.

    Parameters
    ----------
    distance : ndarray of shape (rows, cols)
        Distance to the background [px].
    regions : ndarray of shape (rows, cols), int32
        Connected components; 0 is background.

    Returns
    -------
    share : ndarray of shape (rows, cols), float32
        0 to 1 within each region.

    Examples
    --------
    >>> normalized(np.float32([[1, 2, 0, 4]]), np.int32([[1, 1, 0, 2]]))
    array([[0.5, 1. , 0. , 1. ]], dtype=float32)
    """
    count = int(regions.max(initial=0))
    highest = np.zeros(count + 1, np.float32)
    order = np.argsort(distance, axis=None, kind="stable")
    # The last write wins: written in growing order, it is the largest.
    highest[regions.reshape(-1)[order]] = distance.reshape(-1)[order]
    highest[highest == 0] = 1
    return np.where(regions > 0, distance / highest[regions], np.float32(0))


def _open_contacts(mask: NDArray[np.bool_], options: NormalizedSettings) -> NDArray[np.bool_]:
    if options.erosions:
        mask = morph(mask, "erode", options.kernel_px, options.erosions, "disk")
    if options.openings:
        mask = morph(mask, "open", options.kernel_px, options.openings, "disk")
    return mask


def _with_lost(seeds: NDArray[np.int32], mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    regions = components(mask)
    seeded = np.zeros(int(regions.max(initial=0)) + 1, bool)
    seeded[regions[seeds > 0]] = True
    seeded[0] = True
    lost = ~seeded[regions]
    return np.where(lost, regions + np.int32(seeds.max(initial=0)), seeds)

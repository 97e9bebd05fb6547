"""Watershed from the h-maxima of the distance map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.preprocessing.gaussian import Gaussian
from micrographia.segmentation._basins import (
    basins,
    find_saddles,
    join_basins,
    peaks_of,
    regional_maxima,
)
from micrographia.segmentation._binary import binarize
from micrographia.segmentation._flood import distance_map
from micrographia.segmentation._scene import Found

if TYPE_CHECKING:
    from micrographia.segmentation._scene import Scene

__all__ = ["find"]


def find(scene: Scene) -> Found:
    """Find particles as maxima that stand out by h from the pass to a higher one.

    The map is flooded from all its maxima and basins are joined over the highest passes first,
    which gives the watershed from the h-maxima, and lets h be relative to the particle's size.
    """
    binary = binarize(scene, (Gaussian(sigma_px=1.0),))
    distance = distance_map(binary.mask)
    scene.record("distance", distance)
    labels = basins(distance, binary.mask)
    options = scene.settings.h_maxima

    def may_join(_one: int, _other: int, saddle: float, peak: float) -> bool:
        return peak - saddle < max(options.h_px, options.h_relative * peak)

    group = join_basins(find_saddles(labels, distance), peaks_of(labels, distance), may_join)
    joined = group.astype(np.int32)[labels]
    scene.record("seeds", np.where(regional_maxima(distance, binary.mask) > 0, joined, 0))
    return Found(joined, binary.polarity, binary.steps)

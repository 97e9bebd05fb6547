"""What the particles lie on: a carbon film that is whole, has round holes, or is a lace."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.carbon._config import SupportName

__all__ = ["cells", "film"]


def cells(
    shape: tuple[int, int], size: float, irregular: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Half the way from the second nearest to the nearest of scattered points.

    It is about the distance from the wall between two cells: 0 on the walls of a Voronoi pattern.

    Parameters
    ----------
    shape : tuple of int
    size : float [px]
        Mean distance of the points.
    irregular : float
        How far the points stray from a lattice, as a share of its spacing.
    random : Generator

    Returns
    -------
    distance : ndarray of shape `shape`, float32 [px]
    """
    from scipy.spatial import cKDTree

    shrink = max(int(size / 10), 1)
    rows, cols = (math.ceil(n / shrink) + 1 for n in shape)
    grid = np.mgrid[-1 : shape[0] / size + 2, -1 : shape[1] / size + 2].reshape(2, -1).T
    shift, stray = random.uniform(-0.5, 0.5, 2), random.uniform(-0.8, 0.8, grid.shape)
    points = (grid + shift + irregular * stray) * size
    places = np.mgrid[0:rows, 0:cols].reshape(2, -1).T * float(shrink)
    near, _ = cKDTree(points).query(places, k=2)
    half = ((near[:, 1] - near[:, 0]) / 2).astype(np.float32).reshape(rows, cols)
    if shrink > 1:
        large = cv2.resize(half, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_LINEAR)
        half = large[: shape[0], : shape[1]]
    return np.ascontiguousarray(half[: shape[0], : shape[1]])


def film(
    shape: tuple[int, int], kind: SupportName, thickness: float, nm_per_px: float,
    random: np.random.Generator, *, uneven: float = 0.5,
) -> NDArray[np.float32]:  # fmt: skip
    """Thickness of the support [nm]; folds thicken it by the share `uneven` at most.

    Holes are 150 nm to 2 µm wide; where the field is smaller than that it shows one hole's edge,
    or none.
    """
    size = max(shape)
    depth = np.full(shape, thickness, np.float32)
    depth *= 1 + np.float32(random.uniform(0, 0.08)) * tex.clouds(shape, 0.4 * size, random)
    if kind == "film":
        if random.random() < 0.12:  # the print of a filter's pores, or folds
            field = tex.clouds(shape, size * log_uniform(random, (0.08, 0.4)), random)
            ridge = np.exp(-((field / np.float32(random.uniform(0.02, 0.2))) ** 2))
            depth *= 1 + np.float32(random.uniform(0.1, 1.0) * uneven) * ridge
        return depth
    pitch = float(np.clip(log_uniform(random, (300, 3000)) / nm_per_px, 0.2 * size, 3.0 * size))
    if kind == "holey":
        hole = cells(shape, pitch, random.uniform(0.2, 0.7), random) - np.float32(
            pitch * random.uniform(0.12, 0.35)
        )
    else:
        wall = float(np.clip(log_uniform(random, (15, 120)) / nm_per_px, 1.5, 0.12 * size))
        hole = cells(shape, pitch, 1.0, random) - np.float32(wall)
        hole -= np.float32(0.6 * wall) * np.clip(tex.clouds(shape, 0.3 * pitch, random), -1, 2)
    hole = cv2.GaussianBlur(hole, (0, 0), max(0.03 * pitch, 0.7))
    taper = max(log_uniform(random, (1, 20)) / nm_per_px, 1.0)  # films thin out towards a hole
    share = np.clip(np.float32(0.5) - hole / np.float32(taper), 0, 1)
    rim = np.exp(-((hole / np.float32(max(0.01 * pitch, 1.5))) ** 2))
    return np.asarray(depth * share * (1 + np.float32(random.uniform(0, 0.7)) * rim), np.float32)

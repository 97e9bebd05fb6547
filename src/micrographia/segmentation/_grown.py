"""Bodies grown together of round lobes, where the particles of an image are such lobes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.segmentation._labels import areas_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["grown_together", "roundness_of"]

_WIDE = 0.5
"""Lobes share a neck at least this wide [of the smaller one's diameter]."""

_WIDER = 0.65
"""In an image of such lobes a contact this wide is a neck, however dark its groove is."""

_GROOVE = 0.15
"""... which is not darker than the darker one by more than this [of its height]."""

_ROUND = 0.05
"""Free outlines of lobes stay this close to a circle, in the mean [of its radius]."""

_POINTS = 10
"""Least length of a free outline [px]."""

_CORE = 0.35
"""The neck's grey level is taken this near its middle, away from the notches [of its width]."""

_MOST = 0.4
"""Share of an image's particles that must be such lobes; some are never parted, some too hidden."""


def grown_together(labels: NDArray[np.int32], smooth: NDArray[np.float32]) -> NDArray[np.int32]:
    """Join lobes of dumbbells, trimers and longer bodies.

    Spheres that only touch have a dark, narrow gap between them; grown together they have a neck
    nearly as bright as they are. That alone does not tell them from grains that lie over each
    other, so lobes are joined only where a good part of the image's particles are round and have
    such a partner.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
        Gaps in the numbering are allowed.
    smooth : ndarray of shape (rows, cols), float32
        The lightly smoothed image, particles bright.

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
        The lobes of a body have the least of their labels.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = int(labels.max(initial=0)) + 1
    first, second, width, neck = _necks(labels, smooth)
    if not first.size or not (labels == 0).any():
        return labels
    areas = areas_of(labels, count - 1)
    level = np.bincount(labels.ravel(), smooth.ravel(), count) / np.maximum(areas, 1)
    ground = float(np.median(smooth[labels == 0]))
    radius, astray = roundness_of(labels)
    darker = np.minimum(level[first], level[second])
    bright = neck - darker > -_GROOVE * (darker - ground)
    across = 2 * np.minimum(radius[first], radius[second])
    lobes = bright & (width >= _WIDE * across)
    lobes &= np.maximum(astray[first], astray[second]) < _ROUND
    partners = np.unique(np.concatenate([first[lobes], second[lobes]]))
    if partners.size < _MOST * np.count_nonzero(areas[1:]):
        return labels
    # in such an image also what is no single lobe: two that were never parted, a part of a middle
    across = np.sqrt(4 / np.pi * np.minimum(areas[first], areas[second]))
    together = lobes | (bright & (width >= _WIDE * across)) | (width >= _WIDER * across)
    first, second = first[together], second[together]
    graph = coo_array((np.ones(first.size, bool), (first, second)), shape=(count, count))
    _, body = connected_components(graph, directed=False)
    least = np.full(count, count, np.int32)
    np.minimum.at(least, body, np.arange(count, dtype=np.int32))
    return np.asarray(least[body][labels], np.int32)


def _necks(
    labels: NDArray[np.int32], smooth: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.floating], NDArray[np.floating]]:
    """Pairs of labels that touch, the width of their contact and the grey level in its middle."""
    size = int(labels.max(initial=0)) + 1
    keys, rows, cols, levels = [], [], [], []
    for one, other, down, right in (
        (np.s_[:-1], np.s_[1:], 0.5, 0.0), (np.s_[:, :-1], np.s_[:, 1:], 0.0, 0.5),
    ):  # fmt: skip
        a, b = labels[one], labels[other]
        row, col = np.nonzero((a != b) & (a > 0) & (b > 0))
        pair = np.sort(np.stack([a[row, col], b[row, col]]).astype(np.int64), 0)
        keys.append(pair[0] * size + pair[1])
        rows.append(row + down)
        cols.append(col + right)
        levels.append((smooth[one][row, col] + smooth[other][row, col]) / 2)
    key, which, points = np.unique(np.concatenate(keys), return_inverse=True, return_counts=True)
    row, col, level = (np.concatenate(one) for one in (rows, cols, levels))
    extent = [_span(one, which, key.size) for one in (row, col)]
    width = np.hypot(*extent) + 1
    middle = [np.bincount(which, one, key.size) / points for one in (row, col)]
    off = np.hypot(row - middle[0][which], col - middle[1][which])
    core = off <= np.maximum(_CORE * width[which], 1)
    inner = np.bincount(which[core], minlength=key.size)
    neck = np.bincount(which[core], level[core], key.size) / np.maximum(inner, 1)
    neck[inner == 0] = -np.inf
    return key // size, key % size, width, neck


def _span(values: NDArray[Any], which: NDArray[np.integer], count: int) -> NDArray[np.floating]:
    least, most = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(least, which, values)
    np.maximum.at(most, which, values)
    return np.asarray(most - least)


def roundness_of(
    labels: NDArray[np.int32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Circles through the outermost pixels that border on the ground (Kåsa 1976).

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32

    Returns
    -------
    radius : ndarray of shape (count + 1,) [px]
    astray : ndarray of shape (count + 1,)
        Mean distance of the outline from the circle, by its radius; infinite where too little of
        the outline borders on the ground.

    References
    ----------
    Kåsa, IEEE Trans. Instrum. Meas. IM-25 (1976) 8, doi:10.1109/TIM.1976.6312298.

    Examples
    --------
    >>> rows, cols = np.mgrid[:80, :80]
    >>> disc = (np.hypot(rows - 40, cols - 40) <= 20).astype(np.int32)
    >>> radius, astray = roundness_of(disc)
    >>> round(float(radius[1])), bool(astray[1] < 0.02)
    (19, True)
    """
    count = int(labels.max(initial=0)) + 1
    near_ground = cv2.dilate((labels == 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    row, col = np.nonzero(near_ground & (labels > 0))
    which = labels[row, col]
    points = np.bincount(which, minlength=count)

    def mean(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(which, values, count) / np.maximum(points, 1))

    y, x = row - mean(row)[which], col - mean(col)[which]
    square = x**2 + y**2
    xx, yy, xy = mean(x * x), mean(y * y), mean(x * y)
    zx, zy = mean(square * x) / 2, mean(square * y) / 2
    scale = xx * yy - xy**2
    good = (points >= _POINTS) & (scale > 1e-9)
    scale = np.where(good, scale, 1)
    at_x, at_y = (zx * yy - zy * xy) / scale, (zy * xx - zx * xy) / scale
    radius = np.sqrt(np.maximum(at_x**2 + at_y**2 + mean(square), 1e-9))
    off = np.abs(np.hypot(x - at_x[which], y - at_y[which]) - radius[which])
    return radius, np.where(good, mean(off) / radius, np.inf)

"""Regions left out because they stand out no more than the background's own texture does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["contrast_and_texture", "standing_out"]

_SIGNIFICANT = 5.0
_SEEN = 2.0
_SIZES = (3, 6, 12, 24, 48)
_AROUND_PX = 41
_WEAK = 0.15
_CERTAIN = 12.0
_SMALL = 0.25
_TINY = 0.1


def standing_out(
    labels: NDArray[np.int32],
    smooth: NDArray[np.float32],
    sure: NDArray[np.bool_] | None = None,
) -> NDArray[np.int32]:
    """Keep the regions that are no specks of the background.

    Two limits hold. A region's mean must lie above the background around it by five times the
    deviation that the means of equally large patches of background have. And where larger
    particles hold most of the area, a region of less than a quarter of their size must rise by 15 %
    of what is usual among them, too, or by twelve deviations.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
        Gaps in the numbering are allowed.
    smooth : ndarray of shape (rows, cols), float32
        Particles bright.
    sure : ndarray of shape (count + 1,), bool, optional
        Regions for which two deviations are enough, whatever their size. Where this is given,
        others of less than a tenth of the typical area need half the usual contrast.

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
    """
    areas, contrast, texture = contrast_and_texture(labels, smooth)
    height = contrast / np.maximum(texture, 1e-9)
    certain = np.zeros(areas.size, bool)
    if sure is not None:
        certain = sure[: areas.size] & (height > _SEEN)
    keep = ((height > _SIGNIFICANT) | certain) & (areas > 0)
    keep[0] = False
    if keep.any():
        large = areas > _SMALL * _typical(areas[keep])
        doubtful = min(_WEAK * float(np.median(height[large & keep])), _CERTAIN)
        keep &= large | certain | (height > doubtful)
        if sure is not None and (large & keep).any():
            usual = float(np.median(contrast[large & keep]))
            tiny = areas < _TINY * _typical(areas[keep])
            keep &= ~tiny | sure[: areas.size] | (contrast > 0.5 * usual)
    keep[0] = True
    if keep[areas > 0].all():
        return labels
    return np.where(keep[labels], labels, np.int32(0))


def _typical(areas: NDArray[np.float64]) -> float:
    """Area of the region in whose like, or in smaller ones, half of the area lies."""
    order = np.sort(areas)
    half = int(np.searchsorted(np.cumsum(order), areas.sum() / 2))
    return float(order[min(half, order.size - 1)])


def contrast_and_texture(
    labels: NDArray[np.int32], smooth: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Area, height over the background around, and deviation of like patches of background.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
    smooth : ndarray of shape (rows, cols), float32

    Returns
    -------
    areas, contrast, texture : ndarrays of shape (n + 1,)
        By label; the first is of no meaning. Infinite contrast without any background.
    """
    import cv2

    count = int(labels.max(initial=0)) + 1
    where = np.flatnonzero(labels)
    owner = labels.ravel()[where]
    areas = np.bincount(owner, minlength=count).astype(np.float64)
    # Three pixels of rim belong to neither.
    near = cv2.dilate((labels > 0).view(np.uint8), np.ones((7, 7), np.uint8))
    ground = (near == 0).astype(np.float32)
    if ground.mean() < 0.01:
        return areas, np.full(count, np.inf), np.zeros(count)
    level = np.float32(np.median(smooth[ground > 0]))
    rest = smooth - level
    rest -= _local_level(rest, ground)
    sums = np.bincount(owner, rest.ravel()[where], minlength=count)
    contrast = sums / np.maximum(areas, 1)
    sizes, deviations = _texture(rest, ground)
    return areas, contrast, np.interp(np.sqrt(areas), sizes, deviations)


def _local_level(rest: NDArray[np.float32], ground: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of the background around each pixel, on a grid of 4 px."""
    import cv2

    rows, cols = rest.shape
    to = (max(1, cols // 4), max(1, rows // 4))
    window = (_AROUND_PX // 4, _AROUND_PX // 4)
    share = cv2.blur(cv2.resize(ground, to, interpolation=cv2.INTER_AREA), window)
    mean = cv2.blur(cv2.resize(rest * ground, to, interpolation=cv2.INTER_AREA), window)
    # A little weight on the whole image's level where there is no background near.
    mean /= share + np.float32(0.01)
    level = cv2.resize(mean, (cols, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(level, np.float32)


def _texture(
    rest: NDArray[np.float32], ground: NDArray[np.float32]
) -> tuple[list[float], list[float]]:
    """Robust deviation of the means of square patches of background, by their edge."""
    import cv2

    sizes, deviations = [], []
    for size in _SIZES:
        to = (rest.shape[1] // size, rest.shape[0] // size)
        if min(to) < 1:
            break
        share = cv2.resize(ground, to, interpolation=cv2.INTER_AREA)
        mean = cv2.resize(rest * ground, to, interpolation=cv2.INTER_AREA)
        usable = share > 0.7
        if np.count_nonzero(usable) < 30:
            break
        values = mean[usable] / share[usable]
        deviation = 1.4826 * float(np.median(np.abs(values - np.median(values))))
        sizes.append(float(size))
        deviations.append(deviation)
    return (sizes, deviations) if sizes else ([1.0], [0.0])

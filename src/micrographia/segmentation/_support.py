"""Small particles on a support that stands out from the background itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.preprocessing.flatten_local import FlattenLocal

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrographia.preprocessing._base import StepBase

    Finder = Callable[[NDArray[np.float32], NDArray[np.bool_] | None], NDArray[np.bool_]]

__all__ = ["on_support", "outline_slope"]

_FUZZY = 0.06  # a support's outline: less of the contrast per px than this
_SHARPER = 2.0  # how many times as steep outlines on the flat image must be
_WINDOWS = (32, 16, 8)  # parts of the image's shorter side
_SCALE_PX = 2.0
_FEWEST = 3
_COMPACT = 0.8


def on_support(
    smooth: NDArray[np.float32],
    mask: NDArray[np.bool_],
    valid: NDArray[np.bool_] | None,
    find: Finder,
) -> tuple[NDArray[np.float32], NDArray[np.bool_], tuple[StepBase, ...]]:
    """Take away the support where the mask is one, and particles on it show once it is gone.

    Particles have sharp outlines, a support has not. Where a quarter of the mask's outline is less
    steep than 6 % of the contrast per pixel, the image is flattened by the median of
    windows of three sizes. The flat image whose mask has the steepest outline is taken, if that is
    twice as steep as before and the mask is made of compact pieces.

    Parameters
    ----------
    smooth : ndarray of shape (rows, cols), float32
        Particles bright.
    mask : ndarray of shape (rows, cols), bool
        What was found in `smooth`.
    valid : ndarray of shape (rows, cols), bool, or None
    find : callable
        ``find(smooth, valid)`` gives a mask.

    Returns
    -------
    smooth, mask
        Those given or better ones.
    steps : tuple of steps
        What was done.
    """
    steep = outline_slope(mask, smooth)
    if mask.all() or not mask.any() or steep > _FUZZY * _contrast(mask, smooth):
        return smooth, mask, ()
    best = _SHARPER * steep
    steps: tuple[StepBase, ...] = ()
    taken, kept = smooth, mask
    for part in _WINDOWS:
        step = FlattenLocal(window_px=max(9, min(smooth.shape) // part))
        flat = step.apply(smooth)
        found = find(flat, valid)
        slope = outline_slope(found, flat)
        if slope > best and _compact(found, step.window_px):
            best, taken, kept = slope, flat, found
            steps = (step,)
    return taken, kept, steps


def outline_slope(mask: NDArray[np.bool_], smooth: NDArray[np.float32]) -> float:
    """Lower quartile of the slope along a mask's outline, over about 5 px [1/px].

    Examples
    --------
    >>> step = np.repeat(np.float32([[0] * 16 + [1] * 16]), 8, axis=0)
    >>> round(outline_slope(step > 0.5, step), 2)  # 1/(√(2π)·2) = 0.2
    0.19
    """
    import cv2

    inner = cv2.erode(mask.view(np.uint8), np.ones((3, 3), np.uint8))
    rows, cols = np.nonzero(mask & (inner == 0))
    if not rows.size:
        return 0.0
    broad = cv2.GaussianBlur(smooth, (0, 0), _SCALE_PX)
    slope = [
        cv2.Sobel(broad, cv2.CV_32F, 1 - axis, axis, scale=1 / 8)[rows, cols] for axis in (0, 1)
    ]
    return float(np.percentile(np.hypot(*slope), 25))


def _contrast(mask: NDArray[np.bool_], smooth: NDArray[np.float32]) -> float:
    return float(np.median(smooth[mask])) - float(np.median(smooth[~mask]))


def _compact(mask: NDArray[np.bool_], window: int) -> bool:
    """Whether a mask's area lies in convex pieces that the window is wide enough for."""
    import cv2

    outlines, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    total = filled = 0.0
    count = 0
    for outline in outlines:
        hull = cv2.convexHull(outline)
        # Pixel centres to pixel edges: half the perimeter and one more pixel.
        area = cv2.contourArea(outline) + cv2.arcLength(outline, True) / 2 + 1
        whole = cv2.contourArea(hull) + cv2.arcLength(hull, True) / 2 + 1
        total += area
        if area > _COMPACT * whole and area < (window / 2) ** 2:
            filled += area
            count += 1
    return count >= _FEWEST and filled > _COMPACT * total

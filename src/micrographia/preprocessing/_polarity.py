"""Whether the particles are darker or brighter than what is around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from micrographia.preprocessing._base import check_image
from micrographia.preprocessing.otsu import otsu_threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Polarity", "estimate_polarity"]

Polarity = Literal["dark", "bright"]

_LARGEST = 512


def estimate_polarity(
    image: NDArray[np.float32], valid: NDArray[np.bool_] | None = None
) -> Polarity:
    """Find out whether particles are dark or bright.

    The image is divided by Otsu's threshold, and each of the two phases is cut at its necks. The
    particles' phase is the one that falls into convex pieces inside the image; what is left
    between particles does not. Where neither says much, the phase that holds less of the image's
    border is taken. Large images are looked at on a grid of at most 512 pixels a side.

    Parameters
    ----------
    image : ndarray of shape (rows, cols), float32
        Finite.
    valid : ndarray of shape (rows, cols), bool, optional

    Returns
    -------
    polarity : {"dark", "bright"}
        "dark" for a constant image.

    Examples
    --------
    >>> rows, cols = np.mgrid[:64, :64]
    >>> disc = (np.hypot(rows - 30, cols - 33) < 12).astype(np.float32)
    >>> estimate_polarity(disc), estimate_polarity(1 - disc)
    ('bright', 'dark')
    """
    import cv2

    check_image(image)
    factor = max(1.0, max(image.shape) / _LARGEST)
    size = tuple(max(1, round(n / factor)) for n in reversed(image.shape))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if factor > 1 else image
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.5), np.float32)
    usable = np.ones(small.shape, bool)
    if valid is not None:
        share = cv2.resize(valid.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        usable = np.asarray(share > 0.5)
    threshold = otsu_threshold(small[usable])
    if threshold is None:
        return "dark"
    bright = small > threshold
    vote = convex_share(bright & usable) - convex_share(~bright & usable)
    border = _border_share(bright, usable)
    return "bright" if vote + 0.4 * (0.5 - border) > 0 else "dark"


def convex_share(mask: NDArray[np.bool_]) -> float:
    """Share of a mask's area that lies in convex pieces clear of the image's border.

    The mask is cut where opening by disks of growing radius parts it: each piece counts with the
    radius at which it fills its convex hull best.

    Parameters
    ----------
    mask : ndarray of shape (rows, cols), bool

    Returns
    -------
    share : float
        0 for an empty mask.
    """
    import cv2

    total = int(np.count_nonzero(mask))
    if total == 0 or min(mask.shape) < 3:
        return 0.0
    distance = cv2.distanceTransform(
        np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    best = 0.0
    level, top = 0.0, float(distance.max())
    while level < 0.7 * top:
        best = max(best, _convex_area(distance, level) / total)
        level = max(1.5, level * 1.4)
    return min(1.0, best)


def _convex_area(distance: NDArray[np.float32], level: float) -> float:
    """Area of the convex components of the eroded mask, each grown back to its full size."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (distance > level).astype(np.uint8), connectivity=4
    )
    rows, cols = distance.shape
    found = 0.0
    margin = 2 + round(level)
    for left, top, width, height, area in stats[1:count]:
        inside = left >= margin and top >= margin
        inside &= left + width <= cols - margin and top + height <= rows - margin
        if not inside or area < 9:
            continue
        box = labels[top : top + height, left : left + width]
        number = _most_common(box)
        outlines, _ = cv2.findContours(
            (box == number).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        outline = max(outlines, key=len)
        hull = cv2.convexHull(outline)
        # Pixel centres to pixel edges: half the perimeter and one more pixel.
        hull_area = cv2.contourArea(hull) + cv2.arcLength(hull, True) / 2 + 1
        weight = np.clip((area / hull_area - 0.8) / 0.12, 0, 1)
        grown = hull_area + level * cv2.arcLength(hull, True) + np.pi * level**2
        found += float(weight * grown)
    return found


def _most_common(box: NDArray[np.int32]) -> int:
    counts = np.bincount(box.ravel())
    counts[0] = 0
    return int(counts.argmax())


def _border_share(mask: NDArray[np.bool_], usable: NDArray[np.bool_]) -> float:
    def frame(a: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.concatenate([a[0], a[-1], a[:, 0], a[:, -1]])

    edge = frame(usable)
    return float(frame(mask)[edge].mean()) if edge.any() else 0.5

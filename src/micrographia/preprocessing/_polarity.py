"""Whether the particles are darker or brighter than what is around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from micrographia.preprocessing._base import check_image
from micrographia.preprocessing.otsu import otsu_threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Polarity", "convex_share", "estimate_polarity"]

Polarity = Literal["dark", "bright"]


def estimate_polarity(
    image: NDArray[np.float32], valid: NDArray[np.bool_] | None = None
) -> Polarity:
    """Find out whether particles are dark or bright.

    The image is divided by Otsu's threshold. Of the two phases, the one whose side of the common
    boundary is convex along most of its length is the particles': clusters of touching particles
    meet the background in convex arcs and concave cusps, and the arcs are longer. Where the image
    has no boundary, or it is balanced, the phase that holds less of the image's border is taken.

    Parameters
    ----------
    image : ndarray of shape (rows, cols), float32
        Finite; smoothed enough that noise does not draw the boundary.
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
    check_image(image)
    threshold = otsu_threshold(image if valid is None else image[valid])
    if threshold is None:
        return "dark"
    share = convex_share(image > threshold, valid)
    border = _border_share(image > threshold)
    # The border decides only where the boundary says little.
    return "bright" if (share - 0.5) + 0.3 * (0.5 - border) > 0 else "dark"


def convex_share(mask: NDArray[np.bool_], valid: NDArray[np.bool_] | None = None) -> float:
    """Share of the boundary's length along which the mask is convex.

    Parameters
    ----------
    mask : ndarray of shape (rows, cols), bool
    valid : ndarray of shape (rows, cols), bool, optional
        Boundary elsewhere does not count.

    Returns
    -------
    share : float
        0.5 where there is no boundary. A straight boundary counts half.
    """
    import cv2

    value = mask.astype(np.float32)
    if min(mask.shape) < 8:
        return 0.5
    sigma = 3.0
    smooth = cv2.GaussianBlur(value, (0, 0), sigma)
    edge = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    where = edge > 0
    where[[0, -1]] = False
    where[:, [0, -1]] = False
    if valid is not None:
        where &= valid
    inside = smooth[where]
    if inside.size == 0:
        return 0.5
    bend = 0.5 - inside
    return float(np.count_nonzero(bend > 0) / inside.size)


def _border_share(mask: NDArray[np.bool_]) -> float:
    return float(np.mean(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])))

"""Convexity of a piece of a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["convexity_of"]


def convexity_of(piece: NDArray[np.uint8]) -> tuple[float, float]:
    """How far a piece is from its convex hull.

    Area and perimeter are those of the polygon through the outer pixels' centres, and so are the
    hull's, so that a digital disc, whose staircase is the hull's too, is as convex as a real one.

    Parameters
    ----------
    piece : ndarray of shape (rows, cols), uint8
        Non-zero on the piece, which is connected; holes count as filled.

    Returns
    -------
    convexity : float
        Perimeter of the hull over perimeter (ISO 9276-6).
    solidity : float
        Area over area of the hull.

    Examples
    --------
    >>> convexity_of(np.ones((5, 8), np.uint8))
    (1.0, 1.0)
    """
    import cv2

    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return 1.0, 1.0
    outline = max(outlines, key=len)
    hull = cv2.convexHull(outline)
    hull_perimeter = cv2.arcLength(hull, True)
    hull_area = cv2.contourArea(hull)
    if hull_area <= 0:
        return 1.0, 1.0
    smooth = _smoothed(outline[:, 0, :])
    perimeter = max(cv2.arcLength(smooth, True), 1e-6)
    return min(1.0, hull_perimeter / perimeter), min(1.0, cv2.contourArea(outline) / hull_area)


def _smoothed(points: NDArray[np.int32]) -> NDArray[np.float32]:
    """Running mean of three points: the staircase's perimeter without its steps."""
    values = points.astype(np.float32)
    if len(values) < 8:
        return values
    return (np.roll(values, 1, 0) + values + np.roll(values, -1, 0)) / np.float32(3)
